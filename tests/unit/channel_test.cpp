// SPDX-License-Identifier: MIT

// channel, as one thread sees it: what each form of push and pop says, what it leaves untouched, and how it ends.

#include "allocators.hpp"
#include "channels.hpp"
#include "throwing.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <cstddef>
#include <limits>
#include <memory>
#include <new>
#include <stdexcept>
#include <type_traits>
#include <utility>
#include <vector>

namespace volley::testing {
namespace {

using namespace std::chrono_literals;

template <class Kind>
class Channel : public ::testing::Test {
 protected:
  template <class T = int>
  using of = typename Kind::template type<T, 3>;
  template <class T = int>
  static auto make() {
    return Kind::template make<T, 3>();
  }
  watchdog watch_{60};
};
TYPED_TEST_SUITE(Channel, each_channel_and_storage, channel_names);

TYPED_TEST(Channel, GivesWhatWentInInOrderByEveryForm) {
  const auto ch = this->make();
  const auto later = steady::now() + 1h;
  for (int round = 0; round != 5; ++round) {
    const int one = 1;
    EXPECT_EQ(ch->push(one), status::ok);
    EXPECT_EQ(ch->push(2), status::ok);
    EXPECT_EQ(ch->try_push(3), status::ok);
    int out = 0;
    EXPECT_EQ(ch->pop(out), status::ok);
    EXPECT_EQ(out, 1);
    EXPECT_EQ(ch->try_pop(out), status::ok);
    EXPECT_EQ(out, 2);
    EXPECT_EQ(*ch->try_pop(), 3);
    EXPECT_EQ(ch->push_until(one, later), status::ok);
    EXPECT_EQ(ch->push_until(2, later), status::ok);
    EXPECT_EQ(ch->push_for(3, 1h), status::ok);
    EXPECT_EQ(ch->pop_until(out, later), status::ok);
    EXPECT_EQ(out, 1);
    EXPECT_EQ(*ch->pop_until(later), 2);
    EXPECT_EQ(ch->pop_for(out, 1h), status::ok);
    EXPECT_EQ(out, 3);
    EXPECT_EQ(ch->push_for(one, 1h), status::ok);
    EXPECT_EQ(ch->try_push(one), status::ok);
    EXPECT_EQ(*ch->pop_for(1h), 1);
    EXPECT_EQ(*ch->pop(), 1);
  }
}

TYPED_TEST(Channel, ThatIsFullOrEmptySaysSoAndTouchesNothing) {
  const auto ch = this->template make<std::unique_ptr<int>>();
  auto out = std::make_unique<int>(9);
  const int* const was = out.get();
  EXPECT_EQ(ch->try_pop(out), status::empty);
  EXPECT_EQ(ch->try_pop().why(), status::empty);
  EXPECT_EQ(ch->pop_for(out, 1us), status::timeout);
  EXPECT_EQ(ch->pop_until(steady::now() + 1us).why(), status::timeout);
  EXPECT_EQ(out.get(), was);

  for (int i = 0; i != 3; ++i) ASSERT_EQ(ch->push(std::make_unique<int>(i)), status::ok);
  EXPECT_EQ(ch->try_push(std::move(out)), status::full);
  EXPECT_EQ(ch->push_for(std::move(out), 1us), status::timeout);
  EXPECT_EQ(ch->push_until(std::move(out), steady::now() + 1us), status::timeout);
  ch->close();
  EXPECT_EQ(ch->push(std::move(out)), status::closed);
  EXPECT_EQ(ch->try_push(std::move(out)), status::closed);
  EXPECT_EQ(ch->push_until(std::move(out), steady::now() + 1h), status::closed);
  EXPECT_EQ(out.get(), was);  // NOLINT(bugprone-use-after-move): that is the promise
  EXPECT_EQ(ch->size_approx(), 3U);
}

// What is converted on its way in is converted once, not at each try: it would be gone after the first.
TYPED_TEST(Channel, AnElementOfAnotherTypeIsNotLostBetweenTwoTries) {
  struct base {
    virtual ~base() = default;
  };
  struct derived : base {};
  const auto ch = this->template make<std::shared_ptr<base>>();
  for (int i = 0; i != 3; ++i) ASSERT_EQ(ch->push(nullptr), status::ok);
  const sleepers asleep;
  together([&] { EXPECT_EQ(ch->push_for(std::make_shared<derived>(), 1h), status::ok); },
           [&] {
             asleep.await(1);
             for (int i = 0; i != 3; ++i) EXPECT_EQ(*ch->pop(), nullptr);
             EXPECT_NE(*ch->pop(), nullptr);
           });
}

// S28, S30: no time at all, and no time left, are a look. Neither sleeps, and both find what is there.
TYPED_TEST(Channel, ADeadlineInThePastIsALookThatDoesNotSleep) {
  const auto ch = this->make();
  const sleepers asleep;
  int out = 7;
  for (const auto past : {steady::time_point{}, steady::time_point::min(), steady::now()}) {
    EXPECT_EQ(ch->pop_until(out, past), status::timeout);
    EXPECT_EQ(ch->wait_ready_until(past), status::timeout);
    for (int i = 0; i != 3; ++i) ASSERT_EQ(ch->push_until(i, past), status::ok);
    EXPECT_EQ(ch->push_until(3, past), status::timeout);
    EXPECT_EQ(ch->wait_ready_until(past), status::ok);
    for (int i = 0; i != 3; ++i) ASSERT_EQ(*ch->pop_until(past), i);
  }
  EXPECT_EQ(out, 7);
  EXPECT_EQ(asleep.so_far(), 0U);
}

TYPED_TEST(Channel, ADurationOfNothingOrLessIsALookThatDoesNotSleep) {
  const auto ch = this->make();
  const sleepers asleep;
  const auto look = [&](auto nothing) {
    EXPECT_EQ(ch->pop_for(nothing).why(), status::timeout);
    EXPECT_EQ(ch->wait_ready_for(nothing), status::timeout);
    for (int i = 0; i != 3; ++i) ASSERT_EQ(ch->push_for(i, nothing), status::ok);
    EXPECT_EQ(ch->push_for(3, nothing), status::timeout);
    EXPECT_EQ(ch->wait_ready_for(nothing), status::ok);
    for (int i = 0; i != 3; ++i) ASSERT_EQ(*ch->pop_for(nothing), i);
  };
  look(0s);
  look(-1ns);
  look(std::chrono::hours::min());
  look(std::chrono::duration<double>(-std::numeric_limits<double>::infinity()));
  look(std::chrono::duration<double>(std::numeric_limits<double>::quiet_NaN()));
  EXPECT_EQ(asleep.so_far(), 0U);
}

TYPED_TEST(Channel, WaitsThatAreLongerThanTheClockGoesDoNotOverflow) {
  const auto ch = this->make();
  const auto wait_long = [&](auto duration) {
    const sleepers asleep;
    together([&] { EXPECT_EQ(*ch->pop_for(duration), 1); },
             [&] {
               asleep.await(1);
               EXPECT_EQ(ch->push_for(1, duration), status::ok);
             });
  };
  wait_long(steady::duration::max());
  wait_long(std::chrono::hours::max());
  wait_long(std::chrono::duration<double>(std::numeric_limits<double>::infinity()));
  wait_long(std::chrono::duration<double, std::nano>(1e30));
  wait_long(std::chrono::duration<unsigned long long>(~0ULL));
  const sleepers asleep;
  together([&] { EXPECT_EQ(*ch->pop_until(steady::time_point::max()), 2); },
           [&] {
             asleep.await(1);
             EXPECT_EQ(ch->push_until(2, steady::time_point::max()), status::ok);
           });
}

TYPED_TEST(Channel, ATimeoutNeverComesBeforeItsDeadline) {
  const auto ch = this->make();
  for (const auto wait : {1us, 300us, 3000us}) {
    const auto deadline = steady::now() + wait;
    EXPECT_EQ(ch->pop_until(deadline).why(), status::timeout);
    EXPECT_GE(steady::now(), deadline);
    const auto before = steady::now();
    EXPECT_EQ(ch->wait_ready_for(wait), status::timeout);
    EXPECT_GE(steady::now(), before + wait);
  }
}

TYPED_TEST(Channel, WaitReadyTakesNothing) {
  const auto ch = this->make();
  ASSERT_EQ(ch->push(5), status::ok);
  for (int i = 0; i != 3; ++i) {
    EXPECT_EQ(ch->wait_ready(), status::ok);
    EXPECT_EQ(ch->wait_ready_for(1h), status::ok);
    EXPECT_EQ(ch->size_approx(), 1U);
  }
  EXPECT_EQ(*ch->try_pop(), 5);
  ch->close();
  EXPECT_EQ(ch->wait_ready(), status::closed);
}

TYPED_TEST(Channel, ThatIsClosedTakesNoMoreAndGivesAllThatIsInIt) {
  const auto ch = this->make();
  EXPECT_FALSE(ch->is_closed() || ch->is_drained());
  ASSERT_EQ(ch->push(1), status::ok);
  ASSERT_EQ(ch->push(2), status::ok);
  for (int i = 0; i != 3; ++i) {
    ch->close();
    EXPECT_TRUE(ch->is_closed());
    EXPECT_FALSE(ch->is_drained());
    EXPECT_EQ(ch->push(3), status::closed);
    EXPECT_EQ(ch->try_push(3), status::closed);
    EXPECT_EQ(ch->push_for(3, 0s), status::closed);
  }
  int out = 0;
  EXPECT_EQ(ch->wait_ready(), status::ok);
  EXPECT_EQ(ch->pop(out), status::ok);
  EXPECT_EQ(out, 1);
  EXPECT_EQ(*ch->pop_until(steady::time_point{}), 2);
  EXPECT_TRUE(ch->is_drained());
  for (int i = 0; i != 3; ++i) {
    EXPECT_EQ(ch->pop(out), status::closed);
    EXPECT_EQ(ch->try_pop().why(), status::closed);
    EXPECT_EQ(ch->pop_for(0s).why(), status::closed) << "that it is over is more than that it is late";
    EXPECT_EQ(ch->wait_ready_for(0s), status::closed);
    ch->close();
  }
  EXPECT_EQ(out, 1);
}

// S57, S60: at every fill level, over several laps.
TYPED_TEST(Channel, IsFullAndEmptyExactlyWhenItIs) {
  const auto ch = this->make();
  EXPECT_EQ(ch->capacity(), 3U);
  EXPECT_GE(ch->max_capacity(), 3U);
  for (int lap = 0; lap != 9; ++lap) {
    for (int in = 0; in <= 3; ++in) {
      for (int i = 0; i != in; ++i) ASSERT_EQ(ch->try_push(i), status::ok);
      ASSERT_EQ(ch->size_approx(), static_cast<std::size_t>(in));
      ASSERT_EQ(ch->empty_approx(), in == 0);
      ASSERT_TRUE(in != 3 || ch->try_push(3) == status::full);
      for (int i = 0; i != in; ++i) ASSERT_EQ(*ch->try_pop(), i);
      ASSERT_EQ(ch->try_pop().why(), status::empty);
    }
    ASSERT_EQ(ch->push(lap), status::ok);
    ASSERT_EQ(*ch->pop(), lap);
  }
}

// S50, S56: what the ring refuses its channel refuses, and make() says so without an exception.
TYPED_TEST(Channel, ACapacityThatCannotBeIsRefused) {
  using channel = typename TestFixture::template of<>;
  if constexpr (TypeParam::is_dynamic) {
    constexpr std::size_t all = std::numeric_limits<std::size_t>::max();
    for (const std::size_t capacity : {std::size_t{0}, channel::max_capacity() + 1, all / 2, all}) {
      SCOPED_TRACE(capacity);
      expect_refused<channel, std::invalid_argument>(capacity);
    }
    static_assert(noexcept(channel::make(1)));
    const auto made = channel::make(2);
    ASSERT_NE(made, nullptr);
    EXPECT_EQ(made->capacity(), 2U);
    EXPECT_EQ(made->push(1), status::ok);
    EXPECT_EQ(*made->pop(), 1);
  }
}

// The memory of the ring is all that a channel asks for, but for itself.
TEST(ChannelOfNoMemory, ThrowsOrIsNull) {
  using none = channel<mpmc_ring<int, dynamic_capacity, native, null_allocator<int>>>;
  expect_refused<none, std::bad_alloc>(std::size_t{8});
  static_assert(noexcept(none::make(8)));
}

TYPED_TEST(Channel, CannotBeCopiedOrMoved) {
  using channel = typename TestFixture::template of<>;
  static_assert(!std::is_copy_constructible_v<channel> && !std::is_move_constructible_v<channel>);
  static_assert(!std::is_copy_assignable_v<channel> && !std::is_move_assignable_v<channel>);
  static_assert(std::is_same_v<typename channel::value_type, int>);
  static_assert(std::is_default_constructible_v<channel> != TypeParam::is_dynamic);
}

}  // namespace
}  // namespace volley::testing
