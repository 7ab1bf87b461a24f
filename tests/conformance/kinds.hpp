// SPDX-License-Identifier: MIT
#pragma once

// The kinds of one ring that its tests run over: in place and on the heap, by the machine's index and by a narrow one, and from an allocator
// whose pointers are classes.

#include "allocators.hpp"
#include "factory.hpp"

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <type_traits>

namespace volley::testing {

/// Stamps of 16 bits, of which a position of 1000 leaves four for the lap, and that start a few laps before their wrap.
struct narrow_stamps : native {
  using index = std::uint16_t;
  static constexpr index first_index = 60'000;
};

template <template <class, std::size_t, class, class> class Ring, class Narrow = narrow_stamps>
struct kinds_of {
  using fixed = in_place<Ring>;
  using fixed_narrow = in_place<Ring, Narrow>;
  using dynamic = on_heap<Ring>;
  using dynamic_narrow = on_heap<Ring, Narrow>;
  using dynamic_fancy = on_heap<Ring, native, true, fancy_allocator>;

  using all = ::testing::Types<fixed, fixed_narrow, dynamic, dynamic_narrow, dynamic_fancy>;
  using storages = ::testing::Types<fixed, dynamic>;

  struct names {
    template <class Factory>
    static std::string GetName(int) {
      if (std::is_same_v<Factory, fixed>) return "fixed";
      if (std::is_same_v<Factory, fixed_narrow>) return "fixed_narrow";
      if (std::is_same_v<Factory, dynamic>) return "dynamic";
      return std::is_same_v<Factory, dynamic_narrow> ? "dynamic_narrow" : "dynamic_fancy";
    }
  };
};

}  // namespace volley::testing
