// SPDX-License-Identifier: MIT
#pragma once

// Programs over overwrite_ring for the model: two sides and who watches them, capacities 1 to 3 across the wrap of its positions. What they
// hold is asked in overwrite_model_test.cpp, and of wrong twins in overwrite_bad_test.cpp.

#include <volley/ring/overwrite_ring.hpp>

#include "engine.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>

namespace model::overwrite {

// A few steps before a position of eight bits starts again at 0.
using near_wrap = volley::basic_model<253>;

template <std::size_t Capacity>
using ring_of = volley::overwrite_ring<int, Capacity, near_wrap>;

using order = std::memory_order;

/// The account of one side: what it got, in its own order.
template <int Values>
struct account {
  std::array<int, static_cast<std::size_t>(Values)> got{};
  int size = 0;

  void enter(int value) {
    require(value >= 1 && value <= Values, "a value that was pushed");
    require(size == 0 || got[static_cast<std::size_t>(size - 1)] < value, "in order, each once");
    got[static_cast<std::size_t>(size++)] = value;
  }
  bool has(int value) const { return std::find(got.begin(), got.begin() + size, value) != got.begin() + size; }
};

/// The producer pushes 1 .. Pushes, the consumer tries Pops times: each comes out once, on one of the two sides or at the end. Bounded
/// steps throughout. And the ring is exact: after a push, what has not come out (of the pops that began) is no more than fits, and
/// nothing was evicted that had room.
template <std::size_t Capacity, int Pushes, int Pops, class Ring = ring_of<Capacity>, unsigned StepsOfAPop = 6>
struct shared_out : model::scenario {
  static constexpr int threads = 2;
  Ring ring;
  account<Pushes> evicted;
  account<Pushes> popped;
  model::plain<int> done_by[2] = {model::plain<int>(0), model::plain<int>(0)};

  void thread(unsigned which) override {
    if (which == 0) {
      for (int i = 1; i <= Pushes; ++i) {
        const unsigned before = model::steps::taken();
        const std::optional<int> out = ring.push(i);
        require(model::steps::taken() - before <= 13, "a push: at most 13 steps");
        if (out) evicted.enter(*out);
        if (out) require(*out <= i - static_cast<int>(Capacity), "nothing that had room is evicted");
      }
    } else {
      for (int i = 0; i != Pops; ++i) {
        const unsigned before = model::steps::taken();
        int got = 0;
        if (ring.try_pop(got)) popped.enter(got);
        require(model::steps::taken() - before <= StepsOfAPop, "a pop: at most so many steps");
      }
    }
    done_by[which].set(1);
  }
  void after() override {
    (void)(done_by[0].get() + done_by[1].get());
    const int inside = Pushes - evicted.size - popped.size;
    require(inside >= 0 && inside <= static_cast<int>(Capacity), "no more than fit");
    require(ring.size_approx() == static_cast<std::size_t>(inside), "the size is exact when all is quiet");
    if (popped.size == 0) require(inside == std::min(Pushes, static_cast<int>(Capacity)), "evicted only when full");
    int left = 0;
    for (int got = 0; ring.try_pop(got); ++left) {
      require(got > Pushes - static_cast<int>(Capacity), "the newest are inside");
      popped.enter(got);
    }
    require(left == inside, "what is inside can be popped");
    for (int i = 1; i <= Pushes; ++i) require(evicted.has(i) != popped.has(i), "each once, on one side");
  }
};

/// Each push is seen against an exact queue, as far as the producer can know: it knows which pops have returned, and which have begun.
template <std::size_t Capacity, int Pushes, int Pops, class Ring = ring_of<Capacity>>
struct exact : model::scenario {
  static constexpr int threads = 2;
  Ring ring;
  model::atomic<int> began{0};
  model::atomic<int> ended{0};
  model::atomic<int> pushed{0};

  void thread(unsigned which) override {
    if (which == 0) {
      int evictions = 0;
      for (int i = 1; i <= Pushes; ++i) {
        const int surely = ended.load(order::acquire);
        const std::optional<int> out = ring.push(i);
        pushed.store(i, order::release);
        const int perhaps = began.load(order::seq_cst);
        const int before = i - 1 - evictions;
        if (before - surely < static_cast<int>(Capacity)) require(!out, "no eviction while there is room for sure");
        if (before - perhaps >= static_cast<int>(Capacity)) require(out.has_value(), "an eviction when full for sure");
        evictions += out ? 1 : 0;
      }
      return;
    }
    int successes = 0;
    int last = 0;
    for (int i = 0; i != Pops; ++i) {
      const int there = pushed.load(order::acquire);
      began.store(successes + 1, order::seq_cst);
      int got = 0;
      const bool in = ring.try_pop(got);
      require(in || there <= last,
              "no false empty: the newest that I know of was not popped, and only a newer one could evict it");
      if (in) last = got;
      if (in) ended.store(++successes, order::release);
      if (in) require(got > there - static_cast<int>(Capacity), "what is popped is not older than the ring is long");
    }
  }
};

/// The consumer pops the one that is inside, and by the time that it looks for its cell, the producer may be two laps ahead.
template <int Pushes>
struct lending : model::scenario {
  static constexpr int threads = 2;
  ring_of<1> ring;

  lending() { require(!ring.push(0), "there is room"); }
  void thread(unsigned which) override {
    if (which == 1) {
      const auto got = ring.try_pop();
      require(got.has_value(), "it is never empty");
    } else {
      for (int i = 1, next = 0; i <= Pushes; ++i) {
        const auto out = ring.push(i);
        if (out) require(*out >= next, "in order");
        if (out) next = *out + 1;
      }
    }
  }
};

/// A third thread asks for the size, and whether it is sealed.
struct watched : model::scenario {
  static constexpr int threads = 3;
  ring_of<1> ring;

  void thread(unsigned which) override {
    for (int i = 0; i != 3; ++i) {
      if (which == 0) (void)ring.push(i);
      if (which == 1) (void)ring.try_pop();
      if (which == 2) require(ring.size_approx() <= 1 && !ring.is_sealed(), "0 .. capacity, whatever is seen");
    }
  }
};

/// One side stops for ever somewhere; the other goes on, exactly. The consumer takes one with it at most.
template <std::size_t Capacity>
struct stopped_consumer : model::scenario {
  static constexpr int threads = 2;
  static constexpr int pushes = static_cast<int>(3 * Capacity + 5);
  ring_of<Capacity> ring;
  account<pushes> evicted;

  void thread(unsigned which) override {
    if (which == 1) {
      for (int i = 0; i != 3; ++i) (void)ring.try_pop();
      return;
    }
    for (int i = 1, without = 0; i <= pushes; ++i) {
      const bool stopped = model::freeze::frozen();
      const unsigned before = model::steps::taken();
      const auto out = ring.push(i);
      require(model::steps::taken() - before <= 13, "wherever the consumer stopped");
      if (out) evicted.enter(*out);
      if (!stopped) continue;
      if (out) require(*out == i - static_cast<int>(Capacity), "the oldest goes, for ever");
      if (out) require(ring.size_approx() == Capacity, "the ring has all of its capacity still");
      if (!out) require(++without <= static_cast<int>(Capacity), "and has no more");
    }
  }
};

/// The producer stops; the consumer pops all that is in, each pop in bounded steps, and then finds it empty.
struct stopped_producer : model::scenario {
  static constexpr int threads = 2;
  ring_of<2> ring;

  void thread(unsigned which) override {
    if (which == 0) {
      for (int i = 1; i <= 4; ++i) (void)ring.push(i);
      return;
    }
    int last = 0;
    int missed = 0;
    while (missed != 3) {
      const unsigned before = model::steps::taken();
      const auto got = ring.try_pop();
      require(model::steps::taken() - before <= 6, "wherever the producer stopped");
      if (got) require(*got > last, "in order");
      if (got) last = *got;
      missed += got ? 0 : 1;
    }
  }
};

/// One seals, the others push and pop.
struct sealing : model::scenario {
  static constexpr int threads = 3;
  ring_of<1> ring;
  model::plain<int> note{0};
  model::atomic<int> sealed{0};

  void thread(unsigned which) override {
    if (which == 0) {
      note.set(1);
      ring.seal();
      sealed.store(1, order::release);
    } else if (which == 1) {
      for (int i = 1; i <= 3; ++i) {
        const bool late = sealed.load(order::acquire) != 0;
        const auto out = ring.push(i);
        if (late) require(out == i, "no push of anybody after the seal: it comes back");
      }
    } else {
      for (int i = 0; i != 3; ++i) {
        if (ring.is_sealed()) require(note.get() == 1, "what was before the seal is visible");
        (void)ring.try_pop();
      }
    }
  }
  void after() override { require(ring.is_sealed() && ring.push(9) == 9, "it stays so"); }
};

}  // namespace model::overwrite
