// SPDX-License-Identifier: MIT
#pragma once

// What event_count and asymmetric_event_count show alike: a wait by hand, and one for a predicate, each for ever, until a deadline, until a
// stop, or both. Their headers say who may call what, and what that promises.
//
// Progress: wait and await wait for a notify, the deadline or the stop.
// Memory: there is no state here. What is visible after a wait, each event count says.
//
// Self, the event count, has the rest (p: a patience):
//   core_                           detail::epochs
//   wait_until(key, deadline, stop) waits as the policy says until something has happened since prepare()
//   sleep_until(there, p)           sleeps, now that no spinning has helped, until there(), which has the last word
// Both return ok, timeout or stopped.

#include <volley/env/stop.hpp>
#include <volley/status.hpp>
#include <volley/wait/patience.hpp>

namespace volley::detail {

/// Place: what prepare() found, for the wait that follows.
template <class Self, class Env, class Place>
class event_count_face {
  using os = typename Env::os;

 public:
  using time_point = typename os::time_point;
  using stop_token = typename os::stop_token;

  /// When a waiter last knew that it had seen everything.
  class key {
    friend Self;
    constexpr explicit key(Place p) noexcept : place(p) {}
    Place place;
  };

  event_count_face(const event_count_face&) = delete;
  event_count_face& operator=(const event_count_face&) = delete;

  /// Waits until something has happened since prepare(): until a notify, and at times without one.
  void wait(key k) noexcept { (void)self().wait_until(k, os::never, never_stopped{}); }
  /// The same until an absolute deadline of the steady clock (in the past: returns at once), or until a stop is requested:
  /// ok if that came while it slept, stopped from the next wait.
  [[nodiscard]] status wait(key k, time_point deadline) noexcept {
    return self().wait_until(k, deadline, never_stopped{});
  }
  [[nodiscard]] status wait(key k, const stop_token& stop) noexcept { return self().wait_until(k, os::never, stop); }
  [[nodiscard]] status wait(key k, time_point deadline, const stop_token& stop) noexcept {
    return self().wait_until(k, deadline, stop);
  }

  /// Waits until predicate(), which is asked again and again, once it has said yes never more; so it may take what it asks for.
  template <class Predicate>
  void await(Predicate&& predicate) {
    (void)await_until(predicate, os::never, never_stopped{});
  }
  /// The same until an absolute deadline of the steady clock (in the past: some looks, and no sleep), or until a stop is requested.
  template <class Predicate>
  [[nodiscard]] status await(Predicate&& predicate, time_point deadline) {
    return await_until(predicate, deadline, never_stopped{});
  }
  template <class Predicate>
  [[nodiscard]] status await(Predicate&& predicate, const stop_token& stop) {
    return await_until(predicate, os::never, stop);
  }
  template <class Predicate>
  [[nodiscard]] status await(Predicate&& predicate, time_point deadline, const stop_token& stop) {
    return await_until(predicate, deadline, stop);
  }
  template <class Predicate, class Stop>
  [[nodiscard]] status await(Predicate&& predicate, const patience<Env, Stop>& p) {
    return await_until(predicate, p.deadline, p.stop);
  }

  /// Whether somebody is asleep, or about to be, and not yet notified: a hint, as old as what the caller has last seen of it.
  [[nodiscard]] bool is_awaited() const noexcept { return self().core_.is_awaited(); }

 private:
  friend Self;
  constexpr event_count_face() noexcept = default;
  ~event_count_face() = default;

  Self& self() noexcept { return static_cast<Self&>(*this); }
  const Self& self() const noexcept { return static_cast<const Self&>(*this); }

  template <class Predicate, class Stop>
  status await_until(Predicate& predicate, time_point deadline, const Stop& stop) {
    const patience<Env, Stop> p{deadline, stop};
    const auto there = [&predicate] { return static_cast<bool>(predicate()); };
    return self().core_.wait(
        there, [this, &there, &p] { return self().sleep_until(there, p); }, p);
  }
};

}  // namespace volley::detail
