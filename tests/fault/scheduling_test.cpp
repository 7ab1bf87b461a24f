// SPDX-License-Identifier: MIT

// turn where there are too few CPUs, or where one side must not be kept from running by the other's spinning.

#include <volley/handoff/turn.hpp>

#include <gtest/gtest.h>

#include <pthread.h>
#include <sched.h>

#include "policies.hpp"
#include "scale.hpp"

#include <cstddef>
#include <thread>
#include <vector>

namespace volley::testing {
namespace {

/// Binds the calling thread to the first CPU that it may use.
void pin_to_one_cpu() {
  cpu_set_t allowed;
  CPU_ZERO(&allowed);
  ASSERT_EQ(::sched_getaffinity(0, sizeof allowed, &allowed), 0);
  std::size_t first = 0;
  while (!CPU_ISSET(first, &allowed)) ++first;
  CPU_ZERO(&allowed);
  CPU_SET(first, &allowed);
  ASSERT_EQ(::sched_setaffinity(0, sizeof allowed, &allowed), 0);
}

template <class Wait>
struct game {
  turn<Wait> t;
  std::size_t counter = 0;

  void play(unsigned which, std::size_t n) {
    for (std::size_t i = 0; i != n; ++i) {
      t.side(which).await();
      ++counter;
      t.side(which).pass();
    }
  }
};

template <class Wait>
class FewCpus : public ::testing::Test {
 protected:
  watchdog watch_{60};
};
TYPED_TEST_SUITE(FewCpus, policies, policy_names);

// S95, crossbeam #821, atomic_queue #59: two that spin on one CPU. busy_spin is obeyed: a time slice a hop, but it goes on.
TYPED_TEST(FewCpus, TwoThreadsOnOneCpuGoOn) {
  const std::size_t n = std::is_same_v<TypeParam, busy_spin> ? scaled(30) : scaled(10'000);
  game<TypeParam> one;
  const auto pinned = [&](unsigned which) {
    pin_to_one_cpu();
    one.play(which, n);
  };
  together([&] { pinned(0); }, [&] { pinned(1); });
  EXPECT_EQ(one.counter, 2 * n);
}

TYPED_TEST(FewCpus, EightPairsGoOn) {
  const std::size_t n = std::is_same_v<TypeParam, busy_spin> ? scaled(20) : scaled(2'000);
  game<TypeParam> games[8];
  std::vector<std::thread> threads;
  for (auto& one : games) {
    for (const unsigned which : {0U, 1U}) threads.emplace_back([&one, which, n] { one.play(which, n); });
  }
  for (auto& thread : threads) thread.join();
  for (const auto& one : games) EXPECT_EQ(one.counter, 2 * n);
}

bool set_scheduler(int policy, int priority) {
  const sched_param parameters{priority};
  return ::pthread_setschedparam(::pthread_self(), policy, &parameters) == 0;
}

template <class Wait>
using Priorities = FewCpus<Wait>;
using parking_policies = ::testing::Types<spin_park, park>;
TYPED_TEST_SUITE(Priorities, parking_policies, policy_names);

// S96: who waits has a fixed priority above that of its peer, on the same CPU: it must sleep, or the peer never runs.
TYPED_TEST(Priorities, AWaiterOfHighPriorityLetsItsPeerRun) {
  const std::size_t n = scaled(1'000);
  game<TypeParam> one;
  bool allowed = false;
  together(
      [&] {
        pin_to_one_cpu();
        allowed = set_scheduler(SCHED_FIFO, 1);
        one.play(0, n);
      },
      [&] {
        pin_to_one_cpu();
        set_scheduler(SCHED_BATCH, 0);
        one.play(1, n);
      });
  EXPECT_EQ(one.counter, 2 * n);
  if (!allowed) GTEST_SKIP() << "no fixed priority allowed here; played without";
}

}  // namespace
}  // namespace volley::testing
