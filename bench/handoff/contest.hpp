// SPDX-License-Identifier: MIT
#pragma once

// What the child does: rounds of all arms of a row in turn, written into memory that the parent reads at the end.

#include "rows.hpp"
#include "watched.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace volley::bench {

inline constexpr std::size_t most_handoff_rounds = 1000;
inline constexpr std::size_t most_arms = 4;

/// What one round of one arm came to. rtt: per trip. cost: per operation. cadence: per post. crowd: per trip of one pair, while the
/// others make theirs.
struct sample {
  double ns;       ///< cadence: the middle latency
  double mean_ns;  ///< cadence: the mean latency; else the same as ns
  double cpu_ns;   ///< CPU time of both sides; cost and crowd: 0
};
using handoff_round = std::array<sample, most_arms>;

struct handoff_conditions {
  std::size_t rounds = 30;
  std::array<int, 2> cpus{0, 1};
  int patience_s = 10;  ///< a round that lasts for longer counts as hung
  poster between = poster::polls_the_clock;
};

struct handoff_result {
  std::string why;         ///< what went wrong; else empty
  std::size_t blamed = 0;  ///< the arm that was measured when it did
  std::vector<handoff_round> rounds;
};

/// Measures in a child, so that whatever happens there is told and the rest goes on.
handoff_result measure_handoff(const handoff_row& r, const handoff_conditions& under);

/// Rounds of the arms of one row, by their numbers. Throws fault where an arm is wrong.
class contest {
 public:
  virtual ~contest() = default;
  /// Before its first round, and after all: does it do what it is for?
  virtual void try_out(std::size_t arm) = 0;
  virtual sample round(std::size_t arm) = 0;
};

std::unique_ptr<contest> make_contest(const handoff_row& r, const handoff_conditions& under);

}  // namespace volley::bench
