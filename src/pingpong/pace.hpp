// SPDX-License-Identifier: MIT
#pragma once

// Trips that are timed one by one, back to back or one every so often.
//
// Paced trips are due by a schedule that is fixed at the start, and are measured from when they were due, not from when
// they could begin: after a trip that took too long the late ones count their lateness, as whoever asked for them would
// ("coordinated omission", the name is Gil Tene's). So at a pace that cannot be kept up the latency grows with the run's
// length, and says so.

#include "histogram.hpp"

#include <chrono>
#include <cstdint>

namespace volley::pingpong {

struct pace {
  std::uint32_t trips = 0;
  std::chrono::nanoseconds gap{0};  ///< from one trip's due time to the next's; 0: back to back
};

/// Calls trip() so often. Clock::now() is read twice a trip; each value holds one reading. between() is called over and
/// over until a trip is due.
template <class Clock, class Trip, class Between>
void timed_trips(const pace& p, histogram& into, const Trip& trip, const Between& between) {
  auto due = Clock::now();
  for (std::uint32_t i = 0; i != p.trips; ++i) {
    if (p.gap.count() == 0) {
      due = Clock::now();
    } else {
      due += p.gap;
      while (Clock::now() < due) between();
    }
    trip();
    into.record(static_cast<std::uint64_t>(std::chrono::nanoseconds(Clock::now() - due).count()));
  }
}

}  // namespace volley::pingpong
