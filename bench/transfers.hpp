// SPDX-License-Identifier: MIT
#pragma once

// Rounds of transfers: from some threads to others, through one contestant, or through several of it at once.

#include "pingpong/crew.hpp"
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

  /// Of the last round: ns of CPU time per operation, where that is measured.
  virtual double cpu_ns() const { return 0; }

  /// Elements so far that came after a later one of the same producer, where no order is promised; elsewhere that is a fault.
  virtual std::uint64_t misplaced() const { return 0; }
};

/// Rounds of some milliseconds; each checks that what was pushed was popped, once, whole and in order.
class transfers final : public measured {
 public:
  /// threads: as placement() has them.
  transfers(pingpong::crew& threads, const contestant& c, unsigned batch, const shape& s, const conditions& under);

  double round() override;
  std::uint64_t elements() const { return lanes_.size() * elements_; }  ///< of the last round
  std::uint64_t misplaced() const override { return misplaced_; }

 private:
  struct lane {
    std::unique_ptr<transfer> queue;
    std::unique_ptr<work> left;
    std::vector<tally> tallies;
  };

  bool is_producer(unsigned me) const;
  unsigned producer_number(unsigned me) const;
  void take_part(unsigned me, lane& in);
  void check(const lane& l);

  pingpong::crew& threads_;
  std::vector<lane> lanes_;
  bool is_batched_;
  bool keeps_order_;
  shape shape_;
  double round_ns_;
  int patience_;
  double ns_ = 1e3;
  std::uint64_t elements_ = 0;  ///< of each lane in the last round
  std::uint64_t misplaced_ = 0;
};

}  // namespace volley::bench
