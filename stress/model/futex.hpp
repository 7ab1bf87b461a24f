// SPDX-License-Identifier: MIT
#pragma once

// The simulated machine, and its kernel as far as a futex goes: it promises no more than Linux does.

#include "adversary.hpp"
#include "sites.hpp"

#include <cstddef>
#include <cstdint>
#include <utility>

namespace model {

/// What a scenario chooses about the simulated machine, for one execution; reset before each.
struct machine {
  inline static bool one_cpu = false;       ///< all threads run on CPU 0
  inline static bool quota_is_one = false;  ///< the cgroup grants one CPU
  inline static int ticks_left = 0;         ///< how often the clock may move on, each time by choice
  inline static int spurious_left = 0;      ///< spurious returns of each thread's park
  inline static std::int64_t clock = 0;
  inline static bool refuses_fences = false;  ///< the kernel refuses the heavy one
  inline static bool refuses_waitv = false;   ///< the kernel refuses to wait for several words

  static void reset() {
    one_cpu = false;
    quota_is_one = false;
    refuses_fences = false;
    refuses_waitv = false;
    ticks_left = 0;
    spurious_left = 0;
    clock = 0;
  }
};

/// The kernel's side of a futex: comparing and going to sleep are one step with respect to wakes. No fence and no happens-before
/// from wake to sleeper, for neither C++ nor Linux promises one.
class futex {
 public:
  static void reset() {
    sleepers_ = 0;
    parks_ = 0;
    wakes_ = 0;
    for (auto& one : state_) one = state::awake;
  }
  static int parks() { return parks_; }
  static int wakes() { return wakes_; }

  enum class compare : bool { as_the_kernel_does, never };

  /// True when it ended by the timeout.
  template <class Word>
  static bool wait(const Word& w, std::uint32_t expected, bool times_out, compare how, place p) {
    const auto only = [&w, expected](std::size_t) { return std::pair(&w, expected); };
    return wait_for_any(1, only, times_out, how, p);
  }

  /// The same for n words, entry(i) each, which are compared and slept on one after the other. Who has been woken at one of them may, as long as
  /// it has not gone on, be woken at another, in the place of somebody else.
  template <class Entry>
  static bool wait_for_any(std::size_t n, const Entry& entry, bool times_out, compare how, place p) {
    held_stores::flush();
    rl::context& c = rl::ctx();
    const auto me = c.current_thread();
    ++parks_;
    bool differs = false;
    for (std::size_t i = 0; i != n && !differs; ++i) {
      const auto [word, expected] = entry(i);
      c.sched();  // a system call is a point of preemption
      if (how == compare::as_the_kernel_does) {
        rl::preemption_disabler whole(c);
        differs = upper_half(word->newest(p)) != expected;
      }
      if (!differs) asleep_[sleepers_++] = {word, me};
    }
    auto why = rl::unpark_reason_normal;
    if (!differs && state_[me] != state::woken) {
      state_[me] = state::parked;
      why = c.park_current_thread(times_out, machine::spurious_left > 0, false, p.info());
    }
    state_[me] = state::awake;
    for (int i = 0; i < sleepers_;) {
      if (asleep_[i].who == me) {
        asleep_[i] = asleep_[--sleepers_];
      } else {
        ++i;
      }
    }
    if (why == rl::unpark_reason_spurious) --machine::spurious_left;
    return why == rl::unpark_reason_timeout;
  }

  static void wake(const void* address, int n, place p) {
    held_stores::flush();
    rl::context& c = rl::ctx();
    c.sched();
    ++wakes_;
    for (; n > 0; --n) {
      int on_it[most_sleeps];
      unsigned found = 0;
      for (int i = 0; i != sleepers_; ++i) {
        if (asleep_[i].where == address) on_it[found++] = i;
      }
      if (found == 0) return;
      const int chosen = on_it[found == 1 ? 0 : c.rand(found, rl::sched_type_user)];
      const auto who = asleep_[chosen].who;
      asleep_[chosen] = asleep_[--sleepers_];
      if (state_[who] == state::parked) c.unpark_thread(who, false, p.info());
      state_[who] = state::woken;
    }
  }

 private:
  static std::uint32_t upper_half(std::uint32_t word) { return word; }
  static std::uint32_t upper_half(std::uint64_t word) { return static_cast<std::uint32_t>(word >> 32); }

  struct sleeper {
    const void* where;
    rl::thread_id_t who;
  };
  static constexpr int most_sleeps = 4 * steps::most_threads;
  enum class state : unsigned char { awake, parked, woken };

  inline static state state_[steps::most_threads];
  inline static sleeper asleep_[most_sleeps];
  inline static int sleepers_ = 0;
  inline static int parks_ = 0;
  inline static int wakes_ = 0;
};

}  // namespace model
