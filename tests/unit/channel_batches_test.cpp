// SPDX-License-Identifier: MIT

// channel: many elements by one call.

#include "channels.hpp"

#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <cstddef>
#include <functional>
#include <iterator>
#include <memory>
#include <numeric>
#include <span>
#include <vector>

namespace volley::testing {
namespace {

using namespace std::chrono_literals;

void expect_batch(const batch& got, std::size_t count, status why) {
  EXPECT_EQ(got.count, count);
  EXPECT_EQ(got.why, why);
  EXPECT_EQ(static_cast<bool>(got), why == status::ok);
}
std::vector<int> first_numbers(std::size_t n) {
  std::vector<int> all(n);
  std::iota(all.begin(), all.end(), 0);
  return all;
}

template <class Kind>
class ChannelInBatches : public ::testing::Test {
 protected:
  watchdog watch_{60};
};
TYPED_TEST_SUITE(ChannelInBatches, each_channel, channel_names);

TYPED_TEST(ChannelInBatches, PutsInWhatThereIsRoomForAndTakesWhatThereIs) {
  const auto ch = TypeParam::template make<int, 3>();
  const std::vector<int> five = first_numbers(5);
  std::array<int, 5> out{};
  for (int lap = 0; lap != 4; ++lap) {
    expect_batch(ch->try_push_n(std::span(five).first(2)), 2, status::ok);
    expect_batch(ch->try_push_n(five), 1, status::full);
    expect_batch(ch->try_push_n(five), 0, status::full);
    expect_batch(ch->try_pop_n(std::span(out).first(2)), 2, status::ok);
    expect_batch(ch->try_push_n(std::span(five).first(3)), 2, status::full);
    expect_batch(ch->try_pop_n(std::span(out).first(1)), 1, status::ok);
    EXPECT_EQ(out[0], 0) << "the last of the first three";
    expect_batch(ch->try_push_n(std::span(five).subspan(2, 1)), 1, status::ok);
    expect_batch(ch->pop_n(std::span(out).first(2)), 2, status::ok);
    EXPECT_EQ(out, (std::array{0, 1, 0, 0, 0}));
    expect_batch(ch->try_pop_n(out), 1, status::ok);
    expect_batch(ch->try_pop_n(out), 0, status::empty);
    expect_batch(ch->push_n_for(std::span(five).first(3), 1h), 3, status::ok);
    expect_batch(ch->pop_n_for(std::span(out).first(1), 1h), 1, status::ok);
    expect_batch(ch->push_n_until(std::span(five).first(1), steady::now() + 1h), 1, status::ok);
    expect_batch(ch->pop_n_until(out, steady::now() + 1h), 3, status::ok);
    EXPECT_EQ(out[2], 0);
    EXPECT_TRUE(ch->empty_approx());
    out = {};
  }
}

TYPED_TEST(ChannelInBatches, NothingIsPutInAndTakenAtOnceWhateverTheStateOfTheChannel) {
  const auto ch = TypeParam::template make<int, 1>();
  const auto expect_ok = [&] {
    const sleepers asleep;
    expect_batch(ch->push_n(std::span<const int>()), 0, status::ok);
    expect_batch(ch->push_n_for(std::span<const int>(), 1h), 0, status::ok);
    expect_batch(ch->try_push_n(std::span<const int>()), 0, status::ok);
    expect_batch(ch->pop_n(std::span<int>()), 0, status::ok);
    expect_batch(ch->pop_n_for(std::span<int>(), 1h), 0, status::ok);
    expect_batch(ch->try_pop_n(std::span<int>()), 0, status::ok);
    EXPECT_EQ(asleep.so_far(), 0U);
  };
  expect_ok();
  ASSERT_EQ(ch->push(1), status::ok);
  expect_ok();
  ch->close();
  expect_ok();
  ASSERT_EQ(*ch->pop(), 1);
  expect_ok();
}

// S34, Disruptor-cpp #10, mnemos #150: a request for more than fits was waited for for ever.
TYPED_TEST(ChannelInBatches, ThatAreLargerThanTheCapacityAreFedThrough) {
  const auto ch = TypeParam::template make<int, 3>();
  const std::vector<int> all = first_numbers(100);
  together([&] { expect_batch(ch->push_n(all), all.size(), status::ok); },
           [&] {
             std::vector<int> got;
             std::array<int, 7> some{};
             while (got.size() != all.size()) {
               const batch taken = ch->pop_n(some);
               EXPECT_TRUE(taken && taken.count >= 1 && taken.count <= 3);
               got.insert(got.end(), some.begin(), some.begin() + static_cast<std::ptrdiff_t>(taken.count));
             }
             EXPECT_EQ(got, all);
           });
}

TYPED_TEST(ChannelInBatches, ComeFromAnyIteratorAndMayBeMovedOnly) {
  const auto ch = TypeParam::template make<std::unique_ptr<int>, 2>();
  std::vector<std::unique_ptr<int>> all;
  for (int i = 0; i != 9; ++i) all.push_back(std::make_unique<int>(i));
  together([&] { expect_batch(ch->push_n(std::make_move_iterator(all.begin()), all.size()), 9, status::ok); },
           [&] {
             for (int i = 0; i != 9; ++i) EXPECT_EQ(**ch->pop(), i);
           });
}

TYPED_TEST(ChannelInBatches, ThatEndEarlySayHowManyWereIn) {
  const auto ch = TypeParam::template make<int, 3>();
  const std::vector<int> five = first_numbers(5);
  expect_batch(ch->push_n_for(five, 1ms), 3, status::timeout);
  expect_batch(ch->push_n_until(five, steady::time_point{}), 0, status::timeout);
  EXPECT_EQ(all_in(*ch), first_numbers(3));
  std::array<int, 2> out{7, 7};
  expect_batch(ch->pop_n_for(out, 1ms), 0, status::timeout);
  EXPECT_EQ(out, (std::array{7, 7}));

  const sleepers asleep;
  together([&] { expect_batch(ch->push_n(five), 3, status::closed); },
           [&] {
             asleep.await(1);
             ch->close();
           });
  expect_batch(ch->push_n(five), 0, status::closed);
  expect_batch(ch->try_push_n(five), 0, status::closed);
  EXPECT_EQ(all_in(*ch), first_numbers(3)) << "what was counted is in";
  expect_batch(ch->pop_n(out), 0, status::closed);
  expect_batch(ch->try_pop_n(out), 0, status::closed);
}

/// An element that does something when it is copied.
struct eventful {
  eventful() = default;
  eventful(const eventful&) { when_copied(); }
  eventful& operator=(const eventful&) = default;

  static inline std::function<void()> when_copied = [] {};
};

TYPED_TEST(ChannelInBatches, OnesThatAreCutShortByTheCloseSaySoAndNotThatItIsFull) {
  const auto ch = TypeParam::template make<eventful, 3>();
  const std::vector<eventful> two(2);
  eventful::when_copied = [&] { ch->close(); };
  const batch cut = ch->try_push_n(two);
  eventful::when_copied = [] {};
  EXPECT_EQ(cut.why, cut.count == 2 ? status::ok : status::closed);
  EXPECT_EQ(all_in(*ch).size(), cut.count) << "what was counted is in";
  EXPECT_EQ(ch->try_push_n(two).why, status::closed);
}

}  // namespace
}  // namespace volley::testing
