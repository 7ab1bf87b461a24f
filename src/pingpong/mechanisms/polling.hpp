// SPDX-License-Identifier: MIT
#pragma once

// How those poll that bring no waiting of their own: a pair of rings, and a flag under a mutex.

#include <volley/env/native.hpp>

#include <sched.h>

namespace volley::pingpong {

/// Never gives the CPU away. The first polls go without a pause: an answer that is on its way comes within them, and a
/// pause would only delay its being seen. (What answers by an RMW wants a pause: see volley/wait/spinning.hpp.)
struct poll_hot {
  template <class Ready>
  static void until(const Ready& ready) {
    constexpr unsigned without_a_pause = 256;
    for (unsigned i = 0; i != without_a_pause; ++i) {
      if (ready()) return;
    }
    while (!ready()) native::relax();
  }
};

/// 16 polls, then a sched_yield between two of them: the one rule for whatever is compared.
struct poll_politely {
  template <class Ready>
  static void until(const Ready& ready) {
    for (unsigned i = 0; i != 16; ++i) {
      if (ready()) return;
    }
    while (!ready()) sched_yield();
  }
};

}  // namespace volley::pingpong
