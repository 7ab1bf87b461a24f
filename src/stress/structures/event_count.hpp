// SPDX-License-Identifier: MIT
#pragma once

#include "../jobs.hpp"

#include <volley/handoff/event_count.hpp>

namespace volley::stress {

struct event_count_signal {
  static constexpr bool one_waiter = false;
  static constexpr bool consumes = false;
  template <class Object>
  static void post(Object& o) {
    o.notify_one();
  }
  template <class Object, class CanGoOn>
  static void wait(Object& o, worker& me, const CanGoOn& can_go_on) {
    const auto in_time = [&](auto deadline) { return o.await(can_go_on, deadline); };
    wait_in_some_way(me, in_time, [&] { o.await(can_go_on); });
  }
};
template <class Wait>
using event_count_trial = job_trial<event_count<Wait, in_process, weather>, event_count_signal>;

inline structure event_count_structure() { return {"event_count", make_waiting_trial<event_count_trial>}; }

}  // namespace volley::stress
