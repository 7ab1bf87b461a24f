// SPDX-License-Identifier: MIT

// channel: waits that are given up by a stop token.

#include "channels.hpp"

#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <memory>
#include <span>
#include <stop_token>
#include <utility>
#include <vector>

namespace volley::testing {
namespace {

using namespace std::chrono_literals;

template <class Kind>
class ChannelStops : public ::testing::Test {
 protected:
  watchdog watch_{60};
};
TYPED_TEST_SUITE(ChannelStops, each_channel, channel_names);

TYPED_TEST(ChannelStops, ThatWereRequestedBeforeEndTheWaitAtOnceAndTakeNothing) {
  const auto ch = TypeParam::template make<std::unique_ptr<int>, 1>();
  std::stop_source source;
  source.request_stop();
  const std::stop_token stop = source.get_token();
  const auto later = steady::now() + 1h;
  auto mine = std::make_unique<int>(5);
  const sleepers asleep;
  EXPECT_EQ(ch->pop(mine, stop), status::stopped);
  EXPECT_EQ(ch->pop_until(mine, later, stop), status::stopped);
  EXPECT_EQ(ch->pop_for(mine, 1h, stop), status::stopped);
  EXPECT_EQ(ch->pop(stop).why(), status::stopped);
  EXPECT_EQ(ch->pop_until(later, stop).why(), status::stopped);
  EXPECT_EQ(ch->pop_for(1h, stop).why(), status::stopped);
  EXPECT_EQ(ch->wait_ready(stop), status::stopped);
  EXPECT_EQ(ch->wait_ready_until(later, stop), status::stopped);
  EXPECT_EQ(ch->wait_ready_for(1h, stop), status::stopped);
  ASSERT_EQ(ch->push(std::make_unique<int>(1), stop), status::ok) << "what need not wait is done";
  EXPECT_EQ(ch->push(std::move(mine), stop), status::stopped);
  EXPECT_EQ(ch->push_until(std::move(mine), later, stop), status::stopped);
  EXPECT_EQ(ch->push_for(std::move(mine), 1h, stop), status::stopped);
  EXPECT_EQ(*mine, 5);  // NOLINT(bugprone-use-after-move): that is the promise
  EXPECT_EQ(**ch->pop(stop), 1);
  EXPECT_EQ(asleep.so_far(), 0U);
  ch->close();
  EXPECT_EQ(ch->pop(stop).why(), status::closed);
}

TYPED_TEST(ChannelStops, OfBatchesSayHowManyWereIn) {
  const auto ch = TypeParam::template make<int, 2>();
  std::stop_source source;
  source.request_stop();
  const std::stop_token stop = source.get_token();
  const std::array numbers{1, 2, 3};
  std::array<int, 3> out{};
  const auto is = [](const batch& got, std::size_t count, status why) { return got.count == count && got.why == why; };
  EXPECT_TRUE(is(ch->pop_n(out, stop), 0, status::stopped));
  EXPECT_TRUE(is(ch->pop_n_for(out, 1h, stop), 0, status::stopped));
  EXPECT_TRUE(is(ch->pop_n_until(out, steady::now() + 1h, stop), 0, status::stopped));
  EXPECT_TRUE(is(ch->push_n(numbers, stop), 2, status::stopped));
  EXPECT_TRUE(is(ch->push_n(numbers.begin(), 3, stop), 0, status::stopped));
  EXPECT_TRUE(is(ch->push_n_for(numbers, 1h, stop), 0, status::stopped));
  EXPECT_TRUE(is(ch->push_n_until(numbers, steady::now() + 1h, stop), 0, status::stopped));
  EXPECT_EQ(all_in(*ch), (std::vector{1, 2}));
}

TYPED_TEST(ChannelStops, EndTheSleepThatTheyAreForAndLeaveNothingBehind) {
  const auto ch = TypeParam::template make<int, 1>();
  for (int i = 0; i != 20; ++i) {
    const auto stop_asleep = [&](auto&& wait) {
      std::stop_source source;
      const sleepers asleep;
      together([&] { EXPECT_EQ(wait(source.get_token()), status::stopped); },
               [&] {
                 asleep.await(1);
                 source.request_stop();
               });
    };
    stop_asleep([&](const std::stop_token& stop) { return ch->pop(stop).why(); });
    stop_asleep([&](const std::stop_token& stop) { return ch->pop_for(1h, stop).why(); });
    stop_asleep([&](const std::stop_token& stop) { return ch->wait_ready(stop); });
    ASSERT_EQ(ch->push(i), status::ok);
    stop_asleep([&](const std::stop_token& stop) { return ch->push(7, stop); });
    stop_asleep([&](const std::stop_token& stop) { return ch->push_for(7, 1h, stop); });
    ASSERT_EQ(*ch->pop(), i);
  }
}

// S38, GorNishanov/conqueue #1 and #3: a stop that came in the middle of its own registration, or from another's callback.
TYPED_TEST(ChannelStops, FromTheCallbackOfAnotherAreStops) {
  const auto ch = TypeParam::template make<int, 1>();
  std::stop_source first;
  std::stop_source second;
  const std::stop_callback forward(first.get_token(), [&] { second.request_stop(); });
  const sleepers asleep;
  together([&] { EXPECT_EQ(ch->pop(second.get_token()).why(), status::stopped); },
           [&] {
             asleep.await(1);
             first.request_stop();
           });
}

template <class Kind>
class StopsOfManyConsumers : public ChannelStops<Kind> {};
TYPED_TEST_SUITE(StopsOfManyConsumers, channels_of_many_consumers, channel_names);

// S35, JCTools #247, #316, #336: who is stopped takes no wake with it.
TYPED_TEST(StopsOfManyConsumers, TakeNoElementFromWhoStays) {
  const auto ch = TypeParam::template make<int, 2>();
  for (std::size_t i = 0; i != scaled(200); ++i) {
    std::stop_source source;
    int taken = 0;
    int stayed = 0;
    const sleepers asleep;
    together([&] { taken = ch->pop(source.get_token()) ? 1 : 0; }, [&] { stayed = ch->pop() ? 1 : 0; },
             [&] {
               asleep.await(2);
               EXPECT_EQ(ch->push(1), status::ok);
               source.request_stop();
               EXPECT_EQ(ch->push(1), status::ok);
             });
    ASSERT_EQ(stayed, 1);
    ASSERT_EQ(all_in(*ch).size(), taken == 1 ? 0U : 1U) << "round " << i;
  }
}

}  // namespace
}  // namespace volley::testing
