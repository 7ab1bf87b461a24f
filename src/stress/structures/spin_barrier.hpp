// SPDX-License-Identifier: MIT
#pragma once

#include "../handoffs.hpp"

#include <volley/handoff/spin_barrier.hpp>

namespace volley::stress {

/// Everybody writes, all meet, everybody reads what all the others wrote, all meet.
template <class Wait>
class spin_barrier_trial final : public object_trial<spin_barrier<Wait, in_process, weather>> {
  using base = object_trial<spin_barrier<Wait, in_process, weather>>;

 public:
  explicit spin_barrier_trial(setup& s)
      : spin_barrier_trial(s, 2 + static_cast<unsigned>(s.luck.below(s.most_threads - 1))) {}

  void work(worker& me) override {
    for (std::uint64_t i = 1; i <= rounds_; ++i, me.did()) {
      notes_[me.number].write(i);
      if (me.number == 0 && me.is_over()) is_last_ = true;
      meet(me);
      const bool is_last = is_last_;
      for (const note& n : notes_) this->wrong_unless(n.is(i));
      meet(me);
      if (is_last) return;
    }
  }

 private:
  spin_barrier_trial(setup& s, unsigned threads)
      : base(threads, threads), rounds_(1 + s.size / threads / 4), notes_(threads) {}
  std::string promise() const override { return "somebody went on before all had arrived"; }

  /// A participant whose wait times out has not arrived, and comes again.
  void meet(worker& me) {
    me.now_in("an arrive_and_wait");
    auto& barrier = this->object();
    wait_in_some_way(
        me, [&](auto deadline) { return barrier.arrive_and_wait(deadline); }, [&] { barrier.arrive_and_wait(); });
  }

  std::uint64_t rounds_;
  std::vector<note> notes_;
  bool is_last_ = false;  // written before a meeting, read before the next
};

inline structure spin_barrier_structure() { return {"spin_barrier", make_waiting_trial<spin_barrier_trial>}; }

}  // namespace volley::stress
