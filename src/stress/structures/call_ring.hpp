// SPDX-License-Identifier: MIT
#pragma once

#include "../handoffs.hpp"

#include <volley/handoff/call_ring.hpp>

namespace volley::stress {

template <class Wait>
class call_ring_trial final : public object_trial<call_ring<note, note, 3, Wait, in_process, weather>> {
  using base = object_trial<call_ring<note, note, 3, Wait, in_process, weather>>;

 public:
  explicit call_ring_trial(setup& s) : base(2), calls_(s.size) {}

  void work(worker& me) override { me.number == 0 ? call(me) : serve(me); }

 private:
  std::string promise() const override {
    return "a call was not served once and in order, or its answer is not what was sent";
  }

  void call(worker& me) {
    me.now_in("a post or a collect");
    std::uint64_t posted = 0;
    std::uint64_t collected = 0;
    while (collected != posted || (posted != calls_ && !me.is_over())) {
      if (posted != calls_ && posted - collected != 3 && me.luck.one_in(2)) {
        note request;
        request.write(2 * ++posted);
        this->wrong_unless(this->object().post(request) == status::ok);
        continue;
      }
      auto answer = this->object().try_collect();
      if (!answer && collected != posted) {
        answer = me.luck.one_in(3) ? this->object().collect(some_deadline(me.luck)) : this->object().collect();
      }
      if (!answer) continue;
      this->wrong_unless(answer->is(2 * ++collected + 1));
      me.did();
    }
    is_done_ = true;
  }
  void serve(worker& me) {
    me.now_in("a serve");
    std::uint64_t last = 0;
    while (!is_done_) {
      const auto answer = [&](note&& request) {
        last += 2;
        this->wrong_unless(request.is(last));
        note made;
        made.write(last + 1);
        return made;
      };
      const auto soon = std::chrono::steady_clock::now() + std::chrono::milliseconds(1);
      (void)(me.luck.one_in(4) ? this->object().try_serve(answer) : this->object().serve(answer, soon) == status::ok);
    }
  }

  std::uint64_t calls_;
  std::atomic<bool> is_done_{false};
};

inline structure call_ring_structure() { return {"call_ring", make_waiting_trial<call_ring_trial>}; }

}  // namespace volley::stress
