// SPDX-License-Identifier: MIT
#include "campaign.hpp"

#include <algorithm>
#include <utility>

namespace volley::stress {
namespace {

double seconds_since(tick start) { return static_cast<double>(now() - start) * 1e-9; }

void add_round(tally& to, const conditions& c) {
  const tick start = now();
  outcome o = run_round(to.what, c);
  to.seconds += seconds_since(start);
  to.operations += o.operations;
  to.recorded += o.recorded;
  to.histories += o.histories;
  if (!o.findings.empty()) to.failures.push_back({c.seed, to.rounds, std::move(o)});
  ++to.rounds;
}

}  // namespace

std::string_view tally::verdict() const noexcept {
  if (rounds == 0) return "not run";
  if (failures.empty()) return "ok";
  return failures.back().found.hangs ? "HANGS" : "FAILED";
}

bool campaign::failed() const noexcept {
  return std::any_of(tallies.begin(), tallies.end(), [](const tally& t) { return !t.failures.empty(); });
}

campaign run_campaign(const campaign_plan& plan) {
  const tick start = now();
  campaign all;
  for (const structure& s : plan.structures) all.tallies.push_back({s});
  conditions c = plan.each;
  c.seed = plan.seed;
  c.is_over = plan.is_interrupted;
  bool goes_on = true;
  for (std::uint64_t round = 0; goes_on; ++round, c.seed = mix(c.seed)) {
    goes_on = false;
    for (tally& t : all.tallies) {
      if (plan.is_interrupted()) break;
      if (!t.failures.empty() || (round != 0 && seconds_since(start) >= plan.seconds)) continue;
      plan.tell(seconds_since(start), t.what.name);
      add_round(t, c);
      goes_on = true;
      all.hangs = !t.failures.empty() && t.failures.back().found.hangs;
      if (all.hangs) break;
    }
    if (all.hangs) break;
  }
  all.was_interrupted = plan.is_interrupted();
  all.seconds = seconds_since(start);
  return all;
}

}  // namespace volley::stress
