// SPDX-License-Identifier: MIT
#pragma once

// What wait_any is tested on: a kernel that waits for several words and one that refuses to, and a look at who sleeps.

#include <volley/env/counting.hpp>
#include <volley/handoff/auto_reset_event.hpp>
#include <volley/handoff/counting_semaphore.hpp>
#include <volley/handoff/manual_reset_event.hpp>
#include <volley/handoff/wait_any.hpp>

#include "policies.hpp"

#include <cstddef>
#include <cstdint>
#include <string>

namespace volley::testing {

/// Counts, and never lets a waiter spin, so that it goes the way of its parking at each wait.
struct sleepy : counting {
  static constexpr unsigned hot_polls = 1;
  static constexpr unsigned polls_per_look = 1;
  static constexpr std::uint32_t longest_spin = 1;
  static constexpr std::uint32_t shortest_spin = 1;
};

/// The same Env on a kernel without futex_waitv.
template <class Env>
struct refusing : Env {
  struct os : Env::os {
    template <class Entry>
    static bool park_on_any(std::size_t, const Entry&, typename Env::os::time_point) noexcept {
      return false;
    }
  };
};

/// A policy on an Env.
template <class Wait, class Env>
struct way {
  using policy = Wait;
  using environment = Env;
  using event = auto_reset_event<Wait, in_process, Env>;
  using gate = manual_reset_event<Wait, in_process, Env>;
  using semaphore = counting_semaphore<Wait, in_process, Env>;
  using reference = waitable<Wait, Env>;
};

template <class Wait, class Env>
constexpr bool is_refusing(const way<Wait, refusing<Env>>&) {
  return true;
}
template <class Wait, class Env>
constexpr bool is_refusing(const way<Wait, Env>&) {
  return false;
}

struct way_names {
  template <class Way>
  static std::string GetName(int) {
    return policy_names::GetName<typename Way::policy>(0) + (is_refusing(Way{}) ? "_refused" : "");
  }
};

/// How many sleep on it or are about to, read from outside.
template <class Object>
std::uint64_t bits_of(const Object& o) {
  return __atomic_load_n(reinterpret_cast<const std::uint64_t*>(&o), __ATOMIC_RELAXED);
}
template <class W, class E>
std::uint64_t asleep_on(const auto_reset_event<W, in_process, E>& e) {
  return bits_of(e) >> 1 & 0x7fff'ffff;
}
template <class W, class E>
std::uint64_t asleep_on(const manual_reset_event<W, in_process, E>& e) {
  return bits_of(e) >> 26 & 0x1fff;
}
template <class W, class E>
std::uint64_t asleep_on(const counting_semaphore<W, in_process, E>& s) {
  return bits_of(s) >> 22 & 0x3fff;
}

}  // namespace volley::testing
