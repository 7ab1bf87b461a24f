// SPDX-License-Identifier: MIT
#pragma once

// Programs over the rings with stamped slots, for the model: all mixes of 2 to 4 threads, capacities 1 to 3 across the wrap of their
// stamps, runs, guards, holes and the seal. What they hold is asked in mpmc_ring_model_test.cpp and, where one side is one thread, in
// one_sided_model_test.cpp.

#include <volley/ring/mpmc_ring.hpp>
#include <volley/ring/mpsc_ring.hpp>
#include <volley/ring/spmc_ring.hpp>

#include "engine.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

namespace model::stamped {

// One lap of two slots, or of one, before a stamp of eight bits starts again at 0.
using near_wrap = volley::basic_model<248>;
using modelled = volley::modelled;

struct mpmc {
  template <std::size_t Capacity, class Env = near_wrap>
  using ring = volley::mpmc_ring<int, Capacity, Env>;
};
struct mpsc {
  template <std::size_t Capacity, class Env = near_wrap>
  using ring = volley::mpsc_ring<int, Capacity, Env>;
};
struct spmc {
  template <std::size_t Capacity, class Env = near_wrap>
  using ring = volley::spmc_ring<int, Capacity, Env>;
};
template <std::size_t Capacity, class Env = near_wrap>
using ring_of = mpmc::ring<Capacity, Env>;

using order = std::memory_order;

struct zero : model::plain<int> {
  zero() : plain(0) {}
};

/// Which values came out: each once, those of one producer in their order.
template <int Values>
class seen_by_all {
 public:
  /// By the consumer who popped it. `last` is its own: the last value it got from each producer.
  void see(int value, std::array<int, 4>& last) {
    require(value >= 0 && value < Values, "a value that was pushed");
    require(mark(value).get() == 0, "each once");
    mark(value).set(1);
    auto& before = last[static_cast<std::size_t>(value % 4)];
    require(before < value, "those of one producer in their order");
    before = value;
  }
  bool has(int value) { return mark(value).get() != 0; }

 private:
  auto& mark(int value) { return marks_[static_cast<std::size_t>(value)]; }

  std::array<zero, static_cast<std::size_t>(Values)> marks_;
};
inline constexpr std::array<int, 4> nothing_yet{-1, -1, -1, -1};
/// The i-th value of a producer.
constexpr int value_of(unsigned producer, int i) { return i * 4 + static_cast<int>(producer); }

/// Everything goes through; all try until they succeed. Each producer pushes Each elements, each consumer pops its share.
template <unsigned Producers, unsigned Consumers, std::size_t Capacity, int Each, class Ring = ring_of<Capacity>>
struct through : model::scenario {
  static constexpr int threads = Producers + Consumers;
  static constexpr int share = Each * static_cast<int>(Producers) / static_cast<int>(Consumers);
  static_assert(share * static_cast<int>(Consumers) == Each * static_cast<int>(Producers));
  Ring ring;
  seen_by_all<4 * Each> seen;

  void thread(unsigned which) override {
    auto last = nothing_yet;
    if (which < Producers) {
      for (int i = 0; i != Each; ++i) {
        while (!ring.try_push(value_of(which, i))) modelled::relax();
      }
      return;
    }
    for (int i = 0; i != share; ++i) {
      int got = 0;
      while (!ring.try_pop(got)) modelled::relax();
      seen.see(got, last);
    }
  }
  void after() override { require(ring.empty_approx(), "all came out"); }
};

/// Each thread tries, a fixed number of times: what was pushed came out or is inside, each once.
template <unsigned Producers, unsigned Consumers, std::size_t Capacity, int Tries, class Ring = ring_of<Capacity>>
struct tries : model::scenario {
  static constexpr int threads = Producers + Consumers;
  Ring ring;
  seen_by_all<4 * Tries> seen;
  std::array<zero, Producers> pushed;
  std::array<std::array<int, 4>, Consumers> last;

  tries() { last.fill(nothing_yet); }
  void thread(unsigned which) override {
    for (int i = 0; i != Tries; ++i) {
      if (which < Producers) {
        const int done = pushed[which].get();
        const bool in = ring.try_push(value_of(which, done));
        require(in || Producers > 1 || done >= static_cast<int>(Capacity),
                "no false full while there is room for sure");
        if (in) pushed[which].set(done + 1);
      } else if (const auto got = ring.try_pop()) {
        seen.see(*got, last[which - Producers]);
      }
      require(ring.size_approx() <= Capacity, "0 .. capacity, whatever is seen");
    }
  }
  void after() override {
    auto rest = nothing_yet;
    std::size_t inside = ring.size_approx();
    while (const auto got = ring.try_pop()) {
      seen.see(*got, rest);
      --inside;
    }
    require(inside == 0, "the size is exact when all is quiet");
    for (unsigned p = 0; p != Producers; ++p) {
      for (int i = 0; i != Tries; ++i) require(seen.has(value_of(p, i)) == (i < pushed[p].get()), "nothing is lost");
    }
  }
};

/// Who pushes after another one's push came back, and knows it, comes out later. And no false empty, no false full to one who knows.
template <std::size_t Capacity, class Ring = ring_of<Capacity>>
struct one_order_for_all : model::scenario {
  static constexpr int threads = 3;
  Ring ring;
  model::atomic<int> pushed{0};
  model::atomic<int> popped{0};

  void thread(unsigned which) override {
    if (which == 2) {
      for (int i = 1; i <= 3; ++i) {
        while (pushed.load(order::acquire) < i) modelled::relax();
        int got = 0;
        require(ring.try_pop(got), "no false empty: I know that it is in, and nobody else pops");
        require(got == i, "one order for all");
        popped.store(i, order::release);
      }
      return;
    }
    for (int i = 1; i <= 3; ++i) {
      if (i % 2 != static_cast<int>(which)) continue;
      while (pushed.load(order::acquire) != i - 1) modelled::relax();
      while (popped.load(order::acquire) < i - static_cast<int>(Capacity)) modelled::relax();
      require(ring.try_push(i), "no false full: I know that there is room");
      pushed.store(i, order::release);
    }
  }
};

/// Runs of up to three, from two producers to two consumers (or one).
template <unsigned Consumers, std::size_t Capacity, class Ring = ring_of<Capacity>>
struct runs : model::scenario {
  static constexpr int threads = 2 + Consumers;
  Ring ring;
  seen_by_all<12> seen;

  void thread(unsigned which) override {
    auto last = nothing_yet;
    if (which < 2) {
      const std::array<int, 3> mine{value_of(which, 0), value_of(which, 1), value_of(which, 2)};
      for (std::size_t in = 0; in != 3 - which;) {
        const std::size_t now = ring.try_push_n(mine.begin() + in, 3 - which - in);
        if (now == 0) modelled::relax();
        in += now;
      }
      return;
    }
    std::array<int, 3> out{};
    for (std::size_t left = which == 2 ? 6 - Consumers : 1; left != 0;) {
      const std::size_t now = ring.try_pop_n(out.begin(), std::min<std::size_t>(left, 3));
      if (now == 0) modelled::relax();
      for (std::size_t i = 0; i != now; ++i) seen.see(out[i], last);
      left -= now;
    }
  }
};

/// Two threads, each pushing a run and popping a run, once.
struct two_runs : model::scenario {
  static constexpr int threads = 2;
  ring_of<3> ring;
  seen_by_all<8> seen;
  std::array<zero, 2> pushed;

  void thread(unsigned which) override {
    auto last = nothing_yet;
    const std::array<int, 2> mine{value_of(which, 0), value_of(which, 1)};
    const std::size_t in = ring.try_push_n(mine.begin(), 2);
    require(in >= 1, "three slots: at least one is free for each of two");
    pushed[which].set(static_cast<int>(in));
    std::array<int, 2> out{};
    const std::size_t got = ring.try_pop_n(out.begin(), 2);
    for (std::size_t i = 0; i != got; ++i) seen.see(out[i], last);
  }
  void after() override {
    auto last = nothing_yet;
    while (const auto got = ring.try_pop()) seen.see(*got, last);
    for (unsigned p = 0; p != 2; ++p) {
      for (int i = 0; i != 2; ++i) require(seen.has(value_of(p, i)) == (i < pushed[p].get()), "nothing is lost");
    }
  }
};

/// One producer reserves and does not use all; another one pushes two meanwhile; a consumer peeks. What was given back, or is a hole,
/// is used again, by either of the two.
template <std::size_t Capacity, std::size_t Reserved, std::size_t Kept, int Twice = 2, class Ring = ring_of<Capacity>>
struct reserving : model::scenario {
  static constexpr int threads = 3;
  Ring ring;
  seen_by_all<4 * std::max(2, Twice* static_cast<int>(Reserved))> seen;
  model::plain<int> kept{0};

  void thread(unsigned which) override {
    auto last = nothing_yet;
    if (which == 0) {
      int next = 0;
      for (int i = 0; i != Twice; ++i) {
        auto mine = ring.try_reserve(Reserved);
        require(mine.size() <= Reserved, "at most what was asked for");
        int value = next;
        while (mine.constructed() != mine.size()) mine.construct(value_of(0, value++));
        const std::size_t keeps = std::min(Kept, mine.size());
        mine.commit(keeps);
        next += static_cast<int>(keeps);
      }
      kept.set(next);
    } else if (which == 1) {
      for (int i = 0; i != 2; ++i) {
        while (!ring.try_push(value_of(1, i))) modelled::relax();
      }
    } else {
      while (last[1] != value_of(1, 1)) {
        auto mine = ring.try_peek(Capacity);
        for (const int& value : mine) seen.see(value, last);
        if (mine.empty()) modelled::relax();
        if constexpr (requires { mine.release(1); }) mine.release(mine.size());
      }
    }
  }
  void after() override {
    auto rest = nothing_yet;
    while (const auto got = ring.try_pop()) seen.see(*got, rest);
    require(ring.size_approx() == 0, "holes do not count once they were passed");
    for (int i = 0; i != kept.get(); ++i) require(seen.has(value_of(0, i)), "what was committed came out");
    for (std::size_t i = 0; i != Capacity; ++i) require(ring.try_push(1), "all slots are there still");
    require(!ring.try_push(1), "and not one more");
  }
};

/// A hole and two elements, and two who pop: there is one for each, whoever takes the hole out of the way.
struct one_for_each : model::scenario {
  static constexpr int threads = 2;
  ring_of<3> ring;
  seen_by_all<8> seen;

  one_for_each() {
    const auto hole = ring.try_reserve(1);
    require(ring.try_push(0) && ring.try_push(4), "there is room");
  }
  void thread(unsigned) override {
    auto last = nothing_yet;
    const auto got = ring.try_pop();
    require(got.has_value(), "no false empty: there is one for each");
    seen.see(*got, last);
  }
  void after() override {
    require(ring.empty_approx() && !ring.try_pop(), "that was all");
    for (int i = 0; i != 3; ++i) require(ring.try_push(i), "all slots are free");
    require(!ring.try_push(3), "and not one more");
    for (int i = 0; i != 3; ++i) require(ring.try_pop() == i, "in order");
  }
};

/// Each pushes, then pops: whatever comes out, there is one for each, for the push of each comes before its pop.
template <unsigned Threads, class Ring = ring_of<Threads>>
struct push_then_pop : model::scenario {
  static constexpr int threads = Threads;
  Ring ring;

  void thread(unsigned which) override {
    require(ring.try_push(static_cast<int>(which)), "there is room for one of each");
    require(ring.try_pop().has_value(), "no false empty: each who pops has pushed");
  }
};
/// The other way round in a full ring: who pops makes room for one push.
template <unsigned Threads, class Ring = ring_of<Threads>>
struct pop_then_push : model::scenario {
  static constexpr int threads = Threads;
  Ring ring;

  pop_then_push() {
    for (unsigned i = 0; i != Threads; ++i) require(ring.try_push(static_cast<int>(i)), "it was empty");
  }
  void thread(unsigned which) override {
    require(ring.try_pop().has_value(), "there is one for each");
    require(ring.try_push(static_cast<int>(which)), "no false full: each who pushes has popped");
  }
};

/// One seals, others push and pop.
template <class Ring = ring_of<2>>
struct sealing : model::scenario {
  static constexpr int threads = 3;
  Ring ring;
  model::plain<int> note{0};
  model::atomic<int> sealed{0};
  model::plain<int> pushed{0};
  model::plain<int> popped{0};
  model::plain<bool> drained{false};

  void thread(unsigned which) override {
    if (which == 0) {
      note.set(1);
      ring.seal();
      require(!ring.try_push(9), "no push after the seal");
      sealed.store(1, order::release);
    } else if (which == 1) {
      int done = 0;
      for (int i = 0; i != 3; ++i) {
        const bool late = sealed.load(order::acquire) != 0;
        const bool in = ring.try_push(done + 1);
        require(!in || !late, "no push of anybody after the seal");
        done += in ? 1 : 0;
      }
      pushed.set(done);
    } else {
      int done = 0;
      for (int i = 0; i != 4 && !drained.get(); ++i) {
        drained.set(ring.is_sealed() && ring.empty_approx());
        if (ring.is_sealed()) require(note.get() == 1, "what was before the seal is visible");
        if (const auto got = ring.try_pop()) {
          require(!drained.get(), "sealed and empty: nothing will ever come");
          require(*got == ++done, "in order, each once");
        }
      }
      popped.set(done);
    }
  }
  void after() override {
    int done = popped.get();
    require(!drained.get() || done == pushed.get(), "sealed and empty: nothing was left");
    require(ring.is_sealed() && ring.size_approx() == static_cast<std::size_t>(pushed.get() - done),
            "the seal does not count");
    while (const auto got = ring.try_pop()) require(*got == ++done, "a sealed ring can be drained");
    require(done == pushed.get(), "nothing is lost");
  }
};

/// A reservation is open while another one seals: it goes in, or is a hole; what is sealed and empty is so for ever.
struct sealed_while_reserved : model::scenario {
  static constexpr int threads = 2;
  ring_of<2> ring;

  void thread(unsigned which) override {
    if (which == 0) {
      auto mine = ring.try_reserve(2);
      if (mine.size() == 2) {
        mine.construct(1);
        mine.commit();
        require(ring.try_pop() == 1, "committed after or before the seal");
      }
    } else {
      ring.seal();
    }
  }
  void after() override {
    (void)ring.try_pop();
    require(ring.empty_approx() && !ring.try_push(1), "holes were passed, and it is sealed");
  }
};

}  // namespace model::stamped
