// SPDX-License-Identifier: MIT
#pragma once

// The two forms of an event count with each policy, for suites that go over all of them; and a look at who is enrolled.

#include <volley/handoff/asymmetric_event_count.hpp>
#include <volley/handoff/event_count.hpp>

#include <gtest/gtest.h>

#include "policies.hpp"

#include <cstdint>
#include <string>
#include <type_traits>

namespace volley::testing {

/// A form and a policy, for any Env.
template <class Wait, class Scope = in_process>
struct mutual {
  using policy = Wait;
  static constexpr bool is_asymmetric = false;
  template <class Env = native>
  using type = event_count<Wait, Scope, Env>;
  static std::string name() {
    return "mutual_" + policy_names::GetName<Wait>(0) + (std::is_same_v<Scope, in_process> ? "" : "_between_processes");
  }
};
template <class Wait>
struct asymmetric {
  using policy = Wait;
  static constexpr bool is_asymmetric = true;
  template <class Env = native>
  using type = asymmetric_event_count<Wait, Env>;
  static std::string name() { return "asymmetric_" + policy_names::GetName<Wait>(0); }
};

using event_counts = ::testing::Types<mutual<busy_spin>, mutual<spin_yield>, mutual<spin_park>, mutual<park>,
                                      mutual<spin_park, between_processes>, asymmetric<busy_spin>,
                                      asymmetric<spin_yield>, asymmetric<spin_park>, asymmetric<park>>;
using parking_event_counts = ::testing::Types<mutual<spin_park>, mutual<park>, mutual<park, between_processes>,
                                              asymmetric<spin_park>, asymmetric<park>>;

struct event_count_names {
  template <class Form>
  static std::string GetName(int) {
    return Form::name();
  }
};

/// How many are enrolled as sleepers: bits 1 to 31 of its word.
template <class EventCount>
std::uint32_t sleepers_of(const EventCount& e) {
  static_assert(std::is_standard_layout_v<EventCount>);
  return static_cast<std::uint32_t>(__atomic_load_n(reinterpret_cast<const std::uint64_t*>(&e), __ATOMIC_RELAXED)) >> 2;
}

}  // namespace volley::testing
