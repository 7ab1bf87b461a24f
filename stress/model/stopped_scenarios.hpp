// SPDX-License-Identifier: MIT
#pragma once

// Rings beside a thread that stops for ever, for others_go_on_without() and others_wait_for().

#include "engine.hpp"

namespace model::stamped {

/// Thread 0 pushes, 1 pops, and 2 does what many may do. They try; nothing is asked of them but to come back within a bounded number of steps,
/// and to lose nothing.
template <class Ring, int Rounds, bool ManyPush = true, bool ManyPop = true>
struct next_to_a_stopped_one : model::scenario {
  static constexpr int threads = 3;
  Ring ring;

  void thread(unsigned which) override {
    int value = 0;
    for (int i = 0; i != Rounds; ++i) {
      const unsigned before = model::steps::taken();
      if (which == 0 || (which == 2 && ManyPush)) (void)ring.try_push(static_cast<int>(which));
      if (which == 1 || (which == 2 && ManyPop)) (void)ring.try_pop(value);
      ::model::require(model::steps::taken() - before < 60, "no call waits for a peer");
    }
  }
};

/// What a lock-free ring would do, and one whose slots are claimed before they are filled does not: one may stop anywhere, the other still gets
/// its three through. Who pushes adds one, who pops takes one of the four.
template <class Ring, bool VictimPushes>
struct next_to_a_stopped_peer : model::scenario {
  static constexpr int threads = 2;
  Ring ring;

  next_to_a_stopped_peer() {
    if (!VictimPushes) require(ring.try_push(0), "it was empty");
  }
  void thread(unsigned which) override {
    if (which == 0) return VictimPushes ? (void)ring.try_push(0) : (void)ring.try_pop();
    for (int i = 1; i <= 3; ++i) {
      while (!ring.try_push(i)) volley::modelled::relax();
      while (!ring.try_pop()) volley::modelled::relax();
    }
  }
};

}  // namespace model::stamped
