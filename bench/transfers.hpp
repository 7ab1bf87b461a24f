// SPDX-License-Identifier: MIT
#pragma once

// Rounds of one transfer: from some threads to others, through one contestant.

#include "crew.hpp"
#include "row.hpp"
#include "watched.hpp"

#include <cstdint>
#include <memory>
#include <vector>

namespace volley::bench {

/// Something of which a round can be measured: ns per operation.
class measured {
 public:
  virtual ~measured() = default;
  virtual double round() = 0;

  /// Elements so far that came after a later one of the same producer, where no order is promised; elsewhere that is a fault.
  virtual std::uint64_t misplaced() const { return 0; }
};

/// Rounds of some milliseconds; each checks that what was pushed was popped, once, whole and in order.
class transfers final : public measured {
 public:
  /// threads: as placement() has them.
  transfers(crew& threads, const contestant& c, unsigned batch, const shape& s, const conditions& under);

  double round() override;
  std::uint64_t elements() const { return elements_; }  ///< of the last round
  std::uint64_t misplaced() const override { return misplaced_; }

 private:
  bool is_producer(unsigned me) const;
  unsigned producer_number(unsigned me) const;
  void take_part(unsigned me, work& w);
  void check();

  crew& threads_;
  std::unique_ptr<transfer> queue_;
  bool is_batched_;
  bool keeps_order_;
  shape shape_;
  int patience_;
  std::vector<tally> tallies_;
  double ns_ = 1e3;
  std::uint64_t elements_ = 0;
  std::uint64_t misplaced_ = 0;
};

}  // namespace volley::bench
