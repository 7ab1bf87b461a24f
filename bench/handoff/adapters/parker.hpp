// SPDX-License-Identifier: MIT
#pragma once

#include "two_ways.hpp"

#include <volley/handoff/parker.hpp>

namespace volley::bench {

struct parker_calls {
  static void post(auto& p) { p.unpark(); }
  static void await(auto& p) { p.park(); }
};

template <class Wait, class Scope>
using parker_pair = our_two_ways<parker<Wait, Scope>, parker_calls, Wait>;

struct unpark_awake {
  parker<> p;
  void operator()() { p.unpark(); }
};
struct unpark_then_park {
  parker<> p;
  void operator()() {
    p.unpark();
    p.park();
  }
};

inline void enrol_parker() {
  enrol_ours<parker_pair>({"parker", use::signal, lines::two, "two parkers: unpark, park"});
  enrol_operation<unpark_awake>("parker/unpark", "nobody sleeps, the permit is there");
  enrol_operation<unpark_then_park>("parker/unpark+park", "the permit taken back at once");
}

}  // namespace volley::bench
