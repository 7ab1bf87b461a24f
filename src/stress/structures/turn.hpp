// SPDX-License-Identifier: MIT
#pragma once

#include "../handoffs.hpp"

#include <volley/handoff/turn.hpp>

namespace volley::stress {

template <class Wait>
class turn_trial final : public object_trial<turn<Wait, in_process, weather>> {
  using base = object_trial<turn<Wait, in_process, weather>>;

 public:
  explicit turn_trial(setup& s) : base(2), rounds_(s.size / 2) {}

  void work(worker& me) override {
    const auto mine = this->object().side(me.number);
    for (std::uint64_t i = me.number;; i += 2, me.did()) {
      me.now_in("an await");
      wait_in_some_way(
          me, [&](auto deadline) { return mine.await(deadline); }, [&] { mine.await(); });
      this->wrong_unless(i == 0 || note_.is(i));
      if (is_last_) return;
      if (me.number == 0 && (i >= 2 * rounds_ || me.is_over())) is_last_ = true;
      const bool is_mine = is_last_;
      note_.write(i + 1);
      mine.pass();
      if (is_mine) return;
    }
  }

 private:
  std::string promise() const override { return "what a side wrote before pass() was not there after await()"; }

  std::uint64_t rounds_;
  note note_;
  bool is_last_ = false;  // goes with the turn, as the note does
};

inline structure turn_structure() { return {"turn", make_waiting_trial<turn_trial>}; }

}  // namespace volley::stress
