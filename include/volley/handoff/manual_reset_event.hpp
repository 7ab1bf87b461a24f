// SPDX-License-Identifier: MIT
#pragma once

// A gate: open once it is set, for all, until it is reset.
//
// Who: any thread calls anything.
// Progress: set and reset are lock-free: one RMW, repeated only when another call changed the word in between; set makes a FUTEX_WAKE only if
//   it opens the gate and somebody sleeps. A wait on an event that is set is wait-free: one load, which writes nothing; so are is_set and
//   try_wait. Else wait waits for a set, and, asleep, while whoever set it or requested the stop is between its RMW and its FUTEX_WAKE.
// Memory: what a thread did before set() is visible to all that this set, or one after it before the next reset, lets through, to whoever
//   sees it set, and to whoever undoes it by reset().
// Errors: wait returns ok, timeout or stopped; nothing throws. A timeout or a stop that ties with a set is no timeout and no stop.
// Who is let through: a set() lets through whoever was waiting when it was called, that is, has begun to look, also when reset() follows
//   at once. (After exactly 2^25 sets, each undone by a reset, all between two looks of one waiter, it would wait on: a second or more of
//   uninterrupted sets and resets, in which that thread, although woken, does not run.)
// Destruction: of an event with one waiter, that waiter may destroy it at once when its wait() has returned ok, whether it slept or not, and
//   so may whoever has just seen it set, if no other set() and no reset() is under way and no call is started: the last touch of the
//   memory by set() is the RMW that set it. With several waiters each must have returned first. Not after a timeout or a stop.
// Between processes: manual_reset_event<Wait, between_processes> in memory that all map, at any address; one of them constructs it, before
//   the others use it. A process that is killed asleep leaves its place among the sleepers: each set that opens the gate then makes a
//   system call, and nothing worse. Killed between the two steps of a set(), it leaves who slept asleep until the next set().
//
// State: one word, whose value is | sets | open |: how often a set has opened the gate, and whether it is open (wait/crowd.hpp); and a
// seat (wait/seat.hpp) beside it. A waiter goes through when the gate is open, or has been opened since it began: the count is another.
// set() writes the word even where the gate is open: else what came before would reach nobody. It neither counts nor wakes then: whoever
// has looked and not gone through did so before the set that opened it, and that one counted and wakes. (Between processes it wakes: that
// one may have been killed.)
// Waiting: Wait is busy_spin, spin_yield, spin_park (default) or park.
// Source: the event of Windows NT in its manual form, with a count of its sets: there a reset straight after a set may shut out those who
// waited. It sleeps as wait/crowd.hpp says; the edges are there, too.

#include <volley/config.hpp>
#include <volley/env/native_wait.hpp>
#include <volley/env/scope.hpp>
#include <volley/env/stop.hpp>
#include <volley/status.hpp>
#include <volley/wait/crowd.hpp>
#include <volley/wait/patience.hpp>
#include <volley/wait/policy.hpp>
#include <volley/wait/stopping.hpp>

#include <optional>
#include <type_traits>

namespace volley {

template <class Wait = spin_park, class Scope = in_process, class Env = native>
class alignas(cache_line) manual_reset_event {
  using os = typename Env::os;
  using crowd = detail::crowd<Env, Wait, Scope, 26, 13>;
  using bits = typename crowd::bits;
  static constexpr bits open = crowd::one_value;
  static constexpr bits one_set = open << 1;

 public:
  using time_point = typename os::time_point;
  using stop_token = typename os::stop_token;

  /// Set to begin with, or not.
  constexpr explicit manual_reset_event(bool set = false) noexcept(noexcept(crowd(0U))) : crowd_(set ? open : 0U) {}
  manual_reset_event(const manual_reset_event&) = delete;
  manual_reset_event& operator=(const manual_reset_event&) = delete;
  ~manual_reset_event() = default;

  /// Lets all through that wait, and all that come, until it is reset.
  void set() noexcept { crowd_.replace(opened, detail::everybody); }

  /// Undoes the sets so far, if there were any: who comes from now on waits.
  void reset() noexcept { (void)crowd_.try_take(closed); }

  [[nodiscard]] bool is_set() const noexcept { return is_open(crowd_.look()); }
  /// The same, by the name that the other events have for it.
  [[nodiscard]] bool try_wait() const noexcept { return is_set(); }

  /// Waits until it is set; returns at once if it is.
  void wait() noexcept { (void)wait_until(os::never, never_stopped{}); }

  /// The same until an absolute deadline of the steady clock (in the past: returns at once), or until a stop is requested.
  /// ok, timeout or stopped.
  [[nodiscard]] status wait(time_point deadline) noexcept { return wait_until(deadline, never_stopped{}); }
  [[nodiscard]] status wait(const stop_token& stop) noexcept { return wait_until(os::never, stop); }
  [[nodiscard]] status wait(time_point deadline, const stop_token& stop) noexcept { return wait_until(deadline, stop); }

 private:
  friend struct detail::several_access;
  static bool is_open(bits seen) noexcept { return (seen & open) != 0; }

  /// Counts, in the value alone: the count wraps within it.
  static bits opened(bits seen) noexcept {
    if (is_open(seen)) return seen;
    const bits value = crowd::value_of(seen);
    return seen - value + (crowd::value_of(value + one_set) | open) + crowd::one_tick;
  }
  static std::optional<bits> closed(bits seen) noexcept {
    if (!is_open(seen)) return std::nullopt;
    return seen - open;
  }

  /// For who has begun to look when the word was `first`, open or not.
  static std::optional<bits> take_since(bits first, bits seen) noexcept {
    if (!is_open(seen) && crowd::value_of(seen) == crowd::value_of(first)) return std::nullopt;
    return seen;
  }

  template <class Stop>
  status wait_until(time_point deadline, const Stop& stop) noexcept {
    const bits first = crowd_.look();
    if (is_open(first)) return status::ok;
    const auto let_through = [before = crowd::value_of(first)](bits seen) -> std::optional<bits> {
      if (crowd::value_of(seen) == before) return std::nullopt;
      return seen;
    };
    return crowd_.wait(let_through, detail::patience<Env, Stop>{deadline, stop});
  }

  crowd crowd_;
};

static_assert(sizeof(manual_reset_event<>) == cache_line && std::is_standard_layout_v<manual_reset_event<>>);

}  // namespace volley
