// SPDX-License-Identifier: MIT

// event_count and asymmetric_event_count: notifies, waits by hand and by predicate, deadlines and stops.

#include <gtest/gtest.h>

#include "event_counts.hpp"
#include "scale.hpp"
#include "throwing.hpp"

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <stdexcept>
#include <stop_token>
#include <thread>
#include <type_traits>
#include <vector>

namespace volley::testing {
namespace {

using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;
using time_point = clock::time_point;

template <class E>
constexpr bool is_as_all_are = std::is_same_v<typename E::time_point, time_point> && !std::is_copy_constructible_v<E> &&
                               !std::is_copy_assignable_v<E> && sizeof(E) == cache_line && alignof(E) == cache_line &&
                               std::is_trivially_destructible_v<E> && std::is_trivially_copyable_v<typename E::key>;
static_assert(is_as_all_are<event_count<>> && is_as_all_are<asymmetric_event_count<>>);

template <class Form>
class EventCount : public ::testing::Test {
 protected:
  watchdog watch_{60};
  typename Form::template type<> e_;
};
TYPED_TEST_SUITE(EventCount, event_counts, event_count_names);

const auto never_true = [] { return false; };

TYPED_TEST(EventCount, ANotifyAfterPrepareEndsTheWaitAndNoneBefore) {
  auto& e = this->e_;
  const auto now = clock::now();
  e.notify_one();
  e.notify_all();  // poco #5213: nothing of these is kept but what they were about
  const auto stale = e.prepare();
  for (const auto deadline : {time_point::min(), time_point{}, now}) {
    const auto again = e.prepare();
    EXPECT_EQ(e.wait(again, deadline), status::timeout);
  }
  e.notify_one();
  EXPECT_EQ(e.wait(stale, time_point::min()), status::ok);
  for (int i = 0; i != 100; ++i) {
    const auto one = e.prepare();
    const auto other = e.prepare();
    e.notify_one();
    e.wait(one);
    EXPECT_EQ(e.wait(other, now), status::ok) << "both had prepared";
    const auto third = e.prepare();
    e.notify_all();
    EXPECT_EQ(e.wait(third, std::stop_token()), status::ok);
  }
  EXPECT_EQ(sleepers_of(e), 0U);
}

constinit event_count<> of_static_storage;
TEST(EventCountOfStaticStorage, IsThereBeforeAnyConstructorRuns) {
  const auto k = of_static_storage.prepare();
  of_static_storage.notify_one();
  EXPECT_EQ(of_static_storage.wait(k, time_point{}), status::ok);
}

TYPED_TEST(EventCount, WhoCancelsIsNotEnrolled) {
  for (int i = 0; i != 100; ++i) {
    (void)this->e_.prepare();
    this->e_.cancel();
  }
  EXPECT_EQ(sleepers_of(this->e_), 0U);
}

// #4 of the field's list, taskflow #518 and #560: the first epochs are the last before the wrap.
TYPED_TEST(EventCount, TheEpochWraps) {
  typename TypeParam::template type<> e(0xffff'fffdU);
  for (int i = 0; i != 10; ++i) {
    const auto k = e.prepare();
    EXPECT_EQ(e.wait(k, time_point{}), status::timeout);
    const auto l = e.prepare();
    e.notify_one();
    EXPECT_EQ(e.wait(l, time_point{}), status::ok);
  }
  EXPECT_EQ(sleepers_of(e), 0U);
}

TYPED_TEST(EventCount, APredicateThatIsTrueIsAskedOnceAndOneThatHasBeenTrueNoMore) {
  auto& e = this->e_;
  int asked = 0;
  e.await([&] { return ++asked == 1; });
  EXPECT_EQ(asked, 1);
  EXPECT_EQ(e.await([&] { return ++asked == 2; }, time_point{}), status::ok);
  EXPECT_EQ(asked, 2);
  std::atomic<int> permits{0};
  constexpr int n = 2'000;
  int taken = 0;
  together(
      [&] {
        for (int i = 0; i != n; ++i) e.await([&] { return permits > 0 && (--permits, ++taken) > 0; });
      },
      [&] {
        for (int i = 0; i != n; ++i) {
          ++permits;
          e.notify_one();
          if (i % 64 == 0) std::this_thread::yield();
        }
      });
  EXPECT_EQ(taken, n);
  EXPECT_EQ(permits, 0);
}

// S28, folly 69433ef30, CPython gh-135871: deadlines before the clock's epoch, at it, and just past; each is one try.
TYPED_TEST(EventCount, ADeadlineInThePastIsOneTry) {
  const auto now = clock::now();
  for (const auto deadline : {time_point::min(), time_point::min() + 1ns, time_point{} - 1ns, time_point{},
                              time_point{} + 1ns, now - 1h, now - 1ns, now}) {
    std::size_t asked = 0;
    EXPECT_EQ(this->e_.await([&] { return ++asked == 0; }, deadline), status::timeout);
    EXPECT_LE(asked, native::hot_polls + 2);
    EXPECT_EQ(this->e_.await([] { return true; }, deadline), status::ok);
  }
  EXPECT_EQ(sleepers_of(this->e_), 0U);
}

TYPED_TEST(EventCount, ATimeoutNeverComesBeforeItsDeadlineAndLeavesNobodyEnrolled) {
  for (const auto patience : {1ns, 999ns, 20'000ns, 100'000ns, 1'000'000ns, 3'000'000ns}) {
    const auto deadline = clock::now() + patience;
    EXPECT_EQ(this->e_.await(never_true, deadline), status::timeout);
    EXPECT_GE(clock::now(), deadline);
    const auto later = clock::now() + patience;
    EXPECT_EQ(this->e_.wait(this->e_.prepare(), later), status::timeout);
    EXPECT_GE(clock::now(), later);
    EXPECT_EQ(sleepers_of(this->e_), 0U);
  }
}

// A wait whose epochs never stop ending, and whose predicate never comes true.
TYPED_TEST(EventCount, ADeadlineOrAStopIsMetWhileOthersNotifyAllTheTime) {
  std::atomic<bool> enough{false};
  std::stop_source source;
  together(
      [&] {
        while (!enough) this->e_.notify_all();
      },
      [&] {
        EXPECT_EQ(this->e_.await(never_true, clock::now() + 20ms), status::timeout);
        std::thread stopper([&] { source.request_stop(); });
        EXPECT_EQ(this->e_.await(never_true, source.get_token()), status::stopped);
        stopper.join();
        enough = true;
      });
  EXPECT_EQ(sleepers_of(this->e_), 0U);
}

TYPED_TEST(EventCount, AStopThatWasRequestedEndsTheWaitButNotOneWhosePredicateIsTrue) {
  std::stop_source source;
  source.request_stop();
  const auto token = source.get_token();
  EXPECT_EQ(this->e_.await(never_true, token), status::stopped);
  EXPECT_EQ(this->e_.await(never_true, clock::now() + 1h, token), status::stopped);
  EXPECT_EQ(this->e_.await([] { return true; }, token), status::ok);
  const auto k = this->e_.prepare();
  this->e_.notify_one();
  EXPECT_EQ(this->e_.wait(k, clock::now() + 1h, token), status::ok) << "it was notified";
  EXPECT_EQ(sleepers_of(this->e_), 0U);
}

TYPED_TEST(EventCount, AStopEndsAWaitThatHasBegun) {
  for (int i = 0; i != 20; ++i) {
    std::stop_source source;
    std::thread stopper([&] {
      if (TypeParam::policy::parks) {
        until([&] { return sleepers_of(this->e_) != 0; });
      } else {
        std::this_thread::sleep_for(1ms);
      }
      source.request_stop();
    });
    if (i % 2 == 0) {
      EXPECT_EQ(this->e_.await(never_true, source.get_token()), status::stopped);
    } else {  // by hand a stop may look like a notify, once
      for (status s = status::ok; s != status::stopped;) s = this->e_.wait(this->e_.prepare(), source.get_token());
    }
    stopper.join();
    EXPECT_EQ(sleepers_of(this->e_), 0U);
  }
  std::stop_source unused;
  EXPECT_EQ(this->e_.await(never_true, clock::now() + 1ms, unused.get_token()), status::timeout);
  unused.request_stop();  // nobody is registered any more
  EXPECT_EQ(sleepers_of(this->e_), 0U);
}

TYPED_TEST(EventCount, AllOfManyAreWokenByAllAndOneByOneByOne) {
  for (const bool at_once : {true, false}) {
    std::atomic<int> permits{0};
    std::atomic<int> woken{0};
    const auto take = [&] {
      for (int seen = permits; seen != 0;) {
        if (permits.compare_exchange_strong(seen, seen - 1)) return true;
      }
      return false;
    };
    std::vector<std::thread> waiters;
    for (int i = 0; i != 5; ++i) {
      waiters.emplace_back([&] {
        this->e_.await(take);
        ++woken;
      });
    }
    if (TypeParam::policy::parks) until([&] { return sleepers_of(this->e_) == 5; });
    if (at_once) {
      permits = 5;
      this->e_.notify_all();
    } else {
      for (int i = 0; i != 5; ++i) {
        ++permits;
        this->e_.notify_one();
        until([&] { return woken == i + 1; });
      }
    }
    for (auto& waiter : waiters) waiter.join();
    EXPECT_EQ(sleepers_of(this->e_), 0U);
  }
}

TYPED_TEST(EventCount, WhatThePredicateThrowsGoesOnAndLeavesNobodyEnrolled) {
  const std::size_t hot = TypeParam::policy::spins ? native::hot_polls : 1;
  for (const std::size_t at : {std::size_t{1}, hot, hot + 1}) {
    std::size_t asked = 0;
    const auto throws = [&] {
      if (++asked == at) throw_it(std::runtime_error("asked too often"));
      return false;
    };
    EXPECT_THROW((void)this->e_.await(throws, clock::now() + 1h), std::runtime_error);
    EXPECT_EQ(sleepers_of(this->e_), 0U) << at;
  }
}
TEST(EventCountThatThrows, InItsSleepLeavesNobodyEnrolled) {
  asymmetric_event_count<park> e;
  EXPECT_THROW((void)e.await(
                   [&] {
                     if (sleepers_of(e) == 1) throw_it(std::runtime_error("enrolled"));
                     return false;
                   },
                   clock::now() + 1h),
               std::runtime_error);
  EXPECT_EQ(sleepers_of(e), 0U);
}

/// Lets something happen at the n-th look at the clock (a sleep counts as one), which is also the look that finds the deadline over.
struct fate : native {
  static inline std::function<void()> happens;
  static inline int looks_before;

  struct os : native::os {
    static inline time_point time;

    static bool look() {
      time += 20us;
      if (--looks_before == 0) {
        happens();
        time += 1h;
      }
      return looks_before <= 0;
    }
    static time_point now() {
      look();
      return time;
    }
    template <class Word>
    static bool park(const Word&, std::uint32_t, sharing, time_point) {
      return look();
    }
  };
};

// Wherever the wait is when its deadline comes, it asks once more; and a notify in that instant is no timeout.
TYPED_TEST(EventCount, WhatCameWithTheDeadlineIsNoTimeout) {
  for (const bool comes : {true, false}) {
    for (const bool by_hand : {true, false}) {
      for (int looks = 1; looks != 12; ++looks) {
        typename TypeParam::template type<fate> e;
        bool there = false;
        fate::os::time = time_point(1h);
        fate::looks_before = looks;
        fate::happens = [&] {
          there = comes;
          if (by_hand && comes) e.notify_one();
        };
        const status s = by_hand ? e.wait(e.prepare(), time_point(2h)) : e.await([&] { return there; }, time_point(2h));
        EXPECT_EQ(s, comes ? status::ok : status::timeout) << looks;
        EXPECT_EQ(sleepers_of(e), 0U) << looks;
      }
    }
  }
}

}  // namespace
}  // namespace volley::testing
