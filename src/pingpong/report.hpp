// SPDX-License-Identifier: MIT
#pragma once

// What people read, and what programs read.

#include "../program/machine.hpp"
#include "rows.hpp"

#include <nlohmann/json.hpp>

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

namespace volley::pingpong {

/// About three digits and a unit: "118 ns", "5.42 us", "8.00 ms".
std::string short_time(double ns);
/// About three digits: "1.04", "54.3", "585".
std::string short_number(double x);

/// The rows of one kind of parties in one place, aligned, with a title.
std::string table(const std::vector<row>& rows, const std::string& title);

/// One plain sentence or two: what one gains, and at what cost. Says so when the rows that it needs are not there.
std::string verdict(const std::vector<row>& rows);

struct run_facts {
  program::machine machine;
  std::vector<int> chosen;  ///< CPUs
  double overhead_ns = 0;
  double seconds = 0;
  std::chrono::nanoseconds gap{0};  ///< between two trips' being due; 0: back to back
  std::size_t payload_bytes = 0;
  std::size_t pairs = 1;
  std::string python_version;  ///< empty: not run
  enum class extent { all, quick } what = extent::all;
};

nlohmann::ordered_json to_json(const run_facts& facts, const std::vector<row>& rows);

}  // namespace volley::pingpong
