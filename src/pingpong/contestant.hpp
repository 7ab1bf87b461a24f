// SPDX-License-Identifier: MIT
#pragma once

// Whatever can run a number of round trips and say what they cost.

#include <cstdint>
#include <stdexcept>
#include <vector>

namespace volley::pingpong {

/// What a round took: its length, and what both parties used meanwhile.
struct cost {
  std::uint64_t ns = 0;
  double cpu_s = 0;
  std::uint64_t switches = 0;  ///< voluntary context switches
};

class contestant {
 public:
  contestant() = default;
  contestant(const contestant&) = delete;
  contestant& operator=(const contestant&) = delete;
  virtual ~contestant() = default;

  virtual cost run(std::uint32_t trips) = 0;

  /// The same, with a look at the clock after each trip; appends the trips' lengths in ns.
  virtual void run_timed(std::uint32_t trips, std::vector<std::uint64_t>& into) = 0;
};

/// A row cannot be measured, for the reason that what() gives.
struct cannot_measure : std::runtime_error {
  using std::runtime_error::runtime_error;
};

}  // namespace volley::pingpong
