// SPDX-License-Identifier: MIT
#pragma once

#include "row.hpp"
#include "spread.hpp"

#include <nlohmann/json.hpp>

#include <optional>
#include <string>
#include <vector>

namespace volley::bench {

/// What the rounds of one row say.
struct figures {
  spread ours_over_rival;  ///< speed: above 1, ours is faster
  spread ours_over_floor;  ///< time
  spread rival_over_floor;
  double floor_ns;  ///< the middle ones, for their order of magnitude
  double our_ns;
  double rival_ns;
};

struct row {
  row_spec spec;
  row_result result;
  std::optional<figures> seen;
};

row judged(const row_spec& spec, row_result result);

/// A block has one of ours, one shape, one size.
bool starts_block(const row_spec& r, const row_spec* before);
std::string heading(const row_spec& r);
std::string line(const row& r);

/// Of a block: the fastest that promises what ours promises. Null: there is none.
const row* best_rival(const std::vector<row>& block);
std::string verdict(const std::vector<row>& block);

/// A line that says what it is and what it promises.
std::string listed(const contestant& c);

nlohmann::ordered_json to_json(const guarantee& g);
nlohmann::ordered_json to_json(const row& r);

}  // namespace volley::bench
