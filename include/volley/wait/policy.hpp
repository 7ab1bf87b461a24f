// SPDX-License-Identifier: MIT
#pragma once

// How to wait: four policies, named as template arguments. Each is a type without state; what is learnt while waiting lives
// in the object waited on (see wait/seat.hpp).

namespace volley {

/// Polls until the answer is there, with a pause between any two. Never enters the kernel, never gives
/// the CPU away: for two threads that own a CPU each. It is obeyed even where the peer shares the CPU and each hop then
/// waits for the scheduler to take the CPU away.
struct busy_spin {
  static constexpr bool spins = true;
  static constexpr bool yields = false;
  static constexpr bool parks = false;
};

/// Polls for some microseconds, then yields the CPU between polls, for ever. Never sleeps.
/// With SCHED_FIFO this can livelock: a yield never lets a thread of lower priority run.
struct spin_yield {
  static constexpr bool spins = true;
  static constexpr bool yields = true;
  static constexpr bool parks = false;
};

/// Polls as long as that is likely to be cheaper than sleeping, then sleeps in the kernel. The default.
/// Does not spin when its peer cannot be running: it then yields at most twice and sleeps.
struct spin_park {
  static constexpr bool spins = true;
  static constexpr bool yields = false;
  static constexpr bool parks = true;
};

/// Sleeps in the kernel after one look.
struct park {
  static constexpr bool spins = false;
  static constexpr bool yields = false;
  static constexpr bool parks = true;
};

}  // namespace volley
