// SPDX-License-Identifier: MIT
#pragma once

// Round after round over some structures, and what came of each.

#include "round.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string_view>
#include <vector>

namespace volley::stress {

/// A round in which something was found.
struct failure {
  std::uint64_t seed;  ///< begins with this very round
  std::uint64_t round;
  outcome found;
};

/// One structure's.
struct tally {
  structure what;
  std::uint64_t rounds = 0;
  std::uint64_t operations = 0;
  std::uint64_t recorded = 0;
  std::uint64_t histories = 0;
  double seconds = 0;
  std::vector<failure> failures{};

  /// "ok", "FAILED", "HANGS" or "not run".
  std::string_view verdict() const noexcept;
};

struct campaign {
  std::vector<tally> tallies;
  double seconds = 0;
  bool was_interrupted = false;
  bool hangs = false;  ///< see outcome::hangs

  bool failed() const noexcept;
};

struct campaign_plan {
  std::vector<structure> structures;
  std::uint64_t seed = 1;  ///< of the first round; each is the seed of the next
  double seconds = 60;
  conditions each;  ///< round's, but for its seed
  std::function<bool()> is_interrupted = [] { return false; };
  /// Before each round: how much time has gone, and which structure is next.
  std::function<void(double, std::string_view)> tell = [](double, std::string_view) {};
};

/// All structures by turns until the time is up; one that fails is not run again. It ends early when one hangs.
campaign run_campaign(const campaign_plan& plan);

}  // namespace volley::stress
