// SPDX-License-Identifier: MIT
#pragma once

// What the threads of one round share, and the one rule for "full" and "empty".

#include <volley/config.hpp>

#include <sched.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <vector>

namespace volley::bench {

using steady = std::chrono::steady_clock;

/// So many elements are to go through. Threads take them in portions, so that none is left with much when the others are done.
class work {
  using enum std::memory_order;

 public:
  static constexpr std::uint64_t portion = 256;

  /// count: a multiple of portion.
  work(std::uint64_t count, steady::time_point give_up) : left_{{count}, {count}}, give_up_(give_up) {}

  /// True, and the caller has a portion to push (or to pop).
  bool more_to_push() noexcept { return more(left_[0].elements); }
  bool more_to_pop() noexcept { return more(left_[1].elements); }

  /// Somebody waited for too long: all are to stop.
  bool is_hopeless() noexcept {
    if (!hopeless_.load(relaxed) && steady::now() > give_up_) hopeless_.store(true, relaxed);  // ~ own; ~ own
    return hopeless_.load(relaxed);                                                            // ~ own
  }

 private:
  struct alignas(2 * cache_line) counter {
    std::atomic<std::uint64_t> elements;
  };

  static bool more(std::atomic<std::uint64_t>& left) noexcept {
    std::uint64_t now = left.load(relaxed);                                         // ~ count
    while (now != 0 && !left.compare_exchange_weak(now, now - portion, relaxed)) {  // ~ count
    }
    return now != 0;
  }

  counter left_[2];
  alignas(2 * cache_line) std::atomic<bool> hopeless_{false};
  steady::time_point give_up_;
};

/// Until `once` says true: 16 polls, then sched_yield, for all alike. False: given up.
template <class Once>
bool until(work& w, const Once& once) {
  constexpr unsigned polls_a_yield = 16;
  constexpr unsigned polls_a_look_at_the_clock = 64 * polls_a_yield;
  for (unsigned polls = 1; !once(); ++polls) {
    if (polls % polls_a_yield != 0) continue;
    if (polls % polls_a_look_at_the_clock == 0 && w.is_hopeless()) return false;
    sched_yield();
  }
  return true;
}

/// What one thread did in a round.
struct alignas(2 * cache_line) tally {
  std::uint64_t elements = 0;
  std::uint64_t sum = 0;
  std::uint64_t torn = 0;       ///< popped, but not whole
  std::uint64_t misplaced = 0;  ///< popped after a later one of the same producer
  bool gave_up = false;
};

/// The order of what one consumer sees: numbers of one producer rise; if nobody else pops, by one.
class order_check {
 public:
  explicit order_check(unsigned producers) : last_(producers, 0) {}

  template <class Element>
  void see(const Element& e, tally& t) noexcept {
    ++t.elements;
    t.sum += e.word();
    t.torn += !e.is_whole();
    const std::uint64_t from = e.producer();
    if (from >= last_.size()) {
      ++t.torn;
      return;
    }
    t.misplaced += e.number() <= last_[from];
    last_[from] = e.number();
  }

 private:
  std::vector<std::uint64_t> last_;
};

}  // namespace volley::bench
