// SPDX-License-Identifier: MIT
#pragma once

#include "../element_ways.hpp"
#include "../told_ways.hpp"

#include <volley/channel/waitable.hpp>
#include <volley/handoff/wait_any.hpp>

namespace volley::stress {

/// On the event of an end, alone or beside another that is never set.
template <class End>
class event_sleep {
 public:
  explicit event_sleep(End& end) : ready_(end.ready()) {}

  status wait(caller& who) {
    if (who.me.luck.one_in(2)) return who.takes_stop() ? ready_.wait(who.stop()) : (ready_.wait(), status::ok);
    return who.takes_stop() ? wait_any(who.stop(), other_, ready_).why() : (wait_any(other_, ready_), status::ok);
  }
  status wait_until(caller& who, caller::time_point deadline) {
    if (who.me.luck.one_in(2)) return ready_.wait(deadline, who.stop());
    return wait_any(deadline, ready_, other_).why();
  }

 private:
  using event = std::remove_reference_t<decltype(std::declval<End&>().ready())>;

  event& ready_;
  event other_;
};

inline structure waitable_structure() {
  return {"waitable", channel_dice<told_trial<waitable_push, waitable_pop, event_sleep>::of>::some};
}

}  // namespace volley::stress
