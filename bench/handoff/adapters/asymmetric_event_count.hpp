// SPDX-License-Identifier: MIT
#pragma once

#include "counted_events.hpp"

#include <volley/handoff/asymmetric_event_count.hpp>

namespace volley::bench {

template <class Wait>
using asymmetric_pair = our_two_ways<counted_word<asymmetric_event_count<Wait>>, counted_calls, Wait>;

inline void enrol_asymmetric_event_count() {
  enrol_ours_of_threads<asymmetric_pair>(
      {"asymmetric_event_count", use::signal, lines::two, "two words, each with a count: store and notify, await"});
  enrol_operation<notify_one_awake<asymmetric_event_count<>>>("asymmetric_event_count/notify_one", "nobody sleeps");
  enrol_operation<notify_all_awake<asymmetric_event_count<>>>("asymmetric_event_count/notify_all", "nobody sleeps");
}

}  // namespace volley::bench
