// SPDX-License-Identifier: MIT
#include "options.hpp"

#include "duel_program.hpp"
#include "program/bad_usage.hpp"
#include "two_cpus.hpp"

#include <algorithm>

namespace volley::bench {
namespace {

using program::bad_usage;

void add_common(CLI::App& c, handoff_options& into) {
  c.add_option("--only", into.only, "Only this one: turn, turn/park, event_count/notify_one; may be repeated")
      ->type_name("NAME")
      ->allow_extra_args(false);
  c.add_option("--rounds", into.under.rounds, "Rounds of each row (30)")
      ->type_name("N")
      ->check(CLI::Range(std::size_t{1}, most_handoff_rounds).description(""));
  add_common_options(c, into.under.patience_s, into.cpus, into.json);
}

void add_placement(CLI::App& c, handoff_options& into, const std::vector<std::string>& places) {
  c.add_option("--placement", into.placement, "Only there: " + CLI::detail::join(places, ", "))
      ->type_name("WHERE")
      ->check(CLI::IsMember(places).description(""));
}

void add_parties(CLI::App& c, handoff_options& into) {
  c.add_option("--parties", into.parties, "Between threads, or between processes (threads)")
      ->type_name("WHO")
      ->check(CLI::IsMember({"threads", "processes"}).description(""));
}

void add_between(CLI::App& c, handoff_options& into) {
  c.add_option("--poster", into.between, "Until a post is due, who posts polls the clock, or sleeps (polls)")
      ->type_name("HOW")
      ->check(CLI::IsMember({"polls", "sleeps"}).description(""));
}

bool is_named(const handoff_row& r, const std::string& name) {
  const auto& ours = r.ours();
  return name == ours.name || name == label_of(ours) || name == r.label();
}

bool is_wanted(const handoff_row& r, const handoff_options& o) {
  if (!o.placement.empty() && r.what != measure::cost && r.what != measure::cadence &&
      pingpong::to_string(r.where) != o.placement)
    return false;
  return o.only.empty() ||
         std::any_of(o.only.begin(), o.only.end(), [&](const auto& name) { return is_named(r, name); });
}

}  // namespace

std::vector<measure> handoff_commands::measures() const {
  if (all->parsed()) return {measure::rtt, measure::rivals, measure::cost, measure::cadence, measure::crowd};
  if (rtt->parsed()) return {measure::rtt};
  if (rivals->parsed()) return {measure::rivals};
  if (cost->parsed()) return {measure::cost};
  if (cadence->parsed()) return {measure::cadence};
  return {measure::crowd};
}

handoff_commands add_commands(CLI::App& to, handoff_options& into) {
  const std::vector<std::string> two_places{"two_cpus", "one_cpu"};
  const std::vector<std::string> three_places{"two_cpus", "one_cpu", "unpinned"};
  handoff_commands c{};
  c.rtt = to.add_subcommand("rtt", "Round trips, each by its ways to wait, in times of the floor that it has there.");
  c.rivals = to.add_subcommand("rivals", "Ours against the standard library's and POSIX's, round trips.");
  c.cost = to.add_subcommand("cost", "Operations of one thread, nobody waiting, in times of one locked add.");
  c.cadence = to.add_subcommand(
      "cadence",
      "A post every 0, 1, 10, 100 us, 1 and 10 ms: how long until the waiter runs, and for how much CPU time.");
  c.crowd =
      to.add_subcommand("crowd", "Sixteen threads in eight pairs on two CPUs, against the same over raw futexes.");
  c.all = to.add_subcommand("all", "All of it, with each bar that is held or missed.");
  c.list = to.add_subcommand("list", "Names all that can be measured.");
  for (CLI::App* const each : {c.rtt, c.rivals, c.cost, c.cadence, c.crowd, c.all}) add_common(*each, into);
  for (CLI::App* const each : {c.rtt, c.rivals}) {
    add_placement(*each, into, two_places);
    add_parties(*each, into);
  }
  for (CLI::App* const each : {c.crowd, c.all}) add_placement(*each, into, three_places);
  for (CLI::App* const each : {c.cadence, c.all}) add_between(*each, into);
  return c;
}

std::vector<handoff_row> chosen_handoff_rows(const std::vector<measure>& what, handoff_options& o) {
  o.under.cpus = chosen_two_cpus(o.cpus);
  o.under.between = o.between == "polls" ? poster::polls_the_clock : poster::sleeps;
  const parties who = o.parties == "threads" ? parties::threads : parties::processes;
  std::vector<handoff_row> every;
  for (const measure m : what) {
    const auto some = every_handoff_row(m, who);
    every.insert(every.end(), some.begin(), some.end());
  }
  for (const std::string& name : o.only) {
    const auto is_it = [&](const handoff_row& r) { return is_named(r, name); };
    if (std::none_of(every.begin(), every.end(), is_it))
      throw bad_usage("--only " + name + ": there is no such row; handoff_duel list names what there is");
  }
  std::vector<handoff_row> rows;
  std::copy_if(every.begin(), every.end(), std::back_inserter(rows),
               [&](const handoff_row& r) { return is_wanted(r, o); });
  if (rows.empty()) throw bad_usage("there is nothing to measure: no row is in that place");
  return rows;
}

}  // namespace volley::bench
