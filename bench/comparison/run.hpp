// SPDX-License-Identifier: MIT
#pragma once

// One job, measured, as the rows of the report that it makes.

#include "handoff/contest.hpp"
#include "jobs.hpp"

#include <nlohmann/json.hpp>

#include <array>
#include <chrono>
#include <string>
#include <vector>

namespace volley::bench {

struct job_conditions {
  std::array<int, 2> cpus{0, 0};
  std::vector<int> usable;
  int patience_s = 10;
  std::chrono::duration<double> time{1};  ///< the job's part; a job may need a little more, and mostly takes less
  extent what = extent::all;
};

/// Empty for the map, which is no row.
std::vector<nlohmann::ordered_json> measure_job(const job& j, const job_conditions& under);

/// The rows of a job that is not measured, each with the reason.
std::vector<nlohmann::ordered_json> rows_without(const job& j, const std::string& why);

/// Rows of a result, apart from the measuring.
std::vector<nlohmann::ordered_json> rows_of(const job& j, const handoff_result& result);

nlohmann::ordered_json measure_map(const job_conditions& under);

/// True where it says that something of Volley's failed.
bool is_our_failure(const nlohmann::ordered_json& row);

}  // namespace volley::bench
