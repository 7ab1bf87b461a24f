// SPDX-License-Identifier: MIT
#pragma once

// How one thread waits for a 32-bit word to become what it wants, and how another posts it: it spins as wait/spinning.hpp says, then
// sleeps, until a deadline or a stop. For words on which one thread sleeps at a time; for more, wait/crowd.hpp.
//
// Who: any thread posts; one thread at a time waits with the parked bit.
// Progress: post and hand_over are wait-free (one RMW, or for hand_over a store where Wait never parks, and one system call if somebody
//   sleeps); a wait ends when the post, the deadline or the stop comes.
// Memory: what the poster did before post() is visible to the waiter whose until() returned ok because of that value.
//
// State: the word is a value in its low 31 bits, and `parked`, set only by a waiter that sleeps or is about to.
//   waiter   sets parked by a CAS on the very value that it found wanting, then sleeps while the word holds the result
//   poster   replaces the whole word by one RMW, and sees in what it replaced whether to wake; where Wait never parks and no one else posts, it
//            stores it
//   stop     clears parked, so that a sleep about to begin does not, and wakes all that have begun
// Where Wait parks, waiter and poster both do an RMW on one word, so its modification order decides: either the CAS comes first and the poster sees
// the bit, or the post comes first, the CAS fails, and the waiter finds the post. No third case on any CPU, and no fence. Between
// CAS and sleep the kernel compares the word once more under its own lock. The same for a stop: if its RMW came before the CAS, the
// CAS has read from it and the waiter knows of the stop; if after, the word differs. A waiter that gives up takes its bit back,
// unless the post was faster: then it has not given up. That is the poster's last touch: once until() has returned ok its only
// waiter may destroy the word. The callback of a stop is registered just before sleeping and gone before until() returns.
// Source: the three-state word of U. Drepper, "Futexes are tricky" (2011), with the value in the place of the lock.
//
// Edges
//   post   replace: w.exchange, hand_over: w.store -> look: w.load   all before the post may be used after   dies: TurnModel.EveryOrderIsNeeded
//   stop   stop: w.fetch_and -> sleep: w.CAS      the request is seen before the sleep      dies: TurnModel.EveryOrderIsNeeded

#include <volley/env/scope.hpp>
#include <volley/env/stop.hpp>
#include <volley/status.hpp>
#include <volley/wait/patience.hpp>
#include <volley/wait/policy.hpp>
#include <volley/wait/seat.hpp>
#include <volley/wait/spinning.hpp>
#include <volley/wait/stopping.hpp>

#include <atomic>
#include <cstdint>

namespace volley::detail {

template <class Env, class Wait, class Scope>
class wait_on {
  using enum std::memory_order;
  using os = typename Env::os;
  using word = typename Env::template atomic<std::uint32_t>;

 public:
  static constexpr std::uint32_t parked = 0x8000'0000;

  /// Makes `value` the word's and wakes the sleeper, if there is one. No system call otherwise. Any number may post: mine is their seat.
  static void post(word& w, std::uint32_t value, seat<Env>& mine) {
    if constexpr (Wait::spins && (Wait::parks || Wait::yields)) mine.note_cpu();
    replace(w, value);
  }
  /// The same between two sides, where nobody else writes the word meanwhile but who parks. What was stored beside the word just before goes
  /// with it: an RMW has to wait until that is out, and by then the line may have been taken by who polls it, and must be fetched once more.
  static void hand_over(word& w, std::uint32_t value) {
    if constexpr (Wait::parks) {
      replace(w, value);
    } else {
      w.store(value, release);  // -> post: the waiter may go on, and may destroy w
    }
  }
  /// For who does the RMW of a post itself, after which the word may be gone: wakes the sleeper that the replaced value tells of.
  static void wake([[maybe_unused]] const word* address, [[maybe_unused]] std::uint32_t replaced) {
    if constexpr (Wait::parks) {
      if ((replaced & parked) != 0) [[unlikely]]
        wake_one<Wait, os>(address, Scope::value);
    }
  }

  static std::uint32_t look(const word& w) {
    return w.load(acquire);  // <- post: what came before this value may be used
  }

  /// Waits until wanted(value of w). ok; or timeout or stopped, when the patience was over and one more look still said no.
  /// mine and peer: the seats of the two sides; or the one of all, twice.
  template <class Wanted, class Stop>
  static status until(word& w, Wanted wanted, seat<Env>& mine, seat<Env>& peer, const patience<Env, Stop>& p) {
    const auto ready = [&w, wanted] { return wanted(look(w)); };
    const auto to_sleep = [&w, wanted, &p] { return sleep(w, wanted, p); };
    const seats_of whose = &mine == &peer ? seats_of::all : seats_of::each_side;
    return spinning<Env, Wait>::wait(ready, to_sleep, {mine, peer, &w, whose}, p);
  }

 private:
  static void replace(word& w, std::uint32_t value) {
    const word* const address = &w;
    const std::uint32_t replaced = w.exchange(value, release);  // -> post: the waiter may go on, and may destroy w
    // A poster of the same value may have been killed before its FUTEX_WAKE, with the bit of who sleeps.
    const bool again = Scope::value == sharing::between_processes && replaced == value;
    wake(address, again ? replaced | parked : replaced);
  }

  /// What a stop does while a waiter sleeps.
  struct unpark {
    word& w;

    void operator()() const noexcept {
      w.fetch_and(~parked, release);  // -> stop: the request came before
      // All: until this wake the waiter sleeps without its bit, and by now the other side may sleep on the word as well.
      os::wake(&w, everybody, Scope::value);
    }
  };

  template <class Wanted, class Stop>
  static status sleep(word& w, Wanted wanted, const patience<Env, Stop>& p) {
    if constexpr (Wait::spins) os::look_at_quota();  // for the next wait: this one has lost nothing by it
    [[maybe_unused]] const auto registration = on_stop<os>(p.stop, unpark{w});
    for (;;) {
      std::uint32_t seen = look(w);
      if (wanted(seen)) return status::ok;
      if ((seen & parked) == 0) {
        // A failure means a post, which the next look finds.
        // <- stop: a request that came before this must be seen below; ~ hint(post)
        const bool marked = w.compare_exchange_strong(seen, seen | parked, acquire, relaxed);
        if (!marked) continue;
      }
      if (p.stop.stop_requested()) return withdraw(w, wanted, status::stopped);
      const bool expired = os::park(w, seen | parked, Scope::value, p.deadline);
      if (expired || p.is_over())
        return withdraw(w, wanted, expired ? status::timeout : p.why());  // also where parks are refused
    }
  }

  /// Takes the parked bit back; a post that was faster wins.
  template <class Wanted>
  static status withdraw(word& w, Wanted wanted, status why) {
    for (;;) {
      std::uint32_t seen = look(w);
      if (wanted(seen)) return status::ok;
      if ((seen & parked) == 0) return why;
      // ~ chain(post); ~ hint(post)
      const bool unmarked = w.compare_exchange_strong(seen, seen & ~parked, relaxed, relaxed);
      if (unmarked) return why;
    }
  }
};

}  // namespace volley::detail
