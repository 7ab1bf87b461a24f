// SPDX-License-Identifier: MIT
#pragma once

#include "../meetings.hpp"

#include <volley/handoff/exchanger.hpp>

namespace volley::stress {

template <class Wait>
class exchanger_trial final : public object_trial<exchanger<payload<3>, Wait, in_process, weather>> {
  using base = object_trial<exchanger<payload<3>, Wait, in_process, weather>>;

 public:
  explicit exchanger_trial(setup& s)
      : base(2 + static_cast<unsigned>(s.luck.below(s.most_threads - 1))),
        each_(1 + s.size / this->threads()),
        log_(this->threads()) {}

  void work(worker& me) override {
    me.now_in("an exchange");
    for (std::uint64_t i = 0; i != each_ && !me.is_over(); ++i) {
      const std::uint64_t id = id_of(me.number, i);
      payload<3> mine(id);
      const tick call = now();
      std::optional<payload<3>> got;
      if (me.luck.one_in(4)) {
        got = this->object().try_exchange(std::move(mine));
      } else if (auto swapped = this->object().exchange(std::move(mine), some_deadline(me.luck)); swapped) {
        got = *swapped;
      }
      me.did();  // also where nobody came: there may be nobody left
      if (got) {
        this->wrong_unless(got->is_whole());
        log_[me.number].push_back({id, got->id(), call, now()});
      } else {
        this->wrong_unless(mine.is(id));  // NOLINT(bugprone-use-after-move): it is what it was
      }
    }
  }

  void judge(verdict& to) override {
    base::judge(to);
    const auto swaps = by_id(log_, to);
    for (const auto& [id, h] : swaps) {
      const auto other = swaps.find(h.other);
      if (other == swaps.end() || other->second.other != id) {
        to.expect_none(1, crime::lost, describe("what came for it did not go the other way:", h));
      } else if (!are_together(h, other->second)) {
        to.expect_none(1, crime::broken,
                       describe("swapped", h) + ", but not while " + describe("the other was", other->second));
      }
    }
    const auto swaps_until = [&](auto until) {
      return this->object().exchange(payload<3>(id_of(0, each_)), until).has_value();
    };
    expect_a_last_meeting(to, swaps_until, swaps_until);
  }

 private:
  std::string promise() const override { return "a value was torn, or another after an exchange that timed out"; }

  std::uint64_t each_;
  std::vector<std::vector<handed>> log_;  // of each thread
};

inline structure exchanger_structure() { return {"exchanger", make_waiting_trial<exchanger_trial>}; }

}  // namespace volley::stress
