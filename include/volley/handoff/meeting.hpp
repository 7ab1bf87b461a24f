// SPDX-License-Identifier: MIT
#pragma once

// Where two threads meet: one comes and waits, the other joins it, and from that one step on neither can go back. What exchanger and
// rendezvous have in common; the waiting is wait/wait_on.hpp's, and who may enter at all is the door's of each (wait/crowd.hpp).
//
// Who: two at a time are inside, each with a place. Its users see to it that after a meeting nobody else can meet until the one who came
//   has seen it: by a place that it alone gives back then. Who has withdrawn gives back its own place.
// Progress: who finds the other one there needs one RMW, and a FUTEX_WAKE if that one sleeps; else it waits for the other one.
// Memory: each sees what the other did before it entered.
//
// State: one word
//   kind    0: nobody waits    offer, wish: with what the one who came waits. wait_on adds its `parked`
//   round   a bit that turns over at each meeting
//   come    0 -> kind      by who finds nobody there; it then waits for the round to turn
//   join    kind -> 0, and the round turns: by the other one. This is the meeting: what both have brought is theirs now
//   leave   kind -> 0 in the same round: the one who came withdraws, by the same word. Of join and leave one succeeds
// One bit is enough for the round, for the reason under Who.
// The one who came sleeps on the word. By the time that it is woken its place may be another's, who sleeps on the word as well: so a wake is
// for all on it, and the one for whom it is not meant sleeps on.
//
// Edges
//   come   meet: word_.CAS (comes) -> join: word_.CAS                      what it brought    dies: MeetingModel.EveryOrderIsNeeded
//   meet   join: word_.CAS -> wait_on.hpp look: w.load, wait: word_.load   what it brought    dies: MeetingModel.EveryOrderIsNeeded

#include <volley/status.hpp>
#include <volley/wait/patience.hpp>
#include <volley/wait/seat.hpp>
#include <volley/wait/stopping.hpp>
#include <volley/wait/wait_on.hpp>

#include <atomic>
#include <cstdint>
#include <type_traits>

namespace volley::detail {

/// What can be handed over and, if nobody comes for it, handed back.
template <class T>
concept comes_back = std::is_nothrow_move_constructible_v<T> && std::is_nothrow_move_assignable_v<T> &&
    std::is_nothrow_destructible_v<T>;

template <class Env, class Wait, class Scope>
class meeting {
  using enum std::memory_order;
  using os = typename Env::os;
  using waiting = wait_on<Env, Wait, Scope>;

 public:
  using bits = std::uint32_t;
  static constexpr bits offer = 1;
  static constexpr bits wish = 2;

  constexpr meeting() noexcept : word_(0U) {}

  /// How it ended. ok: they have met, and what either has brought may be taken; timeout or stopped: withdrawn.
  struct outcome {
    status why;
    bool came;  // and was joined
    bits replaced = 0;
  };

  /// Joins one who waits with `theirs`, or waits with `mine` to be joined.
  template <class Stop>
  outcome meet(bits mine, bits theirs, const patience<Env, Stop>& p) noexcept {
    for (bool noted = false;;) {
      bits seen = word_.load(relaxed);  // ~ hint(come)
      if ((seen & kinds) == theirs) {
        // Unless this side has put its own note where the other one's was.
        if (Wait::spins && !noted) met_.note_cpu_shared_with(came_);
        if (join(seen)) return {status::ok, false, seen};
      } else {
        if constexpr (Wait::spins) came_.note_cpu();
        noted = true;
        const bits now = seen | mine;
        const bool here =
            word_.compare_exchange_strong(seen, now, release, relaxed);  // -> come: its gift; ~ hint(come)
        if (here) return {wait(now, p), true};
      }
    }
  }

  /// Joins one who waits with `theirs`, if one does; empty otherwise.
  outcome try_meet(bits theirs) noexcept {
    bits seen = word_.load(relaxed);  // ~ hint(come)
    while ((seen & kinds) == theirs) {
      if (join(seen)) return {status::ok, false, seen};
    }
    return {status::empty, false};
  }

  /// Who has joined owes this to the other one, who may be asleep; last of all, for on one CPU that one then runs at once.
  void wake([[maybe_unused]] const outcome& met) const noexcept {
    if constexpr (Wait::parks) {
      if ((met.replaced & waiting::parked) != 0) [[unlikely]]
        wake_some<Wait, os>(&word_, everybody, Scope::value);
    }
  }

  /// Where the last two were who met, if that was one CPU: for who waits to enter.
  seat<Env>& peer() noexcept { return met_; }
  /// Whether one waits with `theirs`, as far as can be seen.
  bool awaits(bits theirs) const noexcept {
    return (word_.load(relaxed) & kinds) == theirs;  // ~ hint(come)
  }

 private:
  using word = typename Env::template atomic<bits>;
  static constexpr bits kinds = offer | wish;
  static constexpr bits round = 4;

  /// False, and what is there instead, if the one who waited is gone, or has just gone to sleep.
  bool join(bits& seen) noexcept {
    const bits next = (seen & round) ^ round;
    // <- come, -> meet: what either has brought; ~ hint(come)
    return word_.compare_exchange_strong(seen, next, acq_rel, relaxed);
  }

  template <class Stop>
  status wait(bits mine, const patience<Env, Stop>& p) noexcept {
    const auto have_met = [mine](bits seen) { return ((seen ^ mine) & round) != 0; };
    const status s = waiting::until(word_, have_met, met_, met_, p);
    if (s == status::ok || leave(mine)) return s;
    const bits now = word_.load(acquire);  // <- meet: what the other one, who was faster, has brought
    return have_met(now) ? status::ok : s;
  }
  bool leave(bits mine) noexcept {
    return word_.compare_exchange_strong(mine, mine & round, relaxed, relaxed);  // ~ own; ~ hint(meet)
  }

  word word_;
  seat<Env> came_;  // where the last one was who came
  seat<Env> met_;   // where the last two were who met, if that was one CPU; and how long waiting is worth spinning
};

}  // namespace volley::detail
