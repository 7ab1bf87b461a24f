// SPDX-License-Identifier: MIT

// parker, auto_reset_event and manual_reset_event: what they ask of the kernel, and what the kernel may do to them. "No wake syscall
// unless somebody is parked."

#include <volley/env/counting.hpp>

#include <gtest/gtest.h>

#include <linux/futex.h>
#include <pthread.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "events.hpp"
#include "scale.hpp"

#include <array>
#include <atomic>
#include <chrono>
#include <climits>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <thread>

namespace volley::testing {
namespace {

using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;

/// What `action` costs the calling thread.
template <class Action>
step_tally cost_of(const Action& action) {
  counting::tally() = {};
  action();
  return counting::tally();
}

template <class Kind>
class EventCost : public ::testing::Test {
 protected:
  static constexpr bool counts_sleepers =
      !std::is_same_v<typename Kind::event, parker<typename Kind::policy>>;  // in a word of 64 bits

  watchdog watch_{60};
  typename Kind::template with<counting> event_;
};
TYPED_TEST_SUITE(EventCost, each_event, event_names);

// S30, concurrentqueue #210: a timeout of zero entered the kernel. Handoff row 17, GCC 12's semaphore: wakes with nobody there.
TYPED_TEST(EventCost, NothingEntersTheKernelWhileNobodyNeedsToWait) {
  auto& e = this->event_;
  EXPECT_EQ(cost_of([&] { EXPECT_FALSE(try_wait(e)); }).syscalls(), 0U);
  EXPECT_EQ(cost_of([&] { EXPECT_EQ(wait(e, clock::time_point{}), status::timeout); }).syscalls(), 0U);
  EXPECT_EQ(cost_of([&] { EXPECT_EQ(wait(e, clock::now()), status::timeout); }).syscalls(), 0U);
  EXPECT_EQ(cost_of([&] { set(e); }).syscalls(), 0U);
  EXPECT_EQ(cost_of([&] { set(e); }).syscalls(), 0U);
  EXPECT_EQ(cost_of([&] { wait(e); }).syscalls(), 0U);
  EXPECT_EQ(cost_of([&] { reset(e); }).syscalls(), 0U);
}

TYPED_TEST(EventCost, AnOperationIsOneLockedInstructionAtMost) {
  auto& e = this->event_;
  for (int i = 0; i != 2; ++i) {  // not set, and set already: it is written all the same
    const auto set_it = cost_of([&] { set(e); });
    EXPECT_EQ(set_it.locked(), 1U);
    EXPECT_LE(set_it.steps(), this->counts_sleepers ? 4U : 3U) << "the note of the CPU, a look, and the RMW";
  }
  const auto waited = cost_of([&] { wait(e); });
  EXPECT_EQ(waited.locked(), TypeParam::stays ? 0U : 1U);
  EXPECT_EQ(waited.steps(), TypeParam::stays ? 1U : 2U);
  const auto looked = cost_of([&] { (void)try_wait(e); });
  EXPECT_EQ(looked.locked(), 0U);
  EXPECT_EQ(looked.steps(), 1U);
  if constexpr (TypeParam::stays) {
    EXPECT_EQ(cost_of([&] { e.reset(); }).locked(), 1U);
    EXPECT_EQ(cost_of([&] { e.reset(); }).locked(), 0U) << "nothing to undo";
  }
}

// The other side looks again and again by itself, and never sleeps.
TYPED_TEST(EventCost, ASetForWhoIsAwakeWakesNobody) {
  const std::size_t n = scaled(hops<typename TypeParam::policy>(3'000));
  typename TypeParam::template with<counting> other;
  std::uint64_t syscalls[2] = {};
  const auto play = [&](auto& mine, auto& others, unsigned which) {
    for (std::size_t i = 0; i != n; ++i) {
      until([&] { return try_wait(mine); });
      reset(mine);
      syscalls[which] += cost_of([&] { set(others); }).syscalls();
    }
  };
  set(this->event_);
  together([&] { play(this->event_, other, 0); }, [&] { play(other, this->event_, 1); });
  EXPECT_EQ(syscalls[0] + syscalls[1], 0U);
}

// A waiter that timed out left no mark: who sets it later does not wake nobody.
TYPED_TEST(EventCost, ASetAfterATimeoutWakesNobody) {
  for (int i = 0; i != 20; ++i) {
    EXPECT_EQ(wait(this->event_, clock::now() + 200us), status::timeout);
    EXPECT_EQ(cost_of([&] { set(this->event_); }).syscalls(), 0U);
    EXPECT_TRUE(try_wait(this->event_));
    reset(this->event_);
  }
}

// In a whole game: who never parks is never woken, and nobody is woken more often than somebody went to sleep.
TYPED_TEST(EventCost, NobodyIsWokenWhoDidNotSleep) {
  using policy = typename TypeParam::policy;
  const std::size_t n = scaled(hops<policy>(3'000));
  typename TypeParam::template with<counting> other;
  step_tally cost[2];
  const auto play = [&](auto& mine, auto& others, unsigned which) {
    cost[which] = cost_of([&] {
      for (std::size_t i = 0; i != n; ++i) {
        wait(mine);
        reset(mine);
        set(others);
      }
    });
  };
  set(this->event_);
  together([&] { play(this->event_, other, 0); }, [&] { play(other, this->event_, 1); });
  for (const unsigned me : {0U, 1U}) {
    const auto& mine = cost[me];
    const auto& peer = cost[1 - me];
    EXPECT_LE(mine[step::wake], n);
    EXPECT_LE(mine[step::park], n + peer[step::wake]) << "one each, and one more for a wake that came late";
    // One who has said that it will sleep, and then found the set, was woken for nothing.
    EXPECT_LE(mine[step::wake], this->counts_sleepers ? n : peer[step::park]);
    if (!policy::parks) {
      EXPECT_EQ(mine[step::park] + mine[step::wake], 0U);
    }
    if (!policy::yields && !policy::parks) {
      EXPECT_EQ(mine.syscalls(), 0U);
    }
    if (policy::parks) {
      EXPECT_LE(mine[step::yield], 2 * n);
    }
  }
}

template <class Kind>
class EventThatParks : public EventCost<Kind> {
 protected:
  /// Waits in a thread, does `meanwhile` once it sleeps, then sets; the costs of the set and of the wait.
  template <class Meanwhile>
  void sleep_and_set(const Meanwhile& meanwhile, step_tally& by_set, step_tally& by_wait) {
    std::atomic<pthread_t> waiter{};
    together(
        [&] {
          waiter = ::pthread_self();
          by_wait = cost_of([&] { EXPECT_EQ(wait(this->event_, clock::now() + 1h), status::ok); });
          reset(this->event_);
        },
        [&] {
          until([&] { return sleepers_on(this->event_) != 0; });
          std::this_thread::sleep_for(100us);  // into the kernel
          meanwhile(waiter.load());
          by_set = cost_of([&] { set(this->event_); });
        });
  }
};
TYPED_TEST_SUITE(EventThatParks, each_parking_event, event_names);

TYPED_TEST(EventThatParks, EachSleepIsOneParkAndOneWake) {
  for (std::size_t i = 0; i != scaled(100); ++i) {
    step_tally by_set;
    step_tally by_wait;
    this->sleep_and_set([](pthread_t) {}, by_set, by_wait);
    EXPECT_EQ(by_set.syscalls(), 1U);
    EXPECT_EQ(by_set[step::wake], 1U);
    EXPECT_EQ(by_set.locked(), 1U);
    EXPECT_EQ(by_wait[step::park], 1U);
    EXPECT_LE(by_wait[step::yield], TypeParam::policy::spins ? 2U : 0U);
    EXPECT_LE(by_wait.locked(), 2U) << "in, and out";
  }
}

// S27, concurrentqueue d40e4e7, 07e22ec, #98, #173: EINTR taken for success, or looped on.
TYPED_TEST(EventThatParks, SignalsAreInvisible) {
  struct sigaction interrupt {};
  struct sigaction before {};
  static std::atomic<unsigned> handled;
  handled = 0;
  interrupt.sa_handler = [](int) { ++handled; };  // and no SA_RESTART
  ::sigaction(SIGUSR1, &interrupt, &before);
  constexpr unsigned signals = 200;
  step_tally by_set;
  step_tally by_wait;
  this->sleep_and_set(
      [&](pthread_t waiter) {
        for (unsigned i = 0; i != signals; ++i) {
          ::pthread_kill(waiter, SIGUSR1);
          until([&] { return handled == i + 1; });
        }
        EXPECT_FALSE(try_wait(this->event_));
      },
      by_set, by_wait);
  ::sigaction(SIGUSR1, &before, nullptr);
  EXPECT_EQ(handled, signals);
  EXPECT_EQ(by_set.syscalls(), 1U);
  EXPECT_LE(by_wait[step::park], signals + 1);
}

// snmalloc #739, swoole #2351, and stale wakes for an object that was there before: a wake-up taken for the event.
TYPED_TEST(EventThatParks, WakesThatMeanNothingAreInvisible) {
  constexpr unsigned wakes = 500;
  step_tally by_set;
  step_tally by_wait;
  this->sleep_and_set(
      [&](pthread_t) {
        long woken = 0;
        for (unsigned i = 0; i != wakes; ++i) {
          woken += ::syscall(SYS_futex, futex_of(this->event_), FUTEX_WAKE | FUTEX_PRIVATE_FLAG, INT_MAX, nullptr,
                             nullptr, 0);
        }
        EXPECT_GT(woken, 0) << "it does not sleep where this test thinks";
        EXPECT_FALSE(try_wait(this->event_));
        EXPECT_EQ(sleepers_on(this->event_), 1U);
      },
      by_set, by_wait);
  EXPECT_EQ(by_set.syscalls(), 1U);
  EXPECT_LE(by_wait[step::park], wakes + 1);
}

TYPED_TEST(EventThatParks, WakesThatMeanNothingDoNotEndAWaitBeforeItsDeadline) {
  std::atomic<bool> done{false};
  together(
      [&] {
        for (int i = 0; i != 5; ++i) {
          const auto deadline = clock::now() + 3ms;
          EXPECT_EQ(wait(this->event_, deadline), status::timeout);
          EXPECT_GE(clock::now(), deadline);
        }
        done = true;
      },
      [&] {
        while (!done) {
          ::syscall(SYS_futex, futex_of(this->event_), FUTEX_WAKE | FUTEX_PRIVATE_FLAG, INT_MAX, nullptr, nullptr, 0);
        }
      });
}

/// Three threads wait; `sets` is called once all of them sleep, and what it costs.
template <class Event, class Sets>
step_tally cost_with_three_asleep(Event& e, const Sets& sets) {
  step_tally cost;
  const auto waiter = [&] { EXPECT_EQ(wait(e, clock::now() + 1h), status::ok); };
  together(waiter, waiter, waiter, [&] {
    until([&] { return sleepers_on(e) == 3; });
    std::this_thread::sleep_for(100us);
    cost = cost_of(sets);
  });
  return cost;
}

// GCC 12's semaphore wakes all, always. Here one set wakes one, and the gate all in one call.
TEST(EventsThatParkSeveral, ASetMakesOneSystemCallForThoseThatItLetsThrough) {
  const watchdog watch(60);
  manual_reset_event<park, in_process, counting> gate;
  const auto opened = cost_with_three_asleep(gate, [&] {
    gate.set();
    gate.set();
  });
  EXPECT_EQ(opened.syscalls(), 1U) << "all were woken by the first";

  auto_reset_event<park, in_process, counting> door;
  const auto let_through = cost_with_three_asleep(door, [&] {
    for (unsigned left = 3; left != 0; --left) {
      door.set();
      until([&] { return sleepers_on(door) == left - 1; });
    }
  });
  EXPECT_EQ(let_through[step::wake], 3U) << "one each";

  auto_reset_event<park, in_process, counting> united;
  const auto sets = cost_with_three_asleep(united, [&] {
    for (unsigned i = 0; i < 2'000 || sleepers_on(united) != 0; ++i) united.set();
  });
  EXPECT_LT(sets[step::wake], 100U) << "a set that is one with another wakes nobody";
}

}  // namespace
}  // namespace volley::testing
