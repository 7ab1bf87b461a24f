// SPDX-License-Identifier: MIT
#pragma once

// What is done to a crowd of waiters, and to wrong ones: permits that are released and acquired, with deadlines and stops.

#include <volley/wait/crowd.hpp>

#include "engine.hpp"
#include "stop.hpp"

namespace model {

using volley::modelled;
using volley::status;

constexpr modelled::os::time_point after_ticks(int n) { return modelled::os::time_point(modelled::os::duration(n)); }

/// A crowd that is used as a semaphore is. Ticks: with so many of them to begin with.
template <class Wait, class Env = modelled, unsigned SleeperBits = 14, std::uint64_t Ticks = 0>
struct permits {
  using crowd = volley::detail::crowd < Env, Wait, volley::in_process,
        SleeperBits<10 ? 32 - SleeperBits : 22, SleeperBits>;
  using bits = typename crowd::bits;
  static constexpr bool parks = Wait::parks;

  crowd c{Ticks * crowd::one_tick};

  static constexpr auto one_less = [](bits seen) {
    return crowd::value_of(seen) != 0 ? std::optional<bits>(seen - crowd::one_value) : std::nullopt;
  };
  void release(int n = 1) { c.post(static_cast<bits>(n), n); }
  template <class Stop = volley::never_stopped>
  status acquire(modelled::os::time_point deadline, const Stop& stop = {}) {
    return c.wait(one_less, volley::detail::patience<Env, Stop>{deadline, stop});
  }
  void acquire() { (void)acquire(modelled::os::never); }
  void require_at_rest(int value) const {
    require(static_cast<int>(crowd::value_of(c.look())) == value, "no permit is lost, and none is there twice");
    require(crowd::sleepers_in(c.look()) == 0, "whoever has gone is no sleeper");
  }
};

/// Thread 0 releases twice; two others acquire once each.
template <class Permits, int Spurious = 0>
struct two_posts : scenario {
  static constexpr int threads = 3;
  Permits p;
  plain<int> payload{0};

  two_posts() { machine::spurious_left = Spurious; }
  void thread(unsigned which) override {
    if (which != 0) {
      p.acquire();
      return require(payload.get() == 7, "what came before the release is there");
    }
    payload.set(7);
    p.release();
    p.release();
  }
  void after() override {
    p.require_at_rest(0);
    require(futex::wakes() <= 2, "one wake a release at most");
    if (!Permits::parks)
      require(futex::wakes() + futex::parks() == 0, "a policy that does not park makes no futex call");
  }
};

/// Handoff row 19 (GCC 12, PR 104928): one permit, two waiters, one of whom gives up at any moment; who gets the permit hands it on. A wake
/// that went to who was leaving leaves the other asleep.
template <class Permits, int Spurious = 0>
struct interleaved_timeouts : scenario {
  static constexpr int threads = 3;
  Permits p;

  interleaved_timeouts() {
    machine::ticks_left = 1;
    machine::spurious_left = Spurious;
  }
  void thread(unsigned which) override {
    status s = status::ok;
    if (which == 1) s = p.acquire(after_ticks(1));
    if (which == 2) p.acquire();
    require(s == status::ok || (s == status::timeout && machine::clock >= 1), "ok, or a deadline that has passed");
    if (s == status::ok) p.release();
  }
  void after() override { p.require_at_rest(1); }
};

/// One that gives up against one post: the permit is taken by it, or still there.
template <class Permits>
struct timeout_against_post : scenario {
  static constexpr int threads = 2;
  Permits p;
  plain<int> payload{0};
  int taken = 0;

  timeout_against_post() { machine::ticks_left = 1; }
  void thread(unsigned which) override {
    if (which == 0) {
      payload.set(7);
      return p.release();
    }
    if (p.acquire(after_ticks(1)) != status::ok) return;
    require(payload.get() == 7, "what came before the release is there");
    taken = 1;
  }
  void after() override { p.require_at_rest(1 - taken); }
};

/// A stop for one of two waiters, and one permit, in both orders. The other one must get it.
template <class Permits, bool StopFirst>
struct stop_against_post : scenario {
  static constexpr int threads = 3;
  Permits p;
  stop_source source;

  void thread(unsigned which) override {
    if (which == 2) return p.acquire();
    if (which == 0) {
      if (StopFirst) source.request_stop();
      p.release();
      if (!StopFirst) source.request_stop();
      return;
    }
    const status s = p.acquire(modelled::os::never, stop_token(source));
    require(s == status::ok || (s == status::stopped && source.stop_requested()), "ok, or stopped if asked to");
    if (s == status::ok) p.release();
  }
  void after() override { p.require_at_rest(0); }
};

/// Nobody ever posts: only the stop ends the wait. With a second sleeper, whom it is not for, and who is let go once it has worked.
template <class Permits>
struct only_a_stop : scenario {
  static constexpr int threads = 3;
  Permits p;
  stop_source source;

  void thread(unsigned which) override {
    if (which == 0) return source.request_stop();
    if (which == 2) return p.acquire();
    require(p.acquire(modelled::os::never, stop_token(source)) == status::stopped, "it ends, and says why");
    p.release();
  }
};

}  // namespace model
