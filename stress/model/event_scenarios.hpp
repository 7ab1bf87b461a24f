// SPDX-License-Identifier: MIT
#pragma once

// Scenarios that parker, auto_reset_event and manual_reset_event have in common. To set is also to unpark.

#include <gtest/gtest.h>

#include "engine.hpp"
#include "stop.hpp"

#include <optional>

namespace event_scenarios {

using model::futex;
using model::machine;
using model::require;
using model::search;
using volley::modelled;
using volley::status;

using policies = testing::Types<volley::busy_spin, volley::spin_yield, volley::spin_park, volley::park>;

constexpr modelled::os::time_point after_ticks(int n) { return modelled::os::time_point(modelled::os::duration(n)); }

template <class Event>
void set(Event& e) {
  if constexpr (requires { e.unpark(); }) {
    e.unpark();
  } else {
    e.set();
  }
}
template <class Event, class... Patience>
auto wait(Event& e, const Patience&... until) {
  if constexpr (requires { e.park(until...); }) {
    return e.park(until...);
  } else {
    return e.wait(until...);
  }
}

/// What the scenario's machine is like.
struct two_cpus {
  static void set() {}
};
struct one_cpu {
  static void set() { machine::one_cpu = true; }
};
struct spurious {
  static void set() { machine::spurious_left = 2; }
};

/// A kernel that loses wakes.
struct no_wake : modelled {
  struct os : modelled::os {
    template <class Word>
    static void wake(const Word*, int, volley::sharing) {}
  };
};
/// A kernel that wakes one where all were meant.
struct one_for_all : modelled {
  struct os : modelled::os {
    template <class Word>
    static void wake(const Word* w, int, volley::sharing scope) {
      modelled::os::wake(w, 1, scope);
    }
  };
};

/// A pair of them hands a plain variable over, there and back.
template <class Event, class Machine = two_cpus>
struct handed_over : model::scenario {
  static constexpr int threads = 2;
  Event there;
  Event back;
  model::plain<int> ball{0};

  handed_over() { Machine::set(); }
  void thread(unsigned which) override {
    if (which == 0) {
      ball.set(1);
      set(there);
      wait(back);
      require(ball.get() == 2, "what came before the set is there after the wait");
    } else {
      wait(there);
      require(ball.get() == 1, "what came before the set is there after the wait");
      ball.set(2);
      set(back);
    }
  }
  void after() override { require(futex::wakes() <= 2, "no set wakes more than once"); }
};

/// A deadline that may come at any moment, and a wait without one if it did.
template <class Event, class Machine = two_cpus>
struct impatient : model::scenario {
  static constexpr int threads = 2;
  Event e;
  model::plain<int> ball{0};

  impatient() {
    Machine::set();
    machine::ticks_left = 1;
  }
  void thread(unsigned which) override {
    if (which == 0) {
      ball.set(1);
      return set(e);
    }
    const status s = wait(e, after_ticks(1));
    require(s == status::ok || s == status::timeout, "ok or timeout, nothing else");
    if (s == status::timeout) {
      require(machine::clock >= 1, "no timeout before the deadline");
      wait(e);
    }
    require(ball.get() == 1, "a timeout loses nothing");
  }
};

/// A third thread asks the waiter to stop, at any moment; if it does, it waits once more without a token.
template <class Event, class Machine = two_cpus>
struct stopped : model::scenario {
  static constexpr int threads = 3;
  Event e;
  model::stop_source source;
  model::plain<int> ball{0};

  stopped() { Machine::set(); }
  void thread(unsigned which) override {
    if (which == 2) return source.request_stop();
    if (which == 0) {
      ball.set(1);
      return set(e);
    }
    const status s = wait(e, model::stop_token(source));
    require(s == status::ok || s == status::stopped, "ok or stopped, nothing else");
    if (s == status::stopped) {
      require(source.stop_requested(), "stopped only if asked to");
      wait(e);
    }
    require(ball.get() == 1, "a stop loses nothing");
  }
};

/// Nobody ever sets it: only the stop ends the wait.
template <class Event>
struct only_a_stop : model::scenario {
  static constexpr int threads = 2;
  Event e;
  model::stop_source source;

  only_a_stop() { machine::spurious_left = 1; }
  void thread(unsigned which) override {
    if (which == 0) return source.request_stop();
    require(wait(e, model::stop_token(source)) == status::stopped, "it ends, and says why");
  }
};

/// The thread whose wait ended destroys it; the other may still be inside set().
template <class Event>
struct destroyed_by_the_waiter : model::scenario {
  static constexpr int threads = 2;
  std::optional<Event> e{std::in_place};

  destroyed_by_the_waiter() { machine::spurious_left = 1; }
  void thread(unsigned which) override {
    if (which == 0) return set(*e);
    wait(*e);
    e.reset();
  }
};

/// Nobody but a waiter changes the word meanwhile: set() in so many atomic steps at most.
template <class Event, unsigned Most>
struct counted_set : model::scenario {
  static constexpr int threads = 2;
  Event e;

  void thread(unsigned which) override {
    if (which == 1) {
      wait(e);
      return;
    }
    const unsigned before = model::steps::taken();
    set(e);
    require(model::steps::taken() - before <= Most, "set in so many steps");
  }
};

}  // namespace event_scenarios
