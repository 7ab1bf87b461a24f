// SPDX-License-Identifier: MIT
#pragma once

#include "met_twice.hpp"
#include "two_ways.hpp"

#include <volley/handoff/spin_barrier.hpp>

namespace volley::bench {

template <class Wait, class Scope>
struct barrier_of_two : spin_barrier<Wait, Scope> {
  barrier_of_two() : spin_barrier<Wait, Scope>(2) {}
};

template <class Wait, class Scope>
struct barrier_met_twice : met_twice<barrier_of_two<Wait, Scope>> {
  static constexpr pingpong::how waits = how_it_waits<Wait>;
};

inline void enrol_spin_barrier() {
  enrol_ours<barrier_met_twice>({"spin_barrier", use::meeting, lines::two, "a barrier of two, met twice a trip"});
}

}  // namespace volley::bench
