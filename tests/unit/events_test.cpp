// SPDX-License-Identifier: MIT

// What parker, auto_reset_event and manual_reset_event have in common: a set is kept, and a wait ends by it, by its deadline or by a
// stop. (In the names of tests, to set is also to unpark.)

#include <gtest/gtest.h>

#include "events.hpp"
#include "scale.hpp"

#include <chrono>
#include <cstddef>
#include <ctime>
#include <functional>
#include <random>
#include <stop_token>
#include <string>
#include <thread>
#include <type_traits>

namespace volley::testing {
namespace {

using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;
using time_point = clock::time_point;

template <class Event>
constexpr bool is_as_all_are =
    std::is_same_v<typename Event::time_point, time_point> && !std::is_copy_constructible_v<Event> &&
    !std::is_copy_assignable_v<Event> && sizeof(Event) == cache_line && alignof(Event) == cache_line &&
    std::is_standard_layout_v<Event> && std::is_trivially_destructible_v<Event>;
static_assert(is_as_all_are<parker<>> && is_as_all_are<auto_reset_event<>> && is_as_all_are<manual_reset_event<>>);

template <class Kind>
class Event : public ::testing::Test {
 protected:
  watchdog watch_{60};
  typename Kind::event event_;
};
TYPED_TEST_SUITE(Event, each_event, event_names);

// poco #5213, Open3D PoissonRecon #6: woken before anybody waited, and that was forgotten.
TYPED_TEST(Event, ASetThatComesFirstIsKept) {
  EXPECT_FALSE(try_wait(this->event_));
  const std::stop_token none;
  for (int i = 0; i != 100; ++i) {
    set(this->event_);
    wait(this->event_);
    reset(this->event_);
    for (const auto deadline : {time_point::min(), time_point{}, clock::now(), time_point::max()}) {
      set(this->event_);
      EXPECT_EQ(wait(this->event_, deadline), status::ok);
      reset(this->event_);
      set(this->event_);
      EXPECT_EQ(wait(this->event_, deadline, none), status::ok);
      reset(this->event_);
    }
    set(this->event_);
    EXPECT_TRUE(try_wait(this->event_));
    reset(this->event_);
    EXPECT_FALSE(try_wait(this->event_));
  }
}

TYPED_TEST(Event, SeveralSetsAreOne) {
  for (int i = 0; i != 5; ++i) set(this->event_);
  EXPECT_TRUE(try_wait(this->event_));
  EXPECT_EQ(try_wait(this->event_), TypeParam::stays);
  reset(this->event_);
  EXPECT_EQ(wait(this->event_, time_point{}), status::timeout);
}

TYPED_TEST(Event, APairOfThemHandsPlainDataToAndFro) {
  const std::size_t n = scaled(hops<typename TypeParam::policy>(8'000));
  std::size_t counter = 0;  // not atomic: the events guard it
  std::size_t out_of_order = 0;
  typename TypeParam::event other;
  const auto play = [&](auto& mine, auto& others, unsigned which) {
    for (std::size_t i = 0; i != n; ++i) {
      wait(mine);
      reset(mine);
      if (counter++ != 2 * i + which) ++out_of_order;
      set(others);
    }
  };
  set(this->event_);
  together([&] { play(this->event_, other, 0); }, [&] { play(other, this->event_, 1); });
  EXPECT_EQ(counter, 2 * n);
  EXPECT_EQ(out_of_order, 0U);
}

// S28, folly 69433ef30, 9938799b6, 1a608d58e; CPython gh-135871: deadlines before the clock's epoch, at it, and just past.
TYPED_TEST(Event, ADeadlineInThePastIsOneLook) {
  const auto now = clock::now();
  for (const auto deadline : {time_point::min(), time_point::min() + 1ns, time_point{} - 1ns, time_point{},
                              time_point{} + 1ns, now - 1h, now - 1ns, now}) {
    EXPECT_EQ(wait(this->event_, deadline), status::timeout);
  }
}

TYPED_TEST(Event, ATimeoutNeverComesBeforeItsDeadline) {
  for (const auto patience : {1ns, 999ns, 20'000ns, 100'000ns, 1'000'000ns, 3'000'000ns}) {
    for (int i = 0; i != 5; ++i) {
      const auto deadline = clock::now() + patience;
      EXPECT_EQ(wait(this->event_, deadline), status::timeout);
      EXPECT_GE(clock::now(), deadline);
    }
  }
}

TYPED_TEST(Event, DeadlinesTooFarAwayToComeDoNotOverflow) {
  for (const auto deadline :
       {time_point::max(), time_point::max() - 1ns, time_point::max() - 1s, clock::now() + 87'600h}) {
    std::thread peer([this] {
      std::this_thread::sleep_for(1ms);
      set(this->event_);
    });
    EXPECT_EQ(wait(this->event_, deadline), status::ok);
    peer.join();
    reset(this->event_);
  }
}

TYPED_TEST(Event, ATimeoutTakesNothingAndLeavesNothingBehind) {
  EXPECT_EQ(wait(this->event_, clock::now() + 1ms), status::timeout);
  EXPECT_EQ(sleepers_on(this->event_), 0U);
  set(this->event_);
  EXPECT_EQ(wait(this->event_, time_point{}), status::ok);
}

// S38, conqueue #1: a token that was triggered before the wait, during it, and never; and what is left behind.
TYPED_TEST(Event, AStopThatWasRequestedEndsTheWaitButTakesNothing) {
  std::stop_source source;
  source.request_stop();
  EXPECT_EQ(wait(this->event_, source.get_token()), status::stopped);
  EXPECT_EQ(wait(this->event_, clock::now() + 1h, source.get_token()), status::stopped);
  EXPECT_EQ(sleepers_on(this->event_), 0U);
  set(this->event_);
  EXPECT_EQ(wait(this->event_, source.get_token()), status::ok) << "it is set: there is nothing to wait for";
}

TYPED_TEST(Event, AStopEndsAWaitThatHasBegun) {
  for (int i = 0; i != 20; ++i) {
    std::stop_source source;
    std::thread stopper([&] {
      if (TypeParam::policy::parks) {
        until([&] { return sleepers_on(this->event_) != 0; });
      } else {
        std::this_thread::sleep_for(1ms);
      }
      source.request_stop();
    });
    EXPECT_EQ(wait(this->event_, source.get_token()), status::stopped);
    stopper.join();
    EXPECT_EQ(sleepers_on(this->event_), 0U);
  }
}

TYPED_TEST(Event, ATokenThatIsNeverTriggeredChangesNothing) {
  std::stop_source source;
  const std::stop_token none;
  EXPECT_EQ(wait(this->event_, clock::now() + 1ms, source.get_token()), status::timeout);
  EXPECT_EQ(wait(this->event_, clock::now() + 1ms, none), status::timeout);
  std::thread peer([this] {
    std::this_thread::sleep_for(1ms);
    set(this->event_);
  });
  EXPECT_EQ(wait(this->event_, source.get_token()), status::ok);
  peer.join();
  source.request_stop();  // nobody is registered any more
  EXPECT_EQ(sleepers_on(this->event_), 0U);
}

// LifoSem's remove against post, moodycamel's readjusting loop, swoole #6160, JDK-8369227 (a timed wait, then one without end): a timeout
// in the instant of the post lost the post, or counted it twice.
TYPED_TEST(Event, ATimeoutThatTiesWithASetLosesNothing) {
  const std::size_t rounds = scaled(hops<typename TypeParam::policy>(4'000));
  typename TypeParam::event other;
  std::size_t counter = 0;
  std::size_t out_of_order = 0;
  const auto play = [&](auto& mine, auto& others, unsigned which) {
    std::minstd_rand random(which + 1);
    for (std::size_t i = 0; i != rounds; ++i) {
      while (wait(mine, clock::now() + std::chrono::nanoseconds(random() % 80'000)) == status::timeout) {
        if (random() % 8 == 0) {
          wait(mine);
          break;
        }
      }
      reset(mine);
      if (counter++ != 2 * i + which) ++out_of_order;
      if (random() % 4 == 0) {  // let the other one reach the edge
        for (const auto until = clock::now() + std::chrono::nanoseconds(random() % 80'000); clock::now() < until;) {
        }
      }
      set(others);
    }
  };
  set(this->event_);
  together([&] { play(this->event_, other, 0); }, [&] { play(other, this->event_, 1); });
  EXPECT_EQ(counter, 2 * rounds);
  EXPECT_EQ(out_of_order, 0U);
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

// Wherever the wait is when its deadline comes, it looks once more.
TYPED_TEST(Event, ASetThatCameWithTheDeadlineIsNoTimeout) {
  for (const bool comes : {true, false}) {
    for (int looks = 1; looks != 12; ++looks) {
      typename TypeParam::template with<fate> e;
      fate::os::time = time_point(1h);
      fate::looks_before = looks;
      fate::happens = [&] {
        if (comes) set(e);
      };
      EXPECT_EQ(wait(e, time_point(2h)), comes ? status::ok : status::timeout) << looks;
      EXPECT_EQ(try_wait(e), comes && TypeParam::stays) << looks;
      EXPECT_EQ(sleepers_on(e), 0U) << looks;
    }
  }
}

// S26, concurrentqueue db68eea, folly 1509cebb0: a wait that never stopped spinning.
TYPED_TEST(Event, AWaiterThatParksUsesNoCpu) {
  if constexpr (TypeParam::policy::parks) {
    const auto cpu_time = [] {
      timespec used{};
      ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
      return std::chrono::seconds(used.tv_sec) + std::chrono::nanoseconds(used.tv_nsec);
    };
    const auto before = cpu_time();
    EXPECT_EQ(wait(this->event_, clock::now() + 100ms), status::timeout);
    EXPECT_LT(cpu_time() - before, 30ms);
  }
}

}  // namespace
}  // namespace volley::testing
