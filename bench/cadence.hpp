// SPDX-License-Identifier: MIT
#pragma once

// What rounds of beats come to.

#include "beats.hpp"
#include "pingpong/crew.hpp"

#include <chrono>

namespace volley::bench {

/// Rounds of some milliseconds, or of a few posts where those take longer.
pace pace_of(std::chrono::nanoseconds gap, poster between);

/// What a round came to. CPU time: of a post, both sides together.
struct beat_figures {
  double median_ns;
  double mean_ns;
  double cpu_ns;
};

class cadence {
 public:
  /// threads: the poster's and the waiter's.
  cadence(pingpong::crew& threads, const pace& p);

  beat_figures round(beats& of);

 private:
  pingpong::crew& threads_;
  pace pace_;
  double clock_ns_;
};

}  // namespace volley::bench
