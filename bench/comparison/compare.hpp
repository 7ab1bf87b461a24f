// SPDX-License-Identifier: MIT
#pragma once

// Two reports: what got faster or slower beyond the noise.
//
// The rule: a row changed if the middle halves of its ratios to the floor (p25 to p75 of the rounds) do not overlap; it changed by the
// ratio of their medians. A regression is a row of Volley's own that got slower so by more than the threshold, or that was measured in
// the first and failed in the second.

#include <nlohmann/json.hpp>

#include <cstddef>
#include <string>
#include <vector>

namespace volley::bench {

struct change {
  std::string id;
  std::string before;  ///< "1.04 (1.02 to 1.06)", times the floor
  std::string after;
  double times = 1;  ///< the time, over what it was
  bool is_regression = false;
};

struct comparison {
  std::vector<change> slower;       ///< the worst first
  std::vector<change> faster;       ///< the best first
  std::vector<std::string> failed;  ///< measured in the first, failed in the second
  std::size_t alike = 0;
  std::size_t only_in_one = 0;
  bool has_regression = false;
};

/// Both as read_report() gives them. threshold: percent.
comparison compare(const nlohmann::ordered_json& before, const nlohmann::ordered_json& after, double threshold);

std::string describe(const comparison& c, double threshold);

}  // namespace volley::bench
