// SPDX-License-Identifier: MIT
#pragma once

// Values that go from hand to hand: each that was given was taken once, by somebody who was there at the same time.

#include "handoffs.hpp"

#include <algorithm>
#include <chrono>
#include <map>
#include <string>
#include <thread>
#include <vector>

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

/// When all have left, two more come and meet: or somebody who gave up, whom the log does not show, has kept a place.
template <class One, class Other>
void expect_a_last_meeting(verdict& to, const One& one, const Other& other) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(5);
  bool has_one_met = false;
  std::thread first([&] { has_one_met = one(deadline); });
  const bool has_other_met = other(deadline);
  first.join();
  if (!has_one_met || !has_other_met)
    to.expect_none(1, crime::broken, "all have left, and two who came then did not meet: a place was never given back");
}

}  // namespace volley::stress
