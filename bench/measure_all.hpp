// SPDX-License-Identifier: MIT
#pragma once

// Rows, one after another, printed as they come. A row has a label(); starts_table(row, before) and heading(row) are for it, line(measured)
// and is_fine() for what was measured.

#include "pingpong/progress.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstdio>
#include <string>
#include <type_traits>
#include <vector>

#include <fmt/format.h>

namespace volley::bench {

template <class Row, class Measure>
auto measure_all(const std::vector<Row>& rows, std::FILE* to, const Measure& measure) {
  std::vector<std::invoke_result_t<const Measure&, const Row&>> all;
  pingpong::progress bar;
  for (std::size_t i = 0; i != rows.size(); ++i) {
    if (starts_table(rows[i], i == 0 ? nullptr : &rows[i - 1])) fmt::print(to, "{}", heading(rows[i]));
    std::fflush(to);
    bar.show(i, rows.size(), rows[i].label());
    all.push_back(measure(rows[i]));
    bar.clear();
    fmt::print(to, "{}", line(all.back()));
  }
  return all;
}

template <class Measured>
bool are_fine(const std::vector<Measured>& all) {
  return std::all_of(all.begin(), all.end(), [](const Measured& m) { return m.is_fine(); });
}

/// The rows that are not as good as they are to be, once more, in one place. Of one row there is nothing to add.
template <class Measured>
std::string summary(const std::vector<Measured>& all) {
  if (all.size() < 2) return "";
  const auto missed = std::count_if(all.begin(), all.end(), [](const Measured& m) { return !m.is_fine(); });
  std::string text = fmt::format("\n{} rows, {} of them with a bar missed or one of ours failed\n", all.size(), missed);
  for (const Measured& m : all) {
    if (!m.is_fine()) text += line(m);
  }
  return text;
}

template <class Measured>
nlohmann::ordered_json to_json(const std::vector<Measured>& all) {
  nlohmann::ordered_json rows = nlohmann::ordered_json::array();
  for (const Measured& m : all) rows.push_back(to_json(m));
  return rows;
}

}  // namespace volley::bench
