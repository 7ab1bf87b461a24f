// SPDX-License-Identifier: MIT
#pragma once

// Several pairs of threads at once, on the CPUs of one pair.

#include "contestant.hpp"
#include "crew.hpp"
#include "mechanism.hpp"
#include "pair.hpp"

#include <cstddef>
#include <vector>

namespace volley::pingpong {

/// A trip is one pair's, while the others make theirs.
class crowd final : public contestant {
 public:
  /// each: the mechanisms of each pair, of which the same one is measured. They outlive it.
  crowd(const std::vector<catalogue>& each, std::size_t which, const cpus& where);

  cost run(std::uint32_t trips) override;
  cost run_timed(const pace& p, histogram& into) override;

 private:
  template <class Lead>
  cost run_all(std::uint32_t trips, const Lead& lead);

  const std::vector<catalogue>& each_;
  std::size_t which_;
  crew threads_;
};

}  // namespace volley::pingpong
