// SPDX-License-Identifier: MIT
#include "compare.hpp"

#include "pingpong/report.hpp"

#include <algorithm>
#include <map>

#include <fmt/format.h>

namespace volley::bench {
namespace {

using nlohmann::ordered_json;
using pingpong::short_number;

std::map<std::string, const ordered_json*> by_id(const ordered_json& report) {
  std::map<std::string, const ordered_json*> all;
  for (const ordered_json& row : report["rows"]) all[row["id"].get<std::string>()] = &row;
  return all;
}

std::string spelt(const ordered_json& s) {
  return fmt::format("{} ({} to {})", short_number(s["p50"]), short_number(s["p25"]), short_number(s["p75"]));
}

bool is_measured(const ordered_json& row) { return row["ending"] == "measured"; }

void compare_row(comparison& into, const ordered_json& before, const ordered_json& after, double threshold) {
  const bool is_ours = after["kind"] == "ours";
  const std::string id = after["id"];
  if (is_measured(before) && after["ending"] == "failed") {
    into.failed.push_back(id);
    into.has_regression = into.has_regression || is_ours;
  }
  if (!is_measured(before) || !is_measured(after)) return;
  const auto& a = before["ratio"];
  const auto& b = after["ratio"];
  const double times = b["p50"].get<double>() / a["p50"].get<double>();
  const bool is_slower = b["p25"] > a["p75"];
  if (!is_slower && !(b["p75"] < a["p25"])) {
    ++into.alike;
    return;
  }
  const bool is_regression = is_slower && is_ours && times > 1 + threshold / 100;
  (is_slower ? into.slower : into.faster).push_back({id, spelt(a), spelt(b), times, is_regression});
  into.has_regression = into.has_regression || is_regression;
}

std::string lines_of(const std::vector<change>& all, std::string_view title) {
  if (all.empty()) return "";
  std::string text = fmt::format("\n{}\n", title);
  for (const change& c : all) {
    const double percent = 100 * (c.times > 1 ? c.times - 1 : 1 / c.times - 1);
    text += fmt::format("  {:<58}{:>24} -> {:<24}{:>7} %{}\n", c.id, c.before, c.after, short_number(percent),
                        c.is_regression ? "  REGRESSION" : "");
  }
  return text;
}

}  // namespace

comparison compare(const ordered_json& before, const ordered_json& after, double threshold) {
  comparison c;
  const auto old = by_id(before);
  const auto fresh = by_id(after);
  for (const auto& [id, row] : fresh) {
    const auto same = old.find(id);
    if (same == old.end()) {
      ++c.only_in_one;
    } else {
      compare_row(c, *same->second, *row, threshold);
    }
  }
  for (const auto& [id, row] : old) c.only_in_one += !fresh.contains(id);
  std::sort(c.slower.begin(), c.slower.end(), [](const auto& a, const auto& b) { return a.times > b.times; });
  std::sort(c.faster.begin(), c.faster.end(), [](const auto& a, const auto& b) { return a.times < b.times; });
  return c;
}

std::string describe(const comparison& c, double threshold) {
  std::string text = lines_of(c.slower, "Slower, times the floor: before -> after") +
                     lines_of(c.faster, "Faster, times the floor: before -> after");
  if (!c.failed.empty()) text += "\nMeasured before, failed now\n";
  for (const auto& id : c.failed) text += fmt::format("  {}\n", id);
  text +=
      fmt::format("\n{} slower, {} faster, {} alike within the noise, {} failed, {} in one report only.\n{}\n",
                  c.slower.size(), c.faster.size(), c.alike, c.failed.size(), c.only_in_one,
                  c.has_regression ? fmt::format("There are regressions of more than {} %.", short_number(threshold))
                                   : fmt::format("No regression of more than {} %.", short_number(threshold)));
  return text;
}

}  // namespace volley::bench
