// SPDX-License-Identifier: MIT
#pragma once

#include "../jobs.hpp"

#include <volley/handoff/parker.hpp>

namespace volley::stress {

struct parker_signal {
  static constexpr bool one_waiter = true;
  static constexpr bool consumes = true;
  template <class Object>
  static void post(Object& o) {
    o.unpark();
  }
  template <class Object, class CanGoOn>
  static void wait(Object& o, worker& me, const CanGoOn& can_go_on) {
    (void)can_go_on;
    wait_in_some_way(
        me, [&](auto deadline) { return o.park(deadline); }, [&] { o.park(); });
  }
};
template <class Wait>
using parker_trial = job_trial<parker<Wait, in_process, weather>, parker_signal>;

inline structure parker_structure() { return {"parker", make_waiting_trial<parker_trial>}; }

}  // namespace volley::stress
