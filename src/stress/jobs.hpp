// SPDX-License-Identifier: MIT
#pragma once

// Jobs that some threads post and others do, with a signal between them that says that there are any: nobody may sleep on while there are.

#include "handoffs.hpp"

#include <algorithm>

namespace volley::stress {

/// Signal has post(object) and wait(object, worker, can_go_on): it returns when can_go_on() may be true.
template <class Object, class Signal>
class job_trial final : public object_trial<Object> {
 public:
  explicit job_trial(setup& s)
      : object_trial<Object>(Signal::one_waiter
                                 ? std::max(2U, 1 + static_cast<unsigned>(s.luck.below(s.most_threads)))
                                 : std::max(2U, static_cast<unsigned>(s.luck.below(s.most_threads + 1)))),
        posters_(Signal::one_waiter ? this->threads() - 1
                                    : 1 + static_cast<unsigned>(s.luck.below(this->threads() - 1))),
        each_(1 + s.size / 2 / posters_),
        posting_(posters_) {}

  void work(worker& me) override { me.number < posters_ ? post(me) : take(me); }
  void judge(verdict& to) override {
    to.expect(taken_ == posted_, "not every job that was posted was done, or one was done twice");
    object_trial<Object>::judge(to);
  }

 private:
  std::string promise() const override { return "what was done before a post was not there after the wait"; }

  void post(worker& me) {
    me.now_in("a post");
    for (std::uint64_t i = 0; i != each_ && !me.is_over(); ++i, me.did()) {
      jobs_.fetch_add(1, std::memory_order_relaxed);    // ~ count
      posted_.fetch_add(1, std::memory_order_relaxed);  // ~ count
      Signal::post(this->object());
      if (me.luck.one_in(4)) me.idle();
    }
    posting_.fetch_sub(1, std::memory_order_release);  // -> done: all jobs are posted
    Signal::post(this->object());
  }
  /// Relaxed on purpose: it is the signal that makes it visible.
  bool can_go_on() const noexcept {
    // ~ count; ~ count
    return jobs_.load(std::memory_order_relaxed) != 0 || posting_.load(std::memory_order_relaxed) == 0;
  }
  bool take_one() noexcept {
    std::uint64_t seen = jobs_.load(std::memory_order_relaxed);  // ~ count
    while (seen != 0) {
      // ~ count; ~ count
      if (jobs_.compare_exchange_weak(seen, seen - 1, std::memory_order_relaxed, std::memory_order_relaxed))
        return true;
    }
    return false;
  }
  void take(worker& me) {
    me.now_in("a wait");
    for (;;) {
      Signal::wait(this->object(), me, [this] { return can_go_on(); });
      std::uint64_t n = 0;
      while (n != 3 && take_one()) ++n;
      taken_.fetch_add(n, std::memory_order_relaxed);  // ~ count
      if (n != 0) me.did(n);
      const bool is_over = posting_.load(std::memory_order_acquire) == 0;  // <- done: then all jobs can be seen
      // For the next one. ~ count
      if (jobs_.load(std::memory_order_relaxed) != 0 || is_over) Signal::post(this->object());  // ~ count
      if (is_over && jobs_.load(std::memory_order_relaxed) == 0) return;  // ~ count
    }
  }

  unsigned posters_;
  std::uint64_t each_;
  std::atomic<std::uint64_t> jobs_{0};
  std::atomic<std::uint64_t> posted_{0};
  std::atomic<std::uint64_t> taken_{0};
  std::atomic<unsigned> posting_;
};

}  // namespace volley::stress
