// SPDX-License-Identifier: MIT
#pragma once

// Two threads swap values: each brings one and goes with the other's.
//
// Who: any number of threads; they pair up as they come.
// Progress: who finds another one waiting needs no more of it: the swap is one RMW. Who finds nobody waits for one to come and,
//   asleep, for its partner's FUTEX_WAKE, which comes when that one has its value. Two at a time are inside: one who is inside and does not go
//   on keeps a place, its own or its partner's, and after at most one more swap all others wait for it. try_exchange never waits.
// Memory: each sees what the other did before its exchange.
// Errors: ok, timeout or stopped; nothing throws, except copying the argument, before anything else. After a timeout or a stop the argument
//   is what it was: not touched, or moved out and moved back. One that ties with a partner is none: both have swapped.
// Elements: nothrow-movable and nothrow-destructible T; the rest is refused at compile time.
// Destruction: when every call has returned. (The other side may still be collecting its value.)
// Between processes: exchanger<T, Wait, between_processes> in memory that both map, at any address; one of them constructs it, before the
//   other uses it. T must not point into a process. One that dies inside does not go on (see above); what it has brought may still be
//   taken, what is given to it is lost. Deadlines hold all the same.
//
// State
//   door_      two places, a bit each: set while it is free. Who enters takes one, and fills the cell of that place before anything else
//   meeting_   who of the two came first, and whether they have met (handoff/meeting.hpp)
//   cells_     I1: a cell holds a value from when its place is taken until it is given back, which is the other's part if they have met
// No edges of its own: the door's (wait/crowd.hpp) bring a cell from who emptied it to who fills it, the meeting's the values across.
// Source: the exchanger of W. N. Scherer III, D. Lea, M. L. Scott, "A scalable elimination-based exchange channel" (SCOOL 2005), as a
// problem; the solution is ours.

#include <volley/config.hpp>
#include <volley/env/native_wait.hpp>
#include <volley/env/scope.hpp>
#include <volley/env/stop.hpp>
#include <volley/handoff/meeting.hpp>
#include <volley/status.hpp>
#include <volley/wait/crowd.hpp>
#include <volley/wait/policy.hpp>

#include <bit>
#include <concepts>
#include <optional>
#include <type_traits>
#include <utility>

namespace volley {

template <class T, class Wait = spin_park, class Scope = in_process, class Env = native>
class exchanger {
  using os = typename Env::os;
  using door = detail::crowd<Env, Wait, Scope, 18, 14>;
  using bits = typename door::bits;
  using meeting = detail::meeting<Env, Wait, Scope>;
  static_assert(detail::comes_back<T>, "a value that comes back from a withdrawn exchange must not throw on its way");

 public:
  using value_type = T;
  using time_point = typename os::time_point;
  using stop_token = typename os::stop_token;

  exchanger() noexcept : door_(both) {}
  exchanger(const exchanger&) = delete;
  exchanger& operator=(const exchanger&) = delete;
  ~exchanger() = default;

  /// Swaps the value for that of another thread, waiting for one to come.
  [[nodiscard]] result<T> exchange(T&& value) noexcept { return swap(value, os::never, never_stopped{}); }

  /// The same until an absolute deadline of the steady clock (in the past: one look for another thread), or until a stop is requested.
  /// Without a value: timeout or stopped, and the argument is what it was.
  [[nodiscard]] result<T> exchange(T&& value, time_point deadline) noexcept {
    return swap(value, deadline, never_stopped{});
  }
  [[nodiscard]] result<T> exchange(T&& value, const stop_token& stop) noexcept { return swap(value, os::never, stop); }
  [[nodiscard]] result<T> exchange(T&& value, time_point deadline, const stop_token& stop) noexcept {
    return swap(value, deadline, stop);
  }

  /// All of these with a copy of the value.
  [[nodiscard]] result<T> exchange(const T& value) requires std::copy_constructible<T> {
    T copy(value);
    return swap(copy, os::never, never_stopped{});
  }
  [[nodiscard]] result<T> exchange(const T& value, time_point deadline) requires std::copy_constructible<T> {
    T copy(value);
    return swap(copy, deadline, never_stopped{});
  }
  [[nodiscard]] result<T> exchange(const T& value, const stop_token& stop) requires std::copy_constructible<T> {
    T copy(value);
    return swap(copy, os::never, stop);
  }
  [[nodiscard]] result<T> exchange(const T& value, time_point deadline,
                                   const stop_token& stop) requires std::copy_constructible<T> {
    T copy(value);
    return swap(copy, deadline, stop);
  }

  /// Swaps if another thread is waiting to. Otherwise nothing, and the argument is what it was.
  [[nodiscard]] std::optional<T> try_exchange(T&& value) noexcept {
    bits mine = 0;
    if (!meeting_.awaits(meeting::offer) || !door_.try_take(entering(mine))) return std::nullopt;
    cell_of(mine).construct(std::move(value));
    const auto end = meeting_.try_meet(meeting::offer);
    if (end.why == status::ok) return collect<std::optional<T>>(both ^ mine, end);
    take_back(mine, value);
    return std::nullopt;
  }
  [[nodiscard]] std::optional<T> try_exchange(const T& value) requires std::copy_constructible<T> {
    T copy(value);
    return try_exchange(std::move(copy));
  }

 private:
  using cell = typename Env::template cell<T>;
  static constexpr bits both = 3;

  template <class Stop>
  result<T> swap(T& value, time_point deadline, const Stop& stop) noexcept {
    const detail::patience<Env, Stop> p{deadline, stop};
    bits mine = 0;
    const status entered = door_.wait(entering(mine), p, meeting_.peer());
    if (entered != status::ok) return result<T>(entered);
    cell_of(mine).construct(std::move(value));
    const auto end = meeting_.meet(meeting::offer, meeting::offer, p);
    if (end.why == status::ok) return collect<result<T>>(both ^ mine, end);
    take_back(mine, value);
    return result<T>(end.why);
  }

  /// Takes one of the free places.
  static auto entering(bits& place) noexcept {
    return [&place](bits seen) -> std::optional<bits> {
      const bits free = door::value_of(seen);
      if (free == 0) return std::nullopt;
      place = free & (~free + 1);
      return seen - place;
    };
  }

  /// Empties the other one's cell, and gives back its place.
  template <class Got>
  Got collect(bits place, const typename meeting::outcome& end) noexcept {
    cell& from = cell_of(place);
    Got got(std::move(from.value()));
    from.destroy();
    door_.post(place, 1);
    meeting_.wake(end);
    return got;
  }
  void take_back(bits mine, T& value) noexcept {
    cell& from = cell_of(mine);
    value = std::move(from.value());
    from.destroy();
    door_.post(mine, 1);
  }

  cell& cell_of(bits place) noexcept { return cells_[place >> 1]; }

  alignas(cache_line) door door_;
  meeting meeting_;
  cell cells_[2];
};

}  // namespace volley
