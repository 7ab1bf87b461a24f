// SPDX-License-Identifier: MIT

// counting_semaphore: how many permits there are, and waiting for one, with and without a deadline or a stop.

#include <volley/env/hooked.hpp>
#include <volley/handoff/counting_semaphore.hpp>

#include <gtest/gtest.h>

#include "interposed.hpp"
#include "mapped.hpp"
#include "policies.hpp"
#include "scale.hpp"

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <random>
#include <stop_token>
#include <thread>
#include <type_traits>
#include <vector>

namespace volley::testing {
namespace {

using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;
using time_point = clock::time_point;

static_assert(std::is_same_v<counting_semaphore<>::time_point, time_point>);
static_assert(!std::is_copy_constructible_v<counting_semaphore<>> && !std::is_copy_assignable_v<counting_semaphore<>>);
static_assert(!std::is_convertible_v<std::uint32_t, counting_semaphore<>>);
static_assert(sizeof(counting_semaphore<>) == cache_line && alignof(counting_semaphore<>) == cache_line);
static_assert(sizeof(counting_semaphore<busy_spin>) == sizeof(counting_semaphore<park, between_processes>));
static_assert(std::is_standard_layout_v<counting_semaphore<>> &&
              std::is_trivially_destructible_v<counting_semaphore<>>);
static_assert(counting_semaphore<>::max() == 4'194'303);

/// Its word, read from outside: | ticks 28 | sleepers 14 | permits 22 |.
template <class Semaphore>
std::uint64_t word_of(const Semaphore& s) {
  return __atomic_load_n(reinterpret_cast<const std::uint64_t*>(&s), __ATOMIC_RELAXED);
}
template <class Semaphore>
std::uint64_t permits_in(const Semaphore& s) {
  return word_of(s) & 0x3f'ffff;
}
template <class Semaphore>
std::uint64_t sleepers_on(const Semaphore& s) {
  return word_of(s) >> 22 & 0x3fff;
}

template <class Wait>
class CountingSemaphore : public ::testing::Test {
 protected:
  watchdog watch_{60};
  counting_semaphore<Wait> s_;
};
TYPED_TEST_SUITE(CountingSemaphore, policies, policy_names);

TYPED_TEST(CountingSemaphore, HasAsManyPermitsAsItWasGiven) {
  EXPECT_FALSE(this->s_.try_acquire());
  this->s_.release();
  this->s_.release(2);
  this->s_.release(0);
  this->s_.acquire();
  EXPECT_EQ(this->s_.acquire(time_point{}), status::ok);
  EXPECT_TRUE(this->s_.try_acquire());
  EXPECT_FALSE(this->s_.try_acquire());
  counting_semaphore<TypeParam> three(3);
  for (int i = 0; i != 5; ++i) EXPECT_EQ(three.try_acquire(), i < 3);
}

TYPED_TEST(CountingSemaphore, CountsUpToItsMax) {
  constexpr auto max = counting_semaphore<TypeParam>::max();
  counting_semaphore<TypeParam> full(max);
  EXPECT_EQ(sleepers_on(full), 0U);
  EXPECT_TRUE(full.try_acquire());
  full.release();
  EXPECT_EQ(permits_in(full), max);
  EXPECT_EQ(sleepers_on(full), 0U);
  this->s_.release(max);
  EXPECT_EQ(permits_in(this->s_), max);
  EXPECT_EQ(sleepers_on(this->s_), 0U);
}

// S28, folly 69433ef30, CPython gh-135871: deadlines before the clock's epoch, at it, and just past.
TYPED_TEST(CountingSemaphore, ADeadlineInThePastIsOneLook) {
  const auto now = clock::now();
  const auto all = {time_point::min(),  time_point::min() + 1ns,
                    time_point{} - 1ns, time_point{},
                    time_point{} + 1ns, now - 1h,
                    now - 1ns,          now};
  for (const auto deadline : all) EXPECT_EQ(this->s_.acquire(deadline), status::timeout);
  this->s_.release(static_cast<std::uint32_t>(all.size()));
  for (const auto deadline : all) EXPECT_EQ(this->s_.acquire(deadline), status::ok);
  EXPECT_EQ(permits_in(this->s_), 0U);
}

TYPED_TEST(CountingSemaphore, ATimeoutNeverComesBeforeItsDeadlineAndTakesNothing) {
  for (const auto patience : {1ns, 999ns, 20'000ns, 100'000ns, 3'000'000ns}) {
    const auto deadline = clock::now() + patience;
    EXPECT_EQ(this->s_.acquire(deadline), status::timeout);
    EXPECT_GE(clock::now(), deadline);
    EXPECT_EQ(word_of(this->s_), 0U) << "whoever no longer waits is still counted";
  }
  this->s_.release();
  EXPECT_TRUE(this->s_.try_acquire());
}

TYPED_TEST(CountingSemaphore, DeadlinesTooFarAwayToComeDoNotOverflow) {
  for (const auto deadline : {time_point::max(), time_point::max() - 1ns, clock::now() + 87'600h}) {
    together([&] { EXPECT_EQ(this->s_.acquire(deadline), status::ok); },
             [&] {
               std::this_thread::sleep_for(1ms);
               this->s_.release();
             });
  }
}

TYPED_TEST(CountingSemaphore, AStopEndsTheWaitButTakesNoPermit) {
  std::stop_source source;
  source.request_stop();
  EXPECT_EQ(this->s_.acquire(source.get_token()), status::stopped);
  EXPECT_EQ(this->s_.acquire(clock::now() + 1h, source.get_token()), status::stopped);
  this->s_.release();
  EXPECT_EQ(this->s_.acquire(source.get_token()), status::ok) << "there was one";
  const std::stop_token none;
  EXPECT_EQ(this->s_.acquire(clock::now() + 1ms, none), status::timeout);
  EXPECT_EQ(sleepers_on(this->s_), 0U);
}

// Two sleep, and the stop is for one of them: it is the one that ends, whichever the kernel would wake first.
TYPED_TEST(CountingSemaphore, AStopEndsTheWaitThatItIsFor) {
  for (std::size_t i = 0; i != scaled(20); ++i) {
    std::stop_source source;
    std::atomic<bool> stopped{false};
    together([&] { this->s_.acquire(); },
             [&] {
               EXPECT_EQ(this->s_.acquire(source.get_token()), status::stopped);
               stopped = true;
             },
             [&] {
               if (TypeParam::parks) {
                 until([&] { return sleepers_on(this->s_) == 2; });
               } else {
                 std::this_thread::sleep_for(1ms);
               }
               source.request_stop();
               until([&] { return stopped.load(); });
               this->s_.release();
             });
    EXPECT_EQ(permits_in(this->s_), 0U);
    EXPECT_EQ(sleepers_on(this->s_), 0U);
  }
}

/// n threads, each of which takes and gives back `times` times in one of all ways, with what only one may touch in between.
template <class Wait>
void take_turns(unsigned threads, std::size_t times) {
  counting_semaphore<Wait> s(1);
  std::size_t inside = 0;
  std::vector<std::thread> all;
  for (unsigned me = 0; me != threads; ++me) {
    all.emplace_back([&, me] {
      std::minstd_rand random(me + 1);
      for (std::size_t i = 0; i != times; ++i) {
        while (s.acquire(clock::now() + std::chrono::nanoseconds(random() % 30'000)) != status::ok) {
        }
        ++inside;
        if (i % 16 == me) std::this_thread::yield();  // for the others to come meanwhile
        s.release();
      }
    });
  }
  for (auto& one : all) one.join();
  EXPECT_EQ(inside, threads * times);
  EXPECT_EQ(permits_in(s), 1U);
  EXPECT_EQ(sleepers_on(s), 0U);
}

// moodycamel's semaphore (its readjusting loop) and swoole #6160: timeouts in the instant of a release made the count drift.
TYPED_TEST(CountingSemaphore, ManyTimedWaitsLeaveTheCountWhatItWas) {
  take_turns<TypeParam>(4, scaled(hops<TypeParam>(10'000)));
}

TEST(CountingSemaphoreDrift, AHundredThousandWaitsThatTimeOutOrNotLeaveTheCountWhatItWas) {
  const watchdog watch(60);
  counting_semaphore<park> s;
  const std::size_t waits = scaled(50'000);
  std::atomic<std::size_t> taken{0};
  std::atomic<std::size_t> timeouts{0};
  std::atomic<unsigned> waiting{2};
  std::size_t released = 0;
  const auto wait = [&](unsigned seed) {
    std::minstd_rand random(seed);
    for (std::size_t i = 0; i != waits; ++i) {
      (s.acquire(clock::now() + std::chrono::nanoseconds(random() % 8'000)) == status::ok ? taken : timeouts) += 1;
    }
    --waiting;
  };
  together([&] { wait(1); }, [&] { wait(2); },
           [&] {
             std::minstd_rand random(3);
             while (waiting != 0) {
               if (permits_in(s) < 2) {
                 s.release();
                 ++released;
               }
               for (const auto at = clock::now() + std::chrono::nanoseconds(random() % 8'000); clock::now() < at;) {
               }
             }
           });
  EXPECT_EQ(taken + permits_in(s), released);
  EXPECT_EQ(taken + timeouts, 2 * waits);
  EXPECT_GT(taken * timeouts, 0U);
  EXPECT_EQ(sleepers_on(s), 0U);
}

// GCC 12's FIXME, PR 104928: a wake for one went to a waiter that was about to leave, and the other slept on. One permit, which whoever gets
// it hands on; one waiter that gives up again and again, and one that does not.
TYPED_TEST(CountingSemaphore, APermitFindsTheWaiterThatStaysWhileAnotherGivesUp) {
  const std::size_t n = scaled(hops<TypeParam>(4'000));
  std::atomic<bool> enough{false};
  this->s_.release();
  together(
      [&] {
        for (std::size_t i = 0; i != n; ++i) {
          this->s_.acquire();
          if (i % 4 == 0) std::this_thread::yield();
          this->s_.release();
        }
        enough = true;
      },
      [&] {
        std::minstd_rand random(7);
        while (!enough) {
          if (this->s_.acquire(clock::now() + std::chrono::nanoseconds(random() % 20'000)) == status::ok)
            this->s_.release();
        }
      });
  EXPECT_EQ(permits_in(this->s_), 1U);
  EXPECT_EQ(sleepers_on(this->s_), 0U);
}

// LLVM 77659 and 79265: the value slept on was read after the count, and a release in between was slept through. A release before each step
// of an acquire, the sleep included.
TYPED_TEST(CountingSemaphore, AReleaseBeforeAnyStepOfAnAcquireIsFound) {
  using semaphore = counting_semaphore<TypeParam, in_process, interposed>;
  bool within = true;
  for (unsigned n = 1; n != 200 && within; ++n) {
    semaphore s;
    status got{};
    const auto deadline = clock::now() + 150ms;
    auto released_at = deadline;
    within = interposing::run(
        n, [&] { got = s.acquire(deadline); },
        [&] {
          released_at = clock::now();
          s.release();
        });
    if (released_at < deadline - 75ms) {
      EXPECT_EQ(got, status::ok) << n;
      EXPECT_LT(clock::now(), deadline) << "slept through it at step " << n;
    }
    EXPECT_EQ(permits_in(s), within && got != status::ok ? 1U : 0U) << n;
    EXPECT_EQ(sleepers_on(s), 0U);
  }
}

TEST(CountingSemaphoreLayout, WorksAtTwoAddressesAtOnce) {
  const memory_file file;
  const view<counting_semaphore<park, between_processes>> here(file);
  const view<counting_semaphore<park, between_processes>> there(file);
  here.make(1U);
  for (int i = 0; i != 20; ++i) {
    EXPECT_TRUE(there->try_acquire());
    EXPECT_FALSE(here->try_acquire());
    here->release();
  }
}

}  // namespace
}  // namespace volley::testing
