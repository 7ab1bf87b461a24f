// SPDX-License-Identifier: MIT
#include "contest.hpp"

#include <algorithm>

namespace volley::bench {
namespace {

struct handoff_ledger : life_signs {
  std::size_t done;
  handoff_round rounds[most_handoff_rounds];
  pingpong::histogram timed[most_arms];
};

/// Floors first, so that each round has them as neighbours; the others by turns.
std::vector<std::size_t> order_of(const handoff_row& r, std::size_t round) {
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i != r.floors; ++i) order.push_back(i);
  const std::size_t others = r.arms.size() - r.floors;
  for (std::size_t i = 0; i != others; ++i) order.push_back(r.floors + (i + round) % others);
  return order;
}

/// A few milliseconds of each in turn, until all have what is wanted or it is late.
template <class Enter>
void time_all(const handoff_row& r, const handoff_conditions& under, handoff_ledger& into, contest& all,
              const Enter& enter) {
  const auto is_enough = [&](const pingpong::histogram& h) { return h.count() >= under.samples; };
  do {
    for (std::size_t arm = r.floors; arm != r.arms.size(); ++arm) {
      enter(arm);
      all.time(arm, under.samples, into.timed[arm]);
    }
  } while (pingpong::steady::now() < under.timed_until &&
           !std::all_of(into.timed + r.floors, into.timed + r.arms.size(), is_enough));
}

std::size_t warm_up_of(measure what, std::size_t wanted) {
  const std::size_t most = what == measure::paced     ? 0
                           : what == measure::crowd   ? 1
                           : what == measure::cadence ? 2
                                                      : wanted;
  return std::min(wanted, most);
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
  const std::size_t warm_up = warm_up_of(r.what, under.warm_up);
  for (std::size_t i = 0; i != warm_up + under.rounds; ++i) {
    if (into.done >= under.fewest && pingpong::steady::now() >= under.until) break;
    handoff_round got{};
    for (const std::size_t arm : order_of(r, i)) {
      enter(arm);
      got[arm] = all->round(arm);
    }
    if (i >= warm_up) into.rounds[into.done++] = got;
  }
  if (under.samples != 0) time_all(r, under, into, *all, enter);
  try_all_out();
}

}  // namespace

void handoff_result::add(const handoff_result& later) {
  if (why.empty()) {
    why = later.why;
    blamed = later.blamed;
  }
  rounds.insert(rounds.end(), later.rounds.begin(), later.rounds.end());
  timed.resize(std::max(timed.size(), later.timed.size()));
  for (std::size_t arm = 0; arm != later.timed.size(); ++arm) timed[arm].add(later.timed[arm]);
}

handoff_result measure_handoff(const handoff_row& r, const handoff_conditions& under) {
  const auto book = make_shared_with_child<handoff_ledger>();
  handoff_result result;
  result.why = run_in_child(*book, under.patience_s, [&] { fight(r, under, *book); });
  result.blamed = book->last_stage();
  result.rounds.assign(book->rounds, book->rounds + book->done);
  result.timed.assign(book->timed, book->timed + r.arms.size());
  return result;
}

}  // namespace volley::bench
