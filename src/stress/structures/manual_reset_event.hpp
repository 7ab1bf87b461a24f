// SPDX-License-Identifier: MIT
#pragma once

#include "../handoffs.hpp"

#include <volley/handoff/manual_reset_event.hpp>

namespace volley::stress {

/// The leader opens the gate for each round, and closes it when all have passed.
template <class Wait>
class manual_reset_event_trial final : public object_trial<manual_reset_event<Wait, in_process, weather>> {
  using base = object_trial<manual_reset_event<Wait, in_process, weather>>;

 public:
  explicit manual_reset_event_trial(setup& s)
      : base(2 + static_cast<unsigned>(s.luck.below(s.most_threads - 1))), rounds_(1 + s.size / this->threads()) {}

  void work(worker& me) override { me.number == 0 ? lead(me) : follow(me); }

 private:
  std::string promise() const override {
    return "what was done before set() was not there after the wait, or the gate was open too long";
  }

  void lead(worker& me) {
    auto& gate = this->object();
    for (std::uint64_t i = 1; i <= rounds_; ++i, me.did()) {
      note_.write(i);
      if (i == rounds_ || me.is_over()) last_ = rounds_ = i;
      me.now_in("a set");
      gate.set();
      me.now_in("a wait for all to pass");
      const unsigned all = this->threads() - 1;
      while (passed_.load(std::memory_order_acquire) != all) me.idle();  // <- pass: they have read the note
      this->wrong_unless(gate.is_set());
      gate.reset();
      this->wrong_unless(!gate.is_set());
      passed_.store(0, std::memory_order_relaxed);    // ~ own
      next_.store(i + 1, std::memory_order_release);  // -> close: the gate is closed
    }
  }
  void follow(worker& me) {
    auto& gate = this->object();
    for (std::uint64_t i = 1;; ++i, me.did()) {
      me.now_in("a wait");
      wait_in_some_way(
          me, [&](auto deadline) { return gate.wait(deadline); }, [&] { gate.wait(); });
      this->wrong_unless(note_.is(i));
      const bool is_last = last_ == i;
      passed_.fetch_add(1, std::memory_order_release);  // -> pass: the note is read
      if (is_last) return;
      me.now_in("a wait for the gate to be closed");
      while (next_.load(std::memory_order_acquire) != i + 1) me.idle();  // <- close: the gate is closed
    }
  }

  std::uint64_t rounds_;
  std::uint64_t last_ = 0;
  note note_;
  std::atomic<unsigned> passed_{0};
  std::atomic<std::uint64_t> next_{1};
};

inline structure manual_reset_event_structure() {
  return {"manual_reset_event", make_waiting_trial<manual_reset_event_trial>};
}

}  // namespace volley::stress
