// SPDX-License-Identifier: MIT
#pragma once

#include "jobs.hpp"

#include <CLI/CLI.hpp>

#include <optional>
#include <string>
#include <vector>

namespace volley::bench {

struct report_options {
  extent what = extent::all;
  std::string out = "volley-report";
  std::string cpus;                ///< "A,B"; empty: any two
  std::vector<std::string> only;   ///< sections; empty: all
  std::vector<std::string> names;  ///< "turn/spin_park", "mutex+ring"; empty: all
  std::optional<double> seconds;   ///< for all of it
  int patience_s = 10;
  std::vector<std::string> compared;  ///< two files; empty: measure
  double threshold = 10;              ///< percent
  std::string from;                   ///< a report.json; empty: measure

  bool wants(const job& j) const;
  double budget() const { return seconds.value_or(what == extent::quick ? 155 : 960); }
};

void add_options(CLI::App& to, report_options& into);

/// What parsing alone cannot see. Throws program::bad_usage.
void check(const report_options& o);

}  // namespace volley::bench
