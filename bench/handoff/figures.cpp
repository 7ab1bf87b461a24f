// SPDX-License-Identifier: MIT
#include "figures.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace volley::bench {
namespace {

using rounds = std::vector<handoff_round>;

constexpr double cadence_bar = 1.15;
constexpr double between_bar = 2.0;

double middle(const rounds& all, std::size_t arm, double sample::*of) {
  return spread_of(all, [&](const handoff_round& r) { return r[arm].*of; }).p50;
}

double ratio(double a, double b) { return a / std::max(b, 1e-9); }

spread ratios_of(const rounds& all, std::size_t arm, std::size_t to, double sample::*of) {
  return spread_of(all, [&](const handoff_round& r) { return ratio(r[arm].*of, r[to].*of); });
}

/// The lowest of the row's floors.
std::size_t floor_of(const measured_row& r) {
  std::size_t lowest = 0;
  for (std::size_t i = 1; i != r.row.floors; ++i) {
    if (r.middles[i].ns < r.middles[lowest].ns) lowest = i;
  }
  return lowest;
}

void judge_ratio(measured_row& r) {
  const std::size_t floor = floor_of(r);
  const std::size_t own = r.row.floors;
  const rounds& all = r.result.rounds;
  const auto times_floor = [&](std::string_view whose, std::size_t arm) {
    return figure{
        fmt::format("{}times {}", whose, r.row.arms[floor].name), ratios_of(all, arm, floor, &sample::ns), {}, {}};
  };
  switch (r.row.what) {
    case measure::rivals:
      r.figures = {{"times as fast", ratios_of(all, own + 1, own, &sample::ns), {}, r.row.bar},
                   times_floor("", own),
                   times_floor("it: ", own + 1)};
      return;
    case measure::crowd:
      r.figures = {{"of the speed over F_futex", ratios_of(all, floor, own, &sample::ns), {}, r.row.bar}};
      return;
    default:
      r.figures = {times_floor("", own)};
      r.figures[0].at_most = r.row.bar;
  }
}

/// Gaps shorter than a park: as fast as who spins. Four times longer: as fast and as cheap as who parks. Between: latency and CPU time
/// together at most twice those of the better of the two.
void judge_cadence(measured_row& r) {
  enum arm : std::size_t { spinning, ours, parking };
  const rounds& all = r.result.rounds;
  const auto sum = [](const sample& s) { return s.mean_ns + s.cpu_ns; };
  const auto sum_of = [&](arm a) { return spread_of(all, [&](const handoff_round& x) { return sum(x[a]); }).p50; };
  const arm better = sum_of(spinning) < sum_of(parking) ? spinning : parking;
  r.figures = {
      {"latency / busy_spin", ratios_of(all, ours, spinning, &sample::ns), {}, {}},
      {"latency / park", ratios_of(all, ours, parking, &sample::ns), {}, {}},
      {"CPU / park", ratios_of(all, ours, parking, &sample::cpu_ns), {}, {}},
      {fmt::format("latency + CPU / {}", better == spinning ? "busy_spin" : "park"),
       spread_of(all, [&](const handoff_round& x) { return ratio(sum(x[ours]), sum(x[better])); }),
       {},
       {}},
  };
  const double park_ns = r.middles[parking].ns;
  const auto gap = static_cast<double>(r.row.gap.count());
  if (gap < park_ns) {
    r.regime = "shorter than a park";
    r.figures[0].at_most = cadence_bar;
  } else if (gap >= 4 * park_ns) {
    r.regime = "longer than four parks";
    r.figures[1].at_most = r.figures[2].at_most = cadence_bar;
  } else {
    r.regime = "between";
    r.figures[3].at_most = between_bar;
  }
}

std::string title_of(const handoff_row& r) {
  switch (r.what) {
    case measure::rtt:
      return fmt::format("{}: round trip", pingpong::title_of(r.who, r.where));
    case measure::rivals:
      return fmt::format("{}: how many times as fast as others", pingpong::title_of(r.who, r.where));
    case measure::cost:
      return "One thread: one operation";
    case measure::cadence:
      return "A post every so often, from one CPU to the other: by busy_spin, spin_park, park";
    case measure::paced:
      return fmt::format("{}: a round trip every so often", pingpong::title_of(r.who, r.where));
    case measure::crowd:
      break;
  }
  constexpr std::string_view places[] = {"each pair's sides on the two", "each pair on one of the two", "anywhere"};
  return fmt::format("Eight pairs on two CPUs, {}", places[static_cast<std::size_t>(r.where)]);
}

std::string cadence_lines(const measured_row& r) {
  std::string text = fmt::format("  {:<34} {}\n", r.row.label(), r.regime);
  for (std::size_t i = 0; i != r.row.arms.size(); ++i) {
    const sample& s = r.middles[i];
    text += fmt::format("      {:<30}{:>10} p50{:>10} mean{:>10} CPU\n", r.row.arms[i].wait, pingpong::short_time(s.ns),
                        pingpong::short_time(s.mean_ns), pingpong::short_time(s.cpu_ns));
  }
  for (const figure& f : r.figures) text += fmt::format("      {:<30}{}  {}\n", f.of, ratios(f.seen), verdict_of(f));
  return text;
}

}  // namespace

bool measured_row::is_ours() const {
  if (row.what == measure::cost) {
    const operation* const o = find_operation(row.ours().name);
    return o != nullptr && o->whose == side::ours;
  }
  const ping_pong* const p = find_ping_pong(row.ours());
  return p != nullptr && p->whose == side::ours;
}

bool measured_row::is_fine() const {
  if (!result.why.empty()) {
    const bool is_rivals = row.what == measure::rivals && result.blamed + 1 == row.arms.size();
    return is_rivals || !is_ours();
  }
  return std::all_of(figures.begin(), figures.end(), [](const figure& f) { return f.is_held(); });
}

measured_row judged(const handoff_row& r, handoff_result result) {
  measured_row made{r, std::move(result), {}, {}, ""};
  const rounds& all = made.result.rounds;
  if (!made.result.why.empty() || all.empty()) return made;
  for (std::size_t arm = 0; arm != r.arms.size(); ++arm) {
    made.middles.push_back(
        {middle(all, arm, &sample::ns), middle(all, arm, &sample::mean_ns), middle(all, arm, &sample::cpu_ns)});
  }
  r.what == measure::cadence ? judge_cadence(made) : judge_ratio(made);
  return made;
}

bool starts_table(const handoff_row& r, const handoff_row* before) {
  return before == nullptr || r.what != before->what || r.who != before->who || r.where != before->where;
}

std::string heading(const handoff_row& r) {
  if (r.what == measure::cadence) return fmt::format("\n{}\n", title_of(r));
  return fmt::format("\n{}\n  {:<56}    p25    p50    p75  {:<24}{:>10}{:>10}\n", title_of(r), "", "", "ours takes",
                     "CPU");
}

std::string line(const measured_row& r) {
  if (r.figures.empty())
    return fmt::format("  {:<56}      -  {}: {}\n", r.row.label(), label_of(r.row.arms[r.result.blamed]), r.result.why);
  if (r.row.what == measure::cadence) return cadence_lines(r);
  const figure& f = r.figures[0];
  const sample& own = r.middles[r.row.floors];
  return fmt::format("  {:<56}{}  {:<24}{:>10}{:>10}  {}{}{}\n", r.row.label(), ratios(f.seen), f.of,
                     pingpong::short_time(own.ns), own.cpu_ns == 0 ? "" : pingpong::short_time(own.cpu_ns),
                     verdict_of(f), r.row.note.empty() ? "" : "; ", r.row.note);
}

nlohmann::ordered_json to_json(const measured_row& r) {
  constexpr std::string_view names[] = {"rtt", "rivals", "cost", "cadence", "crowd", "paced"};
  nlohmann::ordered_json json{{"measure", names[static_cast<std::size_t>(r.row.what)]},
                              {"name", r.row.label()},
                              {"parties", pingpong::to_string(r.row.who)},
                              {"placement", pingpong::to_string(r.row.where)}};
  if (r.row.what == measure::cadence) json["gap_ns"] = r.row.gap.count();
  if (!r.regime.empty()) json["regime"] = r.regime;
  if (!r.row.note.empty()) json["note"] = r.row.note;
  if (!r.result.why.empty()) {
    json["failed"] = label_of(r.row.arms[r.result.blamed]);
    json["why"] = r.result.why;
  }
  json["fine"] = r.is_fine();
  json["rounds"] = r.result.rounds.size();
  json["figures"] = nlohmann::ordered_json::array();
  for (const figure& f : r.figures) json["figures"].push_back(to_json(f));
  for (std::size_t i = 0; i != r.middles.size(); ++i) {
    const sample& s = r.middles[i];
    json["arms"].push_back(
        {{"name", label_of(r.row.arms[i])}, {"ns", s.ns}, {"mean_ns", s.mean_ns}, {"cpu_ns", s.cpu_ns}});
  }
  return json;
}

}  // namespace volley::bench
