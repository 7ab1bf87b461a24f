// SPDX-License-Identifier: MIT
#pragma once

#include "../handoffs.hpp"

#include <volley/handoff/seqlock.hpp>

namespace volley::stress {

class seqlock_trial final : public object_trial<seqlock<plain_payload<6>, weather>> {
 public:
  explicit seqlock_trial(setup& s)
      : object_trial(2 + static_cast<unsigned>(s.luck.below(s.most_threads - 1))), stores_(s.size) {}

  void work(worker& me) override { me.number == 0 ? store(me) : load(me); }

 private:
  std::string promise() const override {
    return "a load was torn, older than one before it, or older than what is known to be stored";
  }

  void store(worker& me) {
    me.now_in("a store");
    for (std::uint64_t i = 1; i <= stores_ && !me.is_over(); ++i, me.did()) {
      object().store(plain_payload<6>(i));
      stored_.store(i, std::memory_order_release);  // -> known: it is there
      if (me.luck.one_in(4)) me.idle();
    }
    is_done_.store(true, std::memory_order_release);  // -> done: all of them
  }
  void load(worker& me) {
    me.now_in("a load");
    std::uint64_t last = 0;
    while (!is_done_.load(std::memory_order_acquire)) {                     // <- done: all of them
      const std::uint64_t known = stored_.load(std::memory_order_acquire);  // <- known: it is there
      const auto got = me.luck.one_in(3) ? object().try_load() : std::optional(object().load());
      if (!got) continue;
      this->wrong_unless(got->is_whole() && got->id() >= last && got->id() >= known);
      last = got->id();
      me.did();
    }
  }

  std::uint64_t stores_;
  std::atomic<std::uint64_t> stored_{0};
  std::atomic<bool> is_done_{false};
};

inline structure seqlock_structure() {
  return {"seqlock", [](setup& s) -> std::unique_ptr<trial> { return std::make_unique<seqlock_trial>(s); }};
}

}  // namespace volley::stress
