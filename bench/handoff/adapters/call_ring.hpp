// SPDX-License-Identifier: MIT
#pragma once

#include "calls.hpp"

#include <volley/handoff/call_ring.hpp>

#include <algorithm>

namespace volley::bench {

/// A trip is a call. Up to InFlight of them are on their way: each answer that is collected is followed by a new call.
template <class Wait, class Scope, std::uint64_t InFlight>
class called_ring {
 public:
  static constexpr pingpong::how waits = how_it_waits<Wait>;

  void lead(std::uint32_t trips) {
    std::uint64_t posted = 0;
    for (; posted != std::min<std::uint64_t>(InFlight, trips); ++posted) post(posted);
    for (std::uint64_t i = 0; i != trips; ++i) {
      const auto answer = ring_.collect();
      is_right_ = answer && answer->is(i + 1) && is_right_;
      if (posted != trips) post(posted++);
    }
  }
  void follow(std::uint32_t trips) {
    for (; trips != 0; --trips) ring_.serve([](const letter<8>& l) { return answer_to<8>(l); });
  }
  bool is_right() const { return is_right_; }

 private:
  void post(std::uint64_t number) { is_right_ = ring_.post(letter<8>(number)) == status::ok && is_right_; }

  call_ring<letter<8>, letter<8>, 8, Wait, Scope> ring_;
  alignas(2 * cache_line) bool is_right_ = true;
};

template <class Wait, class Scope>
using one_in_flight = called_ring<Wait, Scope, 1>;
template <class Wait, class Scope>
using eight_in_flight = called_ring<Wait, Scope, 8>;

inline void enrol_call_ring() {
  enrol_ours<one_in_flight>({"call_ring/1", use::call, lines::one, "a call at a time, 8 bytes there, 8 back"});
  enrol_ours<eight_in_flight>(
      {"call_ring/8", use::call, lines::one, "a call, with eight in flight, 8 bytes there, 8 back"});
}

}  // namespace volley::bench
