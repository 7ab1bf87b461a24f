// SPDX-License-Identifier: MIT

// turn: whose turn it is, and waiting for it, with and without a deadline.

#include <volley/env/counting.hpp>
#include <volley/handoff/turn.hpp>

#include <gtest/gtest.h>

#include "policies.hpp"
#include "scale.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
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

// S29, concurrentqueue #289, iceoryx2 #695: a deadline that the wall clock could move.
static_assert(std::is_same_v<turn<>::time_point, time_point>);
static_assert(!std::is_copy_constructible_v<turn<>> && !std::is_copy_assignable_v<turn<>>);

template <class Wait>
class Turn : public ::testing::Test {
 protected:
  watchdog watch_{60};
  turn<Wait> turn_;
};
TYPED_TEST_SUITE(Turn, policies, policy_names);

TYPED_TEST(Turn, SideZeroHasTheFirstTurn) {
  EXPECT_TRUE(this->turn_.side(0).try_await());
  EXPECT_FALSE(this->turn_.side(1).try_await());
}

TYPED_TEST(Turn, AwaitReturnsAtOnceToTheSideThatHasTheTurn) {
  const auto ping = this->turn_.side(0);
  const auto pong = this->turn_.side(1);
  for (int i = 0; i != 100; ++i) {
    ping.await();
    ping.await();
    EXPECT_EQ(ping.await(time_point::min()), status::ok);
    ping.pass();
    EXPECT_FALSE(ping.try_await());
    pong.await();
    EXPECT_EQ(pong.await(time_point{}), status::ok);
    EXPECT_EQ(pong.await(time_point::max()), status::ok);
    pong.pass();
  }
}

TYPED_TEST(Turn, TheTurnAlternatesAndGuardsPlainData) {
  const std::size_t n = scaled(hops<TypeParam>(20'000));
  std::size_t counter = 0;  // not atomic: whoever has the turn has it
  std::size_t out_of_order = 0;
  const auto play = [&](unsigned which) {
    const auto side = this->turn_.side(which);
    for (std::size_t i = 0; i != n; ++i) {
      side.await();
      if (counter++ != 2 * i + which) ++out_of_order;
      side.pass();
    }
  };
  together([&] { play(0); }, [&] { play(1); });
  EXPECT_EQ(counter, 2 * n);
  EXPECT_EQ(out_of_order, 0U);
}

// S28, folly 69433ef30, 9938799b6, 1a608d58e; CPython gh-135871: deadlines before the clock's epoch, at it, and just past.
TYPED_TEST(Turn, ADeadlineInThePastIsOneLook) {
  const auto pong = this->turn_.side(1);
  const auto now = clock::now();
  for (const auto deadline : {time_point::min(), time_point::min() + 1ns, time_point{} - 1ns, time_point{},
                              time_point{} + 1ns, now - 1h, now - 1ns, now}) {
    EXPECT_EQ(pong.await(deadline), status::timeout);
  }
  this->turn_.side(0).pass();
  for (const auto deadline : {time_point::min(), time_point{}, now}) EXPECT_EQ(pong.await(deadline), status::ok);
}

TYPED_TEST(Turn, ATimeoutNeverComesBeforeItsDeadline) {
  const auto pong = this->turn_.side(1);
  for (const auto patience : {1ns, 999ns, 20'000ns, 100'000ns, 1'000'000ns, 3'000'000ns}) {
    for (int i = 0; i != 5; ++i) {
      const auto deadline = clock::now() + patience;
      EXPECT_EQ(pong.await(deadline), status::timeout);
      EXPECT_GE(clock::now(), deadline);
    }
  }
}

// S28, concurrentqueue #49 (tv_nsec of a whole second was EINVAL): at the end of a second and at its very last nanosecond.
TYPED_TEST(Turn, DeadlinesAtTheEdgeOfASecondAreMet) {
  const auto second = std::chrono::ceil<std::chrono::seconds>(clock::now());
  turn<TypeParam, in_process, counting> t;
  counting::tally() = {};
  for (const time_point deadline : {time_point(second - 1ns), time_point(second)}) {
    EXPECT_EQ(t.side(1).await(deadline), status::timeout);
    EXPECT_GE(clock::now(), deadline);
  }
  EXPECT_LE(counting::tally()[step::park], 2U) << "the kernel refused to sleep that long";
}

TYPED_TEST(Turn, DeadlinesTooFarAwayToComeDoNotOverflow) {
  for (const auto deadline :
       {time_point::max(), time_point::max() - 1ns, time_point::max() - 1s, clock::now() + 87'600h}) {
    std::thread peer([this] {
      std::this_thread::sleep_for(1ms);
      this->turn_.side(0).pass();
    });
    EXPECT_EQ(this->turn_.side(1).await(deadline), status::ok);
    peer.join();
    this->turn_.side(1).pass();
  }
}

TYPED_TEST(Turn, ATimeoutTakesNothingAndTheTurnComesLater) {
  const auto pong = this->turn_.side(1);
  EXPECT_EQ(pong.await(clock::now() + 1ms), status::timeout);
  EXPECT_EQ(state_of(this->turn_), 0U) << "a side that no longer waits is still marked as asleep";
  this->turn_.side(0).pass();
  pong.await();
  EXPECT_FALSE(this->turn_.side(0).try_await());
}

// LifoSem's remove against post, moodycamel's readjusting loop, swoole #6160, JDK-8369227: a timeout in the instant of the
// post lost the post, or counted it twice.
TYPED_TEST(Turn, ATimeoutThatTiesWithAPassLosesNothing) {
  const std::size_t rounds = scaled(hops<TypeParam>(10'000));
  std::size_t counter = 0;
  std::size_t out_of_order = 0;
  std::size_t timeouts[2] = {};
  const auto play = [&](unsigned which) {
    std::minstd_rand random(which + 1);
    const auto side = this->turn_.side(which);
    for (std::size_t i = 0; i != rounds; ++i) {
      while (side.await(clock::now() + std::chrono::nanoseconds(random() % 80'000)) == status::timeout)
        ++timeouts[which];
      if (counter++ != 2 * i + which) ++out_of_order;
      if (random() % 4 == 0) {  // let the other one reach the edge
        for (const auto until = clock::now() + std::chrono::nanoseconds(random() % 80'000); clock::now() < until;) {
        }
      }
      side.pass();
    }
  };
  together([&] { play(0); }, [&] { play(1); });
  EXPECT_EQ(counter, 2 * rounds);
  EXPECT_EQ(out_of_order, 0U);
  this->RecordProperty("timeouts", std::to_string(timeouts[0] + timeouts[1]));
}

// S38, conqueue #1: a token that was triggered before the wait, during it, and never; and what is left behind.
TYPED_TEST(Turn, AStopThatWasRequestedEndsTheWaitButNeverTakesTheTurn) {
  std::stop_source source;
  source.request_stop();
  const auto pong = this->turn_.side(1);
  EXPECT_EQ(pong.await(source.get_token()), status::stopped);
  EXPECT_EQ(pong.await(clock::now() + 1h, source.get_token()), status::stopped);
  EXPECT_EQ(this->turn_.side(0).await(source.get_token()), status::ok) << "it has the turn";
  EXPECT_EQ(state_of(this->turn_), 0U);
  this->turn_.side(0).pass();
  EXPECT_EQ(pong.await(source.get_token()), status::ok);
}

TYPED_TEST(Turn, AStopEndsAWaitThatHasBegun) {
  for (int i = 0; i != 20; ++i) {
    std::stop_source source;
    std::thread stopper([&] {
      if (TypeParam::parks) {
        until([&] { return is_parked(this->turn_); });
      } else {
        std::this_thread::sleep_for(1ms);
      }
      source.request_stop();
    });
    EXPECT_EQ(this->turn_.side(1).await(source.get_token()), status::stopped);
    stopper.join();
    EXPECT_EQ(state_of(this->turn_), 0U) << "a side that no longer waits is still marked as asleep";
  }
}

TYPED_TEST(Turn, ATokenThatIsNeverTriggeredChangesNothing) {
  std::stop_source source;
  const std::stop_token none;
  EXPECT_EQ(this->turn_.side(1).await(clock::now() + 1ms, source.get_token()), status::timeout);
  EXPECT_EQ(this->turn_.side(1).await(clock::now() + 1ms, none), status::timeout);
  std::thread peer([this] {
    std::this_thread::sleep_for(1ms);
    this->turn_.side(0).pass();
  });
  EXPECT_EQ(this->turn_.side(1).await(source.get_token()), status::ok);
  peer.join();
  source.request_stop();  // nobody is registered any more
  EXPECT_EQ(state_of(this->turn_), 1U);
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

// "One that ties with the turn is no timeout": wherever the wait is when its deadline comes, it looks once more.
TYPED_TEST(Turn, ATurnThatCameWithTheDeadlineIsNoTimeout) {
  for (const bool passed : {true, false}) {
    for (int looks = 1; looks != 12; ++looks) {
      turn<TypeParam, in_process, fate> t;
      fate::os::time = time_point(1h);
      fate::looks_before = looks;
      fate::happens = [&] {
        if (passed) t.side(0).pass();
      };
      EXPECT_EQ(t.side(1).await(time_point(2h)), passed ? status::ok : status::timeout) << looks;
      EXPECT_EQ(state_of(t), passed ? 1U : 0U) << looks;
    }
  }
}

// S26, concurrentqueue db68eea, folly 1509cebb0: a wait that never stopped spinning.
template <class Wait>
std::chrono::nanoseconds cpu_time_of_a_long_wait() {
  turn<Wait> t;
  timespec used{};
  (void)t.side(1).await(clock::now() + 200ms);
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
  return std::chrono::seconds(used.tv_sec) + std::chrono::nanoseconds(used.tv_nsec);
}

TEST(TurnOfLongWaits, WaitersThatParkUseNoCpu) {
  std::chrono::nanoseconds spun{};
  std::chrono::nanoseconds parked{};
  together([&] { spun = cpu_time_of_a_long_wait<spin_park>(); }, [&] { parked = cpu_time_of_a_long_wait<park>(); });
  EXPECT_LT(spun, 50ms);
  EXPECT_LT(parked, 50ms);
}

}  // namespace
}  // namespace volley::testing
