// SPDX-License-Identifier: MIT
#pragma once

// One comparison: what is to be measured, and what came out.

#include "contestant.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace volley::bench {

enum class task : std::uint8_t { throughput, rtt };

struct shape {
  unsigned producers;
  unsigned consumers;

  unsigned threads() const { return producers + consumers; }
  std::string label() const { return std::to_string(producers) + "P" + std::to_string(consumers) + "C"; }
};

inline bool fits(const contestant& c, const shape& s) {
  return (c.many_producers || s.producers == 1) && (c.many_consumers || s.consumers == 1);
}

struct row_spec {
  task what;
  const contestant* ours;
  const contestant* rival;
  shape threads;
  unsigned our_batch;
  unsigned rival_batch;
};

struct conditions {
  std::size_t rounds = 40;
  std::size_t capacity = usual_capacity;
  std::array<int, 2> cpus{0, 1};
  int patience_s = 10;  ///< a round that lasts for longer counts as hung
};

/// ns per round trip of F_line2; ns per element, or per round trip, of the two.
struct round {
  double floor;
  double ours;
  double rival;
};

enum class ending : std::uint8_t { fair, ours_failed, rival_failed, not_run };

struct row_result {
  ending how = ending::not_run;
  std::string why;  ///< of all but fair: what went wrong, and in whose round
  std::vector<round> rounds;
  std::uint64_t misplaced = 0;  ///< elements that the rival, which promises no order, gave out of order
};

/// Thread i's CPU: producers in turn on the two, consumers in turn from the other one. Thread 0 is the first producer, 1 the first
/// consumer.
std::vector<int> placement(const shape& s, const std::array<int, 2>& cpus);

/// Measures in a child, so that whatever happens there is told and the rest goes on.
row_result measure_in_child(const row_spec& r, const conditions& under);

}  // namespace volley::bench
