// SPDX-License-Identifier: MIT
#pragma once

// One job, measured, as the rows of the report that it makes.
//
// A machine is faster or slower for seconds or minutes, and a child is lucky or unlucky with the memory that it gets. So that a row's
// spread holds what the machine does while the report is made, its rounds are no block: all jobs take turns, each turn is a few rounds in a
// child of its own, and the rounds of all turns count alike.

#include "handoff/contest.hpp"
#include "jobs.hpp"
#include "row.hpp"

#include <nlohmann/json.hpp>

#include <array>
#include <chrono>
#include <string>
#include <utility>
#include <vector>

namespace volley::bench {

struct job_conditions {
  std::array<int, 2> cpus{0, 0};
  std::vector<int> usable;
  int patience_s = 10;
  std::chrono::duration<double> time{1};  ///< the turn's part; a turn may need a little more
  extent what = extent::all;
};

/// So many, if there is time.
inline constexpr std::size_t turns = 40;

class measurement {
 public:
  /// Precondition: j is not the map, which is no row.
  explicit measurement(job j) : job_(std::move(j)) {}

  const job& what() const { return job_; }
  void take_turn(const job_conditions& under);
  bool is_begun() const { return is_begun_; }
  double seconds() const { return seconds_; }  ///< that its turns took
  bool went_wrong() const { return !trips_.why.empty() || !transfers_.why.empty(); }

  /// Of all turns so far. Precondition: is_begun().
  std::vector<nlohmann::ordered_json> rows() const;

 private:
  job job_;
  bool is_begun_ = false;
  double seconds_ = 0;
  handoff_result trips_;  ///< of a handoff_row
  row_result transfers_;  ///< of a row_spec
};

/// The rows of a job that is not measured, each with the reason.
std::vector<nlohmann::ordered_json> rows_without(const job& j, const std::string& why);

/// Rows of a result, apart from the measuring.
std::vector<nlohmann::ordered_json> rows_of(const job& j, const handoff_result& result);

nlohmann::ordered_json measure_map(const job_conditions& under);

/// True where it says that something of Volley's failed.
bool is_our_failure(const nlohmann::ordered_json& row);

}  // namespace volley::bench
