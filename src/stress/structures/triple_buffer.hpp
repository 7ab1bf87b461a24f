// SPDX-License-Identifier: MIT
#pragma once

#include "../handoffs.hpp"

#include <volley/handoff/triple_buffer.hpp>

namespace volley::stress {

class triple_buffer_trial final : public object_trial<triple_buffer<payload<6>, weather>> {
 public:
  explicit triple_buffer_trial(setup& s) : object_trial(2), publishes_(s.size) {}

  void work(worker& me) override { me.number == 0 ? write(me) : read(me); }

 private:
  std::string promise() const override {
    return "what was read was torn, older than before, older than what is known to be published, or called new when it "
           "was not";
  }

  void write(worker& me) {
    me.now_in("a publish");
    for (std::uint64_t i = 1; i <= publishes_ && !me.is_over(); ++i, me.did()) {
      if (me.luck.one_in(2)) {
        object().publish(payload<6>(i));
      } else {
        object().write([i](payload<6>& mine) { mine = payload<6>(i); });
        object().publish();
      }
      published_.store(i, std::memory_order_release);  // -> known: it is there
      if (me.luck.one_in(4)) me.idle();
    }
    is_done_.store(true, std::memory_order_release);  // -> done: all of them
  }
  void read(worker& me) {
    me.now_in("a read");
    std::uint64_t last = 0;
    for (bool is_last = false; !is_last; me.did()) {
      is_last = is_done_.load(std::memory_order_acquire);                      // <- done: all of them
      const std::uint64_t known = published_.load(std::memory_order_acquire);  // <- known: it is there
      const auto got = object().read();
      this->wrong_unless(got->is_whole() && got->id() >= known && (got.is_new ? got->id() > last : got->id() == last));
      last = got->id();
      if (me.luck.one_in(2)) me.idle();
    }
  }

  std::uint64_t publishes_;
  std::atomic<std::uint64_t> published_{0};
  std::atomic<bool> is_done_{false};
};

inline structure triple_buffer_structure() {
  return {"triple_buffer", [](setup& s) -> std::unique_ptr<trial> { return std::make_unique<triple_buffer_trial>(s); }};
}

}  // namespace volley::stress
