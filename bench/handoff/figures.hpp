// SPDX-License-Identifier: MIT
#pragma once

// What the rounds of a row say, and whether that is as good as it is to be.

#include "bar.hpp"
#include "contest.hpp"

#include <nlohmann/json.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace volley::bench {

/// A row with what came out. Without rounds it has no figures.
struct measured_row {
  handoff_row row;
  handoff_result result;
  std::vector<figure> figures;
  std::vector<sample> middles;  ///< of each arm, for the order of magnitude
  std::string_view regime;      ///< of a cadence: which rule applies to it

  bool is_ours() const;
  /// False when a bar is missed, or when one of ours failed.
  bool is_fine() const;
};

measured_row judged(const handoff_row& r, handoff_result result);

std::string heading(const handoff_row& r);
bool starts_table(const handoff_row& r, const handoff_row* before);
std::string line(const measured_row& r);
nlohmann::ordered_json to_json(const measured_row& r);

}  // namespace volley::bench
