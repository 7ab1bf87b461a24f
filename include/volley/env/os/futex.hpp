// SPDX-License-Identifier: MIT
#pragma once

// The three futex calls that Volley makes. Linux: futex(2), futex_waitv (5.16).

#include <volley/env/scope.hpp>

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
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

inline constexpr std::size_t most_futexes = 128;  // in one call
enum class slept : std::uint8_t { woken, timed_out, refused };

/// Sleeps while each of n words, of this process alone, holds what is expected of it: entry(i) -> a pair of the two. Deadline, wakes and memory
/// order as futex_wait. refused: the kernel does not have this call, or not for this process.
template <class Entry>
slept futex_wait_for_any(std::size_t n, const Entry& entry, const timespec* deadline) noexcept {
#if defined(SYS_futex_waitv) && defined(FUTEX_32)
  futex_waitv all[most_futexes];
  for (std::size_t i = 0; i != n; ++i) {
    const auto [word, expected] = entry(i);
    all[i] = {expected, reinterpret_cast<std::uintptr_t>(word), FUTEX_32 | FUTEX_PRIVATE_FLAG, 0};
  }
  const int saved = errno;
  const long r = syscall(SYS_futex_waitv, all, static_cast<unsigned>(n), 0U, deadline, CLOCK_MONOTONIC);
  const int why = r < 0 ? errno : 0;
  errno = saved;
  if (why == ETIMEDOUT) return slept::timed_out;
  return why == 0 || why == EAGAIN || why == EINTR ? slept::woken : slept::refused;
#else
  static_cast<void>(n), static_cast<void>(entry), static_cast<void>(deadline);
  return slept::refused;
#endif
}

}  // namespace volley::os
