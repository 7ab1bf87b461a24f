// SPDX-License-Identifier: MIT

// Ours against a rival, by ratio: short rounds of the floor, ours and the rival in turn, in a child for each row.

#include "duel_program.hpp"
#include "options.hpp"
#include "pingpong/progress.hpp"
#include "program/machine.hpp"
#include "report.hpp"
#include "two_cpus.hpp"

#include <cstdio>
#include <string>

#include <fmt/format.h>

namespace volley::bench {
namespace {

bool passes(const std::vector<row>& block, const duel_options& o) {
  for (const row& r : block) {
    if (r.result.how == ending::ours_failed || r.result.how == ending::not_run) return false;
  }
  const row* const best = best_rival(block);
  if (!o.bar) return true;
  if (best == nullptr) return false;
  const figures& f = *best->seen;
  return best->spec.what == task::rtt ? f.ours_over_floor.p50 <= *o.bar : f.ours_over_rival.p50 >= *o.bar;
}

int duel(task what, duel_options o) {
  o.under.cpus = chosen_two_cpus(o.cpus);
  const std::vector<row_spec> rows = chosen_rows(what, o);
  outlets out(o.json);
  const program::machine here = program::this_machine();
  fmt::print(out.text, "{}Threads  on CPUs {} and {} by turns\n", describe(here), o.under.cpus[0], o.under.cpus[1]);

  bool is_fine = true;
  pingpong::progress bar;
  std::vector<row> block;
  nlohmann::ordered_json all = nlohmann::ordered_json::array();
  for (std::size_t i = 0; i != rows.size(); ++i) {
    if (starts_block(rows[i], i == 0 ? nullptr : &rows[i - 1])) {
      block.clear();
      fmt::print(out.text, "{}", heading(rows[i]));
    }
    std::fflush(out.text);
    bar.show(i, rows.size(), fmt::format("{} against {}", rows[i].ours->name, rows[i].rival->name));
    block.push_back(judged(rows[i], measure_in_child(rows[i], o.under)));
    bar.clear();
    fmt::print(out.text, "{}", line(block.back()));
    all.push_back(to_json(block.back()));
    if (i + 1 != rows.size() && !starts_block(rows[i + 1], &rows[i])) continue;
    fmt::print(out.text, "{}", verdict(block));
    is_fine = passes(block, o) && is_fine;
  }
  if (out.json) {
    nlohmann::ordered_json whole;
    whole["machine"] = to_json(here);
    whole["conditions"] = {
        {"cpus", o.under.cpus}, {"rounds", o.under.rounds}, {"capacity", o.under.capacity}, {"passed", is_fine}};
    whole["rows"] = std::move(all);
    out.json->write(whole);
  }
  return is_fine ? 0 : failed;
}

int list() {
  for (const contestant& c : contestants()) {
    if (c.bytes == element_sizes[0]) fmt::print("{}", listed(c));
  }
  return 0;
}

int run_pairs(const pairs_options& o) {
  const auto queue = find(o.name, o.bytes).make_transfer(usual_capacity);
  return queue->pairs(o.count) ? 0 : failed;
}

int run(int count, char** words) {
  CLI::App program("Volley's rings against those of others and against a mutex.", "ring_duel");
  program.require_subcommand(1);
  duel_options throughput;
  duel_options rtt;
  pairs_options pairs;
  const CLI::App* const throughput_command = add_throughput(program, throughput);
  const CLI::App* const rtt_command = add_rtt(program, rtt);
  const CLI::App* const pairs_command = add_pairs(program, pairs);
  program.add_subcommand("list", "Names all that can be compared.");
  if (const auto code = parse(program, count, words)) return *code;
  if (throughput_command->parsed()) return duel(task::throughput, throughput);
  if (rtt_command->parsed()) return duel(task::rtt, rtt);
  return pairs_command->parsed() ? run_pairs(pairs) : list();
}

}  // namespace
}  // namespace volley::bench

int main(int count, char** words) {
  return volley::bench::run_or_say("ring_duel", [&] { return volley::bench::run(count, words); });
}
