// SPDX-License-Identifier: MIT
#include "channel/figures.hpp"

#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace volley::bench {
namespace {

double middle(const std::vector<round>& all, double round::*of) {
  return spread_of(all, [of](const round& r) { return r.*of; }).p50;
}

figure figure_of(const channel_row& r, const std::vector<round>& all) {
  if (r.table != channel_table::idle)
    return {"times as fast", spread_of(all, [](const round& x) { return x.rival / x.ours; }), {}, r.at_least};
  return {"ms of CPU", spread_of(all, [](const round& x) { return 1e-6 * x.ours; }), r.idle_ms, {}};
}

std::string_view blamed(const measured_channel& m) {
  if (m.result.how == ending::ours_failed) return m.row.spec.ours->name;
  return m.result.how == ending::rival_failed ? m.row.spec.rival->name : "the floor";
}

std::string title_of(channel_table t) {
  switch (t) {
    case channel_table::bare:
      return "A channel and the ring that is in it: how many times as many elements go through the channel";
    case channel_table::throughput:
      return "How many times as many elements go through ours";
    case channel_table::latency:
      return "An element every so often, from one CPU to the other: how many times as soon ours has it there";
    case channel_table::idle:
      return "A consumer that waits: ms of CPU time that ours uses";
    case channel_table::crowd:
      break;
  }
  return "Sixteen threads on two CPUs: how many times as many elements go through, in all";
}

std::string costs(double ns, double cpu_ns) {
  const std::string time = pingpong::short_time(ns);
  return cpu_ns == 0 ? time : fmt::format("{} ({})", time, pingpong::short_time(cpu_ns));
}

}  // namespace

bool measured_channel::is_fine() const {
  if (result.how == ending::rival_failed) return !row.is_against_itself();
  return seen && seen->is_held();
}

measured_channel judged(const channel_row& r, row_result result) {
  measured_channel made{r, std::move(result), std::nullopt};
  const auto& rounds = made.result.rounds;
  if (made.result.how != ending::fair || rounds.empty()) return made;
  made.seen = figure_of(r, rounds);
  made.our_ns = middle(rounds, &round::ours);
  made.rival_ns = middle(rounds, &round::rival);
  made.our_cpu_ns = middle(rounds, &round::our_cpu);
  made.rival_cpu_ns = middle(rounds, &round::rival_cpu);
  return made;
}

bool starts_table(const channel_row& r, const channel_row* before) {
  return before == nullptr || r.table != before->table;
}

std::string heading(const channel_row& r) {
  const char* const columns = r.table == channel_table::latency ? "ours (CPU)" : "ours";
  return fmt::format("\n{}\n  {:<72}    p25    p50    p75  {:>20}{:>20}\n", title_of(r.table), "", columns,
                     "the other");
}

std::string line(const measured_channel& m) {
  if (!m.seen) return fmt::format("  {:<72}      -  {}: {}\n", m.row.label(), blamed(m), m.result.why);
  return fmt::format("  {:<72}{}  {:>20}{:>20}  {}{}{}\n", m.row.label(), ratios(m.seen->seen),
                     costs(m.our_ns, m.our_cpu_ns), costs(m.rival_ns, m.rival_cpu_ns), verdict_of(*m.seen),
                     m.row.note.empty() ? "" : "; ", m.row.note);
}

nlohmann::ordered_json to_json(const measured_channel& m) {
  const row_spec& s = m.row.spec;
  nlohmann::ordered_json json{{"table", name_of(m.row.table)},
                              {"name", m.row.label()},
                              {"ours", s.ours->name},
                              {"other", s.rival->name},
                              {"mode", s.rival->mode},
                              {"promises", to_json(s.rival->promises)},
                              {"alike", is_alike(s.ours->promises, s.rival->promises)},
                              {"shape", s.threads.label()},
                              {"other_shape", s.rival_threads.value_or(s.threads).label()}};
  if (s.gap.count() != 0) json["gap_ns"] = s.gap.count();
  if (!m.row.note.empty()) json["note"] = m.row.note;
  if (!m.result.why.empty()) {
    json["failed"] = blamed(m);
    json["why"] = m.result.why;
  }
  json["fine"] = m.is_fine();
  json["rounds"] = m.result.rounds.size();
  json["out_of_order"] = m.result.misplaced;
  if (!m.seen) return json;
  json["figure"] = to_json(*m.seen);
  json["ns"] = {{"ours", m.our_ns}, {"other", m.rival_ns}};
  if (m.row.table == channel_table::latency) json["cpu_ns"] = {{"ours", m.our_cpu_ns}, {"other", m.rival_cpu_ns}};
  return json;
}

}  // namespace volley::bench
