// SPDX-License-Identifier: MIT
#include "channel/options.hpp"

#include "bout.hpp"
#include "duel_program.hpp"
#include "program/bad_usage.hpp"
#include "two_cpus.hpp"

#include <algorithm>
#include <iterator>

namespace volley::bench {
namespace {

constexpr channel_table every_table[] = {channel_table::bare, channel_table::throughput, channel_table::latency,
                                         channel_table::idle, channel_table::crowd};
constexpr std::size_t usual_rounds[] = {100, 30, 30, 1, 30};
constexpr double crowd_round_ns = 30e6;  // some slices of the scheduler: in less, who runs first is what is measured
constexpr const char* about[] = {
    "A channel and the ring that is in it, in paired rounds.",
    "Elements per second, ours and others' that wait.",
    "An element every 10 us and every 1 ms: how long until the consumer has it.",
    "CPU time of a consumer that waits.",
    "Sixteen threads on two CPUs, against two threads, and against others'.",
};

bool is_named(const channel_row& r, const std::string& name) {
  return name == r.spec.ours->name || name == r.spec.rival->name || name == r.label();
}

void add_common(CLI::App& c, channel_options& into) {
  c.add_option("--only", into.only, "Only rows with this one, or this row: channel<spsc_ring>; may be repeated")
      ->type_name("NAME")
      ->allow_extra_args(false);
  c.add_option("--rounds", into.rounds, "Rounds of each row (30; bare: 100; idle: 1)")
      ->type_name("N")
      ->check(CLI::Range(std::size_t{1}, most_rounds).description(""));
  add_common_options(c, into.under.patience_s, into.cpus, into.json);
}

}  // namespace

conditions channel_options::conditions_of(channel_table t) const {
  conditions c = under;
  c.rounds = rounds.value_or(usual_rounds[static_cast<std::size_t>(t)]);
  if (t == channel_table::crowd) c.transfer_ns = crowd_round_ns;
  return c;
}

std::vector<channel_table> channel_commands::tables() const {
  std::vector<channel_table> chosen;
  for (const channel_table t : every_table) {
    if (all->parsed() || each[static_cast<std::size_t>(t)]->parsed()) chosen.push_back(t);
  }
  return chosen;
}

channel_commands add_commands(CLI::App& to, channel_options& into) {
  channel_commands c{};
  for (const channel_table t : every_table)
    c.each.push_back(to.add_subcommand(std::string(name_of(t)), about[static_cast<std::size_t>(t)]));
  c.all = to.add_subcommand("all", "All of it, with each bar that is held or missed.");
  c.list = to.add_subcommand("list", "Names all that can be measured.");
  for (CLI::App* const each : c.each) add_common(*each, into);
  add_common(*c.all, into);
  for (CLI::App* const each : {c.each[static_cast<std::size_t>(channel_table::idle)], c.all}) {
    each->add_option("--idle", into.idle_s, "How long the consumer waits (10)")
        ->type_name("SECONDS")
        ->check(CLI::Range(1, 3600).description(""));
  }
  return c;
}

std::vector<channel_row> chosen_channel_rows(const std::vector<channel_table>& tables, channel_options& o) {
  o.under.cpus = chosen_two_cpus(o.cpus);
  std::vector<channel_row> every;
  for (const channel_table t : tables) {
    const auto some = every_channel_row(t, std::chrono::seconds(o.idle_s));
    every.insert(every.end(), some.begin(), some.end());
  }
  for (const std::string& name : o.only) {
    if (std::none_of(every.begin(), every.end(), [&](const channel_row& r) { return is_named(r, name); }))
      throw program::bad_usage("--only " + name + ": there is no such row; channel_duel list names what there is");
  }
  if (o.only.empty()) return every;
  std::vector<channel_row> rows;
  std::copy_if(every.begin(), every.end(), std::back_inserter(rows), [&](const channel_row& r) {
    return std::any_of(o.only.begin(), o.only.end(), [&](const auto& name) { return is_named(r, name); });
  });
  return rows;
}

}  // namespace volley::bench
