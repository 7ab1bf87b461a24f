// SPDX-License-Identifier: MIT
#pragma once

// What the child does: rounds of the floor, ours and the rival in turn, written into memory that the parent reads at the end.

#include "row.hpp"
#include "watched.hpp"

#include <cstddef>
#include <cstdint>

namespace volley::bench {

inline constexpr std::size_t most_rounds = 2000;

/// The stage is an `ending`: who is blamed if it stops now.
struct ledger : life_signs {
  std::size_t done;
  std::uint64_t misplaced;  ///< by the rival, where it promises no order
  round rounds[most_rounds];
};

/// In the child. Throws fault.
void fight(const row_spec& r, const conditions& under, ledger& into);

}  // namespace volley::bench
