// SPDX-License-Identifier: MIT
#pragma once

// An event that one waiter consumes: set() lets one waiter through, now or later; sets that nobody has consumed yet are one.
//
// Who: any thread calls anything.
// Progress: set is lock-free: one RMW, repeated only when another call changed the word in between, and a FUTEX_WAKE only if it is this set
//   that somebody asleep is to be woken for. try_wait is lock-free. wait waits until there is a set for it, and, asleep, while whoever
//   set it or requested the stop is between its RMW and its FUTEX_WAKE. Who arrives may take a set before those that were waiting for it:
//   there is no queue.
// Memory: what a thread did before set() is visible to the waiter that consumed that set, or the one that it was united with.
// Errors: wait returns ok, timeout or stopped; nothing throws. A timeout or a stop consumes nothing; one that ties with a set is no
//   timeout and no stop.
// Destruction: the only waiter, when its wait() or try_wait() has just succeeded, may destroy the event at once, if no other set() is under
//   way and no call is started: the last touch of the memory by set() is the RMW that set it. Not after a timeout or a stop.
// Between processes: auto_reset_event<Wait, between_processes> in memory that all map, at any address; one of them constructs it, before
//   the others use it. A process that is killed asleep leaves its place among the sleepers: each set then makes a system call. It may
//   take a wake with it, as does one that is killed between the two steps of a set(): the event is set then, and whoever sleeps goes
//   on sleeping until the next set(), which wakes for that one too.
//
// State: one word, whose value is 1 while it is set (wait/crowd.hpp), and a seat (wait/seat.hpp) beside it.
// set() writes the word even where it is set already: else what came before would reach nobody. It does not wake then: who made the value
// 1 does, or has. (Between processes it does: who made it 1 may have been killed.) No wake is lost with a waiter that leaves by deadline
// or stop: by the RMW by which it leaves it sees that there is no set, or takes it; so while the event is set and somebody sleeps, a wake is on
// its way to one of those who sleep.
// Waiting: Wait is busy_spin, spin_yield, spin_park (default) or park.
// Source: the event of Windows NT in its automatic form, though a set is not handed to a waiter as it is there: of two sets before the
// first woken has run, one lets somebody through (to count them there is counting_semaphore). It sleeps as wait/crowd.hpp says; the
// edges are there, too.

#include <volley/config.hpp>
#include <volley/env/native_wait.hpp>
#include <volley/env/scope.hpp>
#include <volley/env/stop.hpp>
#include <volley/status.hpp>
#include <volley/wait/crowd.hpp>
#include <volley/wait/patience.hpp>
#include <volley/wait/policy.hpp>

#include <optional>
#include <type_traits>

namespace volley {

template <class Wait = spin_park, class Scope = in_process, class Env = native>
class alignas(cache_line) auto_reset_event {
  using os = typename Env::os;
  using crowd = detail::crowd<Env, Wait, Scope, 1, 31>;
  using bits = typename crowd::bits;

 public:
  using time_point = typename os::time_point;
  using stop_token = typename os::stop_token;

  /// Set to begin with, or not.
  constexpr explicit auto_reset_event(bool set = false) noexcept(noexcept(crowd(0U))) : crowd_(set ? 1U : 0U) {}
  auto_reset_event(const auto_reset_event&) = delete;
  auto_reset_event& operator=(const auto_reset_event&) = delete;
  ~auto_reset_event() = default;

  /// Lets one waiter through, unless it is set already.
  void set() noexcept {
    const auto with_it = [](bits seen) { return is_set(seen) ? seen : seen + crowd::one_value + crowd::one_tick; };
    crowd_.replace(with_it, 1);
  }

  /// Consumes a set; waits for it if there is none.
  void wait() noexcept { (void)wait_until(os::never, never_stopped{}); }

  /// The same until an absolute deadline of the steady clock (in the past: returns at once), or until a stop is requested.
  /// ok, timeout or stopped.
  [[nodiscard]] status wait(time_point deadline) noexcept { return wait_until(deadline, never_stopped{}); }
  [[nodiscard]] status wait(const stop_token& stop) noexcept { return wait_until(os::never, stop); }
  [[nodiscard]] status wait(time_point deadline, const stop_token& stop) noexcept { return wait_until(deadline, stop); }

  /// Consumes a set if there is one.
  [[nodiscard]] bool try_wait() noexcept { return crowd_.try_take(without_it); }

 private:
  friend struct detail::several_access;
  static bool is_set(bits seen) noexcept { return crowd::value_of(seen) != 0; }

  static constexpr auto without_it = [](bits seen) -> std::optional<bits> {
    if (!is_set(seen)) return std::nullopt;
    return seen - crowd::one_value;
  };

  static std::optional<bits> take_since(bits /*first*/, bits seen) noexcept { return without_it(seen); }

  template <class Stop>
  status wait_until(time_point deadline, const Stop& stop) noexcept {
    return crowd_.wait(without_it, detail::patience<Env, Stop>{deadline, stop});
  }

  crowd crowd_;
};

static_assert(sizeof(auto_reset_event<>) == cache_line && std::is_standard_layout_v<auto_reset_event<>>);

}  // namespace volley
