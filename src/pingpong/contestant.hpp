// SPDX-License-Identifier: MIT
#pragma once

// Whatever can run a number of round trips and say what they cost.

#include "pace.hpp"

#include <cstdint>
#include <stdexcept>

namespace volley::pingpong {

/// What a round took: its length, and what both parties used meanwhile.
struct cost {
  std::uint64_t ns = 0;
  double cpu_s = 0;
  std::uint64_t switches = 0;  ///< voluntary context switches
};

/// A row cannot be measured, for the reason that what() gives.
struct cannot_measure : std::runtime_error {
  using std::runtime_error::runtime_error;
};

class contestant {
 public:
  contestant() = default;
  contestant(const contestant&) = delete;
  contestant& operator=(const contestant&) = delete;
  virtual ~contestant() = default;

  virtual cost run(std::uint32_t trips) = 0;

  /// The same, with a look at the clock before and after each trip; counts the trips' lengths in ns. What it cost is the
  /// waiting side's alone. Throws cannot_measure where there is a gap and it can only go back to back.
  virtual cost run_timed(const pace& p, histogram& into) = 0;
};

/// For those that cannot wait between two trips.
inline void must_be_back_to_back(const pace& p) {
  if (p.gap.count() != 0) throw cannot_measure("goes back to back only");
}

}  // namespace volley::pingpong
