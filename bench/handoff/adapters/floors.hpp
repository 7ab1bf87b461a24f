// SPDX-License-Identifier: MIT
#pragma once

// What the others are held against.

#include "../entry.hpp"
#include "pingpong/mechanisms/floors.hpp"

namespace volley::bench {

/// One locked operation on a line that is here already.
class uncontended_rmw {
  using enum std::memory_order;

 public:
  void operator()() noexcept { word_.fetch_add(1, relaxed); }  // ~ count

 private:
  alignas(cache_line) std::atomic<std::uint32_t> word_{0};
};

inline void enrol_floors() {
  using namespace pingpong;
  enrol<one_line, one_line>({"F_line1", use::signal, lines::one, "one line, passed back and forth"}, side::baseline);
  enrol<two_lines, two_lines>({"F_line2", use::signal, lines::two, "two lines, one a direction"}, side::baseline);
  enrol<raw_futex<in_process>, raw_futex<between_processes>>(
      {"F_futex", use::signal, lines::one, "FUTEX_WAKE, then FUTEX_WAIT"}, side::baseline);
  enrol<yield_turns, yield_turns>({"F_yield", use::signal, lines::one, "look, or sched_yield"}, side::baseline);
  enrol_operation<uncontended_rmw>("F_rmw", "one locked add", side::baseline);
}

}  // namespace volley::bench
