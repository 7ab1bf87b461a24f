// SPDX-License-Identifier: MIT
#pragma once

// Where this thread runs, and letting another one run there. Linux: rseq(2), whose area the C library registers for each thread, so that the
// number of the CPU is one load away.

#include <sched.h>

#include <cstdint>
#if __has_include(<sys/rseq.h>)
#include <sys/rseq.h>

#include <cstddef>
#endif

namespace volley::os {

inline void yield() noexcept { ::sched_yield(); }

inline constexpr std::uint16_t unknown_cpu = 0xffff;

/// The CPU this thread runs on, by number; it may have moved on by the time that this is read. unknown_cpu where asking would take a
/// system call. A few cycles where the C library registers rseq (glibc since 2.35), some 10 to 20 ns elsewhere.
inline std::uint16_t cpu() noexcept {
#if __has_include(<sys/rseq.h>)
  if (__rseq_size != 0) {
#if defined(__x86_64__)
    std::byte* thread = nullptr;
    asm("mov %%fs:0, %0" : "=r"(thread));
#else
    auto* const thread = static_cast<std::byte*>(__builtin_thread_pointer());
#endif
    const void* const at = thread + __rseq_offset;
    const auto* const area = static_cast<const volatile struct rseq*>(at);
    return static_cast<std::uint16_t>(area->cpu_id);  // not registered: -1 or -2, which no CPU is
  }
#endif
#if defined(__x86_64__)
  return static_cast<std::uint16_t>(::sched_getcpu());
#else
  return unknown_cpu;
#endif
}

}  // namespace volley::os
