// SPDX-License-Identifier: MIT
#pragma once

#include "two_ways.hpp"

#include <volley/handoff/auto_reset_event.hpp>

namespace volley::bench {

struct auto_reset_calls {
  static void post(auto& e) { e.set(); }
  static void await(auto& e) { e.wait(); }
};

template <class Wait, class Scope>
using auto_reset_pair = our_two_ways<auto_reset_event<Wait, Scope>, auto_reset_calls, Wait>;

struct set_a_set_event {
  auto_reset_event<> e;
  void operator()() { e.set(); }
};
struct set_then_wait {
  auto_reset_event<> e;
  void operator()() {
    e.set();
    e.wait();
  }
};

inline void enrol_auto_reset_event() {
  enrol_ours<auto_reset_pair>({"auto_reset_event", use::signal, lines::two, "two events: set, wait"});
  enrol_operation<set_a_set_event>("auto_reset_event/set", "set already, nobody waits");
  enrol_operation<set_then_wait>("auto_reset_event/set+wait", "taken back at once");
}

}  // namespace volley::bench
