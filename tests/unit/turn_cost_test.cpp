// SPDX-License-Identifier: MIT

// turn: what it asks of the kernel, and what the kernel may do to it. "No wake syscall unless somebody is parked."

#include <volley/env/counting.hpp>
#include <volley/handoff/turn.hpp>

#include <gtest/gtest.h>

#include <linux/futex.h>
#include <pthread.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "policies.hpp"
#include "scale.hpp"

#include <atomic>
#include <chrono>
#include <climits>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <thread>

namespace volley::testing {
namespace {

using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;

template <class Wait>
using counted_turn = turn<Wait, in_process, counting>;

/// What `action` costs the calling thread.
template <class Action>
step_tally cost_of(const Action& action) {
  counting::tally() = {};
  action();
  return counting::tally();
}

template <class Wait>
class TurnCost : public ::testing::Test {
 protected:
  watchdog watch_{60};
  counted_turn<Wait> turn_;
};
TYPED_TEST_SUITE(TurnCost, policies, policy_names);

// S30, concurrentqueue #210: a timeout of zero entered the kernel. Handoff row 17, GCC 12's semaphore: wakes with nobody there.
TYPED_TEST(TurnCost, NothingEntersTheKernelWhileNobodyNeedsToWait) {
  const auto ping = this->turn_.side(0);
  const auto pong = this->turn_.side(1);
  EXPECT_EQ(cost_of([&] { ping.await(); }).syscalls(), 0U);
  EXPECT_EQ(cost_of([&] { EXPECT_EQ(pong.await(clock::time_point{}), status::timeout); }).syscalls(), 0U);
  EXPECT_EQ(cost_of([&] { EXPECT_EQ(pong.await(clock::now()), status::timeout); }).syscalls(), 0U);
  EXPECT_EQ(cost_of([&] { EXPECT_FALSE(pong.try_await()); }).syscalls(), 0U);
  EXPECT_EQ(cost_of([&] { ping.pass(); }).syscalls(), 0U);
  EXPECT_EQ(cost_of([&] { pong.await(); }).syscalls(), 0U);
}

TYPED_TEST(TurnCost, APassIsOneLockedInstructionWhereOneMayParkElseAStoreAndAnAwaitThatNeedNotWaitIsALook) {
  const auto pass = cost_of([&] { this->turn_.side(0).pass(); });
  EXPECT_EQ(pass.locked(), TypeParam::parks ? 1U : 0U);
  EXPECT_EQ(pass.steps(), 1U) << "each touch of the line may be a journey of it";
  const auto await = cost_of([&] { this->turn_.side(1).await(); });
  EXPECT_EQ(await.locked(), 0U);
  EXPECT_EQ(await.steps(), 1U);
}

// The other side looks again and again by itself, and never sleeps.
TYPED_TEST(TurnCost, APassToASideThatIsAwakeWakesNobody) {
  const std::size_t n = scaled(hops<TypeParam>(5'000));
  std::uint64_t syscalls[2] = {};
  const auto play = [&](unsigned which) {
    const auto side = this->turn_.side(which);
    for (std::size_t i = 0; i != n; ++i) {
      until([&] { return side.try_await(); });
      syscalls[which] += cost_of([&] { side.pass(); }).syscalls();
    }
  };
  together([&] { play(0); }, [&] { play(1); });
  EXPECT_EQ(syscalls[0] + syscalls[1], 0U);
}

// A waiter that timed out took its mark back: who passes the turn later does not wake nobody.
TYPED_TEST(TurnCost, APassAfterATimeoutWakesNobody) {
  for (int i = 0; i != 20; ++i) {
    EXPECT_EQ(this->turn_.side(1).await(clock::now() + 500us), status::timeout);
    EXPECT_EQ(cost_of([&] { this->turn_.side(0).pass(); }).syscalls(), 0U);
    EXPECT_EQ(cost_of([&] { this->turn_.side(1).pass(); }).syscalls(), 0U);
  }
}

// In a whole game: who never parks is never woken, and nobody is woken more often than somebody went to sleep.
TYPED_TEST(TurnCost, NobodyIsWokenWhoDidNotSleep) {
  const std::size_t n = scaled(hops<TypeParam>(5'000));
  step_tally cost[2];
  const auto play = [&](unsigned which) {
    cost[which] = cost_of([&] {
      for (std::size_t i = 0; i != n; ++i) {
        this->turn_.side(which).await();
        this->turn_.side(which).pass();
      }
    });
  };
  together([&] { play(0); }, [&] { play(1); });
  for (const unsigned me : {0U, 1U}) {
    const auto& mine = cost[me];
    const auto& peer = cost[1 - me];
    EXPECT_LE(mine[step::wake], peer[step::park]);
    EXPECT_LE(mine[step::wake], n);
    EXPECT_LE(mine[step::park], n + peer[step::wake]) << "one each, and one more for a wake that came late";
    if (!TypeParam::parks) {
      EXPECT_EQ(mine[step::park] + mine[step::wake], 0U);
    }
    if (!TypeParam::yields && !TypeParam::parks) {
      EXPECT_EQ(mine.syscalls(), 0U);
    }
    if (TypeParam::parks) {
      EXPECT_LE(mine[step::yield], 2 * n);
    }
  }
}

/// A machine on which each thread says where it runs, and on which something happens while it waits.
struct placed : counting {
  inline static thread_local std::function<void(step)> meanwhile;

  static void relax() noexcept {
    counting::relax();
    if (meanwhile) meanwhile(step::relax);
  }
  struct os : counting::os {
    inline static thread_local std::uint16_t here = 0;
    static std::uint16_t cpu() noexcept { return here; }
    static void yield() noexcept {
      counting::os::yield();
      if (meanwhile) meanwhile(step::yield);
    }
  };
};

template <class Wait>
class TurnCostOnOneCpu : public ::testing::Test {
 protected:
  /// What it costs that side to wait on CPU 1, or another, until the turn is passed to it: at its second yield, or while it polls for long.
  step_tally wait(unsigned which, std::uint16_t cpu = 1) {
    placed::os::here = cpu;
    std::size_t yields = 0;
    std::size_t polls = 0;
    placed::meanwhile = [&](step s) {
      if ((s == step::yield ? ++yields == 2 : ++polls == native::hot_polls + 4)) turn_.side(1 - which).pass();
    };
    const auto cost = cost_of([&] { turn_.side(which).await(); });
    placed::meanwhile = nullptr;
    return cost;
  }

  turn<Wait, in_process, placed> turn_;
};
using policies_by_cpu = ::testing::Types<spin_yield, spin_park>;
TYPED_TEST_SUITE(TurnCostOnOneCpu, policies_by_cpu, policy_names);

// "A wait does not spin when its peer cannot be running": it last waited where the waiter runs. But now and then it is doubted.
TYPED_TEST(TurnCostOnOneCpu, ASideLooksTwiceAndGivesWayWhileItsPeerLastWaitedOnItsCpu) {
  (void)this->wait(1);
  constexpr int n = 64;
  int short_waits = 0;
  for (unsigned i = 0; i != n; ++i) {
    const auto here = this->wait(i % 2);
    EXPECT_EQ(here[step::yield], 2U);
    short_waits += here[step::relax] == 2 ? 1 : 0;
  }
  EXPECT_GE(short_waits, n * 7 / 8);
  EXPECT_LT(short_waits, n);
  const auto elsewhere = this->wait(0, 2);
  EXPECT_EQ(elsewhere[step::yield], 0U);
  EXPECT_GE(elsewhere[step::relax], std::size_t{native::hot_polls});
}

// A peer that has moved on, and never waits for long again, is soon found out: else each wait would yield for ever.
TYPED_TEST(TurnCostOnOneCpu, APeerThatAnswersWhileASidePollsIsNotTakenToBeHere) {
  (void)this->wait(1);
  (void)this->wait(0);
  std::size_t polls = 0;
  placed::meanwhile = [&](step s) {
    if (s == step::yield || ++polls % 4 == 0) this->turn_.side(0).pass();
  };
  int waits_that_yield = 0;
  for (int i = 0; i != 200; ++i) {
    polls = 0;
    const auto wait = cost_of([&] { this->turn_.side(1).await(); });
    waits_that_yield += wait[step::yield] != 0 ? 1 : 0;
    this->turn_.side(1).pass();
  }
  placed::meanwhile = nullptr;
  EXPECT_LE(waits_that_yield, 40);
}

template <class Wait>
class TurnThatParks : public TurnCost<Wait> {
 protected:
  /// Runs side 1's await in a thread, `meanwhile` once it sleeps, then passes; the costs of pass and of await.
  template <class Meanwhile>
  void sleep_and_pass(const Meanwhile& meanwhile, step_tally& pass, step_tally& await) {
    std::atomic<pthread_t> waiter{};
    together(
        [&] {
          waiter = ::pthread_self();
          await = cost_of([&] { EXPECT_EQ(this->turn_.side(1).await(clock::now() + 1h), status::ok); });
          this->turn_.side(1).pass();
        },
        [&] {
          until([&] { return is_parked(this->turn_); });
          meanwhile(waiter.load());
          pass = cost_of([&] { this->turn_.side(0).pass(); });
          this->turn_.side(0).await();
        });
  }
};
using parking_policies = ::testing::Types<spin_park, park>;
TYPED_TEST_SUITE(TurnThatParks, parking_policies, policy_names);

TYPED_TEST(TurnThatParks, EachSleepIsOneParkAndOneWake) {
  for (std::size_t i = 0; i != scaled(200); ++i) {
    step_tally pass;
    step_tally await;
    this->sleep_and_pass([](pthread_t) {}, pass, await);
    EXPECT_EQ(pass.syscalls(), 1U);
    EXPECT_EQ(pass[step::wake], 1U);
    EXPECT_EQ(pass.locked(), 1U);
    EXPECT_EQ(await[step::park], 1U);
    EXPECT_LE(await[step::yield], TypeParam::spins ? 2U : 0U);
  }
}

// S27, concurrentqueue d40e4e7, 07e22ec, #98, #173: EINTR taken for success, or looped on.
TYPED_TEST(TurnThatParks, SignalsAreInvisible) {
  struct sigaction interrupt {};
  struct sigaction before {};
  static std::atomic<unsigned> handled;
  handled = 0;
  interrupt.sa_handler = [](int) { ++handled; };  // and no SA_RESTART
  ::sigaction(SIGUSR1, &interrupt, &before);
  constexpr unsigned signals = 300;
  step_tally pass;
  step_tally await;
  this->sleep_and_pass(
      [&](pthread_t waiter) {
        for (unsigned i = 0; i != signals; ++i) {
          ::pthread_kill(waiter, SIGUSR1);
          until([&] { return handled == i + 1; });
        }
        EXPECT_FALSE(this->turn_.side(1).try_await());
      },
      pass, await);
  ::sigaction(SIGUSR1, &before, nullptr);
  EXPECT_EQ(handled, signals);
  EXPECT_EQ(pass.syscalls(), 1U);
  EXPECT_LE(await[step::park], signals + 1);
}

// snmalloc #739, swoole #2351, and stale wakes for an object that was there before: a wake-up taken for the event.
TYPED_TEST(TurnThatParks, WakesThatMeanNothingAreInvisible) {
  constexpr unsigned wakes = 1000;
  step_tally pass;
  step_tally await;
  this->sleep_and_pass(
      [&](pthread_t) {
        for (unsigned i = 0; i != wakes; ++i) {
          ::syscall(SYS_futex, &this->turn_, FUTEX_WAKE | FUTEX_PRIVATE_FLAG, INT_MAX, nullptr, nullptr, 0);
        }
        EXPECT_FALSE(this->turn_.side(1).try_await());
        EXPECT_TRUE(is_parked(this->turn_));
      },
      pass, await);
  EXPECT_EQ(pass.syscalls(), 1U);
  EXPECT_LE(await[step::park], wakes + 1);
}

TYPED_TEST(TurnThatParks, WakesThatMeanNothingDoNotEndAWaitBeforeItsDeadline) {
  std::atomic<bool> done{false};
  together(
      [&] {
        for (int i = 0; i != 5; ++i) {
          const auto deadline = clock::now() + 5ms;
          EXPECT_EQ(this->turn_.side(1).await(deadline), status::timeout);
          EXPECT_GE(clock::now(), deadline);
        }
        done = true;
      },
      [&] {
        while (!done) ::syscall(SYS_futex, &this->turn_, FUTEX_WAKE | FUTEX_PRIVATE_FLAG, INT_MAX, nullptr, nullptr, 0);
      });
}

}  // namespace
}  // namespace volley::testing
