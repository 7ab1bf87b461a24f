// SPDX-License-Identifier: MIT

// wait_any under real threads: what was written before a post is there after it was taken, by whatever way the call returned, and no wake-up
// is lost, neither its own nor that of who waits for one of its objects alone. Built plain and for ThreadSanitizer.

#include <volley/env/chaos.hpp>

#include <gtest/gtest.h>

#include "scale.hpp"
#include "several.hpp"

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <random>
#include <stop_token>
#include <thread>

namespace volley::testing {
namespace {

using clock = std::chrono::steady_clock;

constexpr auto plainly = [](auto&, auto&... o) { return wait_any(o...); };
constexpr auto impatiently = [](auto& random, auto&... o) {
  for (;;) {
    const auto got = wait_any(clock::now() + std::chrono::nanoseconds(random() % 60'000), o...);
    if (got) return *got;
  }
};
constexpr auto stoppably = [](auto& random, auto&... o) {
  for (;;) {
    std::stop_source source;
    std::thread stopper([&, patience = std::chrono::nanoseconds(random() % 60'000)] {
      for (const auto at = clock::now() + patience; clock::now() < at;) std::this_thread::yield();
      source.request_stop();
    });
    const auto got = wait_any(source.get_token(), o...);
    stopper.join();
    if (got) return *got;
  }
};

/// Two producers, each with a place of its own and two semaphores; one consumer, that waits for either.
template <class Way, class Wait>
void collect(std::size_t n, const Wait& wait) {
  typename Way::semaphore full[2];
  typename Way::semaphore free[2] = {typename Way::semaphore(1), typename Way::semaphore(1)};
  std::uint64_t place[2] = {};
  std::size_t wrong = 0;
  const auto produce = [&](unsigned which) {
    for (std::uint64_t i = 1; i <= n; ++i) {
      free[which].acquire();
      place[which] = i;
      full[which].release();
    }
  };
  together([&] { produce(0); }, [&] { produce(1); },
           [&] {
             std::minstd_rand random(1);
             std::uint64_t seen[2] = {};
             for (std::size_t i = 0; i != 2 * n; ++i) {
               const std::size_t which = wait(random, full[0], full[1]);
               wrong += place[which] == ++seen[which] ? 0U : 1U;
               free[which].release();
             }
           });
  EXPECT_EQ(wrong, 0U);
  EXPECT_FALSE(full[0].try_acquire() || full[1].try_acquire());
}

/// Several who wait for either of two events, and one for each; whoever is let through has the plain number, and sets the one or the other.
template <class Way, class Wait>
void go_round(std::size_t n, const Wait& wait) {
  typename Way::event e[2];
  std::uint64_t number = 0;
  std::atomic<std::uint64_t> news{0};
  const auto hand_on = [&](auto& random) {
    const std::uint64_t mine = ++number;
    news.store(mine, std::memory_order_relaxed);
    if (mine < n) {
      e[random() % 2].set();
      // Mostly somebody else's turn: else whoever sets it takes it back before the others are awake.
      for (unsigned i = 0; i != 100 && random() % 512 != 0 && news.load(std::memory_order_relaxed) == mine; ++i)
        std::this_thread::yield();
      return;
    }
    // The end: all are let through, one after the other.
    e[0].set();
    e[1].set();
  };
  std::atomic<std::size_t> ended{0};
  const auto any = [&](unsigned seed, auto& first, auto& second) {
    std::minstd_rand random(seed);
    for (;;) {
      (void)wait(random, first, second);
      if (number >= n) break;
      hand_on(random);
    }
    ++ended;
    while (ended != 4) e[0].set(), e[1].set(), std::this_thread::yield();
  };
  const auto one = [&](unsigned seed, auto& only) {
    std::minstd_rand random(seed);
    for (;;) {
      only.wait();
      if (number >= n) break;
      hand_on(random);
    }
    ++ended;
    while (ended != 4) e[0].set(), e[1].set(), std::this_thread::yield();
  };
  e[0].set();
  together([&] { any(1, e[0], e[1]); }, [&] { any(2, e[1], e[0]); }, [&] { one(3, e[0]); }, [&] { one(4, e[1]); });
  EXPECT_EQ(number, n);
}

template <class Way>
class WaitAnyRace : public ::testing::Test {
 protected:
  watchdog watch_{100};
};
using ways = ::testing::Types<way<busy_spin, native>, way<spin_yield, native>, way<spin_park, native>,
                              way<park, native>, way<spin_park, refusing<native>>, way<park, refusing<native>>>;
TYPED_TEST_SUITE(WaitAnyRace, ways, way_names);

TYPED_TEST(WaitAnyRace, WhatWasWrittenBeforeAPostIsThereAfterItWasTaken) {
  using policy = typename TypeParam::policy;
  collect<TypeParam>(scaled(hops<policy>(3'000)), plainly);
  collect<TypeParam>(scaled(hops<policy>(1'500)), impatiently);
  collect<TypeParam>(scaled(hops<policy>(100)), stoppably);
}

TYPED_TEST(WaitAnyRace, NobodysWakeIsKeptByWhoTakesSomethingElse) {
  using policy = typename TypeParam::policy;
  go_round<TypeParam>(scaled(hops<policy>(2'000)), plainly);
  go_round<TypeParam>(scaled(hops<policy>(800)), impatiently);
}

TYPED_TEST(WaitAnyRace, NothingDependsOnHowFastAThreadIs) {
  using slow = way<typename TypeParam::policy, chaos>;
  collect<slow>(scaled(100), impatiently);
  go_round<slow>(scaled(150), plainly);
}

template <class Way>
class WaitAnyLostWakeups : public ::testing::Test {
 protected:
  watchdog watch_{100};
};
using sleepers = ::testing::Types<way<spin_park, sleepy>, way<park, sleepy>, way<spin_park, refusing<sleepy>>,
                                  way<park, refusing<sleepy>>>;
TYPED_TEST_SUITE(WaitAnyLostWakeups, sleepers, way_names);

// Handoff row 1: the poster does not see that somebody sleeps, the sleeper does not see the post.
TYPED_TEST(WaitAnyLostWakeups, ManyHandoffsToASleeperAllArrive) {
  typename TypeParam::event to[2];
  typename TypeParam::semaphore back;
  const std::uint64_t wanted = scaled(sleeps<typename TypeParam::policy>(100'000));
  std::uint64_t woken = 0;
  std::uint64_t ball = 0;
  bool last = false;
  together(
      [&] {
        std::minstd_rand random(1);
        for (std::uint64_t i = 1; !last; ++i) {
          // Mostly just when the other has said that it will sleep, and else as it comes.
          if (random() % 4 != 0) until([&] { return asleep_on(to[1]) == 1; });
          ball = i;
          last = woken >= wanted || i >= 20 * wanted;
          counting::tally() = {};
          to[i % 2].set();
          woken += counting::tally()[step::wake] != 0 ? 1U : 0U;
          back.acquire();
        }
      },
      [&] {
        std::size_t wrong = 0;
        for (bool over = false; !over;) {
          const std::size_t which = wait_any(to[0], to[1]);
          wrong += which == ball % 2 ? 0U : 1U;
          over = last;
          back.release();
        }
        EXPECT_EQ(wrong, 0U);
      });
  EXPECT_GE(woken, wanted) << "too few of them found somebody asleep";
}

}  // namespace
}  // namespace volley::testing
