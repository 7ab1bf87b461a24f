// SPDX-License-Identifier: MIT

// counting_semaphore and spin_barrier under real threads: what was written before a release or an arrival is there after it was waited for,
// by whatever way the wait returned, and no wake-up is lost. Built plain and for ThreadSanitizer.

#include <volley/env/chaos.hpp>
#include <volley/env/counting.hpp>
#include <volley/handoff/counting_semaphore.hpp>
#include <volley/handoff/spin_barrier.hpp>

#include <gtest/gtest.h>

#include "policies.hpp"
#include "scale.hpp"

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <random>
#include <stop_token>
#include <thread>
#include <vector>

namespace volley::testing {
namespace {

using clock = std::chrono::steady_clock;

constexpr auto plainly = [](auto& s, auto&) { s.acquire(); };
constexpr auto by_looking = [](auto& s, auto&) { until([&] { return s.try_acquire(); }); };
constexpr auto impatiently = [](auto& s, auto& random) {
  while (s.acquire(clock::now() + std::chrono::nanoseconds(random() % 60'000)) != status::ok) {
  }
};
constexpr auto stoppably = [](auto& s, auto& random) {
  for (status got = status::stopped; got != status::ok;) {
    std::stop_source source;
    std::thread stopper([&, patience = std::chrono::nanoseconds(random() % 60'000)] {
      for (const auto at = clock::now() + patience; clock::now() < at;) std::this_thread::yield();
      source.request_stop();
    });
    got = s.acquire(source.get_token());
    stopper.join();
  }
};

/// Two semaphores, a place on each side of which is full of plain numbers: permits to write and permits to read.
template <class Semaphore, class Acquire>
void pass_numbers(std::size_t n, const Acquire& acquire) {
  constexpr std::uint32_t places = 3;
  Semaphore free(places);
  Semaphore full;
  std::uint64_t place[places] = {};
  std::size_t wrong = 0;
  together(
      [&] {
        std::minstd_rand random(1);
        for (std::size_t i = 0; i != n; ++i) {
          acquire(free, random);
          place[i % places] = i + 1;
          full.release();
        }
      },
      [&] {
        std::minstd_rand random(2);
        for (std::size_t i = 0; i != n; ++i) {
          acquire(full, random);
          wrong += place[i % places] == i + 1 ? 0U : 1U;
          place[i % places] = 0;
          free.release();
        }
      });
  EXPECT_EQ(wrong, 0U);
}

/// One permit among several threads, and plain data that it guards.
template <class Semaphore, class Acquire>
void exclude(unsigned threads, std::size_t n, const Acquire& acquire) {
  Semaphore s(1);
  std::uint64_t inside = 0;
  std::vector<std::thread> all;
  for (unsigned me = 0; me != threads; ++me) {
    all.emplace_back([&, me] {
      std::minstd_rand random(me + 1);
      for (std::size_t i = 0; i != n; ++i) {
        acquire(s, random);
        ++inside;
        if (random() % 8 == 0) std::this_thread::yield();
        s.release();
      }
    });
  }
  for (auto& one : all) one.join();
  EXPECT_EQ(inside, threads * n);
  EXPECT_TRUE(s.try_acquire());
  EXPECT_FALSE(s.try_acquire());
}

template <class Wait>
class SemaphoreRace : public ::testing::Test {
 protected:
  watchdog watch_{100};
};
TYPED_TEST_SUITE(SemaphoreRace, policies, policy_names);

TYPED_TEST(SemaphoreRace, WhatWasWrittenBeforeAReleaseIsThereAfterTheAcquire) {
  using semaphore = counting_semaphore<TypeParam>;
  pass_numbers<semaphore>(scaled(hops<TypeParam>(30'000)), plainly);
  pass_numbers<semaphore>(scaled(hops<TypeParam>(10'000)), impatiently);
  pass_numbers<semaphore>(scaled(hops<TypeParam>(10'000)), by_looking);
  pass_numbers<semaphore>(scaled(300), stoppably);
}

TYPED_TEST(SemaphoreRace, OnePermitIsAMutex) {
  using semaphore = counting_semaphore<TypeParam>;
  exclude<semaphore>(4, scaled(hops<TypeParam>(5'000)), plainly);
  exclude<semaphore>(4, scaled(hops<TypeParam>(3'000)), impatiently);
}

TYPED_TEST(SemaphoreRace, NothingDependsOnHowFastAThreadIs) {
  using semaphore = counting_semaphore<TypeParam, in_process, chaos>;
  pass_numbers<semaphore>(scaled(1'500), plainly);
  exclude<semaphore>(3, scaled(700), impatiently);
}

/// N threads write in their own places, meet, and read those of all.
template <class Barrier, class Arrive>
void meet(unsigned n, std::size_t rounds, const Arrive& arrive) {
  Barrier b(n);
  std::vector<std::uint64_t> at[2] = {std::vector<std::uint64_t>(n), std::vector<std::uint64_t>(n)};
  std::atomic<std::size_t> wrong{0};
  std::vector<std::thread> all;
  for (unsigned me = 0; me != n; ++me) {
    all.emplace_back([&, me] {
      std::minstd_rand random(me + 1);
      for (std::uint64_t round = 1; round <= rounds; ++round) {
        auto& now = at[round % 2];
        now[me] = round;
        arrive(b, random);
        for (const auto one : now) wrong += one == round ? 0U : 1U;
      }
    });
  }
  for (auto& one : all) one.join();
  EXPECT_EQ(wrong, 0U);
}
constexpr auto arrive = [](auto& b, auto&) { b.arrive_and_wait(); };
constexpr auto arrive_impatiently = [](auto& b, auto& random) {
  while (b.arrive_and_wait(clock::now() + std::chrono::nanoseconds(random() % 60'000)) != status::ok) {
  }
};

TYPED_TEST(SemaphoreRace, WhatWasWrittenBeforeAnArrivalIsThereForAll) {
  using barrier = spin_barrier<TypeParam>;
  meet<barrier>(2, scaled(hops<TypeParam>(10'000)), arrive);
  meet<barrier>(2, scaled(hops<TypeParam>(5'000)), arrive_impatiently);
  meet<barrier>(4, scaled(hops<TypeParam>(400)), arrive);
  meet<spin_barrier<TypeParam, in_process, chaos>>(3, scaled(500), arrive);
  meet<spin_barrier<TypeParam, in_process, chaos>>(3, scaled(500), arrive_impatiently);
}

template <class Wait>
using SemaphoreWakeups = SemaphoreRace<Wait>;
using parking_policies = ::testing::Types<spin_park, park>;
TYPED_TEST_SUITE(SemaphoreWakeups, parking_policies, policy_names);

/// Never lets a waiter spin, so that spin_park goes the way of its parking at each wait.
struct sleepy : counting {
  static constexpr unsigned hot_polls = 1;
  static constexpr unsigned polls_per_look = 1;
  static constexpr std::uint32_t longest_spin = 1;
  static constexpr std::uint32_t shortest_spin = 1;
};

/// How many sleep on it, or are about to.
template <class Wait>
std::uint64_t sleepers_on(const counting_semaphore<Wait, in_process, sleepy>& s) {
  return __atomic_load_n(reinterpret_cast<const std::uint64_t*>(&s), __ATOMIC_RELAXED) >> 22 & 0x3fff;
}
template <class Wait>
std::uint64_t sleepers_on(const spin_barrier<Wait, in_process, sleepy>& b) {
  return __atomic_load_n(reinterpret_cast<const std::uint64_t*>(&b), __ATOMIC_RELAXED) >> 27 & 0x1fff;
}

// A lost wake-up (glibc 12875 and 25847, LLVM #109290, oneTBB #2136) would hang here, and the watchdog say so.
TYPED_TEST(SemaphoreWakeups, ManyReleasesToASleeperAllArrive) {
  using semaphore = counting_semaphore<TypeParam, in_process, sleepy>;
  semaphore there;
  semaphore back;
  const std::uint64_t wanted = scaled(sleeps<TypeParam>(100'000));
  std::uint64_t woken = 0;
  bool enough = false;  // plain, as woken is: whoever has the permit has them
  const auto side = [&](unsigned which, semaphore& mine, semaphore& other) {
    std::minstd_rand random(which + 1);
    for (std::uint64_t i = 0;; ++i) {
      if (which == 1 || i != 0) mine.acquire();
      if (enough) return other.release();
      enough = woken >= wanted || i >= 20 * wanted;
      // Mostly just when the other has said that it will sleep, and else as it comes.
      if (random() % 4 != 0) until([&] { return sleepers_on(other) != 0; });
      const bool last = enough;
      woken += sleepers_on(other) != 0 ? 1U : 0U;  // it cannot go without this permit
      other.release();
      if (last) return;
    }
  };
  together([&] { side(0, back, there); }, [&] { side(1, there, back); });
  EXPECT_GE(woken, wanted) << "too few of them found somebody asleep";
}

// The same with two sleepers and a third thread that releases for either, and with sleepers that give up now and then.
TYPED_TEST(SemaphoreWakeups, NoneIsLostAmongSeveralSleepers) {
  using semaphore = counting_semaphore<TypeParam, in_process, sleepy>;
  const std::size_t n = scaled(20'000);
  semaphore s;
  semaphore done;
  const auto wait = [&](std::size_t permits, bool gives_up) {
    std::minstd_rand random(5);
    while (permits != 0) {
      if (gives_up && random() % 4 == 0) {
        if (s.acquire(clock::now() + std::chrono::nanoseconds(random() % 20'000)) != status::ok) continue;
      } else {
        s.acquire();
      }
      --permits;
      done.release();
    }
  };
  std::uint64_t wakes = 0;
  together([&] { wait(n, false); }, [&] { wait(n, true); },
           [&] {
             for (std::size_t i = 0; i != n; ++i) {
               if (i % 4 != 0) until([&] { return sleepers_on(s) != 0; });
               counting::tally() = {};
               if (i % 3 == 0) {
                 s.release(2);
               } else {
                 s.release();
                 s.release();
               }
               wakes += counting::tally()[step::wake];
               done.acquire();
               done.acquire();
             }
           });
  EXPECT_GE(wakes, n / 2) << "too few of them found somebody asleep";
}

TYPED_TEST(SemaphoreWakeups, NobodyIsLeftAsleepAtABarrier) {
  using barrier = spin_barrier<TypeParam, in_process, sleepy>;
  for (const unsigned n : {2U, 3U}) {
    barrier b(n);
    const std::uint64_t wanted = scaled(sleeps<TypeParam>(50'000));
    const std::size_t rounds = 2 * wanted;
    std::atomic<std::uint64_t> wakes{0};
    std::vector<std::thread> all;
    for (unsigned me = 0; me != n; ++me) {
      all.emplace_back([&, me] {
        counting::tally() = {};
        for (std::size_t i = 0; i != rounds; ++i) {
          // Mostly when all others have said that they will sleep, sometimes when one has, and else as it comes.
          if (i % n == me && i % 4 != 0) until([&] { return sleepers_on(b) >= (i % 8 < 4 ? n - 1 : 1); });
          b.arrive_and_wait();
        }
        wakes += counting::tally()[step::wake];
      });
    }
    for (auto& one : all) one.join();
    EXPECT_GE(wakes, wanted) << "too few of them found somebody asleep";
  }
}

}  // namespace
}  // namespace volley::testing
