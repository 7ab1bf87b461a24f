// SPDX-License-Identifier: MIT
#pragma once

// What the rounds of a row say, and whether that is as good as it is to be.

#include "bar.hpp"
#include "channel/rows.hpp"
#include "report.hpp"

#include <nlohmann/json.hpp>

#include <optional>
#include <string>

namespace volley::bench {

struct measured_channel {
  channel_row row;
  row_result result;
  std::optional<figure> seen;  ///< none without rounds
  double our_ns = 0;           ///< the middle ones, for their order of magnitude
  double rival_ns = 0;
  double our_cpu_ns = 0;  ///< of a latency
  double rival_cpu_ns = 0;

  /// False when a bar is missed, or when ours failed.
  bool is_fine() const;
};

measured_channel judged(const channel_row& r, row_result result);

bool starts_table(const channel_row& r, const channel_row* before);
std::string heading(const channel_row& r);
std::string line(const measured_channel& m);
nlohmann::ordered_json to_json(const measured_channel& m);

}  // namespace volley::bench
