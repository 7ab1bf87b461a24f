// SPDX-License-Identifier: MIT
#pragma once

#include "calls.hpp"

#include <volley/handoff/call_slot.hpp>

namespace volley::bench {

template <class Wait, class Scope, std::size_t There, std::size_t Back>
class called_slot {
 public:
  static constexpr pingpong::how waits = how_it_waits<Wait>;

  void lead(std::uint32_t trips) {
    for (std::uint64_t i = 1; i <= trips; ++i) {
      const auto answer = slot_.call(letter<There>(i));
      is_right_ = answer && answer->is(i + 1) && is_right_;
    }
  }
  void follow(std::uint32_t trips) {
    for (; trips != 0; --trips) slot_.serve([](const letter<There>& l) { return answer_to<Back>(l); });
  }
  bool is_right() const { return is_right_; }

 private:
  call_slot<letter<There>, letter<Back>, Wait, Scope> slot_;
  alignas(2 * cache_line) bool is_right_ = true;
};

template <class Wait, class Scope>
using called_slot_8 = called_slot<Wait, Scope, 8, 8>;
template <class Wait, class Scope>
using called_slot_24 = called_slot<Wait, Scope, 24, 24>;
template <class Wait, class Scope>
using called_slot_40 = called_slot<Wait, Scope, 40, 40>;

inline void enrol_call_slot() {
  enrol_ours<called_slot_8>({"call_slot/8+8", use::call, lines::one, "one call: 8 bytes there, 8 back, one line"});
  enrol_ours<called_slot_24>({"call_slot/24+24", use::call, lines::one, "one call: 24 bytes there, 24 back, one line"});
  enrol_ours<called_slot_40>(
      {"call_slot/40+40", use::call, lines::two, "one call: 40 bytes there, 40 back, two lines"});
}

}  // namespace volley::bench
