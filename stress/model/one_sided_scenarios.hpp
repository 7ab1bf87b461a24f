// SPDX-License-Identifier: MIT
#pragma once

// Programs for the model over rings that have one producer, or one consumer: what that one may do besides, and its seal.

#include <volley/ring/spsc_ring.hpp>

#include "stamped_scenarios.hpp"

namespace model::stamped {

struct spsc {
  template <std::size_t Capacity, class Env = near_wrap>
  using ring = volley::spsc_ring<int, Capacity, Env>;
};

/// A third party seals while one pushes and one pops.
template <class Ring>
struct another_one_seals : model::scenario {
  static constexpr int threads = 3;
  Ring ring;
  model::plain<int> note{0};
  model::atomic<int> sealed{0};
  model::plain<int> pushed{0};
  model::plain<int> popped{0};

  void thread(unsigned which) override {
    if (which == 0) {
      note.set(1);
      ring.seal();
      sealed.store(1, order::release);
    } else if (which == 1) {
      int done = 0;
      for (int i = 0; i != 3; ++i) {
        const bool late = sealed.load(order::acquire) != 0;
        const bool in = ring.try_push(done + 1);
        require(!in || !late, "no push by one who knows of the seal");
        done += in ? 1 : 0;
      }
      pushed.set(done);
    } else {
      int done = 0;
      for (int i = 0; i != 3; ++i) {
        if (ring.is_sealed()) require(note.get() == 1, "what was before the seal is visible");
        if (const auto got = ring.try_pop()) require(*got == ++done, "in order, each once");
      }
      popped.set(done);
    }
  }
  void after() override {
    int done = popped.get();
    require(ring.is_sealed() && ring.size_approx() == static_cast<std::size_t>(pushed.get() - done),
            "the seal does not count");
    while (const auto got = ring.try_pop()) require(*got == ++done, "a sealed ring can be drained");
    require(done == pushed.get(), "nothing is lost");
    require(!ring.try_push(9), "it stays sealed");
  }
};

/// The producer seals after its last push: who sees it sealed and then empty has seen all.
template <class Ring>
struct the_producer_seals : model::scenario {
  static constexpr int threads = 2;
  Ring ring;

  void thread(unsigned which) override {
    if (which == 0) {
      for (int i = 1; i <= 3; ++i) {
        while (!ring.try_push(i)) modelled::relax();
      }
      ring.seal();
      require(!ring.try_push(9) && ring.try_reserve(1).empty(), "no push after the seal");
      return;
    }
    int done = 0;
    for (bool over = false; !over;) {
      over = ring.is_sealed() && ring.empty_approx();
      if (const auto got = ring.try_pop()) {
        require(!over, "sealed and empty: nothing will ever come");
        require(*got == ++done, "in order, each once");
      } else if (!over) {
        modelled::relax();
      }
    }
    require(done == 3, "sealed and empty: nothing was left");
  }
};

/// The one consumer peeks, and leaves some of what it saw: they are there next time.
template <class Ring>
struct peek_and_leave : model::scenario {
  static constexpr int threads = 2;
  Ring ring;

  void thread(unsigned which) override {
    if (which == 0) {
      for (int i = 1; i <= 4; ++i) {
        while (!ring.try_push(i)) modelled::relax();
      }
      return;
    }
    for (int done = 0; done != 4;) {
      auto seen = ring.try_peek(2);
      if (seen.empty()) modelled::relax();
      for (std::size_t i = 0; i != seen.size(); ++i) require(seen[i] == done + 1 + static_cast<int>(i), "in order");
      const std::size_t taken = seen.size() == 2 && done != 1 ? 1 : seen.size();
      seen.release(done == 3 ? 1 : taken);
      done += static_cast<int>(taken);
    }
    require(ring.empty_approx() && ring.try_peek(1).empty(), "all came out");
  }
};

/// The one producer reserves, and does not use all: the rest is free at once, without a hole.
template <class Ring>
struct reserve_and_leave : model::scenario {
  static constexpr int threads = 2;
  Ring ring;

  void thread(unsigned which) override {
    if (which == 0) {
      for (int next = 1; next <= 4;) {
        auto mine = ring.try_reserve(2);
        if (mine.empty()) modelled::relax();
        while (mine.constructed() != mine.size()) mine.construct(next + static_cast<int>(mine.constructed()));
        const std::size_t kept = next == 1 ? std::min<std::size_t>(1, mine.size()) : mine.size();
        mine.commit(next == 4 ? std::min<std::size_t>(1, kept) : kept);
        next += static_cast<int>(kept);
      }
      return;
    }
    for (int i = 1; i <= 4; ++i) {
      int got = 0;
      while (!ring.try_pop(got)) modelled::relax();
      require(got == i, "in order, each once");
    }
  }
};

}  // namespace model::stamped
