// SPDX-License-Identifier: MIT
#pragma once

#include <sys/resource.h>

#include <cstdint>
#include <ctime>

namespace volley::pingpong {

/// What one thread has used so far. The CPU clock, because getrusage counts it in ticks of some milliseconds on most
/// kernels.
struct usage {
  double cpu_s = 0;
  std::uint64_t switches = 0;

  static usage of_this_thread() {
    timespec cpu{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &cpu);
    rusage all{};
    getrusage(RUSAGE_THREAD, &all);
    return {static_cast<double>(cpu.tv_sec) + 1e-9 * static_cast<double>(cpu.tv_nsec),
            static_cast<std::uint64_t>(all.ru_nvcsw)};
  }
  friend usage operator-(usage a, usage b) { return {a.cpu_s - b.cpu_s, a.switches - b.switches}; }
  friend usage operator+(usage a, usage b) { return {a.cpu_s + b.cpu_s, a.switches + b.switches}; }
};

}  // namespace volley::pingpong
