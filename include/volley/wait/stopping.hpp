// SPDX-License-Identifier: MIT
#pragma once

// The pieces of sleeping that every word has in common: waking by policy, and the callback of a stop.

#include <volley/env/scope.hpp>
#include <volley/env/stop.hpp>

#include <limits>
#include <type_traits>

namespace volley::detail {

inline constexpr int everybody = (std::numeric_limits<int>::max)();

/// Wakes up to n sleepers on the word at this address. Where the woken would learn from it what a park costs, it is logged before.
template <class Wait, class Os, class Address>
void wake_some(const Address* address, int n, sharing scope) noexcept {
  if constexpr (Wait::spins) Os::log_wake(address);
  Os::wake(address, n, scope);
}
template <class Wait, class Os, class Address>
void wake_one(const Address* address, sharing scope) noexcept {
  wake_some<Wait, Os>(address, 1, scope);
}

struct no_callback {};

/// Registers what a stop is to do while this thread sleeps, until what it returns ends; nothing where there can be no stop.
template <class Os, class Stop, class Action>
auto on_stop(const Stop& stop, Action action) {
  if constexpr (std::is_same_v<Stop, never_stopped>) {
    return no_callback{};
  } else {
    return typename Os::template stop_callback<Action>(stop, action);
  }
}

}  // namespace volley::detail
