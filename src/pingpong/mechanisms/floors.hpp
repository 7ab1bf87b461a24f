// SPDX-License-Identifier: MIT
#pragma once

// The floors: the least that a round trip can cost here, by the way that it goes. Nothing measured beside them is
// expected to be faster than its floor (an exchange may be, where it fetches the line for writing in one step).
//   one_line     a cache line that both sides poll and store to: it moves once a hop
//   two_lines    a line per direction, written by one side and polled by the other: a line moves twice a hop
//   raw_futex    FUTEX_WAKE, then FUTEX_WAIT
//   yield_turns  look; if it is not there, sched_yield
//
// Every mechanism of this folder is a class with post<Side>() and await<Side>(), constructed in memory that both
// parties share. Side 0 leads: it posts, then awaits. Side 1 follows: it awaits, then posts.

#include "../mechanism.hpp"

#include <volley/config.hpp>
#include <volley/env/scope.hpp>

#include <linux/futex.h>
#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>

namespace volley::pingpong {

using enum std::memory_order;

/// One line goes back and forth; Between is what a side does between two looks at it.
template <void (*Between)() noexcept>
class polled_line {
 public:
  template <unsigned Side>
  void post() noexcept {
    turn_.store(1 - Side, release);  // -> hop: the other side may go on
  }
  template <unsigned Side>
  void await() noexcept {
    while (turn_.load(acquire) != Side) Between();  // <- hop: it is this side's turn
  }

 private:
  alignas(cache_line) std::atomic<std::uint32_t> turn_{0};
};
inline void nothing() noexcept {}
inline void let_others_run() noexcept { sched_yield(); }
using one_line = polled_line<&nothing>;
using yield_turns = polled_line<&let_others_run>;

class two_lines {
 public:
  template <unsigned Side>
  void post() noexcept {
    auto& mine = lines_[Side].hops;
    mine.store(mine.load(relaxed) + 1, release);  // ~ own; -> hop: the other side may go on
  }
  template <unsigned Side>
  void await() noexcept {
    const std::uint32_t want = lines_[Side].hops.load(relaxed) + Side;  // ~ own
    while (lines_[1 - Side].hops.load(acquire) != want) {               // <- hop: it is this side's turn
    }
  }

 private:
  struct line {
    alignas(2 * cache_line) std::atomic<std::uint32_t> hops{0};  // two apart, because CPUs like to fetch lines in pairs
  };
  line lines_[2];
};

template <class Scope>
class raw_futex {
  static constexpr int flag = Scope::value == sharing::between_processes ? 0 : FUTEX_PRIVATE_FLAG;

 public:
  static constexpr how waits = how::asleep;

  template <unsigned Side>
  void post() noexcept {
    turn_.store(1 - Side, release);  // -> hop: the other side may go on
    syscall(SYS_futex, &turn_, FUTEX_WAKE | flag, 1, nullptr, nullptr, 0);
  }
  template <unsigned Side>
  void await() noexcept {
    while (turn_.load(acquire) != Side) {  // <- hop: it is this side's turn
      syscall(SYS_futex, &turn_, FUTEX_WAIT | flag, 1 - Side, nullptr, nullptr, 0);
    }
  }

 private:
  alignas(cache_line) std::atomic<std::uint32_t> turn_{0};
};

}  // namespace volley::pingpong
