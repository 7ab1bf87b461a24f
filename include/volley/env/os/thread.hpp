// SPDX-License-Identifier: MIT
#pragma once

// The number by which the kernel, and every tool, names the calling thread. Linux: gettid(2).

#include <sys/syscall.h>
#include <unistd.h>

namespace volley::os {

/// Never 0. Asked for once a thread; the one thread of a forked child goes on with its parent's.
inline int thread_number() noexcept {
  thread_local const int mine = static_cast<int>(syscall(SYS_gettid));
  return mine;
}

}  // namespace volley::os
