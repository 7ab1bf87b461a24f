// SPDX-License-Identifier: MIT
#pragma once

// Two parties that share memory and wait for orders: the leader is the thread that calls, the follower a thread or a
// forked process that lives as long as the pair. Both run the loops of one catalogue.

#include "contestant.hpp"
#include "mechanism.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

namespace volley::pingpong {

enum class parties : std::uint8_t { threads, processes };

/// A CPU for each party, or none: then it may use all.
struct cpus {
  std::optional<int> leader;
  std::optional<int> follower;
};

class pair {
 public:
  virtual ~pair() = default;
  virtual const catalogue& mechanisms() const = 0;

  /// Moves both parties; the caller is the leader.
  virtual void place(const cpus& where) = 0;

  virtual cost run(std::size_t mechanism, std::uint32_t trips) = 0;

  /// The cost is the follower's alone: until a trip is due the leader polls the clock.
  virtual cost run_timed(std::size_t mechanism, const pace& p, histogram& into) = 0;
};

/// A pair of processes forks: make it before there is any other thread.
std::unique_ptr<pair> make_pair_of(parties who, catalogue mechanisms, std::vector<int> all_cpus);

/// The same with all mechanisms that there are.
std::unique_ptr<pair> make_pair_of(parties who, std::size_t ring_capacity, std::size_t payload_bytes,
                                   std::vector<int> all_cpus);

/// One mechanism of a pair, as something that is measured.
class handoff final : public contestant {
 public:
  handoff(pair& both, std::size_t which) : both_(both), which_(which) {}
  cost run(std::uint32_t trips) override { return both_.run(which_, trips); }
  cost run_timed(const pace& p, histogram& into) override { return both_.run_timed(which_, p, into); }

 private:
  pair& both_;
  std::size_t which_;
};

}  // namespace volley::pingpong
