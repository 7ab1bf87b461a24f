// SPDX-License-Identifier: MIT
#pragma once

// How one thread waits for a 32-bit word to become what it wants, and how another posts it: poll, yield, park, by policy
// and until a deadline. The one place of the library that knows.
//
// Who: any thread posts; one thread at a time waits with the parked bit.
// Progress: post is wait-free (one RMW, and one system call if somebody sleeps); a wait ends when the post or the deadline comes.
// Memory: what the poster did before post() is visible to the waiter whose until() returned ok because of that value.
//
// State: the word is a value in its low 31 bits, and `parked`, set only by a waiter that sleeps or is about to.
//   waiter   sets parked by a CAS on the very value that it found wanting, then sleeps while the word holds the result
//   poster   replaces the whole word by one RMW, and sees in what it replaced whether to wake
// Both do an RMW on one word, so its modification order decides: either the CAS comes first and the poster sees the bit, or the
// post comes first, the CAS fails, and the waiter finds the post. No third case on any CPU, and no fence. Between CAS and sleep
// the kernel compares the word once more under its own lock. A waiter that gives up takes its bit back, unless the post was
// faster: then it is no timeout. The RMW is the poster's last touch: once until() has returned ok its only waiter may destroy
// the word.
// Source: the three-state word of U. Drepper, "Futexes are tricky" (2011), with the value in the place of the lock.
//
// Edges
//   post   post: w.exchange -> look: w.load   all before the post may be used after the wait   dies: TurnModel.EveryOrderIsNeeded

#include <volley/env/scope.hpp>
#include <volley/status.hpp>
#include <volley/wait/policy.hpp>
#include <volley/wait/seat.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>

namespace volley::detail {

template <class Env, class Wait, class Scope>
class wait_on {
  using enum std::memory_order;
  using os = typename Env::os;
  using time_point = typename os::time_point;
  using duration = typename os::duration;
  using word = typename Env::template atomic<std::uint32_t>;
  enum class spun : std::uint8_t { ready, expired, enough };

 public:
  static constexpr std::uint32_t parked = 0x8000'0000;

  /// Makes `value` the word's and wakes the sleeper, if there is one. No system call otherwise.
  static void post(word& w, std::uint32_t value) {
    const word* const address = &w;
    const std::uint32_t replaced = w.exchange(value, release);  // -> post: the waiter may go on, and may destroy w
    if constexpr (Wait::parks) {
      if ((replaced & parked) != 0) [[unlikely]]
        os::wake(address, 1, Scope::value);
    }
  }

  static std::uint32_t look(const word& w) {
    return w.load(acquire);  // <- post: what came before this value may be used
  }

  /// Waits until wanted(value of w), with the answer that is there or on its way inlined into the caller.
  /// ok, or timeout when the deadline came first and one more look still said no.
  template <class Wanted>
  static status until(word& w, Wanted wanted, seat<Env>& mine, const seat<Env>& peer, time_point deadline) {
    for (unsigned i = 0; i != (Wait::spins ? Env::hot_polls : 1U); ++i) {
      if (wanted(look(w))) return status::ok;
    }
    return wait_long(w, wanted, mine, peer, deadline);
  }

 private:
  template <class Wanted>
  [[gnu::noinline]] static status wait_long(word& w, Wanted wanted, seat<Env>& mine, const seat<Env>& peer,
                                            time_point deadline) {
    const auto ready = [&] { return wanted(look(w)); };
    if (deadline != os::never && os::now() >= deadline) return ready() ? status::ok : status::timeout;
    if constexpr (!Wait::spins) {
      return sleep(w, wanted, deadline);
    } else if constexpr (!Wait::parks && !Wait::yields) {
      return as_status(poll(ready, deadline, deadline));
    } else {
      if (mine.meets_at_one_cpu(peer)) return give_way(w, wanted, deadline);
      return spin_then_give_up(w, wanted, mine, deadline);
    }
  }

  static status as_status(spun end) { return end == spun::ready ? status::ok : status::timeout; }

  template <class Ready>
  static spun poll(const Ready& ready, time_point enough, time_point deadline) {
    for (;;) {
      for (unsigned i = 0; i != Env::polls_per_look; ++i) {
        if (ready()) return spun::ready;
        Env::relax();
      }
      if (enough == os::never) continue;
      const time_point now = os::now();
      if (now >= deadline) return ready() ? spun::ready : spun::expired;
      if (now >= enough) return spun::enough;
    }
  }

  template <class Wanted>
  static status spin_then_give_up(word& w, Wanted wanted, seat<Env>& mine, time_point deadline) {
    const auto ready = [&] { return wanted(look(w)); };
    const time_point start = os::now();
    if (!os::two_can_run(start)) return give_way(w, wanted, deadline);
    const duration budget(Wait::parks ? mine.budget() : Env::shortest_spin);
    const spun end = poll(ready, start + budget, deadline);
    if (end != spun::enough) return as_status(end);
    if constexpr (!Wait::parks) {
      return yield_on(ready, deadline);
    } else {
      const status s = sleep(w, wanted, deadline);
      mine.learn(duration(os::now() - start).count());
      return s;
    }
  }

  /// The peer cannot run while this side polls: let it run, and if that brings nothing, sleep (or go on yielding).
  template <class Wanted>
  static status give_way(word& w, Wanted wanted, time_point deadline) {
    const auto ready = [&] { return wanted(look(w)); };
    if constexpr (!Wait::parks) {
      return yield_on(ready, deadline);
    } else {
      for (int i = 0; i != 2; ++i) {
        os::yield();
        if (ready()) return status::ok;
      }
      return sleep(w, wanted, deadline);
    }
  }

  template <class Ready>
  static status yield_on(const Ready& ready, time_point deadline) {
    while (!ready()) {
      if (deadline != os::never && os::now() >= deadline) return ready() ? status::ok : status::timeout;
      os::yield();
    }
    return status::ok;
  }

  template <class Wanted>
  static status sleep(word& w, Wanted wanted, time_point deadline) {
    for (;;) {
      std::uint32_t seen = look(w);
      if (wanted(seen)) return status::ok;
      if ((seen & parked) == 0) {
        // A failure means a post, which the next look finds.
        const bool marked =
            w.compare_exchange_strong(seen, seen | parked, relaxed, relaxed);  // ~ chain(post); ~ hint(post)
        if (!marked) continue;
      }
      const bool expired = os::park(w, seen | parked, Scope::value, deadline);
      if (expired) return withdraw(w, wanted);
    }
  }

  /// Takes the parked bit back after a timeout; a post that was faster wins.
  template <class Wanted>
  static status withdraw(word& w, Wanted wanted) {
    for (;;) {
      std::uint32_t seen = look(w);
      if (wanted(seen)) return status::ok;
      if ((seen & parked) == 0) return status::timeout;
      const bool unmarked =
          w.compare_exchange_strong(seen, seen & ~parked, relaxed, relaxed);  // ~ chain(post); ~ hint(post)
      if (unmarked) return status::timeout;
    }
  }
};

}  // namespace volley::detail
