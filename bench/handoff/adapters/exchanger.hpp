// SPDX-License-Identifier: MIT
#pragma once

#include "two_ways.hpp"

#include <volley/handoff/exchanger.hpp>

namespace volley::bench {

/// A trip is Swaps meetings. In one, each has what the other brought; with two, the second can answer the first.
template <class Wait, class Scope, unsigned Swaps>
class exchanging {
 public:
  static constexpr pingpong::how waits = how_it_waits<Wait>;

  void lead(std::uint32_t trips) { swap(trips, sides_[0], 0); }
  void follow(std::uint32_t trips) { swap(trips, sides_[1], 1); }
  bool is_right() const { return sides_[0].is_right && sides_[1].is_right; }

 private:
  struct alignas(2 * cache_line) side_of_it {
    bool is_right = true;
    std::uint64_t met = 0;  ///< goes on from call to call: the sides may cut their trips into calls differently
  };

  /// Side 0 brings even numbers, side 1 odd ones.
  void swap(std::uint32_t trips, side_of_it& mine, std::uint64_t number) {
    for (std::uint64_t left = std::uint64_t{Swaps} * trips; left != 0; --left) {
      const std::uint64_t i = mine.met++;
      const auto got = it_.exchange(2 * i + number);
      mine.is_right = got && *got == 2 * i + (1 - number) && mine.is_right;
    }
  }

  exchanger<std::uint64_t, Wait, Scope> it_;
  side_of_it sides_[2];
};

template <class Wait, class Scope>
using one_exchange = exchanging<Wait, Scope, 1>;
template <class Wait, class Scope>
using two_exchanges = exchanging<Wait, Scope, 2>;

inline void enrol_exchanger() {
  enrol_ours<one_exchange>({"exchanger/swap", use::meeting, lines::two, "one exchange of 8 bytes"});
  enrol_ours<two_exchanges>(
      {"exchanger/there+back", use::meeting, lines::two, "two exchanges of 8 bytes, one after another"});
}

}  // namespace volley::bench
