// SPDX-License-Identifier: MIT
#pragma once

#include "two_ways.hpp"

#include <volley/handoff/rendezvous.hpp>

namespace volley::bench {

/// One object: what one gives the other takes, and gives back.
template <class Wait, class Scope>
class giving_and_taking {
 public:
  static constexpr pingpong::how waits = how_it_waits<Wait>;

  void lead(std::uint32_t trips) {
    for (std::uint64_t i = 1; i <= trips; ++i) {
      it_.give(i);
      const auto back = it_.take();
      is_right_ = back && *back == i + 1 && is_right_;
    }
  }
  void follow(std::uint32_t trips) {
    for (; trips != 0; --trips) it_.give(*it_.take() + 1);
  }
  bool is_right() const { return is_right_; }

 private:
  rendezvous<std::uint64_t, Wait, Scope> it_;
  alignas(2 * cache_line) bool is_right_ = true;
};

inline void enrol_rendezvous() {
  enrol_ours<giving_and_taking>(
      {"rendezvous", use::meeting, lines::two, "8 bytes given and taken, there and back, each until taken"});
}

}  // namespace volley::bench
