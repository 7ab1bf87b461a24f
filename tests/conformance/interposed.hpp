// SPDX-License-Identifier: MIT
#pragma once

// An Env that stops a thread before its n-th step, and does there what another thread would: what a stress run meets by chance, the one
// wrong instant, is met each time.

#include <volley/env/hooked.hpp>

#include <cstdint>
#include <functional>
#include <utility>

namespace volley::testing {

/// Does something before the n-th step of this thread from now on, and notes what it has woken.
struct interposing {
  static inline thread_local unsigned steps_before = 0;
  static inline thread_local std::function<void()> action;
  static inline thread_local unsigned wakes = 0;

  static void step(volley::step s) {
    if (s == step::wake) ++wakes;
    if (steps_before == 0 || --steps_before != 0) return;
    std::exchange(action, nullptr)();
  }
  /// True if it has come to it.
  template <class F, class Action>
  static bool run(unsigned n, const F& f, Action a) {
    steps_before = n;
    action = std::move(a);
    wakes = 0;
    f();
    steps_before = 0;
    return std::exchange(action, nullptr) == nullptr;
  }
};
struct interposed : hooked<interposing> {
  static constexpr unsigned hot_polls = 2;
  static constexpr unsigned polls_per_look = 2;
  static constexpr std::uint32_t longest_spin = 1;  // to the sleep within few steps
  static constexpr std::uint32_t shortest_spin = 1;
};

}  // namespace volley::testing
