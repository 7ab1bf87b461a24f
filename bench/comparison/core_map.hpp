// SPDX-License-Identifier: MIT
#pragma once

// How far any two CPUs of this machine are from each other: F_line1 between each pair of them.

#include "spread.hpp"

#include <string>
#include <vector>

namespace volley::bench {

/// At most so many CPUs, evenly chosen: their pairs are what takes time.
inline constexpr std::size_t most_mapped = 48;

struct core_pair {
  int a;
  int b;
  spread ns;  ///< a round trip
};

struct core_map {
  std::vector<int> cpus;
  std::vector<core_pair> pairs;
  std::string why;  ///< what went wrong; else empty
};

core_map measure_core_map(const std::vector<int>& usable, int patience_s);

}  // namespace volley::bench
