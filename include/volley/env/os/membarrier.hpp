// SPDX-License-Identifier: MIT
#pragma once

// A full memory barrier in every other thread of this process, for who can pay a system call so that they need not pay one each. Linux:
// membarrier(2), since 4.14; a kernel without it, or a sandbox, refuses.

#include <linux/membarrier.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

namespace volley::os {

/// Whether ThreadSanitizer watches, which cannot see a barrier.
#if defined(__SANITIZE_THREAD__)
inline constexpr bool is_watched = true;
#elif defined(__has_feature)
inline constexpr bool is_watched = __has_feature(thread_sanitizer);
#else
inline constexpr bool is_watched = false;
#endif

inline bool membarrier_call(int command) noexcept {
  const int saved = errno;
  const long r = syscall(SYS_membarrier, command, 0, 0);
  errno = saved;
  return r == 0;
}

/// Says that this process will call membarrier(); needed once, may be repeated. False where the kernel refuses.
inline bool register_membarrier() noexcept { return membarrier_call(MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED); }

/// When it returns true, each thread of this process that runs has executed a full barrier since the call began. Some 0.5 us, and an
/// interrupt on each CPU where one runs. False where the kernel refuses: then nothing has happened.
inline bool membarrier() noexcept {
  if (membarrier_call(MEMBARRIER_CMD_PRIVATE_EXPEDITED)) return true;
  // A process that was forked before anybody registered, say.
  return register_membarrier() && membarrier_call(MEMBARRIER_CMD_PRIVATE_EXPEDITED);
}

}  // namespace volley::os
