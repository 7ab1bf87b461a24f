// SPDX-License-Identifier: MIT

// turn under real threads: what one side wrote before it passed is there for the other after await, by whatever way that returned,
// and no wake-up is lost. Built plain and for ThreadSanitizer.

#include <volley/env/chaos.hpp>
#include <volley/env/counting.hpp>
#include <volley/handoff/turn.hpp>

#include <gtest/gtest.h>

#include "policies.hpp"
#include "scale.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <random>
#include <stop_token>
#include <thread>
#include <utility>

namespace volley::testing {
namespace {

using clock = std::chrono::steady_clock;

/// Plain data that only the side which has the turn touches; it is whole when its words agree.
struct ball {
  std::uint64_t hits = 0;
  std::uint64_t echo = ~std::uint64_t{0};
  std::unique_ptr<std::uint64_t> owned = std::make_unique<std::uint64_t>(0);

  bool hit(std::uint64_t expected) {
    const bool whole = hits == expected && echo == ~expected && *owned == expected;
    ++hits;
    echo = ~hits;
    owned = std::make_unique<std::uint64_t>(hits);
    return whole;
  }
};

/// A game of n trips; await(side, random) waits until that side has the turn.
template <class Turn, class Await>
void play(std::size_t n, const Await& await) {
  Turn t;
  ball b;
  std::size_t broken[2] = {};
  const auto side = [&](unsigned which) {
    std::minstd_rand random(which + 1);
    for (std::size_t i = 0; i != n; ++i) {
      await(t.side(which), random);
      broken[which] += b.hit(2 * i + which) ? 0U : 1U;
      t.side(which).pass();
    }
  };
  together([&] { side(0); }, [&] { side(1); });
  EXPECT_EQ(broken[0] + broken[1], 0U);
  EXPECT_EQ(b.hits, 2 * n);
}

constexpr auto plainly = [](const auto& side, auto&) { side.await(); };

// Waits that end by a poll, by a park, and by every tie of a deadline with the pass. S10, folly 4bd057b29, cfbc23fa8: a waiter saw
// the post in the failure of its own CAS, without the acquire that makes the payload visible.
constexpr auto impatiently = [](const auto& side, auto& random) {
  while (side.await(clock::now() + std::chrono::nanoseconds(random() % 60'000)) != status::ok) {
  }
};

// Waits that end by a stop, requested by a third party at any moment of them, also in the instant of the pass.
constexpr auto stoppably = [](const auto& side, auto& random) {
  for (status s = status::stopped; s != status::ok;) {
    std::stop_source source;
    std::thread stopper([&, patience = std::chrono::nanoseconds(random() % 60'000)] {
      for (const auto at = clock::now() + patience; clock::now() < at;) std::this_thread::yield();
      source.request_stop();
    });
    s = side.await(source.get_token());
    stopper.join();
  }
};

constexpr auto by_looking = [](const auto& side, auto&) { until([&] { return side.try_await(); }); };

template <class Wait>
class TurnRace : public ::testing::Test {
 protected:
  watchdog watch_{100};
};
TYPED_TEST_SUITE(TurnRace, policies, policy_names);

TYPED_TEST(TurnRace, WhatWasWrittenBeforeAPassIsThereAfterTheAwait) {
  play<turn<TypeParam>>(scaled(hops<TypeParam>(50'000)), plainly);
}

TYPED_TEST(TurnRace, ItIsThereHoweverTheDeadlineFalls) {
  play<turn<TypeParam>>(scaled(hops<TypeParam>(20'000)), impatiently);
}

TYPED_TEST(TurnRace, ItIsThereHoweverTheStopFalls) { play<turn<TypeParam>>(scaled(500), stoppably); }

TYPED_TEST(TurnRace, ItIsThereAfterOneLook) { play<turn<TypeParam>>(scaled(hops<TypeParam>(10'000)), by_looking); }

TYPED_TEST(TurnRace, NothingDependsOnHowFastASideIs) {
  play<turn<TypeParam, in_process, chaos>>(scaled(3'000), plainly);
  play<turn<TypeParam, in_process, chaos>>(scaled(3'000), impatiently);
}

TYPED_TEST(TurnRace, TheScopeBetweenProcessesServesThreadsToo) {
  play<turn<TypeParam, between_processes>>(scaled(hops<TypeParam>(5'000)), plainly);
}

template <class Wait>
using LostWakeups = TurnRace<Wait>;
using parking_policies = ::testing::Types<spin_park, park>;
TYPED_TEST_SUITE(LostWakeups, parking_policies, policy_names);

/// Never lets a waiter spin, so that spin_park goes the way of its parking at each wait.
struct sleepy : counting {
  static constexpr unsigned hot_polls = 1;
  static constexpr unsigned polls_per_look = 1;
  static constexpr std::uint32_t longest_spin = 1;
  static constexpr std::uint32_t shortest_spin = 1;
};

// The lost wake-up, of which oneTBB #2136, brpc #3539, bun #28907, LLVM #109290 and JDK-6822370 were cases: the poster does not see
// that somebody sleeps, the sleeper does not see the post. It would hang here, and the watchdog say so.
TYPED_TEST(LostWakeups, ManyHandoffsToASleeperAllArrive) {
  turn<TypeParam, in_process, sleepy> t;
  const std::uint64_t wanted = scaled(sleeps<TypeParam>(100'000));
  std::uint64_t woken = 0;  // plain, as the ball is
  ball b;
  std::size_t broken[2] = {};
  const auto side = [&](unsigned which) {
    std::minstd_rand random(which + 1);
    std::uint64_t wakes = 0;  // of my last pass
    for (std::uint64_t i = which;; i += 2) {
      t.side(which).await();
      broken[which] += b.hit(i) ? 0U : 1U;
      woken += wakes;
      const bool enough = woken >= wanted || i >= 40 * wanted;
      // Mostly just when the other has said that it will sleep, and else as it comes.
      if (!enough && random() % 4 != 0) until([&] { return is_parked(t); });
      counting::tally() = {};
      t.side(which).pass();
      wakes = counting::tally()[step::wake];
      if (enough) return;
    }
  };
  together([&] { side(0); }, [&] { side(1); });
  EXPECT_EQ(broken[0] + broken[1], 0U);
  EXPECT_GE(woken, wanted) << "too few of them found somebody asleep";
}

}  // namespace
}  // namespace volley::testing
