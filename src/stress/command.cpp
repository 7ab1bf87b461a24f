// SPDX-License-Identifier: MIT
#include "command.hpp"

#include "../pingpong/progress.hpp"
#include "../program/bad_usage.hpp"
#include "../program/cpus.hpp"
#include "../program/ending.hpp"
#include "../program/json_file.hpp"
#include "report.hpp"

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <random>
#include <system_error>

#include <fmt/format.h>

namespace volley::stress {
namespace {

/// Those that are wanted by name, and of these the ones of this shard.
std::vector<structure> chosen(const options& o, const shard& part, const std::vector<structure>& structures) {
  for (const std::string& name : o.only) {
    const auto is_it = [&](const structure& s) { return s.name == name; };
    if (std::any_of(structures.begin(), structures.end(), is_it)) continue;
    throw program::bad_usage(
        fmt::format("--only {}: there is no such structure; volley stress --list names them", name));
  }
  std::vector<structure> wanted;
  for (const structure& s : structures) {
    if (o.only.empty() || std::find(o.only.begin(), o.only.end(), s.name) != o.only.end()) wanted.push_back(s);
  }
  std::vector<structure> mine;
  for (const std::size_t i : share_of(part, wanted.size())) mine.push_back(wanted[i]);
  return mine;
}

unsigned usual_threads(std::size_t cpus) { return static_cast<unsigned>(std::clamp<std::size_t>(2 * cpus, 4, 16)); }

void print(std::FILE* to, const std::string& text) {
  fmt::print(to, "{}", text);
  if (std::fflush(to) != 0) throw std::system_error(errno, std::generic_category(), "cannot print");
}

std::string opening(const campaign_facts& facts, const options& o, std::size_t structures) {
  const std::string part =
      facts.part.count == 1 ? "" : fmt::format("; shard {} of 0 to {}", facts.part.index, facts.part.count - 1);
  return program::describe(facts.machine) +
         fmt::format(
             "Seed     {:#x}{}\nStress   {} structures for {:g} s, up to {} threads; one operation is before another "
             "if {:g} us lie between them\n\n",
             facts.seed, part, structures, o.seconds, facts.threads, static_cast<double>(usual_slack) * 1e-3);
}

campaign stress(const campaign_plan& bare) {
  pingpong::progress line;
  campaign_plan plan = bare;
  plan.is_interrupted = program::ending::was_asked;
  plan.tell = [&](double gone, std::string_view name) {
    const double left = std::max(0.0, plan.seconds - gone);
    const auto whole = [](double s) { return static_cast<std::size_t>(std::ceil(s)); };
    line.show(std::min(whole(gone), whole(plan.seconds) - 1), whole(plan.seconds),
              fmt::format("{}; {} s left", name, whole(left)));
  };
  return run_campaign(plan);
}

}  // namespace

int run(const options& o, const std::vector<structure>& structures) {
  campaign_facts facts;
  facts.part = parse_shard(o.shard);
  campaign_plan plan;
  plan.structures = chosen(o, facts.part, structures);
  if (o.lists) {
    std::string names;
    for (const structure& s : plan.structures) names += fmt::format("{}\n", s.name);
    print(stdout, names);
    return 0;
  }
  program::ending::prepare_to_be_asked();
  std::optional<program::json_file> json;
  if (o.json) json.emplace(*o.json);
  facts.machine = program::this_machine();
  facts.seed = o.seed ? *o.seed : std::random_device{}() | std::uint64_t{std::random_device{}()} << 32;
  facts.threads = o.threads != 0 ? o.threads : usual_threads(facts.machine.usable.size());

  plan.seed = seed_of(facts.part, facts.seed);
  plan.seconds = o.seconds;
  plan.each.cpus = facts.machine.usable;
  plan.each.most_threads = facts.threads;
  plan.each.patience = static_cast<tick>(o.patience * 1e9);
  std::FILE* const to = o.json == "-" ? stderr : stdout;
  print(to, opening(facts, o, plan.structures.size()));
  const campaign done = stress(plan);
  print(to, summary(done, facts));
  if (json) json->write(to_json(done, facts));
  const int code = done.failed() ? 1 : done.was_interrupted ? 128 + SIGINT : 0;
  if (done.hangs) std::_Exit(code);  // its threads would use what the end of main destroys
  return code;
}

}  // namespace volley::stress
