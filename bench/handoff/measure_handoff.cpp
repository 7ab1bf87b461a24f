// SPDX-License-Identifier: MIT
#include "contest.hpp"

namespace volley::bench {
namespace {

struct handoff_ledger : life_signs {
  std::size_t done;
  handoff_round rounds[most_handoff_rounds];
};

/// Floors first, so that each round has them as neighbours; the others by turns.
std::vector<std::size_t> order_of(const handoff_row& r, std::size_t round) {
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i != r.floors; ++i) order.push_back(i);
  const std::size_t others = r.arms.size() - r.floors;
  for (std::size_t i = 0; i != others; ++i) order.push_back(r.floors + (i + round) % others);
  return order;
}

void fight(const handoff_row& r, const handoff_conditions& under, handoff_ledger& into) {
  const auto enter = [&into](std::size_t arm) { into.enter(static_cast<std::uint32_t>(arm)); };
  enter(0);
  const auto all = make_contest(r, under);
  const auto try_all_out = [&] {
    for (std::size_t arm = 0; arm != r.arms.size(); ++arm) {
      enter(arm);
      all->try_out(arm);
    }
  };
  try_all_out();
  const std::size_t warm_up = r.what == measure::cadence ? 2 : 4;
  for (std::size_t i = 0; i != warm_up + under.rounds; ++i) {
    handoff_round got{};
    for (const std::size_t arm : order_of(r, i)) {
      enter(arm);
      got[arm] = all->round(arm);
    }
    if (i >= warm_up) into.rounds[into.done++] = got;
  }
  try_all_out();
}

}  // namespace

handoff_result measure_handoff(const handoff_row& r, const handoff_conditions& under) {
  const auto book = make_shared_with_child<handoff_ledger>();
  handoff_result result;
  result.why = run_in_child(*book, under.patience_s, [&] { fight(r, under, *book); });
  result.blamed = book->last_stage();
  result.rounds.assign(book->rounds, book->rounds + book->done);
  return result;
}

}  // namespace volley::bench
