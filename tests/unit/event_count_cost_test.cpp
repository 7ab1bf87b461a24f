// SPDX-License-Identifier: MIT

// event_count and asymmetric_event_count: what a notify and a wait cost, what they ask of the kernel, and what it may do to them.

#include <volley/env/counting.hpp>

#include <gtest/gtest.h>

#include <linux/futex.h>
#include <pthread.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "event_counts.hpp"
#include "scale.hpp"

#include <atomic>
#include <chrono>
#include <climits>
#include <csignal>
#include <cstddef>
#include <cstdint>

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

template <class Form>
class EventCountCost : public ::testing::Test {
 protected:
  watchdog watch_{60};
  typename Form::template type<counting> e_;
};
TYPED_TEST_SUITE(EventCountCost, event_counts, event_count_names);

const auto never_true = [] { return false; };

TYPED_TEST(EventCountCost, ANotifyWithNobodyAsleepIsOneLockedInstructionOrNone) {
  for (int i = 0; i != 2; ++i) {
    const auto notify = cost_of([&] { i == 0 ? this->e_.notify_one() : this->e_.notify_all(); });
    EXPECT_EQ(notify.locked(), TypeParam::is_asymmetric ? 0U : 1U);
    EXPECT_EQ(notify[step::store], 0U);
    EXPECT_EQ(notify.steps(), 1U);
    EXPECT_EQ(notify.syscalls(), 0U);
  }
}

TYPED_TEST(EventCountCost, PrepareIsALookOrOneLockedInstructionAndTheHeavyFence) {
  const auto prepare = cost_of([&] { (void)this->e_.prepare(); });
  EXPECT_EQ(prepare.locked(), TypeParam::is_asymmetric ? 1U : 0U);
  EXPECT_EQ(prepare[step::fence], TypeParam::is_asymmetric ? 1U : 0U);
  EXPECT_EQ(prepare.syscalls(), prepare[step::fence]);
  const auto cancel = cost_of([&] { this->e_.cancel(); });
  EXPECT_EQ(cancel.steps(), TypeParam::is_asymmetric ? 1U : 0U);
}

// S30, concurrentqueue #210: a timeout of zero entered the kernel. What is true is not looked up here at all.
TYPED_TEST(EventCountCost, AnAwaitThatNeedNotSleepWritesNothing) {
  EXPECT_EQ(cost_of([&] { this->e_.await([] { return true; }); }).steps(), 0U);
  const auto over = cost_of([&] { EXPECT_EQ(this->e_.await(never_true, clock::time_point{}), status::timeout); });
  EXPECT_EQ(over.syscalls(), 0U);
  EXPECT_EQ(over.steps(), over[step::load]);
  using wait = typename TypeParam::policy;
  EXPECT_EQ(over.steps(), wait::spins && (wait::parks || wait::yields) ? 1U : 0U) << "where the other side is";
}

// Handoff row 17, GCC <= 15: who spins was registered already, and cost a system call. Here only who sleeps is enrolled.
TYPED_TEST(EventCountCost, WhoSpinsCostsWhoNotifiesNothing) {
  if (!TypeParam::policy::spins) return;
  std::size_t asked = 0;
  step_tally notify;
  const auto spin = cost_of([&] {
    (void)this->e_.await(
        [&] {
          if (++asked == native::hot_polls + 1) {
            const auto before = counting::tally();
            notify = cost_of([&] { this->e_.notify_one(); });
            counting::tally() = before;
          }
          return asked == native::hot_polls + 3;
        },
        clock::now() + 1h);
  });
  EXPECT_EQ(notify.steps(), 1U);
  EXPECT_EQ(notify.syscalls(), 0U);
  EXPECT_EQ(spin.locked() + spin[step::park] + spin[step::fence], 0U);
}

TYPED_TEST(EventCountCost, ANotifyAfterATimeoutWakesNobody) {
  for (int i = 0; i != 20; ++i) {
    EXPECT_EQ(this->e_.await(never_true, clock::now() + 500us), status::timeout);
    const auto notify = cost_of([&] { this->e_.notify_one(); });
    EXPECT_EQ(notify.syscalls(), 0U);
    EXPECT_EQ(notify.steps(), 1U);
  }
}

template <class Form>
class EventCountThatParks : public EventCountCost<Form> {
 protected:
  /// Runs an await in a thread, `meanwhile` once that sleeps, then makes its predicate true and notifies; the costs of both.
  template <class Meanwhile>
  void sleep_and_notify(const Meanwhile& meanwhile, step_tally& notify, step_tally& await) {
    std::atomic<pthread_t> waiter{};
    std::atomic<bool> there{false};
    together(
        [&] {
          waiter = ::pthread_self();
          await =
              cost_of([&] { EXPECT_EQ(this->e_.await([&] { return there.load(); }, clock::now() + 1h), status::ok); });
        },
        [&] {
          until([&] { return sleepers_of(this->e_) == 1; });
          meanwhile(waiter.load());
          there = true;
          notify = cost_of([&] { this->e_.notify_one(); });
        });
    EXPECT_EQ(sleepers_of(this->e_), 0U);
  }
};
TYPED_TEST_SUITE(EventCountThatParks, parking_event_counts, event_count_names);

TYPED_TEST(EventCountThatParks, EachSleepIsOneParkAndOneWake) {
  for (std::size_t i = 0; i != scaled(200); ++i) {
    step_tally notify;
    step_tally await;
    this->sleep_and_notify([](pthread_t) {}, notify, await);
    // The waiter may still be on its way to the park, and then find that it need not.
    EXPECT_LE(notify.syscalls(), 1U);
    EXPECT_EQ(notify[step::wake], notify.syscalls());
    EXPECT_LE(notify.locked(), TypeParam::is_asymmetric ? 2U : 3U) << "and one more for who came between";
    EXPECT_LE(await[step::park], 1U);
    EXPECT_LE(await[step::fence], TypeParam::is_asymmetric ? 1U : 0U);
  }
}

// Who is woken takes its time, and those who notify meanwhile do not wake it again.
TYPED_TEST(EventCountThatParks, ManyNotifiesToOneWhoIsAlreadyBeingWokenAreOneWake) {
  using core = detail::epochs<counting, typename TypeParam::policy, in_process>;
  core all;
  for (int i = 0; i != 10; ++i) {
    ASSERT_TRUE(all.enrol(all.now()));
    EXPECT_EQ(cost_of([&] { all.advance(1); })[step::wake], 1U);
    for (int again = 0; again != 10; ++again) {
      EXPECT_EQ(cost_of([&] { all.advance(1); }).syscalls(), 0U);
      EXPECT_EQ(cost_of([&] { EXPECT_FALSE(all.must_wake()); }).steps(), 1U);
    }
    all.leave();
  }
  ASSERT_TRUE(all.enrol(all.now()));  // of two who sleep one notify tells one: the next has somebody to wake
  ASSERT_TRUE(all.enrol(all.now()));
  EXPECT_EQ(cost_of([&] { all.advance(1); })[step::wake], 1U);
  EXPECT_EQ(cost_of([&] { all.advance(1); })[step::wake], 1U);
  EXPECT_EQ(cost_of([&] { all.advance(2); })[step::wake], 1U);
  EXPECT_EQ(cost_of([&] { all.advance(2); })[step::wake], 0U);
  ASSERT_TRUE(all.enrol(all.now()));  // and who comes later is not told yet
  EXPECT_EQ(cost_of([&] { all.wake(1); })[step::wake], 1U);
  EXPECT_FALSE(all.enrol(all.now() - 1)) << "that epoch is over";
}

// In turn: while one of several who was woken is still coming, nobody else is; and it has a fence before it looks.
TYPED_TEST(EventCountThatParks, OfSeveralOneIsWokenInTurn) {
  detail::epochs<counting, typename TypeParam::policy, in_process> all;
  const auto wakes = [&] { return cost_of([&] { all.wake_in_turn(); })[step::wake]; };
  for (int i = 0; i != 3; ++i) ASSERT_TRUE(all.enrol(all.now()));
  EXPECT_EQ(wakes(), 1U);
  EXPECT_EQ(cost_of([&] { all.wake_in_turn(); }).steps(), 1U);
  all.withdraw();
  EXPECT_EQ(wakes(), 0U) << "who withdrew was not the one";
  const step_tally leave = cost_of([&] { all.leave(); });
  EXPECT_EQ(leave[step::fence], 1U);
  EXPECT_EQ(wakes(), 1U);
  EXPECT_EQ(wakes(), 0U) << "the last one is told";
  EXPECT_EQ(cost_of([&] { all.leave(); }).syscalls(), 0U);

  for (int i = 0; i != 2; ++i) ASSERT_TRUE(all.enrol(all.now()));
  EXPECT_EQ(wakes(), 1U);
  ASSERT_TRUE(all.enrol(all.now()));
  EXPECT_EQ(wakes(), 1U) << "who came later is not behind who comes";
  EXPECT_EQ(cost_of([&] { all.wake(1); })[step::wake], 1U) << "a wake that is not in turn waits for nobody";
  EXPECT_EQ(cost_of([&] { all.wake(detail::everybody); })[step::wake], 1U);
}

// A waker that is killed before its wake must not keep the others from waking.
TEST(EventCountBetweenProcesses, EveryNotifyWakesWhileSomebodyIsEnrolled) {
  detail::epochs<counting, park, between_processes> all;
  ASSERT_TRUE(all.enrol(all.now()));
  for (int i = 0; i != 3; ++i) EXPECT_EQ(cost_of([&] { all.advance(1); })[step::wake], 1U);
}

// S27, concurrentqueue d40e4e7, 07e22ec, #98, #173: EINTR taken for success, or looped on.
TYPED_TEST(EventCountThatParks, SignalsAreInvisible) {
  struct sigaction interrupt {};
  struct sigaction before {};
  static std::atomic<unsigned> handled;
  handled = 0;
  interrupt.sa_handler = [](int) { ++handled; };  // and no SA_RESTART
  ::sigaction(SIGUSR1, &interrupt, &before);
  constexpr unsigned signals = 300;
  step_tally notify;
  step_tally await;
  this->sleep_and_notify(
      [&](pthread_t waiter) {
        for (unsigned i = 0; i != signals; ++i) {
          ::pthread_kill(waiter, SIGUSR1);
          until([&] { return handled == i + 1; });
        }
        EXPECT_EQ(sleepers_of(this->e_), 1U);
      },
      notify, await);
  ::sigaction(SIGUSR1, &before, nullptr);
  EXPECT_LE(notify.syscalls(), 1U);
  EXPECT_LE(await[step::park], signals + 1);
  EXPECT_LE(await[step::fence], 1U) << "it did not begin anew each time";
}

// snmalloc #739, swoole #2351: a wake-up taken for the event.
TYPED_TEST(EventCountThatParks, WakesThatMeanNothingAreInvisible) {
  constexpr unsigned wakes = 1000;
  step_tally notify;
  step_tally await;
  this->sleep_and_notify(
      [&](pthread_t) {
        for (unsigned i = 0; i != wakes; ++i) {  // the kernel compares the upper half of the word
          auto* const futex = reinterpret_cast<std::uint32_t*>(&this->e_) + 1;
          ::syscall(SYS_futex, futex, FUTEX_WAKE | FUTEX_PRIVATE_FLAG, INT_MAX, nullptr, nullptr, 0);
          ::syscall(SYS_futex, futex, FUTEX_WAKE, INT_MAX, nullptr, nullptr, 0);
        }
        EXPECT_EQ(sleepers_of(this->e_), 1U);
      },
      notify, await);
  EXPECT_LE(notify.syscalls(), 1U);
  EXPECT_LE(await[step::park], 2 * wakes + 1);
}

}  // namespace
}  // namespace volley::testing
