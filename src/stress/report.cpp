// SPDX-License-Identifier: MIT
#include "report.hpp"

#include <volley/config.hpp>

#include <cmath>

#include <fmt/format.h>

namespace volley::stress {
namespace {

using nlohmann::ordered_json;

ordered_json failure_json(const tally& t, const failure& f, const campaign_facts& facts) {
  ordered_json j{{"seed", f.seed},
                 {"round", f.round},
                 {"placement", to_string(f.found.where)},
                 {"threads", f.found.threads},
                 {"shape", f.found.shape},
                 {"again", again(t, f, facts)}};
  j["findings"] = ordered_json::array();
  for (const finding& what : f.found.findings) {
    j["findings"].push_back({{"kind", to_string(what.what)}, {"count", what.count}, {"text", what.text}});
  }
  return j;
}

ordered_json tally_json(const tally& t, const campaign_facts& facts) {
  ordered_json j{{"name", t.what.name},      {"rounds", t.rounds},     {"operations", t.operations},
                 {"histories", t.histories}, {"recorded", t.recorded}, {"seconds", std::round(t.seconds * 1e3) / 1e3},
                 {"verdict", t.verdict()}};
  j["failures"] = ordered_json::array();
  for (const failure& f : t.failures) j["failures"].push_back(failure_json(t, f, facts));
  return j;
}

std::string failures_text(const tally& t, const campaign_facts& facts) {
  std::string text;
  for (const failure& f : t.failures) {
    text += fmt::format("\n{}: seed {:#x} (round {}), placement {}, {} threads, {}\n", t.what.name, f.seed, f.round,
                        to_string(f.found.where), f.found.threads, f.found.shape);
    for (const finding& what : f.found.findings) {
      text += fmt::format("  {}, {} times: {}\n", to_string(what.what), what.count, what.text);
    }
    text += fmt::format("  again: {}\n", again(t, f, facts));
  }
  return text;
}

}  // namespace

std::string again(const tally& t, const failure& f, const campaign_facts& facts) {
  return fmt::format("volley stress --only {} --seed {:#x} --threads {}", t.what.name, f.seed, facts.threads);
}

std::string summary(const campaign& c, const campaign_facts& facts) {
  std::string text =
      fmt::format("{:24} {:>12} {:>10} {:>9}  {}\n", "", "operations", "histories", "seconds", "verdict");
  std::uint64_t operations = 0;
  std::uint64_t wrong = 0;
  for (const tally& t : c.tallies) {
    text += fmt::format("{:24} {:>12} {:>10} {:>9.1f}  {}\n", t.what.name, t.operations, t.histories, t.seconds,
                        t.verdict());
    operations += t.operations;
    wrong += t.failures.empty() ? 0U : 1U;
  }
  for (const tally& t : c.tallies) text += failures_text(t, facts);
  return text + fmt::format("\n{}{} operations on {} structures in {:.1f} s: {}\n",
                            c.was_interrupted ? "Interrupted. " : "", operations, c.tallies.size(), c.seconds,
                            wrong == 0 ? "nothing wrong was seen" : fmt::format("{} of them wrong", wrong));
}

nlohmann::ordered_json to_json(const campaign& c, const campaign_facts& facts) {
  ordered_json j;
  j["version"] = fmt::format("{}.{}.{}", VOLLEY_VERSION_MAJOR, VOLLEY_VERSION_MINOR, VOLLEY_VERSION_PATCH);
  j["sanitizer"] = sanitizer();
  j["machine"] = program::to_json(facts.machine);
  j["seed"] = facts.seed;
  j["shard"] = {{"index", facts.part.index}, {"count", facts.part.count}};
  j["threads"] = facts.threads;
  j["slack_ns"] = usual_slack;
  j["seconds"] = std::round(c.seconds * 1e3) / 1e3;
  j["interrupted"] = c.was_interrupted;
  j["verdict"] = c.failed() ? "failed" : "ok";
  j["structures"] = ordered_json::array();
  for (const tally& t : c.tallies) j["structures"].push_back(tally_json(t, facts));
  return j;
}

}  // namespace volley::stress
