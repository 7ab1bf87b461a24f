// SPDX-License-Identifier: MIT
#pragma once

// What event counts of either form must do in the model. Everything of the user's is relaxed: the event count alone must see to it that nobody
// sleeps through what he waits for.

#include <volley/handoff/asymmetric_event_count.hpp>
#include <volley/handoff/event_count.hpp>

#include "engine.hpp"
#include "stop.hpp"

namespace model {

using volley::modelled;
using volley::status;
using enum std::memory_order;

inline constexpr modelled::os::time_point after_ticks(int n) {
  return modelled::os::time_point(modelled::os::duration(n));
}

// ---- the forms ----

template <class Wait>
struct mutual {
  using policy = Wait;
  using type = volley::event_count<Wait, volley::in_process, modelled>;
  static constexpr bool refused = false;
};
template <class Wait>
struct shared {
  using policy = Wait;
  using type = volley::event_count<Wait, volley::between_processes, modelled>;
  static constexpr bool refused = false;
};
template <class Wait, class Env = modelled>
struct asymmetric {
  using policy = Wait;
  using type = volley::asymmetric_event_count<Wait, Env>;
  static constexpr bool refused = false;
};
/// Of a kernel that refuses the fence from the beginning.
template <class Wait>
struct fallen_back : asymmetric<Wait> {
  static constexpr bool refused = true;
};

// ---- the machines ----

struct usual {
  static void set() {}
};
struct of_one_cpu {
  static void set() { machine::one_cpu = true; }
};
struct spurious {
  static void set() { machine::spurious_left = 2; }
};
struct one_tick {
  static void set() { machine::ticks_left = 1; }
};

/// An event count about to wrap, and permits that are taken by asking.
template <class Form, class Machine>
struct with_permits : scenario {
  struct world {
    world() {
      Machine::set();
      machine::refuses_fences = Form::refused;
    }
  };
  fence_words fences;
  world made_first;
  typename Form::type e{0xffff'ffffU};
  atomic<std::uint32_t> permits{0};

  void give(std::uint32_t n = 1) { permits.fetch_add(n, relaxed); }
  bool take() {
    for (std::uint32_t seen = permits.load(relaxed); seen != 0;) {
      if (permits.compare_exchange_strong(seen, seen - 1, relaxed, relaxed)) return true;
    }
    return false;
  }
  auto there() {
    return [this] { return take(); };
  }
};

/// One gives permits one by one and notifies for each, another takes as many.
template <class Form, int Permits = 2, class Machine = usual>
struct one_by_one : with_permits<Form, Machine> {
  static constexpr int threads = 2;

  void thread(unsigned which) override {
    for (int i = 0; i != Permits; ++i) {
      if (which == 0) {
        this->give();
        this->e.notify_one();
      } else {
        this->e.await(this->there());
      }
    }
  }
  void after() override {
    require(this->permits.load(relaxed) == 0, "each permit was taken");
    if (!Form::policy::parks)
      require(futex::wakes() + futex::parks() == 0, "a policy that does not park makes no futex call");
    if constexpr (requires { this->e.bounded_parks(); })
      require(this->e.bounded_parks() == 0 || machine::refuses_fences, "no wait looks by the clock where fences work");
  }
};

/// The same by prepare, look, cancel or wait.
template <class Form, class Machine = usual>
struct by_hand : with_permits<Form, Machine> {
  static constexpr int threads = 2;

  void take_by_hand() {
    while (!this->take()) {
      const auto key = this->e.prepare();
      if (this->take()) return this->e.cancel();
      this->e.wait(key);
    }
  }
  void thread(unsigned which) override {
    if (which == 1) return take_by_hand();
    this->give();
    this->e.notify_all();
  }
};

/// What was written before the notify is there after the wait, by the event count alone.
template <class Form>
struct plain_data : with_permits<Form, usual> {
  static constexpr int threads = 2;
  plain<int> data{0};
  atomic<std::uint32_t> prepared{0};

  void thread(unsigned which) override {
    if (which == 0) {
      while (prepared.load(acquire) == 0) modelled::relax();
      data.set(1);
      return this->e.notify_one();
    }
    const auto key = this->e.prepare();
    prepared.store(1, release);
    this->e.wait(key);
    require(data.get() == 1, "what was done before the notify");
  }
};

/// Two wait for a permit each; both are given, one by one or at once.
template <class Form, bool AtOnce, class Machine = usual>
struct two_wait : with_permits<Form, Machine> {
  static constexpr int threads = 3;

  void thread(unsigned which) override {
    if (which != 0) return this->e.await(this->there());
    if (AtOnce) {
      this->give(2);
      return this->e.notify_all();
    }
    for (int i = 0; i != 2; ++i) {
      this->give();
      this->e.notify_one();
    }
  }
};

/// Two give a permit each, one takes both.
template <class Form, class Machine = usual>
struct two_give : with_permits<Form, Machine> {
  static constexpr int threads = 3;

  void thread(unsigned which) override {
    if (which == 0) {
      for (int i = 0; i != 2; ++i) this->e.await(this->there());
    } else {
      this->give();
      this->e.notify_one();
    }
  }
};

/// One of two gives up at a deadline that may come at any moment, or never; there is one permit, and who has had it gives it back.
template <class Form>
struct one_gives_up : with_permits<Form, one_tick> {
  static constexpr int threads = 3;

  void thread(unsigned which) override {
    if (which == 2) this->e.await(this->there());
    if (which == 1) {
      const status s = this->e.await(this->there(), after_ticks(1));
      require(s == status::ok || s == status::timeout, "ok or timeout, nothing else");
      if (s == status::timeout) return require(machine::clock >= 1, "no timeout before the deadline");
    }
    this->give();
    this->e.notify_one();
  }
};
/// The same where a stop ends the wait, requested by who gives the permit, before or after.
template <class Form, bool First>
struct one_is_stopped : with_permits<Form, usual> {
  static constexpr int threads = 3;
  stop_source source;

  void thread(unsigned which) override {
    if (which == 2) return this->e.await(this->there());
    if (which == 1) {
      const status s = this->e.await(this->there(), stop_token(source));
      require(s == status::ok || s == status::stopped, "ok or stopped, nothing else");
      if (s == status::stopped) return require(source.stop_requested(), "stopped only if asked to");
      this->give();
      return this->e.notify_one();
    }
    if (First) source.request_stop();
    this->give();
    this->e.notify_one();
    if (!First) source.request_stop();
  }
};

/// Nobody ever notifies: the stop alone ends it.
template <class Form, class Machine = usual>
struct only_a_stop : with_permits<Form, Machine> {
  static constexpr int threads = 2;
  stop_source source;

  void thread(unsigned which) override {
    if (which == 0) return source.request_stop();
    require(this->e.await(this->there(), stop_token(source)) == status::stopped, "it ends, and says why");
  }
};

/// By hand a stop may look like a notify, but not for ever.
template <class Form>
struct stop_by_hand : with_permits<Form, usual> {
  static constexpr int threads = 2;
  stop_source source;

  void thread(unsigned which) override {
    if (which == 0) return source.request_stop();
    for (status s = status::ok; s != status::stopped;) s = this->e.wait(this->e.prepare(), stop_token(source));
  }
};

/// A wait by hand that says timeout has missed no notify.
template <class Form>
struct timeout_by_hand : with_permits<Form, one_tick> {
  static constexpr int threads = 2;
  atomic<std::uint32_t> prepared{0};
  atomic<std::uint32_t> notified{0};

  void thread(unsigned which) override {
    if (which == 0) {
      while (prepared.load(acquire) == 0) modelled::relax();
      this->e.notify_one();
      return notified.store(1, release);
    }
    const auto key = this->e.prepare();
    prepared.store(1, release);
    const bool had_come = notified.load(acquire) == 1;
    const status s = this->e.wait(key, after_ticks(1));
    require(s == status::ok || s == status::timeout, "ok or timeout, nothing else");
    require(!had_come || s == status::ok, "a notify that came before the wait is seen by it");
  }
};

}  // namespace model
