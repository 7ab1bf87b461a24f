// SPDX-License-Identifier: MIT
#include "report.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace volley::bench {
namespace {

using pingpong::short_number;

std::string batched(std::string_view name, unsigned batch) {
  return batch == 1 ? std::string(name) : fmt::format("{} x{}", name, batch);
}

/// Elements in a microsecond, which is millions in a second.
std::string speed(double ns) { return short_number(1e3 / ns); }

/// Rounds that differ by more than this say more about the machine than about the two.
bool is_noisy(const row& r) {
  constexpr double most = 1.5;
  return r.seen && r.seen->ours_over_rival.p75 > most * r.seen->ours_over_rival.p25;
}

bool is_comparable(const row& r) {
  return r.seen && r.spec.rival->whose == side::rival && is_alike(r.spec.ours->promises, r.spec.rival->promises);
}

const char* to_string(ending how) {
  switch (how) {
    case ending::fair:
      return "measured";
    case ending::ours_failed:
      return "ours failed";
    case ending::rival_failed:
      return "rival failed";
    case ending::not_run:
      break;
  }
  return "not run";
}

}  // namespace

row judged(const row_spec& spec, row_result result) {
  row made{spec, std::move(result), std::nullopt};
  const auto& rounds = made.result.rounds;
  if (made.result.how != ending::fair || rounds.empty()) return made;
  made.seen = figures{
      spread_of(rounds, [](const round& r) { return r.rival / r.ours; }),
      spread_of(rounds, [](const round& r) { return r.ours / r.floor; }),
      spread_of(rounds, [](const round& r) { return r.rival / r.floor; }),
      spread_of(rounds, [](const round& r) { return r.floor; }).p50,
      spread_of(rounds, [](const round& r) { return r.ours; }).p50,
      spread_of(rounds, [](const round& r) { return r.rival; }).p50,
  };
  return made;
}

bool starts_block(const row_spec& r, const row_spec* before) {
  return before == nullptr || r.ours != before->ours || r.threads.label() != before->threads.label();
}

std::string heading(const row_spec& r) {
  const std::string ours = batched(r.ours->name, r.our_batch);
  if (r.what == task::rtt) {
    return fmt::format(
        "\n{}, {} bytes, round trip in times of F_line2\n"
        "                                -------- ours --------  ------ the other -----  ns of the two   what it is\n"
        "  against                          p25    p50    p75       p25    p50    p75  (order only)\n",
        ours, r.ours->bytes);
  }
  return fmt::format(
      "\n{}, {} bytes, {}, how many times as many elements go through it\n"
      "  against                          p25    p50    p75   M/s of the two  what it is\n"
      "                                                         (order only)\n",
      ours, r.ours->bytes, r.threads.label());
}

std::string line(const row& r) {
  const contestant& c = *r.spec.rival;
  const std::string name = batched(c.name, r.spec.rival_batch);
  if (!r.seen) {
    const char* const who = r.result.how == ending::ours_failed ? "OURS: " : "";
    return fmt::format("  {:<29}      -  {}{}\n", name, who, r.result.why);
  }
  const figures& f = *r.seen;
  std::string remark = is_noisy(r) ? "; NOISY: rounds differ too much to be believed" : "";
  if (r.result.misplaced != 0) remark += fmt::format("; {} OUT OF ORDER HERE", r.result.misplaced);
  if (r.spec.what == task::rtt) {
    return fmt::format("  {:<29}{}   {}{:>7.0f}{:>7.0f}  {}\n", name, ratios(f.ours_over_floor),
                       ratios(f.rival_over_floor), f.our_ns, f.rival_ns, c.mode);
  }
  return fmt::format("  {:<29}{}{:>8}{:>8}  {}{}\n", name, ratios(f.ours_over_rival), speed(f.our_ns),
                     speed(f.rival_ns), c.mode, remark);
}

const row* best_rival(const std::vector<row>& block) {
  const row* best = nullptr;
  for (const row& r : block) {
    if (!is_comparable(r)) continue;
    if (best == nullptr || r.seen->ours_over_rival.p50 < best->seen->ours_over_rival.p50) best = &r;
  }
  return best;
}

std::string verdict(const std::vector<row>& block) {
  const row* const best = best_rival(block);
  if (best == nullptr) return "  there is no rival that promises the same\n";
  const figures& f = *best->seen;
  const std::string than = fmt::format("{}{:.2f} x the speed of the best rival that promises the same ({})",
                                       is_noisy(*best) ? "NOISY: " : "", f.ours_over_rival.p50, best->spec.rival->name);
  if (best->spec.what == task::throughput) return fmt::format("  = {}\n", than);
  std::vector<double> all;
  for (const row& r : block) {
    if (r.seen) all.push_back(r.seen->ours_over_floor.p50);
  }
  std::sort(all.begin(), all.end());
  return fmt::format("  = {:.2f} x F_line2; {}\n", pingpong::quantile(all, 0.5), than);
}

std::string listed(const contestant& c) {
  const char* const who = c.whose == side::ours ? "ours" : c.whose == side::rival ? "rival" : "baseline";
  return fmt::format("{:<40} {:<9} {}P{}C  {}{} [{}]\n", c.name, who, c.many_producers ? 'n' : '1',
                     c.many_consumers ? 'n' : '1', c.mode, c.has_batches ? "; batches" : "", describe(c.promises));
}

nlohmann::ordered_json to_json(const guarantee& g) {
  return {{"order", name_of(g.keeps)},
          {"bound", name_of(g.holds)},
          {"progress", name_of(g.goes_on)},
          {"full_and_empty", name_of(g.says)}};
}

nlohmann::ordered_json to_json(const row& r) {
  const row_spec& s = r.spec;
  nlohmann::ordered_json json{{"task", s.what == task::rtt ? "rtt" : "throughput"},
                              {"ours", s.ours->name},
                              {"rival", s.rival->name},
                              {"mode", s.rival->mode},
                              {"promises", to_json(s.rival->promises)},
                              {"alike", is_alike(s.ours->promises, s.rival->promises)},
                              {"shape", s.threads.label()},
                              {"bytes", s.ours->bytes},
                              {"our_batch", s.our_batch},
                              {"rival_batch", s.rival_batch},
                              {"ending", to_string(r.result.how)}};
  if (!r.result.why.empty()) json["why"] = r.result.why;
  json["rounds"] = r.result.rounds.size();
  json["out_of_order"] = r.result.misplaced;
  if (!r.seen) return json;
  json["noisy"] = is_noisy(r);
  json["ours_over_rival"] = to_json(r.seen->ours_over_rival);
  json["ours_over_floor"] = to_json(r.seen->ours_over_floor);
  json["rival_over_floor"] = to_json(r.seen->rival_over_floor);
  json["ns"] = {{"floor", r.seen->floor_ns}, {"ours", r.seen->our_ns}, {"rival", r.seen->rival_ns}};
  return json;
}

}  // namespace volley::bench
