// SPDX-License-Identifier: MIT
#pragma once

// Values that go from hand to hand: each that was given was taken once, by somebody who was there at the same time.

#include "handoffs.hpp"

#include <algorithm>
#include <map>

namespace volley::stress {

/// One value that somebody gave, or got.
struct handed {
  std::uint64_t id;
  std::uint64_t other;  ///< exchanger: what came back for it
  tick call;
  tick ret;
};

inline bool are_together(const handed& a, const handed& b) {
  return a.call <= b.ret + usual_slack && b.call <= a.ret + usual_slack;
}
inline std::string describe(const char* who, const handed& h) {
  return std::string(who) + " " + std::to_string(h.id >> 40) + ":" +
         std::to_string(h.id & ((std::uint64_t{1} << 40) - 1)) + " [" + std::to_string(h.call) + ", " +
         std::to_string(h.ret) + "]";
}

inline std::map<std::uint64_t, handed> by_id(const std::vector<std::vector<handed>>& all, verdict& to) {
  std::map<std::uint64_t, handed> sorted;
  for (const auto& some : all) {
    for (const handed& h : some) {
      if (!sorted.emplace(h.id, h).second) to.expect_none(1, crime::doubled, describe("twice", h));
    }
  }
  return sorted;
}

}  // namespace volley::stress
