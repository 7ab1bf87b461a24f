// SPDX-License-Identifier: MIT
#pragma once

// Which lines of an object an action writes to, seen from outside.

#include <volley/config.hpp>

#include <array>
#include <cstddef>
#include <cstring>
#include <set>

namespace volley::testing {

template <class Object, class Action>
std::set<std::size_t> lines_written(const Object& object, const Action& action) {
  std::array<unsigned char, sizeof(Object)> before;
  std::array<unsigned char, sizeof(Object)> after;
  std::memcpy(before.data(), static_cast<const void*>(&object), sizeof(Object));
  action();
  std::memcpy(after.data(), static_cast<const void*>(&object), sizeof(Object));
  std::set<std::size_t> changed;
  for (std::size_t i = 0; i != sizeof(Object); ++i) {
    if (before[i] != after[i]) changed.insert(i / cache_line);
  }
  return changed;
}

}  // namespace volley::testing
