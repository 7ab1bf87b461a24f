// SPDX-License-Identifier: MIT
#pragma once

#include "../handoffs.hpp"

#include <volley/handoff/counting_semaphore.hpp>

namespace volley::stress {

/// As many may be inside at a time as there are permits; with one permit they hand a note from one to the next.
template <class Wait>
class counting_semaphore_trial final : public object_trial<counting_semaphore<Wait, in_process, weather>> {
  using base = object_trial<counting_semaphore<Wait, in_process, weather>>;

 public:
  explicit counting_semaphore_trial(setup& s)
      : counting_semaphore_trial(s, 1 + static_cast<unsigned>(s.luck.below(3))) {}

  void work(worker& me) override {
    me.now_in("an acquire");
    auto& permits = this->object();
    for (std::uint64_t i = 0; i != each_ && !me.is_over(); ++i, me.did()) {
      if (!me.luck.one_in(4) || !permits.try_acquire()) {
        wait_in_some_way(
            me, [&](auto deadline) { return permits.acquire(deadline); }, [&] { permits.acquire(); });
      }
      this->wrong_unless(inside_.fetch_add(1, std::memory_order_relaxed) < permits_);  // ~ count
      if (permits_ == 1) {
        this->wrong_unless(count_ == 0 || note_.is(count_));
        note_.write(++count_);
      }
      if (me.luck.one_in(8)) me.idle();
      inside_.fetch_sub(1, std::memory_order_relaxed);  // ~ count
      permits.release();
    }
  }
  void judge(verdict& to) override {
    base::judge(to);
    unsigned left = 0;
    while (this->object().try_acquire()) ++left;
    to.expect(left == permits_, "at the end there are not as many permits as at the beginning");
  }

 private:
  counting_semaphore_trial(setup& s, unsigned permits)
      : base(2 + static_cast<unsigned>(s.luck.below(s.most_threads - 1)), permits),
        permits_(permits),
        each_(1 + s.size / this->threads()) {}
  std::string promise() const override {
    return "more were inside than there are permits, or did not see what was done before the release";
  }

  unsigned permits_;
  std::uint64_t each_;
  std::atomic<unsigned> inside_{0};
  std::uint64_t count_ = 0;
  note note_;
};

inline structure counting_semaphore_structure() {
  return {"counting_semaphore", make_waiting_trial<counting_semaphore_trial>};
}

}  // namespace volley::stress
