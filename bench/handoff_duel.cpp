// SPDX-License-Identifier: MIT

// Handoff and waiting, by ratio: short rounds of the floor, ours and, where there is one, the rival in turn, in a child for each row.

#include "duel_program.hpp"
#include "handoff/contest.hpp"
#include "handoff/figures.hpp"
#include "handoff/options.hpp"
#include "handoff/rows.hpp"
#include "measure_all.hpp"
#include "program/machine.hpp"

#include <cstdio>
#include <string>

#include <fmt/format.h>

namespace volley::bench {
namespace {

int duel(const std::vector<measure>& what, handoff_options o) {
  const std::vector<handoff_row> rows = chosen_handoff_rows(what, o);
  outlets out(o.json);
  const program::machine here = program::this_machine();
  const bool is_all = what.size() > 1 && o.only.empty();
  fmt::print(out.text, "{}Threads  on CPUs {} and {}\n", describe(here), o.under.cpus[0], o.under.cpus[1]);
  if (is_all) {
    for (const auto name : missing()) fmt::print(out.text, "Left out {}: it is not in this program\n", name);
  }
  const auto measure_one = [&](const handoff_row& r) { return judged(r, measure_handoff(r, o.under)); };
  const std::vector<measured_row> all = measure_all(rows, out.text, measure_one);
  fmt::print(out.text, "{}", summary(all));
  if (out.json) {
    nlohmann::ordered_json whole;
    whole["machine"] = to_json(here);
    whole["cpus"] = o.under.cpus;
    whole["left_out"] = is_all ? missing() : std::vector<std::string_view>{};
    whole["rows"] = to_json(all);
    out.json->write(whole);
  }
  return are_fine(all) ? 0 : failed;
}

int list() {
  constexpr const char* whose[] = {"ours", "rival", "floor"};
  for (const ping_pong& p : ping_pongs())
    fmt::print("{:<36} {:<6} {}\n", label_of(p.name()), whose[static_cast<std::size_t>(p.whose)], p.about.what);
  for (const operation& o : operations())
    fmt::print("{:<36} {:<6} {}\n", o.name, whose[static_cast<std::size_t>(o.whose)], o.what);
  return 0;
}

int run(int count, char** words) {
  CLI::App program("Volley's handoffs against the floor of this machine and against those of others.", "handoff_duel");
  program.require_subcommand(1);
  handoff_options o;
  const handoff_commands commands = add_commands(program, o);
  if (const auto code = parse(program, count, words)) return *code;
  return commands.list->parsed() ? list() : duel(commands.measures(), o);
}

}  // namespace
}  // namespace volley::bench

int main(int count, char** words) {
  return volley::bench::run_or_say("handoff_duel", [&] { return volley::bench::run(count, words); });
}
