// SPDX-License-Identifier: MIT

// wait_any: what it and those who post to its objects ask of the kernel, and how many locked instructions they take.

#include <gtest/gtest.h>

#include "scale.hpp"
#include "several.hpp"

#include <chrono>
#include <cstdint>
#include <stop_token>
#include <thread>

namespace volley::testing {
namespace {

using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;

template <class Action>
step_tally cost_of(const Action& action) {
  counting::tally() = {};
  action();
  return counting::tally();
}

/// Asleep, as far as can be seen from outside: it has said so, and had the time.
template <class Object>
void until_asleep(const Object& o, std::uint64_t n) {
  until([&] { return asleep_on(o) == n; });
  std::this_thread::sleep_for(1ms);
}

template <class Way>
class WaitAnyCost : public ::testing::Test {
 protected:
  watchdog watch_{60};
  typename Way::event a_;
  typename Way::semaphore b_;
};
using ways = ::testing::Types<way<busy_spin, counting>, way<spin_yield, counting>, way<spin_park, counting>,
                              way<park, counting>, way<park, refusing<counting>>>;
TYPED_TEST_SUITE(WaitAnyCost, ways, way_names);

TYPED_TEST(WaitAnyCost, NothingEntersTheKernelWhileNobodyNeedsToWait) {
  EXPECT_EQ(cost_of([&] { EXPECT_FALSE(try_wait_any(this->a_, this->b_)); }).syscalls(), 0U);
  EXPECT_EQ(cost_of([&] { (void)wait_any(clock::now(), this->a_, this->b_).why(); }).syscalls(), 0U);
  this->a_.set();
  const auto taken = cost_of([&] { wait_any(this->a_, this->b_); });
  EXPECT_EQ(taken.syscalls(), 0U);
  EXPECT_EQ(taken.locked(), 1U) << "the taking";
  EXPECT_EQ(cost_of([&] { EXPECT_FALSE(try_wait_any(this->a_, this->b_)); }).locked(), 0U);
}

template <class Way>
class WaitAnyAsleep : public WaitAnyCost<Way> {};
using sleepers = ::testing::Types<way<spin_park, sleepy>, way<park, sleepy>, way<spin_park, refusing<sleepy>>,
                                  way<park, refusing<sleepy>>>;
TYPED_TEST_SUITE(WaitAnyAsleep, sleepers, way_names);

TYPED_TEST(WaitAnyAsleep, EnrolsOnceWithEachAndSleepsOnce) {
  constexpr bool refused = is_refusing(TypeParam{});
  together(
      [&] {
        const auto tally = cost_of([&] { EXPECT_EQ(wait_any(this->a_, this->b_), 0U); });
        EXPECT_EQ(tally[step::park], 1U);
        EXPECT_EQ(tally[step::wake], 0U);
        // Enrolled with both, took one, left the other. Refused: left both, hung two bells, enrolled again; then took the bells down.
        EXPECT_EQ(tally.locked(), refused ? 12U : 4U);
      },
      [&] {
        until_asleep(this->b_, 1);
        const auto tally = cost_of([&] { this->a_.set(); });
        EXPECT_EQ(tally[step::wake], refused ? 2U : 1U) << "a second one only where the kernel refuses";
        EXPECT_EQ(tally.locked(), refused ? 2U : 1U);
      });
}

// "Only posts to an event with such a waiter pay for it."
TYPED_TEST(WaitAnyAsleep, PostsToOtherObjectsPayNothingForIt) {
  typename TypeParam::event idle;
  typename TypeParam::event busy;
  together([&] { EXPECT_EQ(wait_any(this->a_, this->b_), 1U); }, [&] { busy.wait(); },
           [&] {
             until_asleep(this->b_, 1);
             until_asleep(busy, 1);
             EXPECT_EQ(cost_of([&] { idle.set(); }).syscalls(), 0U);
             EXPECT_EQ(cost_of([&] { busy.set(); })[step::wake], 1U) << "for its own sleeper";
             this->b_.release();
           });
  EXPECT_EQ(cost_of([&] { this->a_.set(); }).syscalls(), 0U) << "nobody is there any more";
}

TYPED_TEST(WaitAnyAsleep, AWakeIsPassedOnOnlyWhereSomebodyElseSleepsAndThereIsSomethingToTake) {
  std::uint64_t parks = 0;
  together(
      [&] {
        const auto tally = cost_of([&] {
          if (wait_any(this->a_, this->b_) == 0) this->b_.acquire();
        });
        EXPECT_EQ(tally[step::wake], 0U);
        parks = tally[step::park];
      },
      [&] {
        until_asleep(this->b_, 1);
        this->a_.set();
        this->b_.release();
      });
  EXPECT_GE(parks, 1U);
}

}  // namespace
}  // namespace volley::testing
