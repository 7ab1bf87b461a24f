// SPDX-License-Identifier: MIT
#include "bout.hpp"

#include <chrono>

namespace volley::bench {

void row_result::add(const row_result& later) {
  if (why.empty()) {
    how = later.how;
    why = later.why;
  }
  rounds.insert(rounds.end(), later.rounds.begin(), later.rounds.end());
  misplaced += later.misplaced;
}

row_result measure_in_child(const row_spec& r, const conditions& under) {
  const auto book = make_shared_with_child<ledger>();
  row_result result;
  // The child keeps its own, shorter, patience; this one is for what does not return at all.
  const auto idle = static_cast<int>(std::chrono::ceil<std::chrono::seconds>(r.gap).count());
  result.why = run_in_child(*book, under.patience_s + idle, [&] { fight(r, under, *book); });
  result.rounds.assign(book->rounds, book->rounds + book->done);
  result.misplaced = book->misplaced;
  result.how = result.why.empty() ? ending::fair : static_cast<ending>(book->last_stage());
  return result;
}

}  // namespace volley::bench
