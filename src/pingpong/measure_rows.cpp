// SPDX-License-Identifier: MIT
#include "measure_rows.hpp"

#include "../program/ending.hpp"
#include "stats.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace volley::pingpong {
namespace {

std::function<void()> sign_of_life(const row_spec& r) {
  const std::string name = fmt::format("{} ({})", r.label(), title_of(r.who, r.where));
  return [name] { program::ending::watch(name); };
}

/// The row's floor; of several, the lowest here and now.
std::string_view choose_floor(session& s, const row_spec& r, const std::function<void()>& alive) {
  if (r.floors.size() == 1) return r.floors.front();
  std::pair<double, std::string_view> lowest{1e300, r.floors.front()};
  for (const auto name : r.floors) {
    const auto floor = s.contestant_of({name, ""});
    lowest = std::min(lowest, std::pair{glance(*floor, alive), name});
  }
  return lowest.second;
}

figures measure_row(session& s, const row_spec& r, const plan& p) {
  const auto alive = sign_of_life(r);
  const std::string_view floor_name = choose_floor(s, r, alive);
  const auto own = s.contestant_of(r.name);
  const auto floor = s.contestant_of({floor_name, ""});
  figures f = summary(measure(*floor, *own, p, alive), floor_name);
  program::ending::rest();
  return f;
}

row measured_or_not(session& s, const row_spec& r, const time_budget& budget, std::size_t rows_left) {
  if (!r.reason.empty()) return {r, std::nullopt, std::string(r.reason)};
  if (budget.is_spent()) return {r, std::nullopt, "out of time"};
  try {
    return {r, measure_row(s, r, budget.next(rows_left)), ""};
  } catch (const cannot_measure& e) {
    program::ending::rest();
    return {r, std::nullopt, e.what()};
  }
}

bool one_group(const row_spec& a, const row_spec& b) { return a.who == b.who && a.where == b.where; }

}  // namespace

time_budget::time_budget(double seconds, std::chrono::nanoseconds gap)
    : end_(steady::now() + std::chrono::duration_cast<steady::duration>(std::chrono::duration<double>(seconds))),
      gap_(gap) {}

plan time_budget::next(std::size_t rows_left) const {
  const auto now = steady::now();
  const auto most = (end_ - now) * 5 / (2 * static_cast<steady::rep>(rows_left));
  const auto share = std::min(most, (end_ - now));
  plan p;
  p.rounds_until = now + share / 2;
  p.until = now + share;
  p.gap = gap_;
  return p;
}

figures summary(measured m, std::string_view floor) {
  std::sort(m.ratios.begin(), m.ratios.end());
  const auto ns = [&](double q) { return static_cast<double>(m.samples.quantile(q)); };
  figures f;
  f.rtt_ns = {ns(0.25), ns(0.5), ns(0.9), ns(0.99), std::nullopt, static_cast<double>(m.samples.greatest())};
  if (const auto p999 = m.samples.tail(0.999)) f.rtt_ns.p999 = static_cast<double>(*p999);
  f.to_floor = {std::string(floor), quantile(m.ratios, 0.25), quantile(m.ratios, 0.5), quantile(m.ratios, 0.75)};
  f.cpu_s_per_million = m.cpu_s * 1e6 / static_cast<double>(m.trips);
  f.switches_per_rtt = static_cast<double>(m.switches) / static_cast<double>(m.trips);
  f.samples = m.samples.count();
  f.rounds = m.ratios.size();
  return f;
}

std::vector<row> measure_rows(session& s, const std::vector<row_spec>& specs, const time_budget& budget,
                              const listener& tell) {
  auto left = static_cast<std::size_t>(
      std::count_if(specs.begin(), specs.end(), [](const auto& r) { return r.reason.empty(); }));
  const std::size_t all = left;
  std::vector<row> rows;
  std::vector<row> group;
  for (std::size_t i = 0; i != specs.size(); ++i) {
    const row_spec& r = specs[i];
    if (i == 0 || !one_group(r, specs[i - 1])) s.enter(r.who, r.where);
    if (r.reason.empty()) tell.row_starts(all - left, all, r);
    group.push_back(measured_or_not(s, r, budget, std::max(left, std::size_t{1})));
    if (r.reason.empty()) --left;
    if (i + 1 != specs.size() && one_group(r, specs[i + 1])) continue;
    tell.group_ends(group);
    std::move(group.begin(), group.end(), std::back_inserter(rows));
    group.clear();
  }
  return rows;
}

double clock_overhead_ns() {
  std::vector<std::uint64_t> seen(1001);
  auto last = steady::now();
  for (auto& ns : seen) {
    const auto now = steady::now();
    ns = ns_between(last, now);
    last = now;
  }
  std::sort(seen.begin(), seen.end());
  return static_cast<double>(quantile(seen, 0.5));
}

}  // namespace volley::pingpong
