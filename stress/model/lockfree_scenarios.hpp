// SPDX-License-Identifier: MIT
#pragma once

// Programs over lockfree_mpmc_ring that others have no use for: what those who know may rely on, peers that stop for ever, and how many
// steps the rest takes then. The mixes of producers and consumers are those of stamped_scenarios.hpp.

#include <volley/ring/lockfree_mpmc_ring.hpp>

#include "stamped_scenarios.hpp"

#include <array>
#include <cstddef>

namespace model::lockfree {

using model::stamped::near_wrap;
using model::stamped::nothing_yet;
using model::stamped::order;
using model::stamped::seen_by_all;
using model::stamped::value_of;
using model::stamped::zero;

template <std::size_t Capacity, class Env = near_wrap>
using ring_of = volley::lockfree_mpmc_ring<int, Capacity, Env>;

/// Who pushed finds something, whoever else pushed before it and however little it knows of them.
struct own_push_is_popped : model::scenario {
  static constexpr int threads = 2;
  ring_of<2> ring;

  void thread(unsigned which) override {
    require(ring.try_push(static_cast<int>(which)), "two cells for two elements");
    if (which == 1) require(ring.try_pop().has_value(), "no false empty: my own is in");
  }
};

/// Who popped finds room, whoever else popped before it.
struct own_pop_makes_room : model::scenario {
  static constexpr int threads = 2;
  ring_of<2> ring;

  own_pop_makes_room() { require(ring.try_push(0) && ring.try_push(1), "it was empty"); }
  void thread(unsigned which) override {
    require(ring.try_pop().has_value(), "two elements for two");
    if (which == 1) require(ring.try_push(2), "no false full: my own cell is free");
  }
};

/// A cell is reserved and given back; whoever asks for the size meanwhile is told no more than there can be.
struct given_back : model::scenario {
  static constexpr int threads = 2;
  ring_of<2> ring;

  void thread(unsigned which) override {
    for (int i = 0; i != 2; ++i) {
      if (which == 0) {
        const auto mine = ring.try_reserve(1);
        require(mine.size() == 1, "there is room");
      } else {
        require(ring.size_approx() <= 2, "0 .. capacity, whatever is seen");
      }
    }
  }
  void after() override { require(ring.empty_approx(), "what was given back does not count"); }
};

/// Two push, a third seals, pops one and looks. The hint that a late one of the two sets back does not hide what the other had claimed.
struct sealed_behind_a_late_one : model::scenario {
  static constexpr int threads = 3;
  ring_of<2> ring;
  std::array<zero, 3> pushed;
  model::plain<int> popped{0};
  model::plain<bool> drained{false};

  void thread(unsigned which) override {
    if (which != 2) return pushed[which].set(ring.try_push(0) ? 1 : 0);
    ring.seal();
    if (ring.try_pop()) popped.set(1);
    drained.set(ring.empty_approx());
  }
  void after() override {
    const int left = pushed[0].get() + pushed[1].get() - popped.get();
    require(!drained.get() || left == 0, "sealed and empty: nothing was left, and nothing came");
    require(ring.size_approx() == static_cast<std::size_t>(left), "nothing is lost");
  }
};

// ---- peers that stop for ever ----

/// What a victim does, once; it may stop anywhere in it.
enum class act { push, pop, reserve, peek };

/// Victims, of whom one may stop anywhere: it takes away at most the cell that it had claimed. The last thread pushes M elements and
/// pops as many, each at once and within Steps of its own. Inside before: an element for each who pops; Capacity: a cell for each of
/// those, for each victim that pushes, and for the last thread one.
template <class Ring, std::size_t Inside, int M, unsigned Steps, act... Acts>
struct next_to_victims : model::scenario {
  static constexpr unsigned victims = sizeof...(Acts);
  static constexpr int threads = victims + 1;
  static constexpr int theirs = 100;
  Ring ring;

  next_to_victims() {
    for (std::size_t i = 0; i != Inside; ++i) require(ring.try_push(theirs), "it was empty");
  }
  void thread(unsigned which) override {
    if (which < victims) return do_it(std::array{Acts...}[which]);
    int last = -1;
    for (int i = 0; i != M; ++i) {
      int got = theirs;
      require(within([&] { return ring.try_push(i); }), "no false full: there is room for one more");
      require(within([&] { return ring.try_pop(got); }), "no false empty: there is one for each");
      require(got == theirs || got > last, "mine come out in order, each once");
      if (got != theirs) last = got;
    }
  }

 private:
  template <class F>
  static bool within(const F& f) {
    const unsigned before = model::steps::taken();
    const bool done = f();
    require(model::steps::taken() - before <= Steps, "within so many own steps");
    return done;
  }
  void do_it(act what) {
    // A victim that wakes up late may see an old ring: full, or empty.
    if (what == act::push) (void)ring.try_push(theirs);
    if (what == act::pop) (void)ring.try_pop();
    if (what == act::peek) (void)ring.try_peek(1);
    if (what == act::reserve) {
      auto mine = ring.try_reserve(1);
      if (mine) mine.construct(theirs);
      mine.commit();
    }
  }
};

/// One cell and a victim that pushes. As long as the victim has it there is no room; once its element was popped all goes through.
struct one_cell : model::scenario {
  static constexpr int threads = 2;
  ring_of<1> ring;

  void thread(unsigned which) override {
    if (which == 0) return (void)ring.try_push(0);
    bool mine_alone = false;
    for (int i = 1; i <= 3; ++i) {
      const bool in = ring.try_push(i);
      const auto got = ring.try_pop();
      require(in || !mine_alone, "no false full: the victim pushes once");
      require(!in || got == i, "no false empty");
      mine_alone = mine_alone || got == 0;
    }
  }
};

/// Who is refused by a ring with room knows that it is sealed, and what came before the seal, also while it is being sealed.
struct refused_means_full_or_sealed : model::scenario {
  static constexpr int threads = 2;
  ring_of<2> ring;
  model::plain<int> note{0};

  void thread(unsigned which) override {
    if (which == 0) {
      note.set(1);
      ring.seal();
    } else if (!ring.try_push(1)) {
      require(ring.is_sealed(), "false, and not full");
      require(note.get() == 1, "what came before the seal is visible");
    }
  }
};

/// One cell, an element in it, and a victim that pops. Nothing is lost, nothing doubled, and no call waits.
struct one_element : model::scenario {
  static constexpr int threads = 2;
  ring_of<1> ring;
  zero pushed;
  std::array<zero, 2> popped;

  one_element() { require(ring.try_push(0), "it was empty"); }
  void thread(unsigned which) override {
    int done = 0;
    for (int i = 0; i != (which == 0 ? 1 : 3); ++i) {
      const unsigned before = model::steps::taken();
      done += ring.try_pop() ? 1 : 0;
      if (which == 1) pushed.set(pushed.get() + (ring.try_push(i) ? 1 : 0));
      require(model::steps::taken() - before <= 60, "within so many own steps");
    }
    popped[which].set(done);
  }
  void after() override {
    const int inside = 1 + pushed.get() - popped[0].get() - popped[1].get();
    require(inside == 0 || inside == 1, "each once");
    require(ring.size_approx() == static_cast<std::size_t>(inside), "nothing is lost");
  }
};

}  // namespace model::lockfree
