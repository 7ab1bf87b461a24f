// SPDX-License-Identifier: MIT

// exchanger and rendezvous: two meet and each goes with what the other brought, or nothing has happened at all.

#include <gtest/gtest.h>

#include "elements.hpp"
#include "meetings.hpp"
#include "scale.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
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

static_assert(std::is_same_v<exchanger<int>::time_point, time_point>);
static_assert(!std::is_copy_constructible_v<exchanger<int>> && !std::is_copy_assignable_v<rendezvous<int>>);
static_assert(sizeof(exchanger<std::uint64_t>) == cache_line && alignof(exchanger<char>) == cache_line);
static_assert(sizeof(rendezvous<std::uint64_t>) == cache_line && alignof(rendezvous<char>) == cache_line);
static_assert(sizeof(exchanger<int, busy_spin>) == sizeof(exchanger<int, park, between_processes>));
static_assert(sizeof(rendezvous<int, busy_spin>) == sizeof(rendezvous<int, park, between_processes>));
static_assert(std::is_void_v<decltype(std::declval<rendezvous<int>&>().give(1))>);
static_assert(std::is_same_v<decltype(std::declval<rendezvous<int>&>().give(1, time_point{})), status>);

template <class Side>
class Meeting : public ::testing::Test {
 protected:
  using object = typename Side::template with<native>;

  static gift mine() { return Side::brings ? gift_of(1) : nullptr; }
  static gift theirs() { return Side::partner_brings ? gift_of(2) : nullptr; }
  static bool is_mine(const gift& g) { return Side::brings ? is(g, 1) : g == nullptr; }
  static bool is_theirs(const gift& g) { return Side::partner_brings ? is(g, 2) : g == nullptr; }

  /// Runs `call` while a partner is waiting, or comes a little later.
  template <class Call>
  void with_a_partner(bool comes_first, const Call& call) {
    std::thread partner([&] {
      gift h = theirs();
      if (!comes_first) std::this_thread::sleep_for(1ms);
      EXPECT_EQ(Side::join(object_, h), status::ok);
      EXPECT_TRUE(is_mine(h));
    });
    if (comes_first) until([&] { return somebody_waits<Side>(object_); });
    call();
    partner.join();
    EXPECT_FALSE(somebody_waits<Side>(object_));
  }

  watchdog watch_{60};
  object object_;
};
TYPED_TEST_SUITE(Meeting, each_side, side_names);

TYPED_TEST(Meeting, EachGoesWithWhatTheOtherBrought) {
  for (const bool comes_first : {true, false, true, false}) {
    this->with_a_partner(comes_first, [&] {
      gift g = this->mine();
      EXPECT_EQ(TypeParam::come(this->object_, g), status::ok);
      EXPECT_TRUE(this->is_theirs(g));
    });
  }
}

TYPED_TEST(Meeting, ADeadlineOrATokenThatDoesNotComeChangesNothing) {
  const std::stop_source source;
  for (const bool comes_first : {true, false}) {
    const auto meets = [&](const auto&... until) {
      this->with_a_partner(comes_first, [&] {
        gift g = this->mine();
        EXPECT_EQ(TypeParam::come(this->object_, g, until...), status::ok);
        EXPECT_TRUE(this->is_theirs(g));
      });
    };
    meets(time_point::max());
    meets(time_point::max() - 1ns);
    meets(clock::now() + 1h);
    meets(source.get_token());
    meets(clock::now() + 1h, source.get_token());
    meets(time_point::max(), std::stop_token());
  }
}

// S28, folly 69433ef30, CPython gh-135871: deadlines before the clock's epoch, at it, and just past.
TYPED_TEST(Meeting, ADeadlineInThePastIsOneLook) {
  const auto now = clock::now();
  for (const auto deadline : {time_point::min(), time_point{} - 1ns, time_point{}, time_point{} + 1ns, now - 1h, now}) {
    gift g = this->mine();
    EXPECT_EQ(TypeParam::come(this->object_, g, deadline), status::timeout);
    EXPECT_TRUE(this->is_mine(g));
    EXPECT_FALSE(somebody_waits<TypeParam>(this->object_));
    this->with_a_partner(true, [&] {
      EXPECT_EQ(TypeParam::come(this->object_, g, deadline), status::ok) << "somebody is there";
      EXPECT_TRUE(this->is_theirs(g));
    });
  }
}

TYPED_TEST(Meeting, ATimeoutNeverComesBeforeItsDeadlineAndTakesNothing) {
  gift g = this->mine();
  for (const auto patience : {1ns, 999ns, 20'000ns, 100'000ns, 1'000'000ns, 3'000'000ns}) {
    for (int i = 0; i != 5; ++i) {
      const auto deadline = clock::now() + patience;
      EXPECT_EQ(TypeParam::come(this->object_, g, deadline), status::timeout);
      EXPECT_GE(clock::now(), deadline);
      EXPECT_TRUE(this->is_mine(g));
    }
  }
  this->with_a_partner(false, [&] { EXPECT_EQ(TypeParam::come(this->object_, g), status::ok); });
  EXPECT_TRUE(this->is_theirs(g));
}

TYPED_TEST(Meeting, ATryMeetsOnlyWhoIsWaiting) {
  gift g = this->mine();
  EXPECT_FALSE(TypeParam::try_come(this->object_, g));
  EXPECT_TRUE(this->is_mine(g));
  this->with_a_partner(true, [&] { EXPECT_TRUE(TypeParam::try_come(this->object_, g)); });
  EXPECT_TRUE(this->is_theirs(g));
}

// S38, conqueue #1: a token that was triggered before the wait, during it, and never.
TYPED_TEST(Meeting, AStopThatWasRequestedEndsTheWaitButNotTheMeeting) {
  std::stop_source source;
  source.request_stop();
  gift g = this->mine();
  EXPECT_EQ(TypeParam::come(this->object_, g, source.get_token()), status::stopped);
  EXPECT_EQ(TypeParam::come(this->object_, g, clock::now() + 1h, source.get_token()), status::stopped);
  EXPECT_TRUE(this->is_mine(g));
  this->with_a_partner(true, [&] {
    EXPECT_EQ(TypeParam::come(this->object_, g, source.get_token()), status::ok) << "somebody is there";
  });
  EXPECT_TRUE(this->is_theirs(g));
}

TYPED_TEST(Meeting, AStopEndsAWaitThatHasBegun) {
  gift g = this->mine();
  for (int i = 0; i != 20; ++i) {
    std::stop_source source;
    std::thread stopper([&] {
      if (TypeParam::policy::parks) {
        until([&] { return somebody_sleeps<TypeParam>(this->object_); });
      } else {
        std::this_thread::sleep_for(1ms);
      }
      source.request_stop();
    });
    EXPECT_EQ(TypeParam::come(this->object_, g, source.get_token()), status::stopped);
    stopper.join();
    EXPECT_TRUE(this->is_mine(g));
    EXPECT_FALSE(somebody_waits<TypeParam>(this->object_));
  }
}

// Who waits at the door, because another one of its kind is inside, gives up there as well, and its argument was not touched.
TYPED_TEST(Meeting, WhoIsNotEvenInsideGivesUpAsWell) {
  if constexpr (!std::is_same_v<TypeParam, swapping<typename TypeParam::policy>>) {
    std::thread first([&] {
      gift g = this->mine();
      EXPECT_EQ(TypeParam::come(this->object_, g), status::ok);
    });
    until([&] { return somebody_waits<TypeParam>(this->object_); });
    gift g = this->mine();
    const int* const where = g.get();
    std::stop_source source;
    source.request_stop();
    EXPECT_EQ(TypeParam::come(this->object_, g, time_point{}), status::timeout);
    EXPECT_EQ(TypeParam::come(this->object_, g, clock::now() + 1ms), status::timeout);
    EXPECT_EQ(TypeParam::come(this->object_, g, source.get_token()), status::stopped);
    EXPECT_FALSE(TypeParam::try_come(this->object_, g));
    EXPECT_EQ(g.get(), where);
    gift h = this->theirs();
    EXPECT_EQ(TypeParam::join(this->object_, h), status::ok);
    first.join();
  }
}

// LifoSem's remove against post, moodycamel's readjusting loop, swoole #6160, JDK-8369227: a timeout in the instant of the meeting.
TYPED_TEST(Meeting, TimeoutsThatTieLoseNothingAndTakeNothingTwice) {
  const std::size_t n = scaled(hops<typename TypeParam::policy>(4'000));
  std::size_t timeouts[2] = {};
  std::size_t wrong[2] = {};
  const auto play = [&](unsigned which) {
    std::minstd_rand random(which + 1);
    const bool brings = which == 0 ? TypeParam::brings : TypeParam::partner_brings;
    const bool gets = which == 0 ? TypeParam::partner_brings : TypeParam::brings;
    for (std::size_t i = 0; i != n; ++i) {
      const int round = static_cast<int>(i);
      gift g = brings ? gift_of(round) : nullptr;
      for (;;) {
        const auto deadline = clock::now() + std::chrono::nanoseconds(random() % 40'000);
        const status s =
            which == 0 ? TypeParam::come(this->object_, g, deadline) : TypeParam::join(this->object_, g, deadline);
        if (s == status::ok) break;
        ++timeouts[which];
        if (brings ? !is(g, round) : g != nullptr) ++wrong[which];
      }
      if (gets ? !is(g, round) : g != nullptr) ++wrong[which];
    }
  };
  together([&] { play(0); }, [&] { play(1); });
  EXPECT_EQ(wrong[0] + wrong[1], 0U);
  this->RecordProperty("timeouts", std::to_string(timeouts[0] + timeouts[1]));
}

// ---- elements ----

TEST(MeetingElements, ACopyIsGivenWhereAValueIsNotToBeMovedFrom) {
  const watchdog watch(60);
  exchanger<std::string> x;
  rendezvous<std::string> r;
  const std::string mine(100, 'm');
  std::thread partner([&] {
    EXPECT_EQ(*x.exchange("theirs"), mine);
    EXPECT_EQ(*r.take(clock::now() + 1h), mine);
    EXPECT_EQ(*r.take(), mine);
  });
  EXPECT_EQ(*x.exchange(mine, clock::now() + 1h), "theirs");
  EXPECT_EQ(r.give(mine, clock::now() + 1h), status::ok);
  r.give(mine);
  partner.join();
  EXPECT_EQ(mine, std::string(100, 'm'));
  EXPECT_EQ(r.give(mine, time_point{}), status::timeout);
  EXPECT_FALSE(r.try_give(mine));
  EXPECT_EQ(x.exchange(mine, time_point{}).why(), status::timeout);
  EXPECT_FALSE(x.try_exchange(mine));
}

TEST(MeetingElements, EachIsDestroyedOnceAndNoneIsCopied) {
  const watchdog watch(60);
  counted::reset();
  {
    exchanger<counted> x;
    rendezvous<counted> r;
    // NOLINTNEXTLINE(bugprone-use-after-move): it is back
    counted mine(1);
    EXPECT_EQ(x.exchange(std::move(mine), time_point{}).why(), status::timeout);
    EXPECT_EQ(r.give(std::move(mine), time_point{}), status::timeout);
    EXPECT_EQ(mine.value, 1);
    EXPECT_EQ(counted::alive.size(), 1U);
  }
  EXPECT_EQ(counted::copies, 0U);
  EXPECT_TRUE(counted::alive.empty());
}

struct alignas(4 * cache_line) wide {
  int value;
};
// What could throw on its way back is refused.
static_assert(detail::comes_back<wide> && detail::comes_back<gift> && !detail::comes_back<fragile>);

TEST(MeetingElements, TheyMayBeBigOverAlignedOrWithoutADefault) {
  const watchdog watch(60);
  exchanger<picky> x;
  rendezvous<wide> r;
  rendezvous<sized<5'000>> big;
  exchanger<addressless> a;
  std::optional<wide> got;
  std::thread partner([&] {
    EXPECT_EQ(x.exchange(picky(1, 2))->sum(), 7);
    until([&] { return (got = r.try_take()).has_value(); });
    EXPECT_TRUE(big.take()->is(9));
    EXPECT_EQ((*a.exchange(addressless(1))).value, 2);
  });
  EXPECT_EQ(x.exchange(picky(3, 4))->sum(), 3);
  r.give(wide{5});
  big.give(sized<5'000>(9));
  EXPECT_EQ((*a.exchange(addressless(2))).value, 1);
  partner.join();
  EXPECT_EQ(got->value, 5);
}

}  // namespace
}  // namespace volley::testing
