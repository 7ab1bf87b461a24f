// SPDX-License-Identifier: MIT
#pragma once

// The four ways of waiting, for suites that go over all of them, and a look at who sleeps.

#include <volley/wait/policy.hpp>

#include <gtest/gtest.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>
#include <type_traits>

namespace volley::testing {

using policies = ::testing::Types<busy_spin, spin_yield, spin_park, park>;

struct policy_names {
  template <class Wait>
  static std::string GetName(int) {
    if (std::is_same_v<Wait, busy_spin>) return "busy_spin";
    if (std::is_same_v<Wait, spin_yield>) return "spin_yield";
    return std::is_same_v<Wait, spin_park> ? "spin_park" : "park";
  }
};

/// How many hops a test makes: on one CPU each hop of busy_spin takes a time slice.
template <class Wait>
constexpr std::size_t hops(std::size_t n) {
  return std::is_same_v<Wait, busy_spin> ? (n + 39) / 40 : n;
}

/// Of n handoffs to a sleeper, counted over both policies that sleep, those of this one: after its yields a sleep of spin_park takes three
/// times as long as one of park.
template <class Wait>
constexpr std::size_t sleeps(std::size_t n) {
  static_assert(Wait::parks);
  return Wait::spins ? n / 5 : n - n / 5;
}

/// The state word of an object that begins with it, read from outside.
template <class Object>
std::uint32_t state_of(const Object& object) {
  static_assert(std::is_standard_layout_v<Object>);
  return __atomic_load_n(reinterpret_cast<const std::uint32_t*>(&object), __ATOMIC_RELAXED);
}

/// True once somebody sleeps on it, or is about to.
template <class Object>
bool is_parked(const Object& object) {
  return state_of(object) >> 31 != 0;
}

}  // namespace volley::testing
