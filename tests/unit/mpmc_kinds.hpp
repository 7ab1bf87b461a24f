// SPDX-License-Identifier: MIT
#pragma once

// The kinds of mpmc_ring that its tests run over.

#include <volley/env/native.hpp>
#include <volley/ring/mpmc_ring.hpp>

#include <gtest/gtest.h>

#include "allocators.hpp"
#include "factory.hpp"

#include <cstdint>
#include <string>
#include <type_traits>

namespace volley::testing {

/// Stamps of 16 bits, of which a position of 1000 leaves four for the lap, and that start a few laps before their wrap.
struct narrow_stamps : native {
  using index = std::uint16_t;
  static constexpr index first_index = 60'000;
};

using fixed = in_place<mpmc_ring>;
using fixed_narrow = in_place<mpmc_ring, narrow_stamps>;
using dynamic = on_heap<mpmc_ring>;
using dynamic_narrow = on_heap<mpmc_ring, narrow_stamps>;
using dynamic_fancy = on_heap<mpmc_ring, native, true, fancy_allocator>;

struct mpmc_names {
  template <class Factory>
  static std::string GetName(int) {
    if (std::is_same_v<Factory, fixed>) return "fixed";
    if (std::is_same_v<Factory, fixed_narrow>) return "fixed_narrow";
    if (std::is_same_v<Factory, dynamic>) return "dynamic";
    return std::is_same_v<Factory, dynamic_narrow> ? "dynamic_narrow" : "dynamic_fancy";
  }
};
using every_kind = ::testing::Types<fixed, fixed_narrow, dynamic, dynamic_narrow, dynamic_fancy>;

}  // namespace volley::testing
