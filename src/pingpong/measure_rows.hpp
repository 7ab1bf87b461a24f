// SPDX-License-Identifier: MIT
#pragma once

#include "mechanism.hpp"
#include "rounds.hpp"
#include "rows.hpp"
#include "session.hpp"

#include <chrono>
#include <cstddef>
#include <functional>
#include <vector>

namespace volley::pingpong {

/// The time for all rows, and the part of it that the next one may take. A row may take more than its equal share of
/// what is left: most take far less.
class time_budget {
 public:
  explicit time_budget(double seconds, std::chrono::nanoseconds gap = {});
  bool is_spent() const { return steady::now() >= end_; }
  plan next(std::size_t rows_left) const;

 private:
  steady::time_point end_;
  std::chrono::nanoseconds gap_;
};

/// Makes figures of what was measured. Precondition: at least one ratio and one sample.
figures summary(measured m, std::string_view floor);

/// Who is told how it goes.
struct listener {
  std::function<void(std::size_t done, std::size_t all, const row_spec& next)> row_starts;
  std::function<void(const std::vector<row>& rows)> group_ends;  ///< those of one kind of parties in one place
};

/// Measures them in order, and returns them all, measured or not.
std::vector<row> measure_rows(session& s, const std::vector<row_spec>& specs, const time_budget& budget,
                              const listener& tell);

/// The usual cost of one reading of the clock, in ns.
double clock_overhead_ns();

}  // namespace volley::pingpong
