// SPDX-License-Identifier: MIT
#pragma once

// How a ratio is measured on a machine whose speed changes by the second: in many short rounds, each of which has a
// round of its floor directly before it. Then, apart from that, single trips with the clock read after each.

#include "contestant.hpp"
#include "histogram.hpp"
#include "mechanism.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

namespace volley::pingpong {

inline constexpr std::uint32_t most_trips = 3000;
inline constexpr std::uint32_t fewest_trips = 20;
inline constexpr double round_ns = 1e6;

/// Trips that take about `wanted_ns`, within the bounds of a round.
std::uint32_t trips_for(double ns_per_trip, double wanted_ns = round_ns);

/// Of a paced round: some milliseconds, or a few trips where those take longer.
std::uint32_t trips_at(std::chrono::nanoseconds gap);

/// What is wanted, and until when. At least one round, and one series of single trips, are measured however late it is.
struct plan {
  std::size_t rounds = 40;
  std::uint64_t samples = 10'000;  ///< more if they are to be had within some milliseconds
  steady::time_point rounds_until = steady::time_point::max();
  steady::time_point until = steady::time_point::max();
  std::chrono::nanoseconds gap{0};  ///< between two trips' being due; not 0: all trips are timed, see pace.hpp
};

struct measured {
  std::vector<double> ratios;  ///< of each round to the floor's round before it; in order. Paced: of the middle trips
  histogram samples;           ///< ns of single trips
  std::uint64_t trips = 0;     ///< in the rounds
  double cpu_s = 0;            ///< in the rounds; paced: of the waiting side
  std::uint64_t switches = 0;  ///< in the rounds; paced: of the waiting side
};

/// before_each is called before every round and series: the sign of life.
measured measure(contestant& floor, contestant& own, const plan& p, const std::function<void()>& before_each);

/// One side of a comparison: knows from its last round how many trips the next one takes.
class contender {
 public:
  contender(contestant& c, const std::function<void()>& before_each);

  cost round();
  void series(histogram& into, std::uint64_t wanted);

  std::uint32_t trips() const { return trips_; }       ///< of the last round
  double ns_per_trip() const { return ns_per_trip_; }  ///< in the last round

 private:
  void note(const cost& c, std::uint32_t trips);

  contestant& contestant_;
  const std::function<void()>& before_each_;
  double ns_per_trip_ = 0;
  std::uint32_t trips_ = 0;
};

/// The middle ns per trip of a few rounds.
double glance(contestant& c, const std::function<void()>& before_each);

}  // namespace volley::pingpong
