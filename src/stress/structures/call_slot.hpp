// SPDX-License-Identifier: MIT
#pragma once

#include "../handoffs.hpp"

#include <volley/handoff/call_slot.hpp>

namespace volley::stress {

template <class Wait>
class call_slot_trial final : public object_trial<call_slot<note, note, Wait, in_process, weather>> {
  using base = object_trial<call_slot<note, note, Wait, in_process, weather>>;

 public:
  explicit call_slot_trial(setup& s) : base(2), calls_(s.size) {}

  void work(worker& me) override { me.number == 0 ? call(me) : serve(me); }
  void judge(verdict& to) override {
    base::judge(to);
    to.expect(served_ >= answered_, "more calls were answered than served");
  }

 private:
  std::string promise() const override {
    return "a request or an answer is not what was sent, or belongs to another call";
  }

  void call(worker& me) {
    me.now_in("a call");
    for (std::uint64_t i = 1; i <= calls_ && !me.is_over(); ++i, me.did()) {
      note request;
      request.write(2 * i);
      auto answer =
          me.luck.one_in(3) ? this->object().call(request, some_deadline(me.luck)) : this->object().call(request);
      if (answer) {
        this->wrong_unless(answer->is(2 * i + 1));
        ++answered_;
      } else {
        this->wrong_unless(answer.why() == status::timeout);
      }
    }
    is_done_ = true;
  }
  void serve(worker& me) {
    me.now_in("a serve");
    std::uint64_t last = 0;
    while (!is_done_) {
      const auto answer = [&](note&& request) {
        const std::uint64_t id = request.text.id();
        this->wrong_unless(request.is(id) && id > last && id % 2 == 0);
        last = id;
        ++served_;
        note made;
        made.write(id + 1);
        return made;
      };
      const auto soon = std::chrono::steady_clock::now() + std::chrono::milliseconds(1);
      if (me.luck.one_in(4) ? this->object().try_serve(answer) : this->object().serve(answer, soon) == status::ok)
        me.did();
    }
  }

  std::uint64_t calls_;
  std::uint64_t answered_ = 0;  // the caller's
  std::uint64_t served_ = 0;    // the server's
  std::atomic<bool> is_done_{false};
};

inline structure call_slot_structure() { return {"call_slot", make_waiting_trial<call_slot_trial>}; }

}  // namespace volley::stress
