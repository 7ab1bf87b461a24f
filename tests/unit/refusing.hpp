// SPDX-License-Identifier: MIT
#pragma once

// overwrite_ring as long as there is room, for the suites that go over every ring.

#include <volley/ring/overwrite_ring.hpp>

#include <gtest/gtest.h>

#include <cstddef>
#include <utility>

namespace volley::testing {

/// Pushes only where there is room, so that it promises what every ring does.
template <class T, std::size_t N, class Env, class Allocator>
struct refusing : overwrite_ring<T, N, Env, Allocator> {
  using overwrite_ring<T, N, Env, Allocator>::overwrite_ring;

  bool try_push(const T& value) { return try_emplace(value); }
  bool try_push(T&& value) { return try_emplace(std::move(value)); }
  template <class... Args>
  bool try_emplace(Args&&... args) {
    if (this->size_approx() == this->capacity()) return false;
    EXPECT_EQ(this->emplace(std::forward<Args>(args)...).has_value(), false) << "evicted while there was room";
    return true;
  }
};

}  // namespace volley::testing
