// SPDX-License-Identifier: MIT

// parker, auto_reset_event and manual_reset_event under real threads: what was written before a set is there after the wait, by whatever way
// that returned, and no wake-up is lost. Built plain and for ThreadSanitizer.

#include <volley/env/chaos.hpp>
#include <volley/env/counting.hpp>

#include <gtest/gtest.h>

#include "events.hpp"
#include "scale.hpp"

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <random>
#include <stop_token>
#include <thread>
#include <type_traits>

namespace volley::testing {
namespace {

using clock = std::chrono::steady_clock;

/// Plain data that only the side which was let through touches; it is whole when its words agree.
struct ball {
  std::uint64_t hits = 0;
  std::uint64_t echo = ~std::uint64_t{0};

  bool hit(std::uint64_t expected) {
    const bool whole = hits == expected && echo == ~expected;
    ++hits;
    echo = ~hits;
    return whole;
  }
};

/// A game of n trips over a pair of events; await(event, random) waits for one.
template <class Event, class Await>
void play(std::size_t n, const Await& await) {
  Event events[2];
  ball b;
  std::size_t broken[2] = {};
  const auto side = [&](unsigned which) {
    std::minstd_rand random(which + 1);
    for (std::size_t i = 0; i != n; ++i) {
      await(events[which], random);
      reset(events[which]);
      broken[which] += b.hit(2 * i + which) ? 0U : 1U;
      set(events[1 - which]);
    }
  };
  set(events[0]);
  together([&] { side(0); }, [&] { side(1); });
  EXPECT_EQ(broken[0] + broken[1], 0U);
  EXPECT_EQ(b.hits, 2 * n);
}

constexpr auto plainly = [](auto& e, auto&) { wait(e); };

// Waits that end by a poll, by a park, and by every tie of a deadline with the set. S10, folly 4bd057b29, cfbc23fa8: a waiter saw the post
// in the failure of its own CAS, without the acquire that makes the payload visible.
constexpr auto impatiently = [](auto& e, auto& random) {
  while (wait(e, clock::now() + std::chrono::nanoseconds(random() % 60'000)) != status::ok) {
  }
};

// Waits that end by a stop, requested by a third party at any moment of them, also in the instant of the set.
constexpr auto stoppably = [](auto& e, auto& random) {
  for (status s = status::stopped; s != status::ok;) {
    std::stop_source source;
    std::thread stopper([&, patience = std::chrono::nanoseconds(random() % 60'000)] {
      for (const auto at = clock::now() + patience; clock::now() < at;) std::this_thread::yield();
      source.request_stop();
    });
    s = wait(e, source.get_token());
    stopper.join();
  }
};

constexpr auto by_looking = [](auto& e, auto&) { until([&] { return try_wait(e); }); };

template <class Kind>
class EventRace : public ::testing::Test {
 protected:
  watchdog watch_{100};
};
TYPED_TEST_SUITE(EventRace, each_event, event_names);

TYPED_TEST(EventRace, WhatWasWrittenBeforeASetIsThereAfterTheWait) {
  play<typename TypeParam::event>(scaled(hops<typename TypeParam::policy>(5'000)), plainly);
}
TYPED_TEST(EventRace, ItIsThereHoweverTheDeadlineFalls) {
  play<typename TypeParam::event>(scaled(hops<typename TypeParam::policy>(2'500)), impatiently);
}
TYPED_TEST(EventRace, ItIsThereHoweverTheStopFalls) { play<typename TypeParam::event>(scaled(60), stoppably); }
TYPED_TEST(EventRace, ItIsThereAfterOneLook) {
  play<typename TypeParam::event>(scaled(hops<typename TypeParam::policy>(2'500)), by_looking);
}
TYPED_TEST(EventRace, NothingDependsOnHowFastASideIs) {
  play<typename TypeParam::template with<chaos>>(scaled(hops<typename TypeParam::policy>(1'000)), plainly);
  play<typename TypeParam::template with<chaos>>(scaled(hops<typename TypeParam::policy>(1'000)), impatiently);
}
TYPED_TEST(EventRace, TheScopeBetweenProcessesServesThreadsToo) {
  play<typename TypeParam::template with<native, between_processes>>(scaled(hops<typename TypeParam::policy>(1'000)),
                                                                     plainly);
}

/// Never lets a waiter spin, so that spin_park goes the way of its parking at each wait.
struct sleepy : counting {
  static constexpr unsigned hot_polls = 1;
  static constexpr unsigned polls_per_look = 1;
  static constexpr std::uint32_t longest_spin = 1;
  static constexpr std::uint32_t shortest_spin = 1;
};

template <class Kind>
using LostEvents = EventRace<Kind>;
TYPED_TEST_SUITE(LostEvents, each_parking_event, event_names);

// The lost wake-up, of which oneTBB #2136, brpc #3539, bun #28907, LLVM #109290 and JDK-6822370 were cases: the poster does not see that
// somebody sleeps, the sleeper does not see the post. It would hang here, and the watchdog say so.
TYPED_TEST(LostEvents, ManyHandoffsToASleeperAllArrive) {
  typename TypeParam::template with<sleepy> events[2];
  const std::uint64_t wanted = scaled(sleeps<typename TypeParam::policy>(100'000));
  std::uint64_t woken = 0;  // plain, as the ball is
  ball b;
  std::size_t broken[2] = {};
  const auto side = [&](unsigned which) {
    std::minstd_rand random(which + 1);
    std::uint64_t wakes = 0;  // by my last set
    for (std::uint64_t i = which;; i += 2) {
      wait(events[which]);
      reset(events[which]);
      broken[which] += b.hit(i) ? 0U : 1U;
      woken += wakes;
      const bool enough = woken >= wanted || i >= 40 * wanted;
      // Mostly just when the other has said that it will sleep, and else as it comes.
      if (!enough && random() % 4 != 0) until([&] { return sleepers_on(events[1 - which]) != 0; });
      counting::tally() = {};
      set(events[1 - which]);
      wakes = counting::tally()[step::wake];
      if (enough) return;
    }
  };
  set(events[0]);
  together([&] { side(0); }, [&] { side(1); });
  EXPECT_EQ(broken[0] + broken[1], 0U);
  EXPECT_GE(woken, wanted) << "too few of them found somebody asleep";
}

template <class Wait>
class CrowdedEventRace : public ::testing::Test {
 protected:
  watchdog watch_{100};
};
using parking_policies = ::testing::Types<spin_park, park>;
TYPED_TEST_SUITE(CrowdedEventRace, parking_policies, policy_names);

// One token among four threads, two of which are impatient: a set that gets lost with one that leaves, or is taken twice, ends the game.
TYPED_TEST(CrowdedEventRace, OneSetGoesRoundAmongMany) {
  auto_reset_event<TypeParam, in_process, sleepy> e;
  const std::uint64_t hits = scaled(10'000);
  ball b;
  std::atomic<std::size_t> broken{0};
  const auto player = [&](bool impatient) {
    std::minstd_rand random(impatient ? 2 : 1);
    for (;;) {
      if (impatient) {
        while (e.wait(clock::now() + std::chrono::nanoseconds(random() % 60'000)) != status::ok) {
        }
      } else {
        e.wait();
      }
      const bool last = b.hits >= hits;
      if (!last && !b.hit(b.hits)) ++broken;
      e.set();
      if (last) return;
    }
  };
  e.set();
  together([&] { player(false); }, [&] { player(true); }, [&] { player(false); }, [&] { player(true); });
  EXPECT_EQ(broken, 0U);
  EXPECT_EQ(b.hits, hits);
  EXPECT_TRUE(e.try_wait());
  EXPECT_EQ(sleepers_on(e), 0U);
}

// A gate that opens and shuts at once, each time when all have said that they wait: nobody is shut out.
TYPED_TEST(CrowdedEventRace, AGateThatShutsAtOnceLetsAllThroughThatWaited) {
  manual_reset_event<TypeParam, in_process, sleepy> e;
  const std::uint64_t rounds = scaled(3'000);
  std::uint64_t payload = 0;
  std::atomic<unsigned> back{2};
  std::atomic<std::uint64_t> shut{0};
  std::atomic<std::size_t> broken{0};
  const auto waiter = [&] {
    for (std::uint64_t i = 1; i <= rounds; ++i) {
      e.wait();
      if (payload != i) ++broken;
      until([&] { return shut == i; });  // or the same set would let it through once more
      ++back;
    }
  };
  together(waiter, waiter, [&] {
    for (std::uint64_t i = 1; i <= rounds; ++i) {
      until([&] { return back == 2 && sleepers_on(e) == 2; });
      back = 0;
      payload = i;
      e.set();
      e.reset();
      shut = i;
    }
  });
  EXPECT_EQ(broken, 0U);
}

}  // namespace
}  // namespace volley::testing
