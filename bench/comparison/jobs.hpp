// SPDX-License-Identifier: MIT
#pragma once

// What the comparison measures, in the order in which it does. A job is one child's work: floor, ours and somebody else's by turns.
//
// What is enrolled (bench/handoff/adapters, bench/rivals) takes part by itself in the round trips and, rings, in the throughput. To have
// something in the other sections too, name it in a table of jobs.cpp.

#include "handoff/rows.hpp"
#include "row.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace volley::bench {

enum class section : std::uint8_t { round_trip, payload, cadence, idle, crowd, throughput, core_map };
std::string_view to_string(section s);

struct whole_map {};

struct job {
  section in = section::round_trip;
  std::variant<handoff_row, row_spec, whole_map> what;
  std::size_t shown_from = 0;  ///< of a handoff_row: the first arm that is a row of the report
  bool in_quick = true;

  /// Of what is measured: "turn/park", "mutex+ring"; of the map empty.
  std::string name() const;
  /// "round trip: sem_t", for the progress line.
  std::string label() const;
};

enum class extent : std::uint8_t { quick, all };

/// The jobs for a machine with so many usable CPUs. Precondition: enrol_arms().
std::vector<job> every_job(extent what, std::size_t cpus);

}  // namespace volley::bench
