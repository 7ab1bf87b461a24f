// SPDX-License-Identifier: MIT
#pragma once

// How any number of threads wait for something that is not in the word on which they sleep: each notify ends an epoch, and a sleeper wants
// to know that its epoch is over. The common core of the two event counts.
//
// Who: any thread does anything.
// Progress: advance is wait-free while nobody sleeps, one RMW; if somebody does who was not told yet, it is lock-free, and one more RMW and
//   one system call. enrol is lock-free. sleep ends when the epoch, the deadline or the stop comes; it also waits while whoever ended the
//   epoch is between its RMW and its FUTEX_WAKE.
// Memory: what was done before an epoch was ended is visible to who has since seen it over: in now(), enrol() or sleep(). What somebody did before
//   enrol(), to whoever advances and is told that it was for it to wake them.
//
// State: | epoch | sleepers | coming | told |, from the top: 32, 30, 1 and 1 bits. The kernel compares the epoch.
//   epoch      ended by who advances, and by a stop; it wraps
//   sleepers   who is enrolled: asleep, about to be, or has been woken and has not yet gone
//   told       each of them enrolled in an epoch that is over, and whoever set this wakes them all: nobody else need do so
//   coming     one of them was woken in turn, and has not left yet (below); their epochs are over, too
// Who enrols clears told and coming, by a CAS on the very word that it has seen, epoch included. Who advances does an RMW on the same word, so its
// modification order decides: either the CAS came first and is seen there, or the epoch was over and the CAS fails. Between enrolling and
// sleeping the kernel compares the epoch once more under its own lock. told is set by the very RMW that ends an epoch (set by a second one, it
// could fall on who has enrolled in between: their number tells nothing), and all are woken then, for who enrols later could else take the
// wake of one who was told. Between processes neither is ever set: there a waker that is killed before its FUTEX_WAKE must not keep the
// others from waking. A sleeper leaves when its epoch is over; sooner only for a deadline or a stop, by a CAS on a word that has its epoch,
// so that it has missed nothing.
// In turn. Where each change wakes one sleeper, and who was woken looks and passes on what it leaves, nobody need be woken while one who was is
// still coming: with more threads than CPUs, a wake per element costs more than the elements. Who wakes in turn sets coming. Whoever clears
// it, by leaving or by enrolling, has a heavy fence after that, and then looks; whoever changes something has a light one before its look at
// coming: so either it sees coming cleared, and wakes another, or its change is seen by who cleared it. Who leaves without a look after that,
// because it has had one while it was enrolled, withdraws, and leaves coming to others. There is one to come, or nobody for whom: FUTEX_WAKE
// is after the RMW that ended the epochs of all who are enrolled, so of those who sleep one leaves.
// After exactly 2^32 epochs between its look at the epoch and its sleep a thread would sleep through them: 8 s of uninterrupted
// notifies, at 2 ns each, to a thread that is stopped all that time.
// Source: D. P. Reed, R. K. Kanodia, "Synchronization with eventcounts and sequencers" (CACM 22:2, 1979); epoch and waiters in one word as
// in folly's EventCount. That who is told already costs no second wake is ours. One woken at a time, who wakes the next: D. Vyukov's
// design of the Go scheduler (2012), of threads in the place of elements.
//
// Edges
//   notify   advance: fetch_add, wake_unless: CAS -> look: load   all before the notify may be used   dies: EventCountModel.EveryOrderIsNeeded
//   enrol    enrol: CAS -> wake_unless: CAS                how it waits who is enrolled     dies: EventCountModel.EveryOrderIsNeeded
//   turn     handoff/asymmetric_event_count.hpp: light_fence <> after_a_turn: heavy_fence   the change is seen, or that nobody comes
//            dies: EventCountModel.EveryOrderIsNeeded

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
#include <optional>

namespace volley::detail {

template <class Env, class Wait, class Scope>
class epochs {
  using enum std::memory_order;
  using os = typename Env::os;
  using bits = std::uint64_t;
  static constexpr bits told = 1;
  static constexpr bits coming = 2;
  static constexpr bits one_sleeper = 4;
  static constexpr bits one_epoch = bits{1} << 32;

 public:
  using epoch = std::uint32_t;

  /// first: so that tests begin a few epochs before the wrap.
  constexpr explicit epochs(epoch first = 0) noexcept(noexcept(word(bits{0}))) : word_(bits{first} << 32) {}

  epoch now() const noexcept { return epoch_of(look()); }

  /// Ends the epoch, and wakes up to n of those who sleep. Whether it was for this call to wake somebody: then who is enrolled, but waits
  /// otherwise than in sleep(), is for the caller to tell, up to n of them.
  bool advance(int n) noexcept {
    const bits before = word_.fetch_add(one_epoch, release);  // -> notify: what it is about
    if (must_wake(before)) [[unlikely]]
      return wake(n);
    return false;
  }

  /// For who has a fence before it: nothing need be done if this is false, else one of the two after it, which say the same as advance().
  bool must_wake() const noexcept { return must_wake(look()); }
  bool wake(int n) noexcept { return wake_unless(0, n); }
  /// In process: one, unless another is coming who was woken so, and will look.
  bool wake_in_turn() noexcept { return wake_unless(coming, 1); }

  bool is_awaited() const noexcept {
    return must_wake(word_.load(relaxed));  // ~ hint(notify)
  }

  /// Enrols the caller as a sleeper; false if that epoch is over. Then sleep(), leave() or withdraw().
  bool enrol(epoch mine) noexcept {
    for (bits seen = look(); epoch_of(seen) == mine; seen = look()) {
      // -> enrol: how it waits; ~ hint(notify)
      if (!word_.compare_exchange_strong(seen, (seen + one_sleeper) & ~(told | coming), release, relaxed)) continue;
      if ((seen & coming) != 0) [[unlikely]]
        after_a_turn();
      return true;
    }
    return false;
  }
  /// Before a look.
  void leave() noexcept {
    const bits before = word_.fetch_sub(one_sleeper, relaxed);  // ~ own
    if ((before & coming) != 0) [[unlikely]]
      (void)end_turn();
  }
  /// After one.
  void withdraw() noexcept {
    word_.fetch_sub(one_sleeper, relaxed);  // ~ own
  }
  /// Nobody is coming any more. False if nobody was; else a look follows, or a wake.
  [[gnu::noinline]] bool end_turn() noexcept {
    if ((word_.fetch_and(~coming, relaxed) & coming) == 0) return false;  // ~ own
    after_a_turn();
    return true;
  }

  /// Who is enrolled sleeps until that epoch is over, and is no longer enrolled. ok, timeout or stopped; ok also for a stop that came
  /// while it slept: it is for the caller to look whether there is more than that.
  template <class Stop>
  status sleep(epoch mine, const patience<Env, Stop>& p) noexcept {
    if constexpr (Wait::spins) os::look_at_quota();  // for the next wait: this one has lost nothing by it
    // Before there is a callback: of a stop that has been requested already it would make a new epoch, again and again.
    std::optional<status> end = ended(mine, p);
    if (end) return *end;
    [[maybe_unused]] const auto registration = on_stop<os>(p.stop, begin_another{word_});
    for (end = ended(mine, p); !end; end = ended(mine, p)) (void)os::park(word_, mine, Scope::value, p.deadline);
    return *end;
  }

  /// Polls ready() as the policy says, and then does what sleep() is.
  template <class Ready, class Sleep, class Stop>
  status wait(const Ready& ready, const Sleep& sleep, const patience<Env, Stop>& p) {
    return spinning<Env, Wait>::wait(ready, sleep, {seat_, seat_, &word_}, p);
  }

 private:
  using word = typename Env::template atomic<bits>;

  static constexpr epoch epoch_of(bits seen) noexcept { return static_cast<epoch>(seen >> 32); }
  static constexpr bits sleepers_in(bits seen) noexcept { return (seen % one_epoch) / one_sleeper; }
  static constexpr bool must_wake(bits seen) noexcept { return sleepers_in(seen) != 0 && (seen & told) == 0; }

  bits look() const noexcept {
    return word_.load(acquire);  // <- notify: what was done before this epoch began
  }
  bool change(bits seen, bits next) noexcept {
    return word_.compare_exchange_strong(seen, next, relaxed, relaxed);  // ~ chain(notify); ~ hint(notify)
  }

  /// How the sleep of one who is enrolled has ended, who then is no longer; nothing if it has not.
  template <class Stop>
  std::optional<status> ended(epoch mine, const patience<Env, Stop>& p) noexcept {
    for (;;) {
      const bits seen = look();
      if (epoch_of(seen) != mine) {
        leave();
        return status::ok;
      }
      if (!p.is_over()) return std::nullopt;
      if (change(seen, seen - one_sleeper)) return p.why();
    }
  }

  static void after_a_turn() noexcept {
    if (!os::heavy_fence())  // <> turn: nobody comes, then the look
      let_stores_arrive<Env>();
  }

  /// turn: what nobody is to be woken beside, and is set when not all are.
  [[gnu::noinline]] bool wake_unless(bits turn, int n) noexcept {
    for (bits seen = look(); must_wake(seen) && (seen & turn) == 0; seen = look()) {
      const bool all = bits(n) >= sleepers_in(seen);
      const bits all_told = Scope::value == sharing::in_process ? told : 0;
      const bits mark = all ? all_told : turn;
      // Who is enrolled by now need not be who was seen: they may be as many.
      // -> notify, <- enrol: what it is about; how they wait; ~ hint(notify)
      if (!word_.compare_exchange_strong(seen, (seen + one_epoch) | mark, acq_rel, relaxed)) continue;
      if constexpr (Wait::spins && (Wait::parks || Wait::yields)) seat_.note_cpu();
      if constexpr (Wait::parks) wake_some<Wait, os>(&word_, all ? everybody : n, Scope::value);
      return true;
    }
    return false;
  }

  /// What a stop does while a waiter sleeps. All are woken: which of them is meant cannot be said to the kernel. That the request is seen
  /// afterwards is the stop token's own doing: the callback is gone, or over, before sleep() returns.
  struct begin_another {
    word& w;

    void operator()() const noexcept {
      w.fetch_add(one_epoch, relaxed);  // ~ chain(notify)
      os::wake(&w, everybody, Scope::value);
    }
  };

  word word_;
  seat<Env> seat_;
};

}  // namespace volley::detail
