// SPDX-License-Identifier: MIT
#pragma once

// How any number of threads wait for a 64-bit word, and how others post to it: they spin as wait/spinning.hpp says, then sleep. For words
// on which one thread sleeps at a time wait/wait_on.hpp is smaller and faster.
//
// Who: any thread does anything.
// Progress: a post is one RMW (or a loop of them, where it depends on the value; lock-free), and one system call if somebody sleeps. A
//   wait ends when what it waits for, the deadline or the stop comes; asleep, it also waits while whoever posted is between its RMW and
//   its FUTEX_WAKE.
// Memory: what a poster did before its RMW is visible to who took what that RMW, or an earlier one, made takeable.
//
// State: | ticks | sleepers | value |, from the top. The kernel compares the upper half, in which the ticks are.
//   value      what the user of this means by it
//   sleepers   who is asleep, about to be, or has been woken and has not yet gone
//   ticks      how often something happened that a sleeper may want to know: a post, or a stop. They fall off the top when they wrap
// A waiter enrols by a CAS on the very word that it found wanting; a poster does its RMW on the same word. So the word's modification
// order decides: either the waiter enrolled first and the poster sees a sleeper, or the post came first, the CAS fails, and the waiter finds
// the post. No third case on any CPU, and no fence. Between enrolling and sleeping every post and every stop ticks, and the kernel, which
// compares once more under its own lock, then does not let the waiter sleep. (After exactly 2^(64 - ValueBits - SleeperBits) of them between
// a look and the sleep it would: 2^28 for the semaphore, seconds of uninterrupted posts to a thread stopped all that time.)
// Whoever leaves by deadline or stop looks once more in the RMW by which it leaves: what there is to take it takes. So no wake is lost
// with who leaves. The RMW is a poster's last touch: once a wait has returned ok, its only waiter may destroy the word.
// Source: the semaphore of glibc since 2.21 (T. Riegel), value and sleepers in one word; the ticks are those of an event count
// (D. P. Reed, R. K. Kanodia, "Synchronization with eventcounts and sequencers", 1979).
//
// Edges
//   post   post, replace, swap: RMW -> look: load, try_take, swap, change: CAS    before the post, after    dies: CrowdModel.EveryOrderIsNeeded
//   enrol  change: CAS -> post, replace: RMW             the bell of who sleeps elsewhere         dies: CrowdModel.EveryOrderIsNeeded
//   stop   tick: fetch_add -> sleep: load                the request is seen before the sleep    dies: CrowdModel.EveryOrderIsNeeded

#include <volley/env/scope.hpp>
#include <volley/env/stop.hpp>
#include <volley/status.hpp>
#include <volley/wait/bells.hpp>
#include <volley/wait/patience.hpp>
#include <volley/wait/policy.hpp>
#include <volley/wait/seat.hpp>
#include <volley/wait/spinning.hpp>
#include <volley/wait/stopping.hpp>

#include <atomic>
#include <cstdint>
#include <optional>

namespace volley::detail {

struct several_access;  // wait/several.hpp

template <class Env, class Wait, class Scope, unsigned ValueBits, unsigned SleeperBits>
class crowd {
  using enum std::memory_order;
  using os = typename Env::os;

 public:
  using bits = std::uint64_t;
  using environment = Env;
  using policy = Wait;
  using scope = Scope;
  static constexpr bits one_value = 1;
  static constexpr bits one_sleeper = bits{1} << ValueBits;
  static constexpr bits one_tick = one_sleeper << SleeperBits;
  static constexpr bits most_value = one_sleeper - 1;
  static constexpr bits most_sleepers = (one_tick - 1) / one_sleeper;
  static_assert(ValueBits + SleeperBits >= 32, "the kernel compares the upper half: each tick must change it");
  static_assert(ValueBits + SleeperBits <= 40, "too few ticks");

  /// A process that is killed may take a wake with it: between its RMW and its FUTEX_WAKE, or asleep, for it stays in the kernel's queue until
  /// it next runs. So between processes a post also wakes for what was there already while somebody sleeps.
  static constexpr bool may_lose_wakes = Scope::value == sharing::between_processes;

  constexpr explicit crowd(bits value) noexcept : word_(value) {}

  static constexpr bits value_of(bits seen) noexcept { return seen & most_value; }
  static constexpr bits sleepers_in(bits seen) noexcept { return (seen % one_tick) / one_sleeper; }

  bits look() const noexcept {
    return word_.load(acquire);  // <- post: what came before this value may be used
  }

  /// Adds to the value and ticks; wakes up to n sleepers. Nothing of this object is touched after the RMW.
  void post(bits more, int n) noexcept {
    const auto* const address = &word_;
    note_cpu();
    const bits before = word_.fetch_add(more + one_tick, acq_rel);  // <- enrol, -> post: who sleeps; it may be taken
    wake(address, before, n + (may_lose_wakes ? static_cast<int>(value_of(before)) : 0));
  }

  /// Replaces the word by next(seen), which is to leave the sleepers as they are, and wakes up to n of them. A next that changes nothing
  /// passes on what came before all the same, and wakes nobody: who posted it first does, or has (see may_lose_wakes).
  template <class Next>
  void replace(Next next, int n) noexcept {
    const auto* const address = &word_;
    note_cpu();
    bits seen = word_.load(relaxed);  // ~ hint(post)
    bits wanted = next(seen);
    // <- enrol, -> post: who sleeps; it may be taken; ~ hint(post)
    while (!word_.compare_exchange_weak(seen, wanted, acq_rel, relaxed)) wanted = next(seen);
    if (wanted != seen || may_lose_wakes) wake(address, seen, n);
  }

  /// Replaces the word by next(seen), for who takes and posts in one: it sees what came before, and passes it on with its own. Wakes nobody,
  /// and notes no CPU: wake() is the other half. The word as it was.
  template <class Next>
  bits swap(Next next) noexcept {
    bits seen = word_.load(relaxed);  // ~ hint(post)
    // <- post, -> post: what came before each may be used by all that follow; ~ hint(post)
    while (!word_.compare_exchange_weak(seen, next(seen), acq_rel, relaxed)) {
    }
    return seen;
  }
  /// Wakes up to n of the sleepers that the replaced word tells of.
  void wake(bits before, int n) const noexcept { wake(&word_, before, n); }
  /// Notes where it is posted from, where either side may be the one that waits next time: see the seat.
  void note_cpu_shared_with(const seat<Env>& other) noexcept { seat_.note_cpu_shared_with(other); }

  /// Takes what there is to take, now: take(seen) -> the word without it, or nothing. A word that stays as it is is not written.
  template <class Take>
  bool try_take(const Take& take) noexcept {
    for (;;) {
      bits seen = look();
      const std::optional<bits> rest = take(seen);
      if (!rest) return false;
      if (*rest == seen) return true;
      // <- post: also a post that changed nothing may come before this; ~ hint(post)
      if (word_.compare_exchange_weak(seen, *rest, acquire, relaxed)) return true;
    }
  }

  /// The same, waiting for it. ok, timeout or stopped.
  template <class Take, class Stop>
  status wait(const Take& take, const patience<Env, Stop>& p) noexcept {
    return wait(take, p, seat_);
  }
  /// The same, for who may itself have posted last: another seat says where its peer is.
  template <class Take, class Stop>
  status wait(const Take& take, const patience<Env, Stop>& p, seat<Env>& peer) noexcept {
    const auto ready = [this, &take] { return try_take(take); };
    const auto to_sleep = [this, &take, &p] { return sleep(take, p); };
    return spinning<Env, Wait>::wait(ready, to_sleep, {seat_, peer, &word_}, p);
  }

  // ---- for who waits for several at once (wait/several.hpp), a step at a time ----

  using word = typename Env::template atomic<bits>;
  const word& sleeps_on() const noexcept { return word_; }
  seat<Env>& its_seat() noexcept { return seat_; }

  /// Takes what there is to take, and is enrolled no longer; else sees to it that it is enrolled, if there is room. seen: the word then.
  template <class Take>
  bool take_or_enrol(const Take& take, bool& enrolled, bits& seen) noexcept {
    for (;;) {
      seen = look();
      if (const std::optional<bits> rest = take(seen)) {
        if (!change(seen, enrolled ? *rest - one_sleeper : *rest)) continue;
        enrolled = false;
        return true;
      }
      if (enrolled || sleepers_in(seen) == most_sleepers) return false;
      if (!change(seen, seen + one_sleeper)) continue;
      enrolled = true;
      seen += one_sleeper;
      return false;
    }
  }
  /// Leaves, and takes what there is to take, if that is wanted. If not, the wake that came with it may have come to who leaves: it goes on to
  /// the next.
  template <class Take>
  bool leave(const Take& take, bool wanted) noexcept {
    for (;;) {
      const bits seen = look();
      const std::optional<bits> rest = take(seen);
      const bool takes = rest && wanted;
      if (!change(seen, (takes ? *rest : seen) - one_sleeper)) continue;
      if (rest && !wanted) wake(&word_, seen - one_sleeper, 1);
      return takes;
    }
  }

 private:
  void note_cpu() noexcept {
    if constexpr (Wait::spins && (Wait::parks || Wait::yields)) seat_.note_cpu();
  }
  /// n, and not the number of sleepers if that is less: whoever has come to sleep since may be in front of those that are meant.
  static void wake(const word* address, bits before, int n) noexcept {
    if constexpr (Wait::parks) {
      if (n != 0 && sleepers_in(before) != 0) [[unlikely]]
        wake_and_ring(address, n);
    }
  }

  /// Rings for who sleeps on this and other objects, where the kernel cannot wait for several words: nobody is then on this word for it.
  static void wake_and_ring(const word* address, int n) noexcept {
    wake_some<Wait, os>(address, n, Scope::value);
    if constexpr (Scope::value == sharing::in_process) {
      if (auto* const all = bells<Env>::here()) all->ring(address);
    }
  }

  /// What a stop does while a waiter sleeps. All are woken: which of them is meant cannot be said to the kernel.
  struct tick {
    word& w;

    void operator()() const noexcept {
      w.fetch_add(one_tick, release);  // -> stop: the request came before
      os::wake(&w, everybody, Scope::value);
    }
  };

  template <class Take, class Stop>
  status sleep(const Take& take, const patience<Env, Stop>& p) noexcept {
    if constexpr (Wait::spins) os::look_at_quota();  // for the next wait: this one has lost nothing by it
    [[maybe_unused]] const auto registration = on_stop<os>(p.stop, tick{word_});
    bool enrolled = false;
    for (;;) {
      const bits seen = word_.load(acquire);  // <- stop: a request that came before its tick is seen below
      if (const std::optional<bits> rest = take(seen)) {
        if (change(seen, enrolled ? *rest - one_sleeper : *rest)) return status::ok;
      } else if (p.is_over()) {
        if (!enrolled) return try_take(take) ? status::ok : p.why();  // what came with the end of the patience counts
        if (change(seen, seen - one_sleeper)) return p.why();
      } else if (enrolled) {
        (void)os::park(word_, static_cast<std::uint32_t>(seen >> 32), Scope::value, p.deadline);
      } else if (sleepers_in(seen) == most_sleepers) {
        os::yield();  // no room for one more to sleep
      } else {
        enrolled = change(seen, seen + one_sleeper);
      }
    }
  }
  bool change(bits seen, bits next) noexcept {
    // <- post, -> enrol: also a post that changed nothing may come before this; ~ hint(post)
    return word_.compare_exchange_strong(seen, next, acq_rel, relaxed);
  }

  word word_;
  seat<Env> seat_;
};

}  // namespace volley::detail
