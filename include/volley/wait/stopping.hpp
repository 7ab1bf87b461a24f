// SPDX-License-Identifier: MIT
#pragma once

// The pieces of sleeping that every word has in common: waking by policy, the callback of a stop, and a sleep in the place of a fence.

#include <volley/env/scope.hpp>
#include <volley/env/stop.hpp>

#include <chrono>
#include <cstdint>
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

/// In the place of a heavy fence that the kernel refuses: sleeps a millisecond. By then a store that was on its way has long arrived.
template <class Env>
void let_stores_arrive() {
  using os = typename Env::os;
  const typename Env::template atomic<std::uint32_t> nobodys(0);
  const auto until = os::now() + std::chrono::milliseconds(1);
  while (os::now() < until) (void)os::park(nobodys, 0, sharing::in_process, until);
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
