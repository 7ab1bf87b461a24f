// SPDX-License-Identifier: MIT
#pragma once

// Programs over channels for the model: one thread closes at any moment, others push and pop in every way that there is. Whatever the schedule,
// all come back; what went in comes out, once, and before anybody says closed. What they hold is asked in channel_model_test.cpp,
// channel_end_model_test.cpp and channel_crowd_model_test.cpp.

#include <volley/channel/channel.hpp>
#include <volley/ring/lockfree_mpmc_ring.hpp>

#include "one_sided_scenarios.hpp"
#include "stop.hpp"

#include <array>
#include <cstddef>
#include <span>

namespace model::channels {

using stamped::near_wrap;
using stamped::nothing_yet;
using stamped::seen_by_all;
using stamped::value_of;
using stamped::zero;
using volley::modelled;
using volley::status;

// ---- the forms ----

using stamped::mpmc;
using stamped::mpsc;
using stamped::spmc;
using stamped::spsc;
struct lockfree {
  template <std::size_t Capacity, class Env = near_wrap>
  using ring = volley::lockfree_mpmc_ring<int, Capacity, Env>;
};

/// Kernel: what the machine says of membarrier while the channel is made.
enum class kernel : bool { grants_fences, refuses_fences };

template <class Ring, class Wait = volley::park, class Scope = volley::in_process,
          kernel Kernel = kernel::grants_fences>
struct form {
  using channel = volley::channel<Ring, Wait, Scope>;
  static constexpr bool refused = Kernel == kernel::refuses_fences;
};
/// In process, where the fences are to be had; where they are refused; and between processes.
template <class Kind, std::size_t Capacity, class Wait = volley::park>
using fenced = form<typename Kind::template ring<Capacity>, Wait>;
template <class Kind, std::size_t Capacity, class Wait = volley::park>
using refused = form<typename Kind::template ring<Capacity>, Wait, volley::in_process, kernel::refuses_fences>;
template <class Kind, std::size_t Capacity, class Wait = volley::park>
using shared = form<typename Kind::template ring<Capacity>, Wait, volley::between_processes>;

inline constexpr modelled::os::time_point one_tick_on{modelled::os::duration(1)};
inline constexpr int most_values = 12;  // value_of() numbers those of four threads

/// A channel, what went into it, and what came out.
template <class Form, int Ticks = 0, int Spurious = 0>
struct with_channel : scenario {
  using channel_type = typename Form::channel;
  struct machine_first {
    machine_first() {
      machine::refuses_fences = Form::refused;
      machine::ticks_left = Ticks;
      machine::spurious_left = Spurious;
    }
  };
  fence_words fences;
  machine_first set;
  channel_type ch;
  seen_by_all<most_values> seen;
  std::array<zero, most_values> in;
  std::array<zero, 4> told_closed;  // each thread's own: whether a pop of its said so
  plain<int> note{0};               // written before close()
  stop_source source;
  bool one_closes = true;  // of several the one who says so may be another

  stop_token stop() { return stop_token(source); }

  void saw_the_end() {
    if (one_closes) require(note.get() == 1, "closed: what was done before close() is visible");
  }
  /// Of a push by this thread that came back; true: go on.
  bool pushed(int value, status s) {
    if (s == status::ok) in[static_cast<std::size_t>(value)].set(1);
    if (s == status::closed) saw_the_end();
    if (s == status::stopped) require(source.stop_requested(), "stopped only if asked to");
    if (s == status::timeout) require(machine::clock >= 1, "no timeout before the deadline");
    return s != status::closed;
  }
  /// The same of a pop.
  bool popped(int value, status s, std::array<int, 4>& last, unsigned me) {
    if (s == status::ok) seen.see(value, last);
    if (s == status::closed) {
      saw_the_end();
      require(ch.is_drained(), "closed: nothing is left, and nothing will come");
      told_closed[me].set(1);
    }
    if (s == status::stopped) require(source.stop_requested(), "stopped only if asked to");
    if (s == status::timeout) require(machine::clock >= 1, "no timeout before the deadline");
    return s != status::closed;
  }
  void close() {
    note.set(1);
    ch.close();
    require(ch.is_closed(), "it is, for who closed it");
  }

  /// All that went in came out once, or is still inside; and is not if any pop said closed.
  void after() override {
    auto last = nothing_yet;
    int rest = 0;
    for (int value = 0; ch.try_pop(value) == status::ok; ++rest) seen.see(value, last);
    bool said = false;
    for (auto& told : told_closed) said = said || told.get() != 0;
    require(!said || rest == 0, "closed was said when all was out");
    for (int v = 0; v != most_values; ++v)
      require(seen.has(v) == (in[static_cast<std::size_t>(v)].get() != 0), "what went in comes out, and nothing else");
  }
};

// ---- what a thread does: run(world, me) ----

struct closes {
  template <class World>
  static void run(World& w, unsigned) {
    w.close();
  }
};
/// When so many are asleep, or nearly.
template <int Asleep>
struct closes_late {
  template <class World>
  static void run(World& w, unsigned) {
    for (int i = 0; i != 40 && futex::parks() < Asleep; ++i) modelled::relax();
    w.close();
  }
};
/// One of several: the note is not its own.
struct closes_again {
  template <class World>
  static void run(World& w, unsigned me) {
    if (me == 0) return w.close();
    w.ch.close();
    require(w.ch.is_closed(), "it is, for who closed it");
  }
};
struct stops {
  template <class World>
  static void run(World& w, unsigned) {
    w.source.request_stop();
  }
};

template <int N>
struct pushes {
  template <class World>
  static void run(World& w, unsigned me) {
    for (int i = 0; i != N; ++i) {
      if (!w.pushed(value_of(me, i), w.ch.push(value_of(me, i)))) return;
    }
  }
};
template <int N>
struct tries_to_push {
  template <class World>
  static void run(World& w, unsigned me) {
    for (int i = 0; i != N; ++i) w.pushed(value_of(me, i), w.ch.try_push(value_of(me, i)));
  }
};
template <int N>
struct pushes_until_the_tick {
  template <class World>
  static void run(World& w, unsigned me) {
    for (int i = 0; i != N; ++i) w.pushed(value_of(me, i), w.ch.push_until(value_of(me, i), one_tick_on));
  }
};
template <int N>
struct pushes_until_stopped {
  template <class World>
  static void run(World& w, unsigned me) {
    for (int i = 0; i != N; ++i) w.pushed(value_of(me, i), w.ch.push(value_of(me, i), w.stop()));
  }
};
/// A batch, of more than fits.
template <std::size_t N>
struct pushes_at_once {
  template <class World>
  static void run(World& w, unsigned me) {
    std::array<int, N> mine;
    for (std::size_t i = 0; i != N; ++i) mine[i] = value_of(me, static_cast<int>(i));
    const auto done = w.ch.push_n(std::span<const int>(mine));
    require((done.why == status::ok) == (done.count == N), "ok is all of them");
    for (std::size_t i = 0; i != done.count; ++i) w.pushed(mine[i], status::ok);
    w.pushed(mine[0], done.why == status::ok ? status::full : done.why);
  }
};
template <class First>
struct and_closes {
  template <class World>
  static void run(World& w, unsigned me) {
    First::run(w, me);
    w.close();
  }
};

template <int N>
struct pops {
  template <class World>
  static void run(World& w, unsigned me) {
    auto last = nothing_yet;
    for (int i = 0, out = 0; i != N; ++i) {
      const status s = w.ch.pop(out);
      if (!w.popped(out, s, last, me)) return;
    }
  }
};
struct drains {
  template <class World>
  static void run(World& w, unsigned me) {
    auto last = nothing_yet;
    int out = 0;
    for (status s = status::ok; w.popped(out, s = w.ch.pop(out), last, me);) {
    }
  }
};
template <int N>
struct tries_to_pop {
  template <class World>
  static void run(World& w, unsigned me) {
    auto last = nothing_yet;
    for (int i = 0, out = 0; i != N; ++i) {
      const status s = w.ch.try_pop(out);
      w.popped(out, s, last, me);
    }
  }
};
template <int N>
struct pops_until_the_tick {
  template <class World>
  static void run(World& w, unsigned me) {
    auto last = nothing_yet;
    for (int i = 0, out = 0; i != N; ++i) {
      const status s = w.ch.pop_until(out, one_tick_on);
      if (!w.popped(out, s, last, me)) return;
    }
  }
};
template <int N>
struct pops_until_stopped {
  template <class World>
  static void run(World& w, unsigned me) {
    auto last = nothing_yet;
    for (int i = 0, out = 0; i != N; ++i) {
      const status s = w.ch.pop(out, w.stop());
      if (!w.popped(out, s, last, me)) return;
    }
  }
};
/// Waits without popping, then tries; and once it is told closed a pop says so, too.
struct waits_and_tries {
  template <class World>
  static void run(World& w, unsigned me) {
    auto last = nothing_yet;
    int out = 0;
    for (status s = status::ok; s != status::closed;) {
      s = w.ch.wait_ready();
      require(s == status::ok || s == status::closed, "ok or closed, nothing else");
      const status then = w.ch.try_pop(out);
      require(s != status::closed || then == status::closed, "closed stays closed");
      w.popped(out, then, last, me);
    }
  }
};
/// Waits without popping, once, and leaves it to others.
struct waits_and_leaves {
  template <class World>
  static void run(World& w, unsigned me) {
    const status s = w.ch.wait_ready();
    w.popped(0, s == status::closed ? s : status::empty, w.nobody, me);
  }
};
struct drains_at_once {
  template <class World>
  static void run(World& w, unsigned me) {
    auto last = nothing_yet;
    std::array<int, 3> out{};
    for (;;) {
      const auto got = w.ch.pop_n(std::span<int>(out));
      for (std::size_t i = 0; i != got.count; ++i) w.popped(out[i], status::ok, last, me);
      if (got.why != status::ok) return (void)w.popped(0, got.why, last, me);
    }
  }
};

struct drains_once {
  template <class World>
  static void run(World& w, unsigned me) {
    auto last = nothing_yet;
    std::array<int, 3> out{};
    const auto got = w.ch.pop_n(std::span<int>(out));
    for (std::size_t i = 0; i != got.count; ++i) w.popped(out[i], status::ok, last, me);
  }
};
struct nothing {
  template <class World>
  static void run(World&, unsigned) {}
};
template <class First>
struct and_stops {
  template <class World>
  static void run(World& w, unsigned me) {
    First::run(w, me);
    w.source.request_stop();
  }
};
/// Pops one or gives up; who got it puts another in, for whoever waits for that one.
struct takes_until_the_tick_and_gives {
  template <class World>
  static void run(World& w, unsigned me) {
    auto last = nothing_yet;
    int out = 0;
    const status s = w.ch.pop_until(out, one_tick_on);
    w.popped(out, s, last, me);
    if (s == status::ok) w.pushed(value_of(me, 0), w.ch.push(value_of(me, 0)));
  }
};
struct takes_until_stopped_and_gives {
  template <class World>
  static void run(World& w, unsigned me) {
    auto last = nothing_yet;
    int out = 0;
    const status s = w.ch.pop(out, w.stop());
    w.popped(out, s, last, me);
    if (s == status::ok) w.pushed(value_of(me, 0), w.ch.push(value_of(me, 0)));
  }
};
/// Pushes one or gives up; who got it in takes one out.
template <bool ByStop>
struct makes_room_again {
  template <class World>
  static void run(World& w, unsigned me) {
    auto last = nothing_yet;
    const int mine = value_of(me, 0);
    const status s = ByStop ? w.ch.push(mine, w.stop()) : w.ch.push_until(mine, one_tick_on);
    int out = 0;
    if (w.pushed(mine, s) && s == status::ok) {
      const status then = w.ch.pop(out);
      w.popped(out, then, last, me);
    }
  }
};

/// Each role in a thread of its own.
template <class World, class... Roles>
struct mix_in : World {
  static constexpr int threads = sizeof...(Roles);
  std::array<int, 4> nobody = nothing_yet;

  mix_in() { this->one_closes = (... && !std::is_same_v<Roles, closes_again>); }
  void thread(unsigned which) override {
    unsigned i = 0;
    ((which == i++ ? Roles::run(*this, which) : void()), ...);
  }
};
template <class Form, class... Roles>
using mix = mix_in<with_channel<Form>, Roles...>;
/// The same where a deadline may come, once; and where parks return for no reason.
template <class Form, class... Roles>
using mix_with_a_tick = mix_in<with_channel<Form, 1>, Roles...>;
template <class Form, class... Roles>
using mix_with_spurious_wakes = mix_in<with_channel<Form, 0, 2>, Roles...>;

template <class Scenario>
void holds_at_random(unsigned long long executions = 10'000) {
  EXPECT_TRUE(holds<Scenario>(search::random(executions)));
  EXPECT_TRUE(holds<Scenario>(search::random_held(executions / 2)));
}

}  // namespace model::channels
