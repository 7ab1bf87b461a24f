// SPDX-License-Identifier: MIT
#pragma once

// A generator that reaches the schedules. Relacy's own is a 32-bit x = 257 * x + 1 whose low bits decide every two-way choice, so
// that a test of two threads sees a few thousand distinct executions however long it runs. This one takes its place through the
// include guard of the header that it replaces; the package's file is left alone.
// Source: splitmix64, G. Steele, D. Lea, C. Flood, "Fast splittable pseudorandom number generators" (OOPSLA 2014).

#include <relacy/base.hpp>

#define RL_RANDOM_HPP

namespace rl {

class random_generator {
 public:
  /// Different for each night's run; 0 repeats the same executions.
  inline static uint64_t salt = 0;

  void seed(iteration_t iteration) { state_ = mix(iteration + step * (salt + 1)); }
  unsigned rand() { return static_cast<unsigned>(mix(state_ += step) >> 33); }
  template <typename T, T Max>
  T get() {
    return static_cast<T>(rand() % Max);
  }

 private:
  static constexpr uint64_t step = 0x9e3779b97f4a7c15;

  static uint64_t mix(uint64_t z) {
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
  }

  uint64_t state_ = 0;
};

}  // namespace rl
