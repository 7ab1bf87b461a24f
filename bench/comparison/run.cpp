// SPDX-License-Identifier: MIT
#include "run.hpp"

#include "arms.hpp"
#include "core_map.hpp"
#include "handoff/contest.hpp"
#include "report.hpp"
#include "spread.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include <fmt/format.h>

namespace volley::bench {
namespace {

using nlohmann::ordered_json;
using pingpong::histogram;

constexpr double curve_points[] = {0.01, 0.05,  0.1,   0.25,   0.5,    0.75,    0.9,    0.95,
                                   0.99, 0.995, 0.999, 0.9995, 0.9999, 0.99995, 0.99999};

std::string_view to_string(side whose) {
  return whose == side::ours ? "ours" : whose == side::rival ? "rival" : "baseline";
}

/// All that a row has, whatever becomes of it: the same keys in each.
ordered_json blank(const job& j) {
  ordered_json row;
  row["id"] = nullptr;
  row["section"] = to_string(j.in);
  for (const char* key : {"name",   "wait",       "kind",   "mode",      "parties", "placement", "shape", "bytes",
                          "gap_ns", "floor",      "beside", "ending",    "why",     "rounds",    "ratio", "over_ours",
                          "ns",     "spacing_ns", "cpu_ns", "cpu_share", "samples", "curve"}) {
    row[key] = nullptr;
  }
  return row;
}

void identify(ordered_json& row) {
  std::string id = row["section"];
  for (const char* key : {"parties", "placement", "shape", "bytes", "gap_ns", "name", "wait"}) {
    const auto& part = row[key];
    if (part.is_null() || part == "") continue;
    id += '/';
    id += part.is_string() ? part.get<std::string>() : part.dump();
  }
  row["id"] = id;
}

ordered_json curve_of(const histogram& h) {
  ordered_json points = ordered_json::array();
  for (const double q : curve_points) {
    if (const auto ns = h.tail(q)) points.push_back({q, *ns});
  }
  return points;
}

double middle(const std::vector<handoff_round>& all, std::size_t arm, double sample::*of) {
  return spread_of(all, [&](const handoff_round& r) { return r[arm].*of; }).p50;
}

ordered_json ratio_json(const std::vector<handoff_round>& all, std::size_t arm, std::size_t to) {
  return to_json(spread_of(all, [&](const handoff_round& r) { return r[arm].ns / std::max(r[to].ns, 1e-9); }));
}

void fill_figures(ordered_json& row, const job& j, const handoff_row& r, const handoff_result& got, std::size_t arm) {
  const auto& all = got.rounds;
  row["ending"] = "measured";
  row["ratio"] = ratio_json(all, arm, 0);
  const bool is_beside = arm != r.floors;
  if (is_beside) row["over_ours"] = ratio_json(all, arm, r.floors);
  row["ns"] = {{"own", middle(all, arm, &sample::ns)}, {"floor", middle(all, 0, &sample::ns)}};
  if (is_beside) row["ns"]["ours"] = middle(all, r.floors, &sample::ns);
  if (j.in != section::crowd) row["cpu_ns"] = middle(all, arm, &sample::cpu_ns);
  if (r.what == measure::paced) {
    row["spacing_ns"] = middle(all, arm, &sample::mean_ns);
    row["cpu_share"] = row["cpu_ns"].get<double>() / row["spacing_ns"].get<double>();
  }
  if (got.timed.size() > arm && got.timed[arm].count() != 0) {
    row["samples"] = got.timed[arm].count();
    row["curve"] = curve_of(got.timed[arm]);
  }
}

/// A turn's part. What comes before the rounds that count is kept short, for there are many turns.
std::size_t in_a_turn(std::size_t all) { return all / turns; }

/// Who is to blame: the row's own, or ours that was to be beside it, or the floor, or nobody.
void fill_failure(ordered_json& row, const handoff_row& r, const handoff_result& got, std::size_t arm) {
  const bool is_others_fault = got.blamed != arm && got.blamed < r.arms.size();
  row["ending"] = got.blamed == arm ? "failed" : "not measured";
  row["why"] = is_others_fault ? fmt::format("{}: {}", label_of(r.arms[got.blamed]), got.why) : got.why;
}

handoff_result measure_trips(const job& j, const handoff_row& r, const job_conditions& under) {
  const bool is_quick = under.what == extent::quick;
  handoff_conditions how;
  how.rounds = in_a_turn(is_quick ? 40 : 100);
  how.fewest = 1;
  how.warm_up = 1;
  how.trial = 20;
  how.cpus = under.cpus;
  how.patience_s = under.patience_s;
  how.samples = j.in == section::crowd ? 0 : in_a_turn(is_quick ? 10'000 : 100'000);
  const auto now = pingpong::steady::now();
  const auto time = std::chrono::duration_cast<pingpong::steady::duration>(under.time);
  how.until = now + (r.what == measure::paced || j.in == section::crowd ? time : time / 2);
  how.timed_until = now + time;
  return measure_handoff(r, how);
}

row_result measure_transfer(const row_spec& spec, const job_conditions& under) {
  conditions how;
  how.rounds = in_a_turn(under.what == extent::quick ? 40 : 100);
  how.fewest = 1;
  how.warm_up = 2;
  how.cpus = under.cpus;
  how.patience_s = under.patience_s;
  how.until = steady::now() + std::chrono::duration_cast<steady::duration>(under.time);
  return measure_in_child(spec, how);
}

ordered_json transfer_row(const job& j, const row_spec& spec) {
  ordered_json made = blank(j);
  made.update({{"name", spec.rival->name},
               {"kind", to_string(spec.rival->whose)},
               {"mode", spec.rival->mode},
               {"parties", "threads"},
               {"shape", spec.threads.label()},
               {"bytes", spec.rival->bytes},
               {"floor", "F_line2"}});
  if (spec.ours != spec.rival) made["beside"] = spec.ours->name;
  identify(made);
  return made;
}

ordered_json row_of(const job& j, const row_spec& spec, const row_result& result) {
  const row got = judged(spec, result);
  ordered_json made = transfer_row(j, spec);
  made["rounds"] = got.result.rounds.size();
  const bool is_itself = spec.ours == spec.rival;
  if (!got.seen) {
    const bool is_its_fault = is_itself || got.result.how == ending::rival_failed;
    made["ending"] = is_its_fault ? "failed" : "not measured";
    made["why"] = is_its_fault ? got.result.why : fmt::format("{}: {}", spec.ours->name, got.result.why);
    return made;
  }
  made["ending"] = "measured";
  made["ratio"] = to_json(got.seen->rival_over_floor);
  made["ns"] = {{"own", got.seen->rival_ns}, {"floor", got.seen->floor_ns}};
  if (!is_itself) {
    made["over_ours"] = to_json(got.seen->ours_over_rival);
    made["ns"]["ours"] = got.seen->our_ns;
  }
  if (got.result.misplaced != 0)
    made["why"] = fmt::format("{} elements came out of order, which it does not promise", got.result.misplaced);
  return made;
}

}  // namespace

std::vector<ordered_json> rows_of(const job& j, const handoff_result& result) {
  const auto& r = std::get<handoff_row>(j.what);
  std::vector<ordered_json> rows;
  for (std::size_t arm = j.shown_from; arm != r.arms.size(); ++arm) {
    const ping_pong& p = *find_ping_pong(r.arms[arm]);
    const loaded_name name = taken_apart(p.about.name);
    const contestant* const ring = ring_behind(p.about.name);
    ordered_json row = blank(j);
    row.update({{"name", name.base},
                {"wait", p.wait},
                {"kind", p.is_floor() ? "floor" : to_string(p.whose)},
                {"mode", p.about.what},
                {"parties", pingpong::to_string(r.who)},
                {"placement", pingpong::to_string(r.where)},
                {"floor", r.arms[0].name},
                {"rounds", result.rounds.size()}});
    if (ring != nullptr || j.in == section::payload) row["bytes"] = ring != nullptr ? ring->bytes : name.bytes;
    if (r.what == measure::paced) row["gap_ns"] = r.gap.count();
    if (arm != r.floors) row["beside"] = label_of(r.arms[r.floors]);
    identify(row);
    if (result.why.empty() && !result.rounds.empty()) {
      fill_figures(row, j, r, result, arm);
    } else {
      fill_failure(row, r, result, arm);
    }
    rows.push_back(std::move(row));
  }
  return rows;
}

void measurement::take_turn(const job_conditions& under) {
  is_begun_ = true;
  const auto from = steady::now();
  if (const auto* const r = std::get_if<handoff_row>(&job_.what)) trips_.add(measure_trips(job_, *r, under));
  if (const auto* const r = std::get_if<row_spec>(&job_.what)) transfers_.add(measure_transfer(*r, under));
  seconds_ += std::chrono::duration<double>(steady::now() - from).count();
}

std::vector<ordered_json> measurement::rows() const {
  if (const auto* const r = std::get_if<row_spec>(&job_.what)) return {row_of(job_, *r, transfers_)};
  return rows_of(job_, trips_);
}

std::vector<ordered_json> rows_without(const job& j, const std::string& why) {
  if (const auto* const r = std::get_if<row_spec>(&j.what)) {
    ordered_json row = transfer_row(j, *r);
    row.update({{"ending", "not measured"}, {"why", why}});
    return {row};
  }
  if (std::holds_alternative<whole_map>(j.what)) return {};
  handoff_result nobody;
  nobody.why = why;
  nobody.blamed = most_arms;
  return rows_of(j, nobody);
}

ordered_json measure_map(const job_conditions& under) {
  const core_map map = measure_core_map(under.usable, under.patience_s);
  ordered_json json{{"cpus", map.cpus}, {"why", map.why.empty() ? ordered_json(nullptr) : ordered_json(map.why)}};
  json["pairs"] = ordered_json::array();
  for (const core_pair& p : map.pairs) {
    ordered_json one{{"a", p.a}, {"b", p.b}};
    one["ns"] = to_json(p.ns);
    json["pairs"].push_back(one);
  }
  return json;
}

bool is_our_failure(const ordered_json& row) { return row["kind"] == "ours" && row["ending"] == "failed"; }

}  // namespace volley::bench
