// SPDX-License-Identifier: MIT
#pragma once

// One comparison: what is to be measured, and what came out.

#include "contestant.hpp"

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace volley::bench {

/// cadence: an element every so often, and how long until it is out. idle: what a consumer that waits for so long uses of a CPU.
enum class task : std::uint8_t { throughput, rtt, cadence, idle };

struct shape {
  unsigned producers;
  unsigned consumers;
  unsigned queues = 1;  ///< so many of the thing, each with as many threads

  unsigned threads_each() const { return producers + consumers; }
  unsigned threads() const { return queues * threads_each(); }
  std::string label() const {
    const std::string each = std::to_string(producers) + "P" + std::to_string(consumers) + "C";
    return queues == 1 ? each : std::to_string(queues) + "x" + each;
  }
};

inline bool fits(const contestant& c, const shape& s) {
  return (c.many_producers || s.producers == 1) && (c.many_consumers || s.consumers == 1);
}

struct row_spec {
  task what;
  const contestant* ours;
  const contestant* rival;
  shape threads;
  unsigned our_batch = 1;
  unsigned rival_batch = 1;
  std::optional<shape> rival_threads{};  ///< where they are others
  std::chrono::nanoseconds gap{0};       ///< of a cadence and of idleness
};

inline constexpr std::size_t fewest_rounds = 5;

struct conditions {
  std::size_t rounds = 40;
  std::size_t fewest = fewest_rounds;  ///< however late it is
  std::size_t warm_up = 4;             ///< rounds before that do not count; of idle none
  double transfer_ns = 3e6;            ///< how long a round of throughput is to last
  std::size_t capacity = usual_capacity;
  std::array<int, 2> cpus{0, 1};
  int patience_s = 10;                                   ///< a round that lasts for longer counts as hung
  steady::time_point until = steady::time_point::max();  ///< later than this: the fewest are enough
};

/// ns per round trip of F_line2; ns per element, or per round trip, of the two. cadence: the middle latency, ns. idle: ns of CPU time.
struct round {
  double floor;
  double ours;
  double rival;
  double our_cpu;  ///< cadence: ns of CPU time an element, of both sides
  double rival_cpu;
};

enum class ending : std::uint8_t { fair, ours_failed, rival_failed, not_run };

struct row_result {
  ending how = ending::not_run;
  std::string why;  ///< of all but fair: what went wrong, and in whose round
  std::vector<round> rounds;
  std::uint64_t misplaced = 0;  ///< elements that the rival, which promises no order, gave out of order

  /// The same row's, measured once more, later. What went wrong goes wrong for all.
  void add(const row_result& later);
};

/// Thread i's CPU: producers in turn on the two, consumers in turn from the other one; each next queue's the other way round. Thread 0 is the
/// first producer, 1 the first consumer.
std::vector<int> placement(const shape& s, const std::array<int, 2>& cpus);

/// Measures in a child, so that whatever happens there is told and the rest goes on.
row_result measure_in_child(const row_spec& r, const conditions& under);

}  // namespace volley::bench
