// SPDX-License-Identifier: MIT
#pragma once

// What it costs to make a party and to see it end: the price of not keeping one.

#include "contestant.hpp"
#include "pair.hpp"

#include <cstdint>
#include <optional>

namespace volley::pingpong {

/// pthread_create of a thread that does nothing, and its join.
class thread_creation final : public contestant {
 public:
  /// The new thread starts on the follower's CPU.
  explicit thread_creation(const cpus& where) : cpu_(where.follower) {}
  cost run(std::uint32_t trips) override;
  cost run_timed(const pace& p, histogram& into) override;

 private:
  std::optional<int> cpu_;
};

/// fork of a process that ends at once, and its wait.
class process_creation final : public contestant {
 public:
  /// The new process moves to the follower's CPU, unless it is the leader's.
  explicit process_creation(const cpus& where);
  cost run(std::uint32_t trips) override;
  cost run_timed(const pace& p, histogram& into) override;

 private:
  std::optional<int> move_to_;
};

}  // namespace volley::pingpong
