// SPDX-License-Identifier: MIT
#pragma once

// Whoever asks for the size is stopped between its two looks, and the others go on: what no schedule of real threads shows often.

#include <volley/env/native.hpp>

#include <gtest/gtest.h>

#include <atomic>
#include <cstddef>
#include <functional>
#include <memory>
#include <utility>

namespace volley::testing {

/// Calls back after the next load, once.
struct interrupted : native {
  static inline std::function<void()> after_load;

  template <class U>
  class atomic : public native::atomic<U> {
   public:
    using native::atomic<U>::atomic;
    U load(std::memory_order order) const noexcept {
      const U value = native::atomic<U>::load(order);
      if (const auto callback = std::exchange(after_load, nullptr)) callback();
      return value;
    }
  };
};

// DPDK 9bc2cbb007 (S3): head read before, tail read after the others ran on: the count underflowed.
template <template <class, std::size_t, class, class> class Ring>
void expect_sizes_in_bounds_when_interrupted() {
  for (std::size_t level = 0; level <= 5; ++level) {
    for (std::size_t between = 0; between != 25; ++between) {
      Ring<std::size_t, 5, interrupted, std::allocator<std::size_t>> ring;
      for (std::size_t i = 0; i != level; ++i) ASSERT_TRUE(ring.try_push(i));
      interrupted::after_load = [&] {
        for (std::size_t i = 0; i != between; ++i)
          ASSERT_TRUE(level == 0 ? ring.try_push(i) && ring.try_pop() : ring.try_pop() && ring.try_push(i));
      };
      EXPECT_LE(ring.size_approx(), 5U);
      EXPECT_EQ(interrupted::after_load, nullptr);
    }
  }
}

}  // namespace volley::testing
