// SPDX-License-Identifier: MIT
#pragma once

// event_count for data that changes often and is seldom waited for: a notify while nobody sleeps is two loads and a branch, without a
// locked instruction, and writes nothing. Who is about to sleep pays for it with a system call, some 0.5 us.
//
// Who: any thread of one process does anything.
// Progress: a notify is wait-free while nobody sleeps; if somebody does who was not told yet, it is lock-free: an RMW and a FUTEX_WAKE.
//   prepare and cancel are lock-free; prepare interrupts the CPUs on which this process runs. wait and await wait for a notify, and, asleep,
//   while whoever notified is between its RMW and its FUTEX_WAKE.
// Memory: what was done before a notify is visible after a wait() that returned ok because of it. await: what the predicate makes visible.
// Errors: ok, timeout or stopped; nothing throws but the predicate. A timeout or a stop that ties with a notify is ok (wait), with a true
//   predicate is ok (await).
// Destruction: when every call has returned, on both sides.
// Between processes: not at all; event_count is for that.
//
// The protocol and the face (handoff/event_count_face.hpp: wait, await and key) are those of event_count; but prepare() enrols, so each needs
// its one wait(key) or cancel(). From prepare on a notify has somebody to wake: who wants to spin does so before, as await does; wait() of
// a policy that parks sleeps at once.
// wait returns ok whenever anything has happened since prepare, a notify meant for somebody else, or a stop, theirs or one's own, that came
// during the sleep, or nothing at all: look again, and the next wait says stopped. notify_one wakes at least one of those who were waiting,
// if any; who takes what it was for, and sees more, notifies for the next.
//
// State: wait/epochs.hpp. Why no wake is lost: two words are in play, the data and the sleepers, each written by one side and read by the
// other. Between its write and its read the notifier has a light fence (for the compiler only) and the waiter a heavy one, membarrier(2): every
// running thread executes a full barrier. So either the notifier's barrier came after its write, and the waiter sees the data; or before
// it, and the notifier sees the sleeper. An RMW in the place of the fence, on another word, would do on x86 alone.
// Where the kernel refuses the call when this is constructed, a notify is an RMW, as in event_count: is_asymmetric() is false. Where it
// refuses later (a sandbox entered meanwhile), who sleeps looks again after a millisecond at most, and bounded_parks() counts how often.
// Waiting: Wait is busy_spin, spin_yield, spin_park (default) or park; await polls the predicate itself.
// Source: D. Vyukov, "Asymmetric eventcount" (2008), fence against fence; the asymmetric pair: D. Goldblatt, P1202 (2018).
//
// Edges
//   sleep   must_wake: light_fence <> is_fenced: heavy_fence   the data is seen, or who sleeps   dies: AsymmetricEventCountModel.EveryOrderIsNeeded
//   turn    must_wake: light_fence <> wait/epochs.hpp: heavy_fence   the data is seen, or that nobody comes
//           dies: EventCountModel.EveryOrderIsNeeded

#include <volley/config.hpp>
#include <volley/env/native_wait.hpp>
#include <volley/env/scope.hpp>
#include <volley/handoff/event_count_face.hpp>
#include <volley/status.hpp>
#include <volley/wait/epochs.hpp>
#include <volley/wait/patience.hpp>
#include <volley/wait/policy.hpp>
#include <volley/wait/stopping.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <type_traits>

namespace volley {

namespace detail {

/// A place among the sleepers.
struct fenced_place {
  std::uint32_t epoch;
  bool is_fenced;  ///< false: a notify may go unseen
};

}  // namespace detail

template <class Wait = spin_park, class Env = native>
class alignas(cache_line) asymmetric_event_count
    : public detail::event_count_face<asymmetric_event_count<Wait, Env>, Env, detail::fenced_place> {
  using enum std::memory_order;
  using os = typename Env::os;
  using core = detail::epochs<Env, Wait, in_process>;
  using face = detail::event_count_face<asymmetric_event_count, Env, detail::fenced_place>;
  friend face;
  static constexpr std::chrono::milliseconds longest_bounded_park{1};

 public:
  using key = typename face::key;
  using time_point = typename face::time_point;

  asymmetric_event_count() noexcept(noexcept(core(0U))) : asymmetric_event_count(0U) {}
  /// first: how many epochs there have been; for tests of the wrap.
  explicit asymmetric_event_count(std::uint32_t first) noexcept(noexcept(core(0U)))
      : core_(first), is_asymmetric_(os::fences_work()) {}

  /// False where the kernel refused the heavy fence when this was constructed.
  bool is_asymmetric() const noexcept { return is_asymmetric_; }
  /// How often a wait looked again by the clock, because the kernel refused the heavy fence later.
  std::uint32_t bounded_parks() const noexcept {
    return bounded_parks_.load(relaxed);  // ~ count
  }

  void notify_one() noexcept { (void)notify(1); }
  void notify_all() noexcept { (void)notify(detail::everybody); }

  /// To be followed by a look at the data, and then wait(key) or cancel().
  [[nodiscard]] key prepare() noexcept {
    const std::uint32_t now = enrol();
    return key({now, is_fenced()});
  }
  void cancel() noexcept { core_.withdraw(); }

 protected:
  // ---- for a class that has ways of its own to wait: channel/watched_event.hpp ----

  /// Whether there was somebody enrolled, and not told before, for this call to wake: who enrolled by enrol(), the caller is to tell, up to n.
  bool notify(int n) noexcept {
    if (!is_asymmetric_) [[unlikely]]
      return core_.advance(n);
    return must_wake() && core_.wake(n);
  }
  /// The same for one, by how(core), which is called if somebody sleeps: its wake(1), or wake_in_turn().
  template <class How>
  bool notify_one_as(const How& how) noexcept {
    if (!is_asymmetric_) [[unlikely]]
      return core_.advance(1);
    return must_wake() && how(core_);
  }

  /// The two halves of prepare(). cancel() ends it.
  std::uint32_t enrol() noexcept {
    std::uint32_t now = core_.now();
    while (!core_.enrol(now)) now = core_.now();
    return now;
  }
  /// Nobody who was woken in turn is coming any more. False if nobody was; else a look follows, or a notify.
  bool end_turn() noexcept { return core_.end_turn(); }
  /// False: a notify may go unseen.
  bool is_fenced() noexcept {
    return !is_asymmetric_ || os::heavy_fence();  // <> sleep: enrolled, then the look at the data
  }

 private:
  bool must_wake() const noexcept {
    os::light_fence();  // <> sleep, <> turn: the data is changed, then the look for who sleeps, and who comes
    return core_.must_wake();
  }

  template <class Stop>
  status wait_until(key k, time_point deadline, const Stop& stop) noexcept {
    const detail::patience<Env, Stop> p{deadline, stop};
    if (k.place.is_fenced) [[likely]]
      return wait_and_leave(k, p);
    // A notify may have gone unseen, or still go: what it was about is seen after this.
    bounded_parks_.fetch_add(1, relaxed);  // ~ count
    const time_point soon = os::now() + longest_bounded_park;
    const detail::patience<Env, Stop> bounded{(std::min)(soon, deadline), stop};
    const status s = wait_and_leave(k, bounded);
    return s == status::timeout && soon < deadline ? status::ok : s;
  }

  template <class Stop>
  status wait_and_leave(key k, const detail::patience<Env, Stop>& p) noexcept {
    if constexpr (Wait::parks) {
      return core_.sleep(k.place.epoch, p);
    } else {
      const auto over = [this, k] { return core_.now() != k.place.epoch; };
      const status s = core_.wait(
          over, [] { return status::ok; }, p);
      core_.leave();
      return s;
    }
  }

  /// Enrolled as long as it lives, unless it waits; also when a predicate throws.
  class enrolment {
   public:
    explicit enrolment(asymmetric_event_count& e) noexcept : all_(e), key_(e.prepare()) {}
    enrolment(const enrolment&) = delete;
    enrolment& operator=(const enrolment&) = delete;
    ~enrolment() {
      if (!has_ended_) all_.cancel();
    }
    template <class Stop>
    status wait(const detail::patience<Env, Stop>& p) noexcept {
      has_ended_ = true;
      return all_.wait_until(key_, p.deadline, p.stop);
    }

   private:
    asymmetric_event_count& all_;
    key key_;
    bool has_ended_ = false;
  };

  template <class There, class Stop>
  status sleep_until(const There& there, const detail::patience<Env, Stop>& p) {
    for (;;) {
      enrolment me(*this);
      if (there()) return status::ok;
      const bool is_over = me.wait(p) != status::ok || p.is_over();
      if (there()) return status::ok;
      if (is_over) return p.why();
    }
  }

  core core_;
  typename Env::template atomic<std::uint32_t> bounded_parks_{0};
  const bool is_asymmetric_;
};

static_assert(sizeof(asymmetric_event_count<>) == cache_line && std::is_standard_layout_v<asymmetric_event_count<>>);

}  // namespace volley
