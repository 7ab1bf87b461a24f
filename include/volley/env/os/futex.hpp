// SPDX-License-Identifier: MIT
#pragma once

// The two futex calls that Volley makes. Linux: futex(2).

#include <volley/env/scope.hpp>

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <ctime>

namespace volley::os {

/// Sleeps while *word == expected, until a wake, a signal, the deadline, or for no reason at all.
/// deadline: absolute, CLOCK_MONOTONIC, null for none. True when the deadline passed.
/// Gives no memory order whatever: read the word again, with acquire, before touching what it guards.
inline bool futex_wait(const void* word, std::uint32_t expected, sharing scope, const timespec* deadline) noexcept {
  const int flag = scope == sharing::between_processes ? 0 : FUTEX_PRIVATE_FLAG;
  const int saved = errno;
  const long r =
      syscall(SYS_futex, word, FUTEX_WAIT_BITSET | flag, expected, deadline, nullptr, FUTEX_BITSET_MATCH_ANY);
  const bool timed_out = r != 0 && errno == ETIMEDOUT;
  errno = saved;
  return timed_out;
}

/// Wakes up to n sleepers on word. Only the address is used: the memory may be gone already, or be somebody else's, who
/// then sees a spurious wake.
inline void futex_wake(const void* word, int n, sharing scope) noexcept {
  const int flag = scope == sharing::between_processes ? 0 : FUTEX_PRIVATE_FLAG;
  const int saved = errno;
  syscall(SYS_futex, word, FUTEX_WAKE | flag, n, nullptr, nullptr, 0);
  errno = saved;
}

}  // namespace volley::os
