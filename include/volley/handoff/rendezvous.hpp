// SPDX-License-Identifier: MIT
#pragma once

// A channel without room: who gives waits for one who takes, and the value goes from hand to hand.
//
// Who: any number of givers and of takers.
// Progress: who finds its partner waiting needs no more of it: the handoff is one RMW. Who does not, waits for one to come and, asleep,
//   for its partner's FUTEX_WAKE, which comes when that one has the value, or has handed it over. One giver and one taker at a time are inside;
//   one that is inside and does not go on keeps its place, and one that has
//   handed over and does not go on may keep that of its partner. try_give and try_take never wait.
// Memory: each sees what the other did before its give or take.
// Errors: ok, timeout or stopped; nothing throws, except copying the argument, before anything else. give says ok when its value has been
//   taken: by a taker that is there, and returns it. After a timeout or a stop the argument is what it was: not touched, or moved out and
//   moved back. One that ties with a partner is none: the value is handed over.
// Elements: nothrow-movable and nothrow-destructible T; the rest is refused at compile time.
// Destruction: when every call has returned. (The other side may still be collecting the value, or on its way out.)
// Between processes: rendezvous<T, Wait, between_processes> in memory that both map, at any address; one of them constructs it, before the
//   other uses it. T must not point into a process. One that dies inside keeps its place, or its partner's; what it has brought may still
//   be taken, what is handed to it is lost, though give said ok. Deadlines hold all the same.
//
// State
//   givers_, takers_   the doors: 1 while the place of that kind is free. On each only one kind of thread sleeps, so each wake is for the right one
//   meeting_           who of the two came first, and whether they have met (handoff/meeting.hpp)
//   cell_              I1: it holds a value from when a giver has entered until the giver's place is given back, which is the taker's part
//                      if they have met
//   The taker's place is given back by whichever of the two came first, once it has seen that they have met: until then no other two can
// No edges of its own: the doors' (wait/crowd.hpp) bring the cell from who emptied it to who fills it, the meeting's the value across.
// Source: the dual data structures of W. N. Scherer III, D. Lea, M. L. Scott, "Scalable synchronous queues" (PPoPP 2006), as a problem
// and in its terms (an offer waits, or a wish); the solution is ours.

#include <volley/config.hpp>
#include <volley/env/native_wait.hpp>
#include <volley/env/scope.hpp>
#include <volley/env/stop.hpp>
#include <volley/handoff/meeting.hpp>
#include <volley/status.hpp>
#include <volley/wait/crowd.hpp>
#include <volley/wait/policy.hpp>

#include <concepts>
#include <optional>
#include <type_traits>
#include <utility>

namespace volley {

template <class T, class Wait = spin_park, class Scope = in_process, class Env = native>
class rendezvous {
  using os = typename Env::os;
  using door = detail::crowd<Env, Wait, Scope, 18, 14>;
  using bits = typename door::bits;
  using meeting = detail::meeting<Env, Wait, Scope>;
  static_assert(detail::comes_back<T>, "a value that comes back from a withdrawn give must not throw on its way");

 public:
  using value_type = T;
  using time_point = typename os::time_point;
  using stop_token = typename os::stop_token;

  rendezvous() noexcept : givers_(free), takers_(free) {}
  rendezvous(const rendezvous&) = delete;
  rendezvous& operator=(const rendezvous&) = delete;
  ~rendezvous() = default;

  /// Hands the value to a thread that takes, waiting for one to come.
  void give(T&& value) noexcept { (void)hand_over(value, os::never, never_stopped{}); }

  /// The same until an absolute deadline of the steady clock (in the past: one look for a taker), or until a stop is requested.
  /// timeout or stopped: the argument is what it was.
  [[nodiscard]] status give(T&& value, time_point deadline) noexcept {
    return hand_over(value, deadline, never_stopped{});
  }
  [[nodiscard]] status give(T&& value, const stop_token& stop) noexcept { return hand_over(value, os::never, stop); }
  [[nodiscard]] status give(T&& value, time_point deadline, const stop_token& stop) noexcept {
    return hand_over(value, deadline, stop);
  }

  /// All of these with a copy of the value.
  void give(const T& value) requires std::copy_constructible<T> {
    T copy(value);
    give(std::move(copy));
  }
  [[nodiscard]] status give(const T& value, time_point deadline) requires std::copy_constructible<T> {
    T copy(value);
    return hand_over(copy, deadline, never_stopped{});
  }
  [[nodiscard]] status give(const T& value, const stop_token& stop) requires std::copy_constructible<T> {
    T copy(value);
    return hand_over(copy, os::never, stop);
  }
  [[nodiscard]] status give(const T& value, time_point deadline,
                            const stop_token& stop) requires std::copy_constructible<T> {
    T copy(value);
    return hand_over(copy, deadline, stop);
  }

  /// Hands the value over if a taker is waiting for one. False: the argument is what it was.
  [[nodiscard]] bool try_give(T&& value) noexcept {
    if (!meeting_.awaits(meeting::wish) || !givers_.try_take(enter)) return false;
    cell_.construct(std::move(value));
    const auto end = meeting_.try_meet(meeting::wish);
    if (end.why == status::ok) {
      meeting_.wake(end);
      return true;
    }
    take_back(value);
    return false;
  }
  [[nodiscard]] bool try_give(const T& value) requires std::copy_constructible<T> {
    T copy(value);
    return try_give(std::move(copy));
  }

  /// Takes a value from a thread that gives, waiting for one to come.
  [[nodiscard]] result<T> take() noexcept { return receive(os::never, never_stopped{}); }
  /// The same until a deadline, or until a stop is requested. Without a value: timeout or stopped.
  [[nodiscard]] result<T> take(time_point deadline) noexcept { return receive(deadline, never_stopped{}); }
  [[nodiscard]] result<T> take(const stop_token& stop) noexcept { return receive(os::never, stop); }
  [[nodiscard]] result<T> take(time_point deadline, const stop_token& stop) noexcept { return receive(deadline, stop); }

  /// Takes a value if a giver is waiting with one.
  [[nodiscard]] std::optional<T> try_take() noexcept {
    if (!meeting_.awaits(meeting::offer) || !takers_.try_take(enter)) return std::nullopt;
    const auto end = meeting_.try_meet(meeting::offer);
    if (end.why == status::ok) return collect<std::optional<T>>(end);
    takers_.post(free, 1);
    return std::nullopt;
  }

 private:
  static constexpr bits free = 1;
  static constexpr auto enter = [](bits seen) -> std::optional<bits> {
    return door::value_of(seen) == free ? std::optional<bits>(seen - free) : std::nullopt;
  };

  template <class Stop>
  status hand_over(T& value, time_point deadline, const Stop& stop) noexcept {
    const detail::patience<Env, Stop> p{deadline, stop};
    const status entered = givers_.wait(enter, p, meeting_.peer());
    if (entered != status::ok) return entered;
    cell_.construct(std::move(value));
    const auto end = meeting_.meet(meeting::offer, meeting::wish, p);
    if (end.why != status::ok) {
      take_back(value);
    } else if (end.came) {
      takers_.post(free, 1);
    } else {
      meeting_.wake(end);
    }
    return end.why;
  }

  template <class Stop>
  result<T> receive(time_point deadline, const Stop& stop) noexcept {
    const detail::patience<Env, Stop> p{deadline, stop};
    const status entered = takers_.wait(enter, p, meeting_.peer());
    if (entered != status::ok) return result<T>(entered);
    const auto end = meeting_.meet(meeting::wish, meeting::offer, p);
    if (end.why == status::ok) return collect<result<T>>(end);
    takers_.post(free, 1);
    return result<T>(end.why);
  }

  /// Empties the cell, and gives back the giver's place; and its own, if the giver is gone.
  template <class Got>
  Got collect(const typename meeting::outcome& end) noexcept {
    Got got(std::move(cell_.value()));
    cell_.destroy();
    givers_.post(free, 1);
    if (end.came) takers_.post(free, 1);
    meeting_.wake(end);
    return got;
  }
  void take_back(T& value) noexcept {
    value = std::move(cell_.value());
    cell_.destroy();
    givers_.post(free, 1);
  }

  alignas(cache_line) door givers_;
  door takers_;
  meeting meeting_;
  typename Env::template cell<T> cell_;
};

}  // namespace volley
