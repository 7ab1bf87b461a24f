// SPDX-License-Identifier: MIT
#pragma once

// What the model does to a thread beyond choosing who runs: stop it for ever before one of its steps, hold its stores back past its
// later operations on other objects, and count its steps.

#include "relacy.hpp"

namespace model {

/// Counts each thread's atomic steps. For "wait-free in so many steps".
class steps {
 public:
  static constexpr int most_threads = 8;

  static void reset() { std::fill(std::begin(taken_), std::end(taken_), 0U); }
  static unsigned taken() { return taken_[rl::ctx().current_thread()]; }
  static void take() { ++taken_[rl::ctx().current_thread()]; }

 private:
  inline static unsigned taken_[most_threads];
};

/// One victim stops before its n-th atomic step and stays there until all the others have ended.
class freeze {
 public:
  static void nobody() { victim_ = -1; }
  static void before_step(int victim, unsigned step) {
    victim_ = victim;
    step_ = step;
    times_ = 0;
  }
  /// How many executions really froze: 0 means that the victim takes fewer steps.
  static unsigned long long times() { return times_; }

  static void reset(int threads) {
    running_ = threads;
    frozen_ = false;
  }
  static bool frozen() { return frozen_; }

  static void before_each_step(place p) {
    rl::context& c = rl::ctx();
    if (victim_ != static_cast<int>(c.current_thread()) || frozen_ || running_ <= 1 || steps::taken() != step_) return;
    frozen_ = true;
    ++times_;
    c.park_current_thread(false, false, false, p.info());
    frozen_ = false;
  }
  static void thread_ended() {
    --running_;
    if (frozen_ && running_ == 1)
      rl::ctx().unpark_thread(static_cast<rl::thread_id_t>(victim_), false, place::here().info());
  }

 private:
  inline static int victim_ = -1;
  inline static unsigned step_ = 0;
  inline static int running_ = 0;
  inline static bool frozen_ = false;
  inline static unsigned long long times_ = 0;
};

/// Relacy runs every store at once, so that a store never passes a later RMW, failed CAS or store of its thread, as C++ and arm64
/// allow it to. Here a relaxed or release store may wait until later operations of its thread on other objects are done; what
/// C++20 orders (the same object, a later release, seq_cst, a system call) makes it go out first.
class held_stores {
 public:
  using run = void (*)(void* object, std::uint64_t value, std::memory_order order, place p);

  static void allow(bool on) { allowed_ = on; }
  static void arm() {
    armed_ = allowed_;
    std::fill(std::begin(count_), std::end(count_), 0);
  }
  static void disarm() { armed_ = false; }

  /// True when the store was taken in and will run later.
  static bool hold(void* object, run how, std::uint64_t value, std::memory_order order, place p) {
    if (!armed_) return false;
    const auto me = rl::ctx().current_thread();
    if (order == std::memory_order::seq_cst || count_[me] == most || !coin()) return false;
    queue_[me][count_[me]++] = {object, how, value, order, p};
    return true;
  }

  /// Before an operation on `object`: what must be out first goes out, and of the rest what a coin chooses.
  static void before(const void* object, std::memory_order order, bool writes) {
    using enum std::memory_order;
    if (!armed_) return;
    if (order == seq_cst || (writes && (order == release || order == acq_rel))) return flush();
    const auto me = rl::ctx().current_thread();
    for (int i = count_[me] - 1; i >= 0; --i) {
      if (i < count_[me] && (queue_[me][i].object == object || coin())) let_go(me, i);
    }
  }

  static void flush() {
    if (!armed_) return;
    const auto me = rl::ctx().current_thread();
    while (count_[me] != 0) {
      let_go(me, count_[me] == 1
                     ? 0
                     : static_cast<int>(rl::ctx().rand(static_cast<unsigned>(count_[me]), rl::sched_type_user)));
    }
  }

 private:
  struct store {
    void* object;
    run how;
    std::uint64_t value;
    std::memory_order order;
    place where;
  };
  static constexpr int most = 4;

  static bool coin() { return rl::ctx().rand(2, rl::sched_type_user) != 0; }
  static void let_go(rl::thread_id_t me, int i) {
    const store s = queue_[me][i];
    queue_[me][i] = queue_[me][--count_[me]];
    s.how(s.object, s.value, s.order, s.where);
  }

  inline static bool allowed_ = false;
  inline static bool armed_ = false;
  inline static store queue_[steps::most_threads][most];
  inline static int count_[steps::most_threads];
};

}  // namespace model
