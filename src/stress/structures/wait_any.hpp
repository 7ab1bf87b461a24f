// SPDX-License-Identifier: MIT
#pragma once

#include "../handoffs.hpp"

#include <volley/handoff/auto_reset_event.hpp>
#include <volley/handoff/counting_semaphore.hpp>
#include <volley/handoff/manual_reset_event.hpp>
#include <volley/handoff/wait_any.hpp>

#include <algorithm>

namespace volley::stress {

template <class Wait>
struct three_objects {
  counting_semaphore<Wait, in_process, weather> permits;
  auto_reset_event<Wait, in_process, weather> event;
  manual_reset_event<Wait, in_process, weather> end;
};

/// Permits are taken once each, a set of the event by at least one, and the end, set last, is seen by all.
template <class Wait>
class wait_any_trial final : public object_trial<three_objects<Wait>> {
 public:
  explicit wait_any_trial(setup& s)
      : object_trial<three_objects<Wait>>(2 + static_cast<unsigned>(s.luck.below(s.most_threads - 1))),
        posts_(s.size / 2) {}

  void work(worker& me) override { me.number == 0 ? post(me) : wait(me); }

  void judge(verdict& to) override {
    object_trial<three_objects<Wait>>::judge(to);
    std::uint64_t left = 0;
    while (this->object().permits.try_acquire()) ++left;
    to.expect(taken_ + left == released_, "permits were lost, or taken twice");
    const std::uint64_t sets_seen = seen_ + (this->object().event.try_wait() ? 1 : 0);
    to.expect(sets_seen <= sets_ && (sets_ == 0 || sets_seen != 0),
              "an event let more through than it was set, or none");
  }

 private:
  std::string promise() const override { return "wait_any returned what is not there"; }

  void post(worker& me) {
    me.now_in("a post");
    for (std::uint64_t i = 0; i != posts_ && !me.is_over(); ++i, me.did()) {
      if (me.luck.one_in(2)) {
        const auto n = static_cast<std::uint32_t>(1 + me.luck.below(2));
        released_ += n;
        this->object().permits.release(n);
      } else {
        ++sets_;
        this->object().event.set();
      }
      while (this->threads() > 2 && me.luck.one_in(3)) me.idle();
    }
    this->object().end.set();
  }
  void wait(worker& me) {
    me.now_in("a wait_any");
    auto& all = this->object();
    for (;;) {
      std::size_t which = 3;
      const auto in_time = [&](auto deadline) {
        const auto got = wait_any(deadline, all.permits, all.event, all.end);
        if (got) which = *got;
        return got.why();
      };
      wait_in_some_way(me, in_time, [&] { which = wait_any(all.permits, all.event, all.end); });
      this->wrong_unless(which < 3);
      if (which == 2) return this->wrong_unless(all.end.is_set());
      (which == 0 ? taken_ : seen_).fetch_add(1, std::memory_order_relaxed);  // ~ count
      me.did();
    }
  }

  std::uint64_t posts_;
  std::uint64_t released_ = 0;  // by the one that posts
  std::uint64_t sets_ = 0;      // the same
  std::atomic<std::uint64_t> taken_{0};
  std::atomic<std::uint64_t> seen_{0};
};

inline structure wait_any_structure() { return {"wait_any", make_waiting_trial<wait_any_trial>}; }

}  // namespace volley::stress
