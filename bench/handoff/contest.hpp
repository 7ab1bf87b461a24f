// SPDX-License-Identifier: MIT
#pragma once

// What the child does: rounds of all arms of a row in turn, written into memory that the parent reads at the end.

#include "pingpong/histogram.hpp"
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
inline constexpr std::size_t fewest_handoff_rounds = 5;

/// What one round of one arm came to. rtt: per trip. cost: per operation. cadence: per post. crowd: per trip of one pair, while the
/// others make theirs. paced: per trip.
struct sample {
  double ns;       ///< cadence and paced: the middle latency
  double mean_ns;  ///< cadence: the mean latency; paced: the time from one trip to the next; else the same as ns
  double cpu_ns;   ///< CPU time of both sides; cost and crowd: 0; paced: of the waiting side
};
using handoff_round = std::array<sample, most_arms>;

struct handoff_conditions {
  std::size_t rounds = 30;
  std::size_t fewest = fewest_handoff_rounds;  ///< however late it is
  std::size_t warm_up = 4;                     ///< rounds before that do not count; where they are long, less
  std::uint32_t trial = 200;                   ///< trips that are looked at closely, before and after
  std::array<int, 2> cpus{0, 1};
  int patience_s = 10;  ///< a round that lasts for longer counts as hung
  poster between = poster::polls_the_clock;
  std::uint64_t samples = 0;  ///< single trips of each arm but the floors that are to be timed after the rounds
  pingpong::steady::time_point until =
      pingpong::steady::time_point::max();  ///< later than this: the fewest rounds are enough
  pingpong::steady::time_point timed_until =
      pingpong::steady::time_point::max();  ///< and the trips that are timed so far
};

struct handoff_result {
  std::string why;         ///< what went wrong; else empty
  std::size_t blamed = 0;  ///< the arm that was measured when it did
  std::vector<handoff_round> rounds;
  std::vector<pingpong::histogram> timed;  ///< single trips of each arm, in the order of the arms

  /// The same row's, measured once more, later. What went wrong goes wrong for all.
  void add(const handoff_result& later);
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
  /// Times some single trips more, if `wanted` are not there yet.
  virtual void time(std::size_t /*arm*/, std::uint64_t /*wanted*/, pingpong::histogram& /*into*/) {}
};

std::unique_ptr<contest> make_contest(const handoff_row& r, const handoff_conditions& under);

}  // namespace volley::bench
