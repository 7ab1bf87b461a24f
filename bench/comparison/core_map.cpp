// SPDX-License-Identifier: MIT
#include "core_map.hpp"

#include "pingpong/mechanisms/floors.hpp"
#include "pingpong/pair.hpp"
#include "pingpong/rounds.hpp"
#include "watched.hpp"

#include <array>
#include <cstddef>
#include <functional>

namespace volley::bench {
namespace {

constexpr std::size_t rounds = 7;
constexpr std::size_t most_pairs = most_mapped * (most_mapped - 1) / 2;

struct map_ledger : life_signs {
  std::size_t done;
  std::array<double, rounds> ns[most_pairs];
};

std::vector<int> evenly(const std::vector<int>& all) {
  if (all.size() <= most_mapped) return all;
  std::vector<int> some;
  for (std::size_t i = 0; i != most_mapped; ++i) some.push_back(all[i * all.size() / most_mapped]);
  return some;
}

void measure_pairs(const std::vector<core_pair>& pairs, const std::vector<int>& usable, map_ledger& into) {
  pingpong::catalogue line;
  line.add<pingpong::one_line>({"F_line1", ""});
  const auto both = pingpong::make_pair_of(pingpong::parties::threads, std::move(line), usable);
  pingpong::handoff floor(*both, 0);
  const std::function<void()> alive = [&into] { into.enter(0); };
  for (const core_pair& p : pairs) {
    alive();
    both->place({p.a, p.b});
    pingpong::contender here(floor, alive);
    for (double& ns : into.ns[into.done]) {
      here.round();
      ns = here.ns_per_trip();
    }
    ++into.done;
  }
}

}  // namespace

core_map measure_core_map(const std::vector<int>& usable, int patience_s) {
  core_map map;
  map.cpus = evenly(usable);
  for (std::size_t i = 0; i != map.cpus.size(); ++i) {
    for (std::size_t j = i + 1; j != map.cpus.size(); ++j) map.pairs.push_back({map.cpus[i], map.cpus[j], {}});
  }
  const auto book = make_shared_with_child<map_ledger>();
  map.why = run_in_child(*book, patience_s, [&] { measure_pairs(map.pairs, usable, *book); });
  map.pairs.resize(book->done);
  for (std::size_t i = 0; i != book->done; ++i) {
    const auto& all = book->ns[i];
    map.pairs[i].ns = spread_of(std::vector<double>(all.begin(), all.end()), [](double ns) { return ns; });
  }
  return map;
}

}  // namespace volley::bench
