// SPDX-License-Identifier: MIT
#pragma once

#include "../jobs.hpp"

#include <volley/handoff/auto_reset_event.hpp>

namespace volley::stress {

struct auto_reset_event_signal {
  static constexpr bool one_waiter = false;
  static constexpr bool consumes = true;
  template <class Object>
  static void post(Object& o) {
    o.set();
  }
  template <class Object, class CanGoOn>
  static void wait(Object& o, worker& me, const CanGoOn& can_go_on) {
    (void)can_go_on;
    wait_in_some_way(
        me, [&](auto deadline) { return o.wait(deadline); }, [&] { o.wait(); });
  }
};
template <class Wait>
using auto_reset_event_trial = job_trial<auto_reset_event<Wait, in_process, weather>, auto_reset_event_signal>;

inline structure auto_reset_event_structure() {
  return {"auto_reset_event", make_waiting_trial<auto_reset_event_trial>};
}

}  // namespace volley::stress
