// SPDX-License-Identifier: MIT
#pragma once

// How one thread waits for a 32-bit word to become what it wants, and how another posts it: poll, yield, park, by policy,
// until a deadline or a stop. The one place of the library that knows.
//
// Who: any thread posts; one thread at a time waits with the parked bit.
// Progress: post is wait-free (one RMW, and one system call if somebody sleeps); a wait ends when the post, the deadline or the stop
//   comes.
// Memory: what the poster did before post() is visible to the waiter whose until() returned ok because of that value.
//
// State: the word is a value in its low 31 bits, and `parked`, set only by a waiter that sleeps or is about to.
//   waiter   sets parked by a CAS on the very value that it found wanting, then sleeps while the word holds the result
//   poster   replaces the whole word by one RMW, and sees in what it replaced whether to wake
//   stop     clears parked, so that a sleep about to begin does not, and wakes all that have begun
// Waiter and poster both do an RMW on one word, so its modification order decides: either the CAS comes first and the poster sees
// the bit, or the post comes first, the CAS fails, and the waiter finds the post. No third case on any CPU, and no fence. Between
// CAS and sleep the kernel compares the word once more under its own lock. The same for a stop: if its RMW came before the CAS, the
// CAS has read from it and the waiter knows of the stop; if after, the word differs. A waiter that gives up takes its bit back,
// unless the post was faster: then it has not given up. The RMW is the poster's last touch: once until() has returned ok its only
// waiter may destroy the word. The callback of a stop is registered just before sleeping and gone before until() returns.
// Source: the three-state word of U. Drepper, "Futexes are tricky" (2011), with the value in the place of the lock.
//
// Edges
//   post   post: w.exchange -> look: w.load       all before the post may be used after     dies: TurnModel.EveryOrderIsNeeded
//   stop   stop: w.fetch_and -> sleep: w.CAS      the request is seen before the sleep      dies: TurnModel.EveryOrderIsNeeded

#include <volley/env/scope.hpp>
#include <volley/env/stop.hpp>
#include <volley/status.hpp>
#include <volley/wait/policy.hpp>
#include <volley/wait/seat.hpp>

#include <atomic>
#include <cstdint>
#include <limits>
#include <type_traits>

namespace volley::detail {

/// How long a wait may take: an absolute deadline, and a stop token or never_stopped.
template <class Env, class Stop>
struct patience {
  using os = typename Env::os;

  typename os::time_point deadline;
  const Stop& stop;

  bool is_over() const { return stop.stop_requested() || (deadline != os::never && os::now() >= deadline); }
  /// Why it ended, once it has.
  status why() const { return stop.stop_requested() ? status::stopped : status::timeout; }
};

template <class Env, class Wait, class Scope>
class wait_on {
  using enum std::memory_order;
  using os = typename Env::os;
  using time_point = typename os::time_point;
  using duration = typename os::duration;
  using word = typename Env::template atomic<std::uint32_t>;
  enum class spun : std::uint8_t { ready, over, enough };

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
  /// ok; or timeout or stopped, when the patience was over and one more look still said no.
  template <class Wanted, class Stop>
  static status until(word& w, Wanted wanted, seat<Env>& mine, seat<Env>& peer, const patience<Env, Stop>& p) {
    for (unsigned i = 0; i != (Wait::spins ? Env::hot_polls : 1U); ++i) {
      if (wanted(look(w))) return status::ok;
    }
    return wait_long(w, wanted, mine, peer, p);
  }

 private:
  template <class Wanted, class Stop>
  [[gnu::noinline]] static status wait_long(word& w, Wanted wanted, seat<Env>& mine, seat<Env>& peer,
                                            const patience<Env, Stop>& p) {
    const auto ready = [&w, wanted] { return wanted(look(w)); };
    if (p.is_over()) return ready() ? status::ok : p.why();
    if constexpr (!Wait::spins) {
      return sleep(w, wanted, p);
    } else if constexpr (!Wait::parks && !Wait::yields) {
      return end_of(poll(ready, os::never, p), p);
    } else {
      if (mine.meets_at_one_cpu(peer)) return give_way(w, wanted, peer, p);
      return spin_then_give_up(w, wanted, mine, peer, p);
    }
  }

  template <class Stop>
  static status end_of(spun end, const patience<Env, Stop>& p) {
    return end == spun::ready ? status::ok : p.why();
  }

  template <class Ready, class Stop>
  static spun poll(const Ready& ready, time_point enough, const patience<Env, Stop>& p) {
    for (;;) {
      for (unsigned i = 0; i != Env::polls_per_look; ++i) {
        if (ready()) return spun::ready;
        Env::relax();
      }
      if (p.is_over()) return ready() ? spun::ready : spun::over;
      if (enough != os::never && os::now() >= enough) return spun::enough;
    }
  }

  template <class Wanted, class Stop>
  static status spin_then_give_up(word& w, Wanted wanted, seat<Env>& mine, seat<Env>& peer,
                                  const patience<Env, Stop>& p) {
    const auto ready = [&w, wanted] { return wanted(look(w)); };
    if (!os::two_can_run()) return give_way(w, wanted, peer, p);
    const time_point start = os::now();
    const duration budget(Wait::parks ? mine.budget() : Env::shortest_spin);
    const spun end = poll(ready, start + budget, p);
    if constexpr (!Wait::parks) {
      return end == spun::enough ? yield_on(ready, p) : end_of(end, p);
    } else {
      if (end == spun::ready) return status::ok;
      const status s = end == spun::enough ? sleep(w, wanted, p) : p.why();
      mine.learn(s == status::ok ? duration(os::now() - start).count() : seat<Env>::no_answer);
      return s;
    }
  }

  /// The peer cannot run while this side polls: let it run, and if that brings nothing, sleep (or go on yielding).
  template <class Wanted, class Stop>
  static status give_way(word& w, Wanted wanted, seat<Env>& peer, const patience<Env, Stop>& p) {
    const auto ready = [&w, wanted] { return wanted(look(w)); };
    if constexpr (!Wait::parks) {
      return yield_on(ready, p);
    } else {
      for (int i = 0; i != 2; ++i) {
        os::yield();
        if (ready()) return status::ok;
      }
      peer.forget_cpu();
      return sleep(w, wanted, p);
    }
  }

  template <class Ready, class Stop>
  static status yield_on(const Ready& ready, const patience<Env, Stop>& p) {
    while (!ready()) {
      if (p.is_over()) return ready() ? status::ok : p.why();
      os::yield();
    }
    return status::ok;
  }

  static constexpr int everybody = (std::numeric_limits<int>::max)();

  /// What a stop does while a waiter sleeps.
  struct unpark {
    word& w;

    void operator()() const noexcept {
      w.fetch_and(~parked, release);  // -> stop: the request came before
      // All: until this wake the waiter sleeps without its bit, and by now the other side may sleep on the word as well.
      os::wake(&w, everybody, Scope::value);
    }
  };
  struct no_callback {
    no_callback(never_stopped, unpark) noexcept {}
  };
  template <class Stop>
  static auto on_stop(const Stop& stop, word& w) {
    if constexpr (std::is_same_v<Stop, never_stopped>) {
      return no_callback(stop, unpark{w});
    } else {
      return typename os::template stop_callback<unpark>(stop, unpark{w});
    }
  }

  template <class Wanted, class Stop>
  static status sleep(word& w, Wanted wanted, const patience<Env, Stop>& p) {
    if constexpr (Wait::spins) os::look_at_quota();  // for the next wait: this one has lost nothing by it
    [[maybe_unused]] const auto registration = on_stop(p.stop, w);
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
