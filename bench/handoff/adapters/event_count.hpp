// SPDX-License-Identifier: MIT
#pragma once

#include "counted_events.hpp"

#include <volley/handoff/event_count.hpp>

namespace volley::bench {

template <class Wait, class Scope>
using event_count_pair = our_two_ways<counted_word<event_count<Wait, Scope>>, counted_calls, Wait>;

inline void enrol_event_count() {
  enrol_ours<event_count_pair>(
      {"event_count", use::signal, lines::two, "two words, each with a count: store and notify, await"});
  enrol_operation<notify_one_awake<event_count<>>>("event_count/notify_one", "nobody sleeps");
  enrol_operation<notify_all_awake<event_count<>>>("event_count/notify_all", "nobody sleeps");
}

}  // namespace volley::bench
