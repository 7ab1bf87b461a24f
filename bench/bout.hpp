// SPDX-License-Identifier: MIT
#pragma once

// What the child does: rounds of the floor, ours and the rival in turn, written into memory that the parent reads at the end.

#include "row.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace volley::bench {

inline constexpr std::size_t most_rounds = 2000;

/// Lies in memory shared by parent and child. The parent looks at `beat` while the child lives, at the rest when it is dead.
struct ledger {
  std::atomic<std::uint32_t> beat;  ///< grows with each round: the sign of life
  std::atomic<ending> turn;         ///< who is blamed if it stops now
  std::size_t done;
  std::uint64_t misplaced;  ///< by the rival, where it promises no order
  bool is_faulty;
  char fault[200];
  round rounds[most_rounds];
};

/// In the child.
void fight(const row_spec& r, const conditions& under, ledger& into);

}  // namespace volley::bench
