// SPDX-License-Identifier: MIT
#pragma once

#include "../meetings.hpp"

#include <volley/handoff/rendezvous.hpp>

namespace volley::stress {

template <class Wait>
class rendezvous_trial final : public object_trial<rendezvous<payload<3>, Wait, in_process, weather>> {
  using base = object_trial<rendezvous<payload<3>, Wait, in_process, weather>>;

 public:
  explicit rendezvous_trial(setup& s)
      : base(2 + static_cast<unsigned>(s.luck.below(s.most_threads - 1))),
        givers_(1 + static_cast<unsigned>(s.luck.below(this->threads() - 1))),
        each_(1 + s.size / this->threads()),
        log_(this->threads()),
        giving_(givers_) {}

  void work(worker& me) override {
    if (me.number < givers_) {
      give(me);
      --giving_;
    } else {
      take(me);
    }
  }

  void judge(verdict& to) override {
    base::judge(to);
    const auto middle = log_.begin() + givers_;
    const auto given = by_id({log_.begin(), middle}, to);
    const auto taken = by_id({middle, log_.end()}, to);
    for (const auto& [id, h] : given) {
      const auto other = taken.find(id);
      if (other == taken.end()) {
        to.expect_none(1, crime::lost, describe("given, and nobody has taken", h));
      } else if (!are_together(h, other->second)) {
        to.expect_none(1, crime::broken,
                       describe("given", h) + ", but not while it was " + describe("taken", other->second));
      }
    }
    for (const auto& [id, h] : taken) {
      if (!given.contains(id))
        to.expect_none(1, crime::never_pushed, describe("taken, and nobody says that it gave", h));
    }
    expect_a_last_meeting(
        to, [&](auto until) { return this->object().give(payload<3>(id_of(0, each_)), until) == status::ok; },
        [&](auto until) { return this->object().take(until).has_value(); });
  }

 private:
  std::string promise() const override { return "a value was torn, or another after a give that timed out"; }

  void give(worker& me) {
    me.now_in("a give");
    for (std::uint64_t i = 0; i < each_ && !me.is_over();) {
      const std::uint64_t id = id_of(me.number, i);
      payload<3> mine(id);
      const tick call = now();
      const bool gone = me.luck.one_in(4) ? this->object().try_give(std::move(mine))
                                          : this->object().give(std::move(mine), some_deadline(me.luck)) == status::ok;
      if (gone) {
        log_[me.number].push_back({id, 0, call, now()});
        ++i;
        me.did();
      } else {
        this->wrong_unless(mine.is(id));  // NOLINT(bugprone-use-after-move): it is what it was
        me.idle();
      }
    }
  }
  void take(worker& me) {
    me.now_in("a take");
    for (;;) {
      const bool is_last = giving_ == 0;
      const tick call = now();
      std::optional<payload<3>> got;
      if (me.luck.one_in(4)) {
        got = this->object().try_take();
      } else if (auto taken = this->object().take(some_deadline(me.luck)); taken) {
        got = *taken;
      }
      if (!got && is_last) return;
      if (!got) {
        me.idle();
        continue;
      }
      this->wrong_unless(got->is_whole());
      log_[me.number].push_back({got->id(), 0, call, now()});
      me.did();
    }
  }

  unsigned givers_;
  std::uint64_t each_;
  std::vector<std::vector<handed>> log_;  // of each thread
  std::atomic<unsigned> giving_;
};

inline structure rendezvous_structure() { return {"rendezvous", make_waiting_trial<rendezvous_trial>}; }

}  // namespace volley::stress
