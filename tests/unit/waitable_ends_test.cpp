// SPDX-License-Identifier: MIT

// Ends of channels beside events in wait_any.

#include <volley/channel/channel.hpp>
#include <volley/channel/waitable.hpp>
#include <volley/handoff/auto_reset_event.hpp>
#include <volley/handoff/wait_any.hpp>
#include <volley/ring/mpmc_ring.hpp>
#include <volley/ring/spsc_ring.hpp>

#include <gtest/gtest.h>

#include "policies.hpp"
#include "scale.hpp"

#include <chrono>
#include <cstddef>
#include <thread>

namespace volley::testing {
namespace {

using namespace std::chrono_literals;

template <class Wait>
class WaitableEnds : public ::testing::Test {
 protected:
  watchdog watch_{60};
};
TYPED_TEST_SUITE(WaitableEnds, policies, policy_names);

TYPED_TEST(WaitableEnds, AreReadyUntilATryFindsNothing) {
  channel<spsc_ring<int>, TypeParam> ch(2);
  waitable_pop from(ch);
  waitable_push to(ch);
  EXPECT_TRUE(from.ready().is_set() && to.ready().is_set());
  EXPECT_FALSE(from.arm());
  EXPECT_FALSE(from.ready().is_set());
  EXPECT_EQ(to.try_push(1), status::ok);
  EXPECT_TRUE(from.ready().is_set()) << "an element came";
  EXPECT_EQ(to.try_push(2), status::ok);
  EXPECT_EQ(to.try_push(3), status::full);
  EXPECT_FALSE(to.ready().is_set());
  int out = 0;
  EXPECT_EQ(from.try_pop(out), status::ok);
  EXPECT_TRUE(to.ready().is_set()) << "there is room";
  EXPECT_TRUE(from.ready().is_set()) << "nothing has been found missing yet";
  EXPECT_EQ(from.try_pop(out), status::ok);
  EXPECT_EQ(out, 2);
  EXPECT_EQ(from.try_pop(out), status::empty);
  EXPECT_FALSE(from.ready().is_set());
  ch.close();
  EXPECT_TRUE(from.ready().is_set());
  EXPECT_EQ(from.try_pop(out), status::closed);
}

// All that two channels bring, and an event that ends it, by one thread that sleeps for all three.
TYPED_TEST(WaitableEnds, TwoChannelsAndAnEventLoseNothing) {
  const int n = static_cast<int>(TypeParam::parks ? scaled(1'000) : scaled(50));
  channel<spsc_ring<int>, TypeParam> first(4);
  channel<mpmc_ring<int>, TypeParam> second(2);
  auto_reset_event<TypeParam> enough;
  long sum = 0;
  const auto feed = [n](auto& ch) {
    for (int i = 1; i <= n; ++i) ASSERT_EQ(ch.push(i), status::ok);
    ch.close();
  };
  const auto take_all = [&sum](auto& end) {
    int out = 0;
    status s = status::ok;
    while ((s = end.try_pop(out)) == status::ok) sum += out;
    return s == status::closed;
  };
  std::size_t ended_by = 9;
  together([&] { feed(first); }, [&] { feed(second); },
           [&] {
             waitable_pop one(first);
             waitable_pop two(second);
             for (int open = 2; open != 0;) {
               const std::size_t which =
                   open == 2 ? wait_any(one.ready(), two.ready(), enough)
                             : (first.is_drained() ? wait_any(two.ready(), enough) : wait_any(one.ready(), enough));
               const bool of_second = open == 2 ? which == 1 : first.is_drained();
               if (of_second ? take_all(two) : take_all(one)) --open;
             }
             enough.set();
             ended_by = wait_any(enough);
           });
  EXPECT_EQ(sum, long{n} * (n + 1));
  EXPECT_EQ(ended_by, 0U);
}

TYPED_TEST(WaitableEnds, ATimeoutSaysThatNothingCame) {
  channel<spsc_ring<int>, TypeParam> ch(1);
  waitable_pop from(ch);
  auto_reset_event<TypeParam> other;
  EXPECT_FALSE(from.arm());
  const auto late = wait_any(std::chrono::steady_clock::now() + 2ms, from.ready(), other);
  EXPECT_EQ(late.why(), status::timeout);
  EXPECT_EQ(ch.push(1), status::ok);
  EXPECT_EQ(*wait_any(std::chrono::steady_clock::now() + 50s, from.ready(), other), 0U);
}

// Two of several consumers: who leaves passes on what it was told.
TEST(WaitableEndsOfMany, WhoLeavesPassesOnWhatItWasTold) {
  const watchdog watch(60);
  channel<mpmc_ring<int>> ch(4);
  waitable_pop leaves(ch);
  waitable_pop stays(ch);
  EXPECT_FALSE(leaves.arm() || stays.arm());
  EXPECT_EQ(ch.push(1), status::ok);
  EXPECT_TRUE(leaves.ready().is_set()) << "the first that watched";
  EXPECT_FALSE(stays.ready().is_set());
  leaves.disarm();
  EXPECT_TRUE(stays.ready().is_set());
}

}  // namespace
}  // namespace volley::testing
