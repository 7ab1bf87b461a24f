// SPDX-License-Identifier: MIT
#pragma once

// parker, auto_reset_event and manual_reset_event behind one set of verbs, for tests of what they have in common; and a look at who
// sleeps on them.

#include <volley/handoff/auto_reset_event.hpp>
#include <volley/handoff/manual_reset_event.hpp>
#include <volley/handoff/parker.hpp>

#include <gtest/gtest.h>

#include "policies.hpp"

#include <cstdint>
#include <string>
#include <type_traits>

namespace volley::testing {

template <class W, class S, class E>
void set(parker<W, S, E>& p) {
  p.unpark();
}
template <class Event>
void set(Event& e) {
  e.set();
}

template <class W, class S, class E, class... Patience>
auto wait(parker<W, S, E>& p, const Patience&... until) {
  return p.park(until...);
}
template <class Event, class... Patience>
auto wait(Event& e, const Patience&... until) {
  return e.wait(until...);
}

template <class W, class S, class E>
bool try_wait(parker<W, S, E>& p) {
  return p.try_park();
}
template <class Event>
bool try_wait(Event& e) {
  return e.try_wait();
}

/// Of an event that stays set: it is so no longer. The others have been consumed by the wait.
template <class Event>
void reset(Event& e) {
  if constexpr (requires { e.reset(); }) e.reset();
}

/// How many sleep on it or are about to, read from outside. Where in the word it stands is the event's layout.
template <class W, class S, class E>
unsigned sleepers_on(const parker<W, S, E>& p) {
  return is_parked(p) ? 1 : 0;
}
template <class Event>
std::uint64_t word_of(const Event& e) {
  static_assert(std::is_standard_layout_v<Event>);
  return __atomic_load_n(reinterpret_cast<const std::uint64_t*>(&e), __ATOMIC_RELAXED);
}
template <class W, class S, class E>
unsigned sleepers_on(const auto_reset_event<W, S, E>& e) {
  return static_cast<unsigned>(word_of(e) >> 1 & 0x7fff'ffff);
}
template <class W, class S, class E>
unsigned sleepers_on(const manual_reset_event<W, S, E>& e) {
  return static_cast<unsigned>(word_of(e) >> 26 & 0x1fff);
}

/// Where the kernel looks: the upper half of a word of 64 bits.
template <class W, class S, class E>
const void* futex_of(const parker<W, S, E>& p) {
  return &p;
}
template <class Event>
const void* futex_of(const Event& e) {
  return reinterpret_cast<const std::uint32_t*>(&e) + 1;
}

/// One of the three, waited on in one way.
template <template <class, class, class> class Event, class Wait>
struct event_kind {
  using policy = Wait;
  template <class Env, class Scope = in_process>
  using with = Event<Wait, Scope, Env>;
  using event = Event<Wait, in_process, native>;

  static constexpr bool stays = std::is_same_v<event, manual_reset_event<Wait>>;
  static std::string name() {
    const std::string what = stays ? "manual_" : std::is_same_v<event, auto_reset_event<Wait>> ? "auto_" : "parker_";
    return what + policy_names::GetName<Wait>(0);
  }
};
struct event_names {
  template <class Kind>
  static std::string GetName(int) {
    return Kind::name();
  }
};

using each_event =
    ::testing::Types<event_kind<parker, busy_spin>, event_kind<parker, spin_yield>, event_kind<parker, spin_park>,
                     event_kind<parker, park>, event_kind<auto_reset_event, busy_spin>,
                     event_kind<auto_reset_event, spin_yield>, event_kind<auto_reset_event, spin_park>,
                     event_kind<auto_reset_event, park>, event_kind<manual_reset_event, busy_spin>,
                     event_kind<manual_reset_event, spin_yield>, event_kind<manual_reset_event, spin_park>,
                     event_kind<manual_reset_event, park>>;
using each_parking_event =
    ::testing::Types<event_kind<parker, spin_park>, event_kind<parker, park>, event_kind<auto_reset_event, spin_park>,
                     event_kind<auto_reset_event, park>, event_kind<manual_reset_event, spin_park>,
                     event_kind<manual_reset_event, park>>;

}  // namespace volley::testing
