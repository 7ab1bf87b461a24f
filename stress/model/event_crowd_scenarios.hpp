// SPDX-License-Identifier: MIT
#pragma once

// Scenarios of events that any number of threads set and wait for.

#include "event_scenarios.hpp"

namespace event_scenarios {

template <class Event>
void reset(Event& e) {
  if constexpr (requires { e.is_set(); }) e.reset();
}

/// Two threads leave data and set; the third waits until it has seen both. A set that stands for both brings both, as does a reset that
/// undoes both.
template <class Event, class Machine = two_cpus>
struct two_set : model::scenario {
  static constexpr int threads = 3;
  Event e;
  model::atomic<std::uint32_t> data[2]{model::atomic<std::uint32_t>{0}, model::atomic<std::uint32_t>{0}};

  two_set() { Machine::set(); }
  void thread(unsigned which) override {
    using enum std::memory_order;
    if (which != 2) {
      data[which].store(1, relaxed);
      return e.set();
    }
    while (data[0].load(relaxed) + data[1].load(relaxed) != 2) {
      e.wait();
      event_scenarios::reset(e);
    }
  }
};

/// One set for two waiters: the first one through sets it for the other.
template <class Event, class Machine = two_cpus>
struct passed_on : model::scenario {
  static constexpr int threads = 3;
  Event e;
  model::plain<int> through{0};

  passed_on() { Machine::set(); }
  void thread(unsigned which) override {
    if (which == 0) return e.set();
    e.wait();
    const int before = through.get();  // a race, if the set had let both through
    through.set(before + 1);
    e.set();
  }
  void after() override {
    require(through.get() == 2, "both came through");
    require(e.try_wait() && !e.try_wait(), "and one set is left");
  }
};

/// A third thread, that does not wait, may take the set away, and then sets it again.
template <class Event>
struct taken_away : model::scenario {
  static constexpr int threads = 3;
  Event e;

  void thread(unsigned which) override {
    if (which == 0) return e.set();
    if (which == 1) return e.wait();
    if (e.try_wait()) e.set();
  }
  void after() override { require(!e.try_wait(), "taken once"); }
};

struct by_deadline {
  static constexpr bool stops = false;
};
struct by_stop {
  static constexpr bool stops = true;
};

/// Two wait, one set; one of the two leaves at any moment. Whoever had the set hands it on, so that each can end.
template <class Event, class How>
struct one_leaves : model::scenario {
  static constexpr int threads = How::stops ? 4 : 3;
  Event e;
  model::stop_source source;

  one_leaves() { machine::ticks_left = How::stops ? 0 : 1; }
  void thread(unsigned which) override {
    if (which == 3) return source.request_stop();
    if (which == 1) e.wait();
    if (which == 2) {
      const status s = How::stops ? e.wait(model::stop_token(source)) : e.wait(after_ticks(1));
      if (s != status::ok) return;
    }
    e.set();
  }
  void after() override { require(e.try_wait() && !e.try_wait(), "one set went round, and is left"); }
};

/// Two wait for a gate, which opens.
template <class Event, class Machine = two_cpus>
struct all_through : model::scenario {
  static constexpr int threads = 3;
  Event e;
  model::plain<int> ball{0};

  all_through() { Machine::set(); }
  void thread(unsigned which) override {
    if (which == 0) {
      ball.set(1);
      return e.set();
    }
    e.wait();
    require(ball.get() == 1, "what came before the set is there for all");
    require(e.is_set(), "and it stays set");
  }
  void after() override { require(futex::wakes() <= 1, "one call for all"); }
};

/// The gate opens when all have gone to sleep, or are about to, and shuts at once.
template <class Event, int Waiters = 2, class Machine = two_cpus>
struct shut_again : model::scenario {
  static constexpr int threads = Waiters + 1;
  Event e;
  model::plain<int> ball{0};

  shut_again() { Machine::set(); }
  void thread(unsigned which) override {
    if (which == 0) {
      while (futex::parks() < Waiters) modelled::relax();
      ball.set(1);
      e.set();
      return event_scenarios::reset(e);
    }
    e.wait();
    require(ball.get() == 1, "what came before the set is there, although it was undone");
  }
};

}  // namespace event_scenarios
