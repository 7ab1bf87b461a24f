// SPDX-License-Identifier: MIT
#pragma once

// What is done to those who wait for whichever of several objects comes first, on a kernel that waits for several words and on one that
// refuses to.

#include <volley/handoff/auto_reset_event.hpp>
#include <volley/handoff/counting_semaphore.hpp>
#include <volley/handoff/manual_reset_event.hpp>
#include <volley/handoff/wait_any.hpp>

#include "engine.hpp"
#include "stop.hpp"

namespace any_scenarios {

using model::futex;
using model::machine;
using model::require;
using volley::modelled;
using volley::status;

constexpr modelled::os::time_point after_ticks(int n) { return modelled::os::time_point(modelled::os::duration(n)); }

template <class Wait, class Env>
using event = volley::auto_reset_event<Wait, volley::in_process, Env>;
template <class Wait, class Env>
using gate = volley::manual_reset_event<Wait, volley::in_process, Env>;
template <class Wait, class Env>
using semaphore = volley::counting_semaphore<Wait, volley::in_process, Env>;

/// The wait_any that ships, and on what.
template <class Wait, bool Refused, class Env_ = modelled>
struct shipped {
  using Env = Env_;
  using policy = Wait;
  static constexpr bool refused = Refused;

  template <class... Object>
  static std::size_t wait(Object&... o) {
    return volley::wait_any(o...);
  }
  template <class... Args>
  static volley::result<std::size_t> wait_until(const Args&... deadline_or_stop, auto&... o) {
    return volley::wait_any(deadline_or_stop..., o...);
  }
};

/// A process, and the kernel it runs on.
template <class Way>
struct process : model::scenario {
  using Env = typename Way::Env;
  using event = any_scenarios::event<typename Way::policy, Env>;
  using gate = any_scenarios::gate<typename Way::policy, Env>;
  using semaphore = any_scenarios::semaphore<typename Way::policy, Env>;

  model::only<volley::detail::bells<Env>> the_bells;

  process() { machine::refuses_waitv = Way::refused; }
};

/// Each of two posters leaves something; one who waits for either finds it with each.
template <class Way, int Spurious = 0>
struct either : process<Way> {
  static constexpr int threads = 3;
  typename process<Way>::event a;
  typename process<Way>::semaphore b;
  model::plain<int> left[2]{model::plain<int>(0), model::plain<int>(0)};

  either() { machine::spurious_left = Spurious; }
  void thread(unsigned which) override {
    if (which == 2) {
      const std::size_t first = Way::wait(a, b);
      require(left[first].get() == 1, "what came before it was posted is there");
      const std::size_t second = Way::wait(a, b);
      require(left[second].get() == 1 && first != second, "each once");
      return;
    }
    left[which].set(1);
    if (which == 0) return a.set();
    b.release();
  }
  void after() override { require(!a.try_wait() && !b.try_acquire(), "both were taken"); }
};

/// One poster, one of the two, and one who waits.
template <class Way>
struct one_comes : process<Way> {
  static constexpr int threads = 2;
  typename process<Way>::semaphore a;
  typename process<Way>::event b;
  model::plain<int> left{0};

  void thread(unsigned which) override {
    if (which == 0) {
      left.set(1);
      return b.set();
    }
    require(Way::wait(a, b) == 1 && left.get() == 1, "the one that came, and what came before it");
  }
  void after() override { require(!b.try_wait(), "it was taken"); }
};

/// One in wait_any(a, b), one in a.wait(); both are set. The wake of a may come to the one that takes b: the other must wake. Sets: in one thread,
/// or in two.
template <class Way, int Posters = 1>
struct wake_of_another : process<Way> {
  static constexpr int threads = 2 + Posters;
  typename process<Way>::event a;
  typename process<Way>::event b;

  void thread(unsigned which) override {
    if (which == 0) {
      if (Way::wait(a, b) == 0) a.set();
      return;
    }
    if (which == 1) return a.wait();
    if (which == 2) a.set();
    if (which + 1 == threads) b.set();
  }
};

/// The same with permits, two of them by two calls, one of which is left over.
template <class Way>
struct permit_of_another : process<Way> {
  static constexpr int threads = 3;
  typename process<Way>::semaphore a;
  typename process<Way>::event b;

  void thread(unsigned which) override {
    if (which == 0) {
      if (Way::wait(a, b) == 0) a.release();
      return;
    }
    if (which == 1) return a.acquire();
    b.set();
    a.release();
  }
};

/// Two wait for the same two, each in its own order.
template <class Way>
struct crosswise : process<Way> {
  static constexpr int threads = 3;
  typename process<Way>::event a;
  typename process<Way>::event b;

  void thread(unsigned which) override {
    if (which == 0) (void)Way::wait(a, b);
    if (which == 1) (void)Way::wait(b, a);
    if (which != 2) return;
    a.set();
    b.set();
  }
  void after() override { require(!a.try_wait() && !b.try_wait(), "one each"); }
};

/// Two calls, each for objects of its own.
template <class Way>
struct two_calls : process<Way> {
  static constexpr int threads = 3;
  typename process<Way>::event a[2];
  typename process<Way>::event b[2];

  void thread(unsigned which) override {
    if (which != 2) return (void)Way::wait(a[which], b[which]);
    b[0].set();
    a[1].set();
  }
};

/// One that gives up against one post, for which another waits as well; who gets it hands it on.
template <class Way>
struct gives_up : process<Way> {
  static constexpr int threads = 3;
  typename process<Way>::semaphore a;
  typename process<Way>::event b;

  gives_up() { machine::ticks_left = 1; }
  void thread(unsigned which) override {
    if (which == 2) return b.set();
    if (which == 1) {
      b.wait();
      return b.set();
    }
    const auto got = Way::template wait_until<modelled::os::time_point>(after_ticks(1), a, b);
    if (!got) return require(got.why() == status::timeout && machine::clock >= 1, "when its time has come");
    require(*got == 1, "nothing else was posted");
    b.set();
  }
  void after() override { require(b.try_wait() && !b.try_wait(), "one set went round, and is left"); }
};

/// A stop for one who waits for both; another waits for the first, and gets what comes.
template <class Way>
struct stopped : process<Way> {
  static constexpr int threads = 3;
  typename process<Way>::event a;
  typename process<Way>::event b;
  model::stop_source source;

  void thread(unsigned which) override {
    if (which == 2) {
      a.set();
      return source.request_stop();
    }
    if (which == 1) return a.wait();
    const auto got = Way::template wait_until<model::stop_token>(model::stop_token(source), a, b);
    if (!got) return require(got.why() == status::stopped, "stopped, if nothing came");
    a.set();
  }
};

/// Nobody ever posts.
template <class Way>
struct only_a_stop : process<Way> {
  static constexpr int threads = 2;
  typename process<Way>::event a;
  typename process<Way>::semaphore b;
  model::stop_source source;

  void thread(unsigned which) override {
    if (which == 0) return source.request_stop();
    const auto got = Way::template wait_until<model::stop_token>(model::stop_token(source), a, b);
    require(!got && got.why() == status::stopped, "it ends, and says why");
  }
};

/// The gate opens when they wait, or are about to, and shuts at once.
template <class Way>
struct shut_again : process<Way> {
  static constexpr int threads = 3;
  typename process<Way>::event a;
  typename process<Way>::gate g;
  model::plain<int> ball{0};

  void thread(unsigned which) override {
    if (which == 0) {
      while (futex::parks() < 2) modelled::relax();
      ball.set(1);
      g.set();
      return g.reset();
    }
    if (which == 1) {
      g.wait();
    } else {
      require(Way::wait(a, g) == 1, "the gate");
    }
    require(ball.get() == 1, "what came before it was opened is there");
  }
};

/// A sandbox is entered while they run.
template <class Way>
struct refused_later : process<Way> {
  static constexpr int threads = 3;
  typename process<Way>::event a;
  typename process<Way>::event b;

  void thread(unsigned which) override {
    if (which == 0) {
      if (Way::wait(a, b) == 0) a.set();
      return;
    }
    if (which == 1) return a.wait();
    a.set();
    machine::refuses_waitv = true;
    b.set();
  }
};

}  // namespace any_scenarios
