// SPDX-License-Identifier: MIT
#pragma once

namespace volley::bench {

/// A barrier of two that is met twice a trip: what a side does before the second meeting can answer the first.
template <class Barrier>
class met_twice {
 public:
  template <unsigned Side>
  void post() {
    it_.arrive_and_wait();
  }
  template <unsigned Side>
  void await() {
    it_.arrive_and_wait();
  }

 private:
  Barrier it_;
};

}  // namespace volley::bench
