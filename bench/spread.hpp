// SPDX-License-Identifier: MIT
#pragma once

// The middle half of what the rounds say.

#include "pingpong/report.hpp"
#include "pingpong/stats.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <string>
#include <vector>

#include <fmt/format.h>

namespace volley::bench {

struct spread {
  double p25;
  double p50;
  double p75;
};

/// Of what `of` makes of each round. Precondition: there is one.
template <class Round, class Of>
spread spread_of(const std::vector<Round>& rounds, const Of& of) {
  std::vector<double> all;
  all.reserve(rounds.size());
  for (const Round& r : rounds) all.push_back(of(r));
  std::sort(all.begin(), all.end());
  return {pingpong::quantile(all, 0.25), pingpong::quantile(all, 0.5), pingpong::quantile(all, 0.75)};
}

inline std::string ratios(const spread& s) {
  using pingpong::short_number;
  return fmt::format("{:>7}{:>7}{:>7}", short_number(s.p25), short_number(s.p50), short_number(s.p75));
}

inline nlohmann::ordered_json to_json(const spread& s) { return {{"p25", s.p25}, {"p50", s.p50}, {"p75", s.p75}}; }

}  // namespace volley::bench
