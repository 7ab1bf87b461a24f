// SPDX-License-Identifier: MIT
#pragma once

// How the leader tells the follower what to do. None of what is measured is used for it: a word a direction, looked at
// for a while with sched_yield in between, then slept on.

#include "mechanism.hpp"
#include "pair.hpp"
#include "usage.hpp"

#include <volley/config.hpp>
#include <volley/env/os/futex.hpp>

#include <sched.h>

#include <atomic>
#include <cstdint>

namespace volley::pingpong {

/// A word that only grows, written by one side and awaited by the other.
class signal_word {
  using enum std::memory_order;

 public:
  void raise_to(std::uint32_t value) {
    value_.store(value, release);  // -> tell: what was written before is told with it
    os::futex_wake(&value_, 1, sharing::between_processes);
  }

  void await(std::uint32_t value) const {
    for (unsigned i = 0;; ++i) {
      const std::uint32_t seen = value_.load(acquire);           // <- tell: what the other side wrote before
      if (static_cast<std::int32_t>(seen - value) >= 0) return;  // it may be past it: a side that had nothing to do
      if (i < 200) {
        sched_yield();
      } else {
        os::futex_wait(&value_, seen, sharing::between_processes, nullptr);
      }
    }
  }

 private:
  alignas(cache_line) std::atomic<std::uint32_t> value_{0};
};

struct task {
  static constexpr std::uint32_t end = ~std::uint32_t{0};
  static constexpr std::uint32_t move = end - 1;

  std::uint32_t what = end;  ///< a mechanism's number, or end, or move
  std::uint32_t trips = 0;
  int cpu = -1;  ///< for move; -1: any
};

/// Lies in shared memory. Order n is out when `ordered` is n; its follower is on the spot when `answered` is 2n - 1,
/// and done when that is 2n.
struct control {
  signal_word ordered;
  signal_word answered;
  task order;
  usage used;             ///< answers a mechanism
  bool is_there = false;  ///< answers move
};

/// The follower's life, until it is told to end.
void follow_orders(control& c, const catalogue& mechanisms, const std::vector<int>& all_cpus);

}  // namespace volley::pingpong
