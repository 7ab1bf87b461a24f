// SPDX-License-Identifier: MIT

// call_ring: calls in flight, answered in place and in order; deadlines and stops on both sides, and what is left in it at its end.

#include "throwing.hpp"

#include <volley/handoff/call_ring.hpp>

#include <gtest/gtest.h>

#include "elements.hpp"
#include "policies.hpp"
#include "scale.hpp"

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <random>
#include <stop_token>
#include <thread>
#include <type_traits>
#include <utility>

namespace volley::testing {
namespace {

using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;
using time_point = clock::time_point;

template <std::size_t Words>
using words = std::array<std::uint64_t, Words>;

static_assert(!std::is_copy_constructible_v<call_ring<int, int, 4>>);
static_assert(!std::is_move_constructible_v<call_ring<int, int, 4>>);
// A line for each side, one for where both wait, and one for each call.
static_assert(sizeof(call_ring<words<7>, words<7>, 8>) == 11 * cache_line);
static_assert(sizeof(call_ring<char, std::array<char, 60>, 3, park, between_processes>) == 6 * cache_line);
static_assert(sizeof(call_ring<words<8>, char, 3>) == 9 * cache_line);
static_assert(call_ring<int, int, 3>::capacity() == 3);

constexpr auto plus_one = [](std::uint64_t&& n) { return n + 1; };

template <class Wait>
class CallRing : public ::testing::Test {
 protected:
  watchdog watch_{60};
  call_ring<std::uint64_t, std::uint64_t, 3, Wait> ring_;
};
TYPED_TEST_SUITE(CallRing, policies, policy_names);

TYPED_TEST(CallRing, HoldsExactlyAsManyCallsAsItSays) {
  for (std::uint64_t lap = 0; lap != 10; ++lap) {
    EXPECT_EQ(this->ring_.collect().why(), status::empty);
    EXPECT_EQ(this->ring_.try_collect().why(), status::empty);
    for (std::uint64_t i = 0; i != 3; ++i) EXPECT_EQ(this->ring_.post(10 * i), status::ok);
    EXPECT_EQ(this->ring_.post(1), status::full);
    EXPECT_EQ(this->ring_.in_flight(), 3U);
    EXPECT_EQ(this->ring_.try_collect().why(), status::empty) << "not answered yet";
    EXPECT_TRUE(this->ring_.try_serve(plus_one));
    EXPECT_EQ(*this->ring_.try_collect(), 1U);
    this->ring_.serve(plus_one);
    EXPECT_EQ(this->ring_.serve(plus_one, time_point::min()), status::ok) << "it need not wait";
    EXPECT_FALSE(this->ring_.try_serve(plus_one));
    EXPECT_EQ(*this->ring_.collect(), 11U);
    EXPECT_EQ(*this->ring_.collect(time_point::min()), 21U);
    EXPECT_EQ(this->ring_.in_flight(), 0U);
  }
}

TYPED_TEST(CallRing, ARequestThatDoesNotGoInIsUntouched) {
  call_ring<std::unique_ptr<int>, picky, 1, TypeParam> ring;
  EXPECT_EQ(ring.post(std::make_unique<int>(1)), status::ok);
  auto second = std::make_unique<int>(2);
  EXPECT_EQ(ring.post(std::move(second)), status::full);
  ASSERT_NE(second, nullptr);
  ring.serve([](std::unique_ptr<int>&& p) { return picky(*p, 1); });
  EXPECT_EQ(ring.collect()->sum(), 2);
}

template <class Wait, std::size_t N>
void answers_come_in_order(std::size_t n, std::size_t in_flight) {
  call_ring<std::uint64_t, std::uint64_t, N, Wait> ring;
  std::size_t wrong = 0;
  std::uint64_t served = 0;
  together(
      [&] {
        std::uint64_t posted = 0;
        for (std::uint64_t i = 0; i != n; ++i) {
          while (posted != n && posted - i < in_flight) {
            if (ring.post(posted++) != status::ok) ++wrong;
          }
          const auto answer = ring.collect();
          if (!answer || *answer != i + 1) ++wrong;
        }
      },
      [&] {
        for (std::uint64_t i = 0; i != n; ++i) {
          ring.serve([&](std::uint64_t&& number) {
            if (number != served++) ++wrong;
            return number + 1;
          });
        }
      });
  EXPECT_EQ(wrong, 0U);
}

TYPED_TEST(CallRing, AnswersComeInTheOrderOfTheCalls) {
  const std::size_t n = scaled(hops<TypeParam>(20'000));
  answers_come_in_order<TypeParam, 1>(n, 1);
  answers_come_in_order<TypeParam, 3>(n, 3);
  answers_come_in_order<TypeParam, 8>(n, 1);
  answers_come_in_order<TypeParam, 8>(n, 8);
}

TYPED_TEST(CallRing, ATimeoutOrAStopTakesNothing) {
  std::stop_source source;
  source.request_stop();
  const auto token = source.get_token();
  for (const auto deadline : {time_point::min(), time_point{} - 1ns, time_point{}, clock::now(), clock::now() + 1ms}) {
    EXPECT_EQ(this->ring_.serve(plus_one, deadline), status::timeout);
    EXPECT_EQ(this->ring_.serve(plus_one, deadline, token), status::stopped);
  }
  EXPECT_EQ(this->ring_.serve(plus_one, token), status::stopped);
  EXPECT_EQ(this->ring_.post(1), status::ok);
  for (const auto deadline : {time_point::min(), time_point{} - 1ns, time_point{}, clock::now(), clock::now() + 1ms}) {
    EXPECT_EQ(this->ring_.collect(deadline).why(), status::timeout);
    EXPECT_EQ(this->ring_.collect(deadline, token).why(), status::stopped);
  }
  EXPECT_EQ(this->ring_.collect(token).why(), status::stopped);
  EXPECT_EQ(this->ring_.in_flight(), 1U);
  EXPECT_EQ(this->ring_.serve(plus_one, token), status::ok) << "it need not wait";
  EXPECT_EQ(*this->ring_.collect(token), 2U);
}

TYPED_TEST(CallRing, AStopEndsAWaitThatHasBegun) {
  for (int i = 0; i != 10; ++i) {
    std::stop_source ends_serve;
    std::stop_source ends_collect;
    std::thread stopper([&] {
      std::this_thread::sleep_for(500us);
      ends_serve.request_stop();
    });
    EXPECT_EQ(this->ring_.serve(plus_one, ends_serve.get_token()), status::stopped);
    stopper.join();
    EXPECT_EQ(this->ring_.post(1), status::ok);
    std::thread other([&] {
      std::this_thread::sleep_for(500us);
      ends_collect.request_stop();
    });
    EXPECT_EQ(this->ring_.collect(ends_collect.get_token()).why(), status::stopped);
    other.join();
    this->ring_.serve(plus_one);
    EXPECT_EQ(*this->ring_.collect(), 2U);
  }
}

TYPED_TEST(CallRing, ATimeoutThatTiesLosesNothing) {
  const std::size_t n = scaled(hops<TypeParam>(8'000));
  std::size_t wrong = 0;
  const auto soon = [](auto& random) { return clock::now() + std::chrono::nanoseconds(random() % 40'000); };
  together(
      [&] {
        std::minstd_rand random(1);
        std::uint64_t posted = 0;
        for (std::uint64_t i = 0; i != n;) {
          while (posted != n && this->ring_.post(posted) == status::ok) ++posted;
          const auto answer = this->ring_.collect(soon(random));
          if (answer.has_value() ? *answer != ++i : answer.why() != status::timeout) ++wrong;
        }
      },
      [&] {
        std::minstd_rand random(2);
        for (std::uint64_t i = 0; i != n;) {
          if (this->ring_.serve(plus_one, soon(random)) == status::ok) ++i;
        }
      });
  EXPECT_EQ(wrong, 0U);
}

TYPED_TEST(CallRing, WhatIsLeftInItGoesWithIt) {
  counted::reset();
  for (int served = 0; served != 4; ++served) {
    for (int collected = 0; collected <= served; ++collected) {
      call_ring<counted, counted, 3, TypeParam> ring;
      for (int i = 0; i != 3; ++i) EXPECT_EQ(ring.post(counted(i)), status::ok);
      for (int i = 0; i != served; ++i) ring.serve([](counted&& c) { return std::move(c); });
      for (int i = 0; i != collected; ++i) EXPECT_EQ(ring.collect()->value, i);
      EXPECT_EQ(counted::alive.size(), static_cast<std::size_t>(3 - collected));
    }
    EXPECT_TRUE(counted::alive.empty());
  }
  EXPECT_EQ(counted::copies, 0U);
}

// An exception of f passes through serve; that call is closed, the others are not.
TYPED_TEST(CallRing, ACallWhoseServiceThrowsIsClosed) {
  fragile::reset();
  {
    call_ring<fragile, fragile, 3, TypeParam> ring;
    for (int i = 0; i != 3; ++i) EXPECT_EQ(ring.post(fragile(i)), status::ok);
    const auto f = [](fragile&& r) -> fragile {
      if (r.value != 1) return std::move(r);
      throw_it(boom{});
    };
    ring.serve(f);
    EXPECT_THROW(ring.serve(f), boom);
    ring.serve(f);
    EXPECT_EQ(ring.collect()->value, 0);
    EXPECT_EQ(ring.collect().why(), status::closed);
    EXPECT_EQ(ring.collect()->value, 2);
    EXPECT_EQ(ring.collect().why(), status::empty);
    EXPECT_EQ(ring.post(fragile(1)), status::ok);
    EXPECT_THROW(ring.serve(f), boom);  // and is not collected
  }
  EXPECT_TRUE(fragile::alive.empty());
}

TYPED_TEST(CallRing, ARequestOrAnAnswerThatCannotBeMovedIsNoCall) {
  fragile::reset();
  {
    call_ring<fragile, fragile, 3, TypeParam> ring;
    fragile request(1);
    fragile::explodes = fragile::act::move;
    EXPECT_THROW((void)ring.post(std::move(request)), boom);
    fragile::explodes = fragile::act::copy;
    EXPECT_THROW((void)ring.post(request), boom);
    fragile::explodes.reset();
    EXPECT_EQ(ring.in_flight(), 0U);
    for (const bool tries : {false, true}) {
      EXPECT_EQ(ring.post(request), status::ok);
      ring.serve([](fragile&& r) { return std::move(r); });
      fragile::explodes = fragile::act::move;
      EXPECT_THROW((void)(tries ? ring.try_collect() : ring.collect()), boom);
      fragile::explodes.reset();
      EXPECT_EQ(ring.in_flight(), 0U);
      EXPECT_EQ(fragile::alive.size(), 1U);
    }
  }
  EXPECT_TRUE(fragile::alive.empty());
}

}  // namespace
}  // namespace volley::testing
