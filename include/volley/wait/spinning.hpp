// SPDX-License-Identifier: MIT
#pragma once

// What a wait does before it sleeps, by policy: polls, yields, or neither; and what it learns from that. The one place of the library
// that knows how long to spin.
//
// The rule of spin_park: spin for no longer than a park and its wake are seen to cost, which is never worse than twice the better of
// spinning and sleeping; not at all while the waits at this place are longer than that; and not at all while the peer cannot be running: it
// was last seen to post from this very CPU, or to wait on it, or the quota is one CPU. Then it yields at most twice, for its peer to run, and
// sleeps.
// A look may take the line from who is about to write it, most of all where that one has written beside the word and waits with an RMW until
// that is out. So who has just looked in vain leaves the line alone for the time of a journey, and pauses between any two looks.
// Source: A. Karlin, K. Li, M. Manasse, S. Owicki, "Empirical studies of competitive spinning for a shared-memory multiprocessor"
// (SOSP 1991).

#include <volley/status.hpp>
#include <volley/wait/patience.hpp>
#include <volley/wait/policy.hpp>
#include <volley/wait/seat.hpp>

#include <cstdint>

namespace volley::detail {

/// Whose the seats of an object are: each that of one side, who says there where it waits; or those of all, where posts say where they come from.
enum class seats_of : std::uint8_t { each_side, all };

/// Where a wait takes place. mine: what is learnt; peer: where the other side is (of an object with one seat, the same); word: what it
/// sleeps on, for the log of wakes.
template <class Env>
struct place_of_wait {
  seat<Env>& mine;
  seat<Env>& peer;
  const void* word;
  seats_of whose = seats_of::all;
};

template <class Env, class Wait>
class spinning {
  using os = typename Env::os;
  using time_point = typename os::time_point;
  using duration = typename os::duration;
  enum class spun : std::uint8_t { ready, over, enough };
  static constexpr bool cares_for_cpus = Wait::parks || Wait::yields;

 public:
  /// Waits until ready(), one look that takes what is waited for and says whether it did; what is there or on its way is found by code
  /// inlined into the caller. sleep() is what to do when polling is over: it returns ok when it took the same, or why not.
  template <class Ready, class Sleep, class Stop>
  static status wait(const Ready& ready, const Sleep& sleep, const place_of_wait<Env>& here,
                     const patience<Env, Stop>& p) {
    if (ready()) return status::ok;
    if constexpr (Wait::spins && Env::hot_polls > 1) {
      bool doubted = false;
      Env::relax();
      for (unsigned i = 1; i != Env::hot_polls; ++i) {
        Env::relax();
        if (ready()) {
          if (doubted) [[unlikely]]
            here.peer.forget_cpu();
          return status::ok;
        }
        if (i != 1 || !cares_for_cpus || can_run(here.peer)) continue;
        if (!doubts()) break;
        doubted = true;
      }
    }
    return wait_long(ready, sleep, here, p);
  }

 private:
  /// By value: what this refers to need not lie in memory, written anew for each wait, while there is only code inlined into the caller.
  template <class Ready, class Sleep, class Stop>
  [[gnu::noinline]] static status wait_long(Ready ready, Sleep sleep, place_of_wait<Env> here,
                                            const patience<Env, Stop>& p) {
    if (p.is_over()) return ready() ? status::ok : p.why();
    if constexpr (!Wait::spins) {
      return sleep();
    } else if constexpr (!cares_for_cpus) {
      return poll(ready, os::never, p) == spun::ready ? status::ok : p.why();
    } else {
      if (here.whose == seats_of::each_side) here.mine.note_cpu();
      if (!can_run(here.peer)) return give_way(ready, sleep, p);
      if constexpr (Wait::parks) return spin_then_sleep(ready, sleep, here, p);
      const spun end = poll(ready, os::now() + duration(Env::shortest_spin), p);
      if (end == spun::enough) return yield_on(ready, p);
      return end == spun::ready ? status::ok : p.why();
    }
  }

  static bool can_run(const seat<Env>& peer) noexcept { return !peer.is_here() && os::two_can_run(); }
  /// Now and then, for the peer may have moved on, and no longer wait for long, which is where it says so.
  static bool doubts() noexcept { return os::next_of(16) == 0; }

  template <class Ready, class Stop>
  static spun poll(const Ready& ready, time_point enough, const patience<Env, Stop>& p) {
    for (;;) {
      for (unsigned i = 0; i != Env::polls_per_look; ++i) {
        Env::relax();
        if (ready()) return spun::ready;
      }
      if (p.is_over()) return ready() ? spun::ready : spun::over;
      if (enough != os::never && os::now() >= enough) return spun::enough;
    }
  }

  template <class Ready, class Sleep, class Stop>
  static status spin_then_sleep(const Ready& ready, const Sleep& sleep, const place_of_wait<Env>& here,
                                const patience<Env, Stop>& p) {
    const time_point start = os::now();
    const duration budget(here.mine.budget(os::park_cost()));
    // Where no spin may last (in the model), one poll stands for all.
    if (budget != duration::zero() || Env::longest_spin == 0) {
      const spun end = poll(ready, start + budget, p);
      if (end == spun::ready) return status::ok;
      if (end == spun::over) return p.why();
    }
    const status s = sleep();
    const time_point end = os::now();
    os::learn_park_cost(here.word, start, end);
    const std::int64_t took = duration(end - start).count();
    const std::uint32_t cost = os::park_cost();
    here.mine.learn(s == status::ok ? took - cost : seat<Env>::no_answer, cost);
    return s;
  }

  /// The peer cannot run while this side polls: let it run, and if that brings nothing, sleep (or go on yielding).
  template <class Ready, class Sleep, class Stop>
  static status give_way(const Ready& ready, const Sleep& sleep, const patience<Env, Stop>& p) {
    if constexpr (!Wait::parks) {
      return yield_on(ready, p);
    } else {
      for (int i = 0; i != 2; ++i) {
        os::yield();
        if (ready()) return status::ok;
      }
      return sleep();
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
};

}  // namespace volley::detail
