// SPDX-License-Identifier: MIT
#pragma once

// Waiting for whatever can be asked: a predicate over other, lock-free data. Who changes that data notifies; who finds it wanting sleeps
// until the next notify. A condition variable without a mutex.
//
// Who: any thread does anything.
// Progress: a notify is wait-free while nobody sleeps: one RMW; if somebody does who was not told yet, it is lock-free: two and a FUTEX_WAKE.
//   prepare and cancel are wait-free. wait and await wait for a notify, and, asleep, while whoever notified is between its RMW and its
//   FUTEX_WAKE.
// Memory: what was done before a notify is visible after a wait() that returned ok because of it. await: what the predicate makes visible.
// Errors: ok, timeout or stopped; nothing throws but the predicate. A timeout or a stop that ties with a notify is ok (wait), with a true
//   predicate is ok (await).
// Destruction: when every call has returned, on both sides.
// Between processes: event_count<Wait, between_processes> in memory that both map, at any address; one of them constructs it, before the
//   other uses it. A process that is killed asleep is counted as asleep from then on: each notify makes a system call. A notify that wakes it,
//   or whose notifier is killed between its RMW and its FUTEX_WAKE, is lost until the next one.
//
// The protocol. Who notifies: change the data, then notify. Who waits, unless await does:
//   for (;;) { if (there()) break; auto k = e.prepare(); if (there()) { e.cancel(); break; } (void)e.wait(k); }
// The look between prepare and wait is what makes it right, and wait returns ok whenever anything has happened since prepare, a notify meant
// for somebody else, or a stop, theirs or one's own, that came during the sleep: look again, and the next wait says stopped. timeout and
// stopped are said only if nothing had. notify_one wakes at least one of those who were waiting, if any; who takes what one notify_one was
// for, and sees more, notifies for the next.
// prepare only looks and cancel does nothing here: nobody is enrolled while it may still spin. asymmetric_event_count, which has the same
// face (handoff/event_count_face.hpp: wait, await and key), needs both.
//
// State: wait/epochs.hpp. Why no wake is lost: the epoch is read before the data. If the data was old then, its notify is still to come, and
// ends the epoch that the waiter sleeps in.
// Waiting: Wait is busy_spin, spin_yield, spin_park (default) or park; await polls the predicate itself, so that who spins does not disturb
// who notifies.
// Source: see wait/epochs.hpp.

#include <volley/config.hpp>
#include <volley/env/native_wait.hpp>
#include <volley/env/scope.hpp>
#include <volley/handoff/event_count_face.hpp>
#include <volley/status.hpp>
#include <volley/wait/epochs.hpp>
#include <volley/wait/patience.hpp>
#include <volley/wait/policy.hpp>
#include <volley/wait/stopping.hpp>

#include <cstdint>
#include <type_traits>

namespace volley {

template <class Wait = spin_park, class Scope = in_process, class Env = native>
class alignas(cache_line) event_count
    : public detail::event_count_face<event_count<Wait, Scope, Env>, Env, std::uint32_t> {
  using core = detail::epochs<Env, Wait, Scope>;
  using face = detail::event_count_face<event_count, Env, std::uint32_t>;
  friend face;

 public:
  using key = typename face::key;  // its place: the epoch
  using time_point = typename face::time_point;

  constexpr event_count() noexcept(noexcept(core(0U))) : core_(0U) {}
  /// first: how many notifies there have been; for tests of the wrap.
  constexpr explicit event_count(std::uint32_t first) noexcept(noexcept(core(0U))) : core_(first) {}

  void notify_one() noexcept { (void)core_.advance(1); }
  void notify_all() noexcept { (void)core_.advance(detail::everybody); }

  /// To be followed by a look at the data, and then wait(key) or cancel().
  [[nodiscard]] key prepare() const noexcept { return key(core_.now()); }
  void cancel() const noexcept {}

 private:
  template <class Stop>
  status wait_until(key k, time_point deadline, const Stop& stop) noexcept {
    const detail::patience<Env, Stop> p{deadline, stop};
    return core_.wait([this, k] { return core_.now() != k.place; }, [this, k, &p] { return sleep(k, p); }, p);
  }

  template <class There, class Stop>
  status sleep_until(const There& there, const detail::patience<Env, Stop>& p) {
    for (;;) {
      const key k = prepare();
      if (there()) return status::ok;
      if (sleep(k, p) == status::ok && !p.is_over()) continue;
      return there() ? status::ok : p.why();
    }
  }

  template <class Stop>
  status sleep(key k, const detail::patience<Env, Stop>& p) noexcept {
    return core_.enrol(k.place) ? core_.sleep(k.place, p) : status::ok;
  }

  core core_;
};

static_assert(sizeof(event_count<>) == cache_line && std::is_standard_layout_v<event_count<>>);

}  // namespace volley
