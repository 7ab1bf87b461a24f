// SPDX-License-Identifier: MIT
#pragma once

// Which comparisons there are, against which floor each is held, and how good it is to be. The bars are those that the project set
// itself for its handoffs.

#include "entry.hpp"
#include "pingpong/rows.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace volley::bench {

/// rtt: round trips, in times of a floor. rivals: the same beside somebody else's. cost: operations of one thread. cadence: a post every
/// so often. crowd: sixteen threads in eight pairs. paced: a round trip every so often, timed from when it was due (pingpong/pace.hpp).
enum class measure : std::uint8_t { rtt, rivals, cost, cadence, crowd, paced };

using pingpong::parties;
using pingpong::placement;  ///< of a crowd: each pair's sides on the two CPUs, each pair on one of them, or anywhere

struct handoff_row {
  measure what = measure::rtt;
  parties who = parties::threads;
  placement where = placement::two_cpus;
  std::chrono::nanoseconds gap{0};  ///< of a cadence, and paced
  std::vector<pingpong::mechanism_name>
      arms;                ///< floors, ours, the rival; of a cadence: ours by busy_spin, spin_park and park
  std::size_t floors = 0;  ///< so many of them; the lowest one counts
  std::optional<double> bar;
  std::string_view note;  ///< why the bar is not higher

  const pingpong::mechanism_name& ours() const { return arms[what == measure::cadence ? 1 : floors]; }
  std::string label() const;
};

std::string label_of(pingpong::mechanism_name name);

/// What a trip of it is held against there: one floor, or several of which the lowest counts.
std::vector<pingpong::mechanism_name> floors_of(const ping_pong& p, placement where);
/// False for a thread that only polls on the CPU of its peer: that measures nothing but the scheduler's time slice.
bool makes_sense(const ping_pong& p, placement where);

/// All that can be measured on two CPUs (of one, those that need no second), in the order in which they are shown.
std::vector<handoff_row> every_handoff_row(measure what, parties who);

/// Ours that are named in the table of bars and not in this program: their header does not exist.
std::vector<std::string_view> missing();

}  // namespace volley::bench
