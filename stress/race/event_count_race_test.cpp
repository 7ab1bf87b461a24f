// SPDX-License-Identifier: MIT

// event_count and asymmetric_event_count under real threads: what was written before a notify is there after the wait, and no wake-up is
// lost. Built plain and for ThreadSanitizer.

#include <volley/env/chaos.hpp>
#include <volley/env/counting.hpp>

#include <gtest/gtest.h>

#include "event_counts.hpp"
#include "scale.hpp"

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <random>
#include <stop_token>
#include <string>
#include <thread>

namespace volley::testing {
namespace {

using clock = std::chrono::steady_clock;

/// Two in strict alternation by two event counts; who has the turn has the plain data. All that says whose turn it is is relaxed, but for the
/// payload's sake the last look is not.
template <class Event>
struct game {
  Event of[2];
  native::atomic<std::uint64_t> turns{0};
  std::uint64_t hits = 0;
  std::uint64_t echo = ~std::uint64_t{0};
  std::size_t broken[2] = {};

  auto my_turn(std::uint64_t i) {
    return [this, i] { return turns.load(std::memory_order::acquire) == i; };
  }
  void hit(unsigned which, std::uint64_t i) {
    if (hits != i || echo != ~i) ++broken[which];
    ++hits;
    echo = ~hits;
  }
  void pass(unsigned which) {
    turns.store(hits, std::memory_order::release);
    of[1 - which].notify_one();
  }
};

template <class Event, class Await>
void play(std::size_t n, const Await& await) {
  game<Event> g;
  const auto side = [&](unsigned which) {
    std::minstd_rand random(which + 1);
    for (std::uint64_t i = which; i < 2 * n; i += 2) {
      await(g.of[which], g.my_turn(i), random);
      g.hit(which, i);
      g.pass(which);
    }
  };
  together([&] { side(0); }, [&] { side(1); });
  EXPECT_EQ(g.broken[0] + g.broken[1], 0U);
  EXPECT_EQ(g.hits, 2 * n);
}

constexpr auto plainly = [](auto& e, const auto& there, auto&) { e.await(there); };
constexpr auto by_hand = [](auto& e, const auto& there, auto&) {
  while (!there()) {
    const auto k = e.prepare();
    if (there()) return e.cancel();
    e.wait(k);
  }
};
constexpr auto impatiently = [](auto& e, const auto& there, auto& random) {
  while (e.await(there, clock::now() + std::chrono::nanoseconds(random() % 60'000)) != status::ok) {
  }
};
constexpr auto stoppably = [](auto& e, const auto& there, auto& random) {
  for (status s = status::stopped; s != status::ok;) {
    std::stop_source source;
    std::thread stopper([&, patience = std::chrono::nanoseconds(random() % 60'000)] {
      for (const auto at = clock::now() + patience; clock::now() < at;) std::this_thread::yield();
      source.request_stop();
    });
    s = e.await(there, source.get_token());
    stopper.join();
  }
};

template <class Form>
class EventCountRace : public ::testing::Test {
 protected:
  watchdog watch_{100};
};
TYPED_TEST_SUITE(EventCountRace, event_counts, event_count_names);

TYPED_TEST(EventCountRace, WhatWasWrittenBeforeANotifyIsThereAfterTheWait) {
  using event = typename TypeParam::template type<>;
  play<event>(scaled(hops<typename TypeParam::policy>(10'000)), plainly);
  play<event>(scaled(hops<typename TypeParam::policy>(2'000)), by_hand);
}

TYPED_TEST(EventCountRace, ItIsThereHoweverTheDeadlineOrTheStopFalls) {
  using event = typename TypeParam::template type<>;
  play<event>(scaled(hops<typename TypeParam::policy>(5'000)), impatiently);
  play<event>(scaled(hops<typename TypeParam::policy>(100)), stoppably);
}

TYPED_TEST(EventCountRace, NothingDependsOnHowFastASideIs) {
  using event = typename TypeParam::template type<chaos>;
  play<event>(scaled(1'000), plainly);
  play<event>(scaled(1'000), impatiently);
}

/// By the event count alone: all else is relaxed, so ThreadSanitizer sees what the notify and the wait order and nothing more.
TYPED_TEST(EventCountRace, WhatWasWrittenBeforeANotifyIsThereAfterAWaitByHand) {
  using enum std::memory_order;
  for (std::size_t i = 0; i != scaled(200); ++i) {
    typename TypeParam::template type<> e;
    native::atomic<bool> prepared{false};
    std::uint64_t data = 0;
    std::uint64_t got = 0;
    together(
        [&] {
          until([&] { return prepared.load(acquire); });
          data = i + 1;
          e.notify_one();
        },
        [&] {
          const auto k = e.prepare();
          prepared.store(true, release);
          e.wait(k);
          got = data;
        });
    EXPECT_EQ(got, i + 1);
  }
}

// Handoff row 19: a notify that meets waiters who are just leaving. Three take permits, each for as long as chance will have it; two give.
TYPED_TEST(EventCountRace, EachPermitIsTakenOnceHoweverManyWait) {
  typename TypeParam::template type<> e;
  const std::size_t n = scaled(hops<typename TypeParam::policy>(4'000)) * 3;
  std::atomic<std::size_t> permits{0};
  std::atomic<std::size_t> wanted{2 * n};
  const auto take = [&] {
    for (std::size_t seen = permits; seen != 0;) {
      if (permits.compare_exchange_weak(seen, seen - 1)) return true;
    }
    return wanted == 0;
  };
  const auto taker = [&](unsigned seed) {
    std::minstd_rand random(seed);
    while (wanted != 0) {
      const auto soon = clock::now() + std::chrono::nanoseconds(random() % 100'000);
      const status s = random() % 2 == 0 ? e.await(take, soon) : (e.await(take), status::ok);
      if (s == status::ok && wanted != 0 && --wanted == 0) e.notify_all();
    }
  };
  const auto giver = [&] {
    for (std::size_t i = 0; i != n; ++i) {
      ++permits;
      e.notify_one();
      if (i % 16 == 0) std::this_thread::yield();
    }
  };
  together([&] { taker(1); }, [&] { taker(2); }, [&] { taker(3); }, giver, giver);
  EXPECT_EQ(permits, 0U);
  EXPECT_EQ(sleepers_of(e), 0U);
}

template <class Form>
using LostWakeupsOfEventCounts = EventCountRace<Form>;
TYPED_TEST_SUITE(LostWakeupsOfEventCounts, parking_event_counts, event_count_names);

/// Never lets a waiter spin, so that spin_park goes the way of its parking at each wait.
struct sleepy : counting {
  static constexpr unsigned hot_polls = 1;
  static constexpr unsigned polls_per_look = 1;
  static constexpr std::uint32_t longest_spin = 1;
  static constexpr std::uint32_t shortest_spin = 1;
};

// The lost wake-up: oneTBB #2136, brpc #3539, bun #28907, LLVM #109290, JDK-6822370. It would hang here, and the watchdog say so.
TYPED_TEST(LostWakeupsOfEventCounts, ManyHandoffsToASleeperAllArrive) {
  game<typename TypeParam::template type<sleepy>> g;
  const std::uint64_t wanted = scaled(sleeps<typename TypeParam::policy>(100'000));
  std::uint64_t woken = 0;  // plain, as all of the game's
  bool over = false;
  const auto side = [&](unsigned which) {
    std::minstd_rand random(which + 1);
    std::uint64_t wakes = 0;  // of my last pass
    for (std::uint64_t i = which;; i += 2) {
      g.of[which].await(g.my_turn(i));
      g.hit(which, i);
      woken += wakes;
      const bool enough = over || woken >= wanted || i >= 40 * wanted;
      over = enough;
      // Mostly just when the other has said that it will sleep, and else as it comes.
      if (!enough && random() % 4 != 0) until([&] { return sleepers_of(g.of[1 - which]) != 0; });
      counting::tally() = {};
      g.pass(which);
      wakes = counting::tally()[step::wake];
      if (enough) return;
    }
  };
  together([&] { side(0); }, [&] { side(1); });
  EXPECT_EQ(g.broken[0] + g.broken[1], 0U);
  EXPECT_GE(woken, wanted) << "too few of them found somebody asleep";
}

// The pair of fences alone, on this machine: each stores, has its fence, and looks at what the other stored.
TEST(FenceRace, OfTwoWhoStoreAndThenLookOneSeesTheOther) {
  const watchdog watch(100);
  if (!native::os::fences_work()) GTEST_SKIP() << "the kernel refuses membarrier";
  using enum std::memory_order;
  struct alignas(cache_line) line {
    native::atomic<std::size_t> round{0};
  };
  line light, heavy, light_done, heavy_done;
  const std::size_t rounds = scaled(50'000);
  std::size_t missed_by_light = 0;
  std::size_t neither = 0;
  std::size_t light_saw = 0;
  together(
      [&] {
        for (std::size_t i = 1; i <= rounds; ++i) {
          light.round.store(i, relaxed);
          native::os::light_fence();
          light_saw = heavy.round.load(relaxed);
          if (light_saw < i) ++missed_by_light;
          light_done.round.store(i, release);
          until([&] { return heavy_done.round.load(acquire) == i; });
        }
      },
      [&] {
        for (std::size_t i = 1; i <= rounds; ++i) {
          heavy.round.store(i, relaxed);
          const bool fenced = native::os::heavy_fence();
          const std::size_t heavy_saw = light.round.load(relaxed);
          until([&] { return light_done.round.load(acquire) == i; });
          if (!fenced || (heavy_saw < i && light_saw < i)) ++neither;
          heavy_done.round.store(i, release);
        }
      });
  EXPECT_EQ(neither, 0U);
  ::testing::Test::RecordProperty("missed by the light side", std::to_string(missed_by_light));
}

}  // namespace
}  // namespace volley::testing
