// SPDX-License-Identifier: MIT

// Channels, by ratio: short rounds of the floor, ours and the other in turn, in a child for each row.

#include "channel/figures.hpp"
#include "channel/options.hpp"
#include "duel_program.hpp"
#include "measure_all.hpp"
#include "program/machine.hpp"

#include <fmt/format.h>

namespace volley::bench {
namespace {

int duel(const std::vector<channel_table>& tables, channel_options o) {
  const std::vector<channel_row> rows = chosen_channel_rows(tables, o);
  outlets out(o.json);
  const program::machine here = program::this_machine();
  fmt::print(out.text, "{}Threads  on CPUs {} and {}\n", describe(here), o.under.cpus[0], o.under.cpus[1]);
  const auto measure_one = [&](const channel_row& r) {
    return judged(r, measure_in_child(r.spec, o.conditions_of(r.table)));
  };
  const std::vector<measured_channel> all = measure_all(rows, out.text, measure_one);
  fmt::print(out.text, "{}", summary(all));
  if (out.json) {
    nlohmann::ordered_json whole;
    whole["machine"] = to_json(here);
    whole["conditions"] = {{"cpus", o.under.cpus}, {"capacity", o.under.capacity}, {"passed", are_fine(all)}};
    whole["rows"] = to_json(all);
    out.json->write(whole);
  }
  return are_fine(all) ? 0 : failed;
}

int list() {
  for (const contestant& c : contestants()) {
    if (c.make_beats != nullptr) fmt::print("{}", listed(c));
  }
  return 0;
}

int run(int count, char** words) {
  CLI::App program("Volley's channels against their rings, and against queues of others that wait.", "channel_duel");
  program.require_subcommand(1);
  channel_options o;
  const channel_commands commands = add_commands(program, o);
  if (const auto code = parse(program, count, words)) return *code;
  return commands.list->parsed() ? list() : duel(commands.tables(), o);
}

}  // namespace
}  // namespace volley::bench

int main(int count, char** words) {
  return volley::bench::run_or_say("channel_duel", [&] { return volley::bench::run(count, words); });
}
