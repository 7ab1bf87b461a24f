// SPDX-License-Identifier: MIT
#pragma once

#include "rows.hpp"

#include <CLI/CLI.hpp>

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace volley::pingpong {

struct options {
  enum class extent { all, quick };
  enum class action { measure, list };

  extent what = extent::all;
  action then = action::measure;
  std::optional<double> seconds;
  std::optional<std::string> json;  ///< a file, or "-"
  std::vector<std::string> only;    ///< labels or names; empty: all
  std::optional<parties> who;       ///< empty: both
  std::optional<placement> where;   ///< empty: all
  std::string cpus;                 ///< "A,B"; empty: any two
  std::size_t capacity = 0;         ///< of the rings; 0: the usual one
  std::size_t payload = 0;          ///< bytes; 0: none
  std::size_t pairs = 1;            ///< of threads at once
  std::string every;                ///< "100us": a trip is due every so often; empty: back to back

  double budget() const { return seconds.value_or(what == extent::quick ? 11 : 50); }

  /// Whether a row is asked for.
  bool wants(const row_spec& r) const;
};

/// Adds `pingpong` to the program. The parsed options are in `into`.
CLI::App* add_command(CLI::App& program, options& into);

/// What parsing alone cannot see; all throw program::bad_usage. `usable`: the CPUs of this process.
void check_names(const options& o);
std::chrono::nanoseconds chosen_gap(const options& o);
std::vector<int> chosen_cpus(const options& o, const std::vector<int>& usable);

}  // namespace volley::pingpong
