// SPDX-License-Identifier: MIT
#pragma once

#include "two_ways.hpp"

#include <volley/handoff/manual_reset_event.hpp>

namespace volley::bench {

/// Whoever waited resets it, before the next set can come.
struct manual_reset_calls {
  static void post(auto& e) { e.set(); }
  static void await(auto& e) {
    e.wait();
    e.reset();
  }
};

template <class Wait, class Scope>
using manual_reset_pair = our_two_ways<manual_reset_event<Wait, Scope>, manual_reset_calls, Wait>;

struct set_an_open_event {
  manual_reset_event<> e;
  void operator()() { e.set(); }
};
struct wait_on_an_open_event {
  manual_reset_event<> e{true};
  void operator()() { e.wait(); }
};

inline void enrol_manual_reset_event() {
  enrol_ours<manual_reset_pair>({"manual_reset_event", use::signal, lines::two, "two events: set, wait and reset"});
  enrol_operation<set_an_open_event>("manual_reset_event/set", "set already, nobody waits");
  enrol_operation<wait_on_an_open_event>("manual_reset_event/wait", "set already");
}

}  // namespace volley::bench
