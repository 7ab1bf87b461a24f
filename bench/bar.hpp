// SPDX-License-Identifier: MIT
#pragma once

// What the rounds of a row say, and how good that is to be.

#include "spread.hpp"

#include <nlohmann/json.hpp>

#include <optional>
#include <string>

#include <fmt/format.h>

namespace volley::bench {

struct figure {
  std::string of;  ///< "times F_line1"
  spread seen;
  std::optional<double> at_most;
  std::optional<double> at_least;

  bool is_held() const { return (!at_most || seen.p50 <= *at_most) && (!at_least || seen.p50 >= *at_least); }
};

inline std::string verdict_of(const figure& f) {
  if (!f.at_most && !f.at_least) return "";
  return fmt::format("{} {} {}", f.is_held() ? "ok," : "MISSED,", f.at_most ? "at most" : "at least",
                     f.at_most ? *f.at_most : *f.at_least);
}

inline nlohmann::ordered_json to_json(const figure& f) {
  nlohmann::ordered_json one{{"of", f.of}};
  one.update(to_json(f.seen));
  if (f.at_most) one["at_most"] = *f.at_most;
  if (f.at_least) one["at_least"] = *f.at_least;
  return one;
}

}  // namespace volley::bench
