// SPDX-License-Identifier: MIT
#pragma once

// Jobs that some threads post and others do, with a signal between them that says that there are any: nobody may sleep on while there are.

#include "handoffs.hpp"

#include <algorithm>

namespace volley::stress {

/// Signal has post(object) and wait(object, worker, can_go_on): it returns when can_go_on() may be true. consumes: each post lets one wait through at
/// most. Whoever sleeps on while there are jobs hangs, and is found by that.
template <class Object, class Signal>
class job_trial final : public object_trial<Object> {
  using enum std::memory_order;

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
    if (Signal::consumes) to.expect(waits_ <= signals_, "more waits came back than there were signals");
  }

 private:
  void signal() {
    signals_.fetch_add(1, relaxed);  // ~ count
    Signal::post(this->object());
  }

  void post(worker& me) {
    me.now_in("a post");
    for (std::uint64_t i = 0; i != each_ && !me.is_over(); ++i, me.did()) {
      jobs_.fetch_add(1, relaxed);    // ~ count
      posted_.fetch_add(1, relaxed);  // ~ count
      signal();
      if (me.luck.one_in(4)) me.idle();
    }
    posting_.fetch_sub(1, release);  // -> over: all its jobs are posted
    signal();
  }
  /// Relaxed on purpose: it is the signal that makes it visible.
  bool can_go_on() const noexcept {
    return jobs_.load(relaxed) != 0 || posting_.load(relaxed) == 0;  // ~ count; ~ count
  }
  bool take_one() noexcept {
    std::uint64_t seen = jobs_.load(relaxed);  // ~ count
    while (seen != 0) {
      // ~ count; ~ count
      if (jobs_.compare_exchange_weak(seen, seen - 1, relaxed, relaxed)) return true;
    }
    return false;
  }
  void take(worker& me) {
    me.now_in("a wait");
    for (;;) {
      Signal::wait(this->object(), me, [this] { return can_go_on(); });
      waits_.fetch_add(1, relaxed);  // ~ count
      std::uint64_t n = 0;
      while (n != 3 && take_one()) ++n;
      taken_.fetch_add(n, relaxed);  // ~ count
      if (n != 0) me.did(n);
      const bool is_over = posting_.load(acquire) == 0;  // <- over: then all jobs can be seen
      const bool is_empty = jobs_.load(relaxed) == 0;    // ~ count
      if (!is_empty || is_over) signal();                // for the next one
      if (is_over && is_empty) return;
    }
  }

  unsigned posters_;
  std::uint64_t each_;
  std::atomic<std::uint64_t> jobs_{0};
  std::atomic<std::uint64_t> posted_{0};
  std::atomic<std::uint64_t> taken_{0};
  std::atomic<std::uint64_t> signals_{0};
  std::atomic<std::uint64_t> waits_{0};
  std::atomic<unsigned> posting_;
};

}  // namespace volley::stress
