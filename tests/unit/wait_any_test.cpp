// SPDX-License-Identifier: MIT

// wait_any: which one it takes, and when it gives up; on a kernel that waits for several words, and on one that refuses to.

#include <volley/handoff/wait_any.hpp>

#include <gtest/gtest.h>

#include "scale.hpp"
#include "several.hpp"
#include "throwing.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <deque>
#include <optional>
#include <span>
#include <stdexcept>
#include <stop_token>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

namespace volley::testing {
namespace {

using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;
using time_point = clock::time_point;

template <class Object, class Reference = waitable<>>
constexpr bool can_be_referred_to = std::is_constructible_v<Reference, Object&>;
static_assert(can_be_referred_to<auto_reset_event<>> && can_be_referred_to<manual_reset_event<>> &&
              can_be_referred_to<counting_semaphore<>>);
static_assert(!can_be_referred_to<counting_semaphore<park>> &&
              can_be_referred_to<counting_semaphore<park>, waitable<park>>);
static_assert(!can_be_referred_to<counting_semaphore<spin_park, between_processes>>);
static_assert(!can_be_referred_to<int> && std::is_trivially_copyable_v<waitable<>>);
static_assert(sizeof(waitable<>) == 2 * sizeof(void*));

template <class... What>
concept can_be_waited_for = requires(What&... what) {
  try_wait_any(what...);
};
static_assert(can_be_waited_for<auto_reset_event<>, const waitable<>> && can_be_waited_for<auto_reset_event<>[2]> &&
              can_be_waited_for<std::array<counting_semaphore<>, 2>> && can_be_waited_for<const waitable<>[2]>);
static_assert(!can_be_waited_for<> && !can_be_waited_for<int> && !can_be_waited_for<int[2]> &&
              !can_be_waited_for<const auto_reset_event<>> && !can_be_waited_for<auto_reset_event<>[2], waitable<>>);

template <class Way>
class WaitAny : public ::testing::Test {
 protected:
  watchdog watch_{60};
  typename Way::event event_;
  typename Way::gate gate_;
  typename Way::semaphore semaphore_;

  void expect_nobody_asleep() {
    EXPECT_EQ(asleep_on(event_), 0U);
    EXPECT_EQ(asleep_on(gate_), 0U);
    EXPECT_EQ(asleep_on(semaphore_), 0U);
  }
};
using ways = ::testing::Types<way<busy_spin, native>, way<spin_yield, native>, way<spin_park, native>,
                              way<park, native>, way<spin_park, refusing<native>>, way<park, refusing<native>>>;
TYPED_TEST_SUITE(WaitAny, ways, way_names);

TYPED_TEST(WaitAny, TakesTheOneThatIsThereAndNoOther) {
  EXPECT_EQ(try_wait_any(this->event_, this->gate_, this->semaphore_), std::nullopt);
  this->event_.set();
  EXPECT_EQ(wait_any(this->event_, this->gate_, this->semaphore_), 0U);
  EXPECT_FALSE(this->event_.try_wait()) << "it was consumed";
  this->semaphore_.release(2);
  EXPECT_EQ(wait_any(this->event_, this->gate_, this->semaphore_), 2U);
  EXPECT_EQ(try_wait_any(this->semaphore_, this->gate_), 0U);
  EXPECT_FALSE(this->semaphore_.try_acquire());
  this->gate_.set();
  EXPECT_EQ(wait_any(this->event_, this->gate_, this->semaphore_), 1U);
  EXPECT_TRUE(this->gate_.is_set()) << "a gate stays open";
  this->gate_.reset();
  EXPECT_EQ(try_wait_any(this->event_), std::nullopt);
}

TYPED_TEST(WaitAny, WakesForWhicheverComes) {
  for (std::size_t i = 0; i != 3 * scaled(20); ++i) {
    together([&] { EXPECT_EQ(wait_any(this->event_, this->gate_, this->semaphore_), i % 3); },
             [&] {
               if (i % 2 == 0) std::this_thread::sleep_for(1ms);
               if (i % 3 == 0) this->event_.set();
               if (i % 3 == 1) this->gate_.set();
               if (i % 3 == 2) this->semaphore_.release();
             });
    this->gate_.reset();
  }
  this->expect_nobody_asleep();
}

// One in wait_any(a, b), one in a.wait(), both are set: whichever the kernel wakes.
TYPED_TEST(WaitAny, AWakeThatWasMeantForAnotherGoesOn) {
  for (std::size_t i = 0; i != scaled(100); ++i) {
    typename TypeParam::event other;
    together(
        [&] {
          if (wait_any(this->event_, other) == 0) this->event_.set();
        },
        [&] { this->event_.wait(); },
        [&] {
          if (TypeParam::policy::parks && i % 4 != 0) until([&] { return asleep_on(this->event_) == 2; });
          this->event_.set();
          other.set();
        });
    (void)other.try_wait();
  }
}

TYPED_TEST(WaitAny, ADeadlineInThePastIsOneLook) {
  for (const auto deadline : {time_point::min(), time_point{}, time_point{} + 1ns, clock::now() - 1ns, clock::now()}) {
    EXPECT_EQ(wait_any(deadline, this->event_, this->gate_).why(), status::timeout);
    this->event_.set();
    EXPECT_EQ(*wait_any(deadline, this->gate_, this->event_), 1U);
  }
}

TYPED_TEST(WaitAny, ATimeoutNeverComesBeforeItsDeadlineAndTakesNothing) {
  for (const auto patience : {1ns, 20'000ns, 3'000'000ns}) {
    const auto deadline = clock::now() + patience;
    EXPECT_EQ(wait_any(deadline, this->event_, this->gate_, this->semaphore_).why(), status::timeout);
    EXPECT_GE(clock::now(), deadline);
    this->expect_nobody_asleep();
  }
  together([&] { EXPECT_EQ(*wait_any(time_point::max() - 1ns, this->event_, this->semaphore_), 1U); },
           [&] {
             std::this_thread::sleep_for(1ms);
             this->semaphore_.release();
           });
}

TYPED_TEST(WaitAny, AStopEndsTheWaitThatItIsFor) {
  for (std::size_t i = 0; i != scaled(10); ++i) {
    std::stop_source source;
    std::atomic<bool> stopped{false};
    together(
        [&] {
          EXPECT_EQ(wait_any(source.get_token(), this->event_, this->semaphore_).why(), status::stopped);
          EXPECT_EQ(wait_any(time_point::max(), source.get_token(), this->event_).why(), status::stopped);
          stopped = true;
        },
        [&] { EXPECT_EQ(wait_any(this->semaphore_, this->event_), 0U); },
        [&] {
          std::this_thread::sleep_for(1ms);
          source.request_stop();
          until([&] { return stopped.load(); });
          this->semaphore_.release();
        });
    this->event_.set();
    EXPECT_EQ(*wait_any(source.get_token(), this->event_), 0U) << "what is there counts";
  }
  this->expect_nobody_asleep();
}

TYPED_TEST(WaitAny, AGateThatShutsAgainHasLetItThrough) {
  if (!TypeParam::policy::parks) return;
  together([&] { EXPECT_EQ(wait_any(this->event_, this->gate_), 1U); },
           [&] {
             until([&] { return asleep_on(this->gate_) == 1; });
             this->gate_.set();
             this->gate_.reset();
           });
}

TYPED_TEST(WaitAny, TheSameOneMayBeThereTwice) {
  this->semaphore_.release(2);
  EXPECT_LT(wait_any(this->semaphore_, this->semaphore_), 2U);
  EXPECT_LT(wait_any(this->semaphore_, this->semaphore_), 2U);
  together([&] { EXPECT_LT(wait_any(this->semaphore_, this->semaphore_), 2U); },
           [&] {
             std::this_thread::sleep_for(1ms);
             this->semaphore_.release();
           });
  EXPECT_FALSE(this->semaphore_.try_acquire());
  this->expect_nobody_asleep();
}

TYPED_TEST(WaitAny, ListsAreMadeAtRunTime) {
  std::deque<typename TypeParam::event> events(128);
  std::vector<typename TypeParam::reference> list(events.begin(), events.end());
  EXPECT_EQ(try_wait_any(list), std::nullopt);
  EXPECT_EQ(wait_any(clock::now() + 1ms, list).why(), status::timeout);
  for (const std::size_t i : {0U, 77U, 127U}) {
    together([&] { EXPECT_EQ(wait_any(list), i); },
             [&] {
               std::this_thread::sleep_for(1ms);
               events[i].set();
             });
  }
  const std::array<typename TypeParam::reference, 2> two = {this->event_, this->gate_};
  this->gate_.set();
  EXPECT_EQ(wait_any(two), 1U);
  EXPECT_EQ(wait_any(std::span(two)), 1U);
}

TYPED_TEST(WaitAny, ObjectsAndWhatRefersToThemMayBeMixed) {
  using reference = typename TypeParam::reference;
  const reference gate = this->gate_;
  reference semaphore = this->semaphore_;
  this->semaphore_.release(2);
  EXPECT_EQ(wait_any(this->event_, gate, semaphore), 2U);
  EXPECT_EQ(wait_any(semaphore), 0U);
  EXPECT_EQ(try_wait_any(gate, this->event_, reference(this->semaphore_)), std::nullopt);
  together([&] { EXPECT_EQ(wait_any(gate, semaphore, this->event_), 2U); },
           [&] {
             std::this_thread::sleep_for(1ms);
             this->event_.set();
           });
  std::stop_source source;
  EXPECT_EQ(wait_any(clock::now() + 1ms, source.get_token(), gate, this->event_).why(), status::timeout);
  this->expect_nobody_asleep();
}

TYPED_TEST(WaitAny, AnArrayOfObjectsIsOneWaitForThemAll) {
  typename TypeParam::event events[3];
  EXPECT_EQ(try_wait_any(events), std::nullopt);
  for (const std::size_t i : {2U, 0U, 1U}) {
    together([&] { EXPECT_EQ(wait_any(events), i); },
             [&] {
               std::this_thread::sleep_for(1ms);
               events[i].set();
             });
  }
  EXPECT_EQ(wait_any(clock::now() + 1ms, events).why(), status::timeout);
  std::array<typename TypeParam::semaphore, 128> semaphores;
  semaphores[127].release(2);
  EXPECT_EQ(wait_any(semaphores), 127U);
  EXPECT_EQ(*wait_any(time_point{}, semaphores), 127U);
  EXPECT_EQ(try_wait_any(semaphores), std::nullopt);
}

TEST(WaitAnyList, NoneAndMoreThanTheKernelTakesAreRefused) {
  auto_reset_event<> event(true);
  const std::vector<waitable<>> none;
  const std::vector<waitable<>> many(129, event);
  const std::vector<waitable<>> most(128, event);
  EXPECT_THROW((void)wait_any(none), std::invalid_argument);
  EXPECT_THROW((void)wait_any(many), std::invalid_argument);
  EXPECT_THROW((void)wait_any(clock::now(), many), std::invalid_argument);
  EXPECT_THROW((void)try_wait_any(none), std::invalid_argument);
  EXPECT_LT(wait_any(most), 128U);
}

// "Fair": of those that are always there, each has its turn; also where another call comes in between, always the same.
TEST(WaitAnyIsFair, NoneIsPassedOverForLong) {
  for (const std::size_t n : {2U, 3U, 4U, 8U, 128U}) {
    for (const unsigned others : {0U, 1U, 2U, 7U, 12U}) {
      std::deque<counting_semaphore<>> all(n);
      for (auto& one : all) one.release(100'000);
      const std::vector<waitable<>> list(all.begin(), all.end());
      std::vector<std::size_t> taken(n);
      std::vector<std::size_t> last(n);
      std::size_t longest = 0;
      for (std::size_t i = 1; i <= 100 * n; ++i) {
        const std::size_t which = wait_any(list);
        ++taken[which];
        longest = std::max(longest, i - std::exchange(last[which], i));
        for (unsigned k = 0; k != others; ++k) (void)wait_any(all[0], all[1]);
      }
      for (const std::size_t times : taken) EXPECT_GE(times, 80U) << n << " objects, " << others << " in between";
      EXPECT_LE(longest, 16 * n) << n << " objects, " << others << " in between";
    }
  }
}

}  // namespace
}  // namespace volley::testing
