// SPDX-License-Identifier: MIT

// Coroutines that await a channel: where and when they go on, and what becomes of those that are closed, stopped or destroyed.

#include <volley/channel/coroutine.hpp>
#include <volley/env/counting.hpp>
#include <volley/ring/byte_ring.hpp>
#include <volley/ring/lockfree_mpmc_ring.hpp>
#include <volley/ring/mpmc_ring.hpp>
#include <volley/ring/mpsc_ring.hpp>
#include <volley/ring/spmc_ring.hpp>
#include <volley/ring/spsc_ring.hpp>

#include <gtest/gtest.h>

#include "coroutines.hpp"
#include "scale.hpp"
#include "throwing.hpp"

#include <array>
#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <stop_token>
#include <thread>
#include <utility>
#include <vector>

namespace volley::testing {
namespace {

template <class Ring>
class Coroutines : public ::testing::Test {
 protected:
  using ring = channel<Ring>;
  watchdog watch_{60};
  run_queue queue_;
  ring ch_{2};
};
using rings = ::testing::Types<spsc_ring<int>, mpsc_ring<int>, spmc_ring<int>, mpmc_ring<int>, lockfree_mpmc_ring<int>>;
TYPED_TEST_SUITE(Coroutines, rings);

struct answers {
  std::vector<int> values;
  status end = status::ok;
};

template <class Channel, class Executor, class... Stop>
task pop_all(Channel& ch, Executor executor, answers& out, Stop... stop) {
  for (;;) {
    const auto r = co_await async_pop(ch, executor, stop...);
    out.end = r.why();
    if (!r) co_return;
    out.values.push_back(*r);
  }
}
template <class Channel, class Executor, class... Stop>
task push_all(Channel& ch, Executor executor, int n, status& end, Stop... stop) {
  for (int i = 0; i != n; ++i) {
    end = co_await async_push(ch, i, executor, stop...);
    if (end != status::ok) co_return;
  }
}

TYPED_TEST(Coroutines, GoOnWithWhatHasCome) {
  answers got;
  const task t = pop_all(this->ch_, this->queue_.executor(), got);
  EXPECT_EQ(this->queue_.run(), 0);
  ASSERT_EQ(this->ch_.push(1), status::ok);
  ASSERT_EQ(this->ch_.push(2), status::ok);
  EXPECT_TRUE(got.values.empty()) << "not within the push";
  EXPECT_EQ(this->queue_.run(), 1) << "once for both";
  EXPECT_EQ(got.values, (std::vector{1, 2}));
  this->ch_.close();
  EXPECT_FALSE(t.is_done()) << "not within close()";
  EXPECT_EQ(this->queue_.run(), 1);
  EXPECT_TRUE(t.is_done());
  EXPECT_EQ(got.end, status::closed);
}

TYPED_TEST(Coroutines, WaitForRoom) {
  status end = status::stopped;
  const task t = push_all(this->ch_, this->queue_.executor(), 4, end);
  EXPECT_EQ(*this->ch_.try_pop(), 0);
  EXPECT_EQ(this->queue_.run(), 1);
  EXPECT_FALSE(t.is_done());
  EXPECT_EQ(*this->ch_.try_pop(), 1);
  EXPECT_EQ(this->queue_.run(), 1);
  EXPECT_TRUE(t.is_done());
  EXPECT_EQ(end, status::ok);
  EXPECT_EQ(*this->ch_.try_pop(), 2);
  EXPECT_EQ(*this->ch_.try_pop(), 3);
}
TYPED_TEST(Coroutines, ThatWaitForRoomAreToldOfTheClose) {
  status end = status::ok;
  const task t = push_all(this->ch_, this->queue_.executor(), 4, end);
  this->ch_.close();
  EXPECT_EQ(this->queue_.run(), 1);
  EXPECT_TRUE(t.is_done());
  EXPECT_EQ(end, status::closed);
}

TYPED_TEST(Coroutines, GoOnWithinThePushIfTheExecutorSaysSo) {
  answers got;
  const task t = pop_all(this->ch_, inline_executor{}, got);
  ASSERT_EQ(this->ch_.push(1), status::ok);
  EXPECT_EQ(got.values, std::vector{1});
  this->ch_.close();
  EXPECT_TRUE(t.is_done());
}
// Both sides in one thread, by turns, as often as the channel is full and empty.
TYPED_TEST(Coroutines, OfBothSidesInOneThread) {
  answers got;
  status end = status::stopped;
  const task consumer = pop_all(this->ch_, this->queue_.executor(), got);
  const task producer = push_all(this->ch_, this->queue_.executor(), 1000, end);
  while (!producer.is_done()) ASSERT_NE(this->queue_.run(), 0);
  this->ch_.close();
  (void)this->queue_.run();
  ASSERT_EQ(got.values.size(), 1000U);
  for (int i = 0; i != 1000; ++i) EXPECT_EQ(got.values[static_cast<std::size_t>(i)], i);
  EXPECT_TRUE(consumer.is_done());
}

TYPED_TEST(Coroutines, ThatAreDestroyedTakeNothing) {
  answers got;
  { const task t = pop_all(this->ch_, this->queue_.executor(), got); }
  ASSERT_EQ(this->ch_.push(1), status::ok);
  EXPECT_EQ(this->queue_.run(), 0);
  EXPECT_EQ(*this->ch_.try_pop(), 1);
}
TYPED_TEST(Coroutines, ThatAreDestroyedWhenTheirResumptionIsPostedDoNotGoOn) {
  answers got;
  {
    const task t = pop_all(this->ch_, this->queue_.executor(), got);
    ASSERT_EQ(this->ch_.push(1), status::ok);
  }
  EXPECT_EQ(this->queue_.run(), 1);
  EXPECT_TRUE(got.values.empty());
  EXPECT_EQ(*this->ch_.try_pop(), 1);
}
TEST(CoroutineEnds, TheChannelMayBeGoneWhenAResumptionOfOneThatIsDestroyedIsCalled) {
  run_queue queue;
  answers got;
  {
    channel<spsc_ring<int>> ch(2);
    const task t = pop_all(ch, queue.executor(), got);
    ASSERT_EQ(ch.push(1), status::ok);
  }
  EXPECT_EQ(queue.run(), 1);
}
TEST(CoroutineEnds, AResumptionThatIsDroppedLeavesTheCoroutineAsleep) {
  run_queue queue;
  channel<spsc_ring<int>> ch(2);
  answers got;
  const task t = pop_all(ch, queue.executor(), got);
  ASSERT_EQ(ch.push(1), status::ok);
  queue.clear();
  EXPECT_FALSE(t.is_done());
}
TEST(CoroutineEnds, AResumptionThatIsCalledTwiceDoesNothingTheSecondTime) {
  channel<spsc_ring<int>> ch(2);
  answers got;
  std::vector<resumption> posted;
  const task t = pop_all(
      ch, [&posted](resumption r) { posted.push_back(std::move(r)); }, got);
  ASSERT_EQ(ch.push(1), status::ok);
  ASSERT_EQ(posted.size(), 1U);
  const resumption first = posted[0];
  first();
  first();
  posted[0]();
  EXPECT_EQ(got.values, std::vector{1});
  EXPECT_EQ(posted.size(), 1U);
}

// Of two that wait the one that was told is destroyed: the other gets it.
TEST(CoroutineEnds, OneThatIsDestroyedPassesItsWakeOn) {
  run_queue queue;
  channel<mpmc_ring<int>> ch(4);
  answers got[2];
  std::optional<task> first(pop_all(ch, queue.executor(), got[0]));
  const task second = pop_all(ch, queue.executor(), got[1]);
  ASSERT_EQ(ch.push(7), status::ok);
  first.reset();
  EXPECT_EQ(queue.run(), 2) << "one of them for nobody";
  EXPECT_TRUE(got[0].values.empty());
  EXPECT_EQ(got[1].values, std::vector{7});
}
// Somebody was faster: the coroutine sleeps on, and is not resumed for that.
TEST(CoroutineEnds, OneThatFindsNothingSleepsOn) {
  run_queue queue;
  channel<mpmc_ring<int>> ch(4);
  answers got;
  const task t = pop_all(ch, queue.executor(), got);
  ASSERT_EQ(ch.push(1), status::ok);
  EXPECT_TRUE(ch.try_pop().has_value());
  EXPECT_EQ(queue.run(), 1);
  EXPECT_TRUE(got.values.empty());
  ASSERT_EQ(ch.push(2), status::ok);
  EXPECT_EQ(queue.run(), 1);
  EXPECT_EQ(got.values, std::vector{2});
}

TYPED_TEST(Coroutines, AreStopped) {
  std::stop_source source;
  answers got;
  const task t = pop_all(this->ch_, this->queue_.executor(), got, source.get_token());
  source.request_stop();
  EXPECT_FALSE(t.is_done()) << "not within the request";
  EXPECT_EQ(this->queue_.run(), 1);
  EXPECT_TRUE(t.is_done());
  EXPECT_EQ(got.end, status::stopped);
  ASSERT_EQ(this->ch_.push(1), status::ok);
  EXPECT_EQ(this->queue_.run(), 0);
}
TYPED_TEST(Coroutines, AreStoppedBeforeTheyWaitButTakeWhatIsThere) {
  std::stop_source source;
  source.request_stop();
  ASSERT_EQ(this->ch_.push(1), status::ok);
  answers got;
  const task t = pop_all(this->ch_, this->queue_.executor(), got, source.get_token());
  EXPECT_TRUE(t.is_done());
  EXPECT_EQ(got.values, std::vector{1});
  EXPECT_EQ(got.end, status::stopped);
}
TYPED_TEST(Coroutines, AreStoppedWithinTheRequestIfTheExecutorSaysSo) {
  std::stop_source source;
  answers got;
  status end = status::ok;
  const task popping = pop_all(this->ch_, inline_executor{}, got, source.get_token());
  source.request_stop();
  EXPECT_TRUE(popping.is_done());
  std::stop_source other;
  const task pushing = push_all(this->ch_, inline_executor{}, 3, end, other.get_token());
  EXPECT_FALSE(pushing.is_done());
  other.request_stop();
  EXPECT_TRUE(pushing.is_done());
  EXPECT_EQ(end, status::stopped);
}
TYPED_TEST(Coroutines, ThatAreDestroyedAreNotStopped) {
  std::stop_source source;
  answers got;
  { const task t = pop_all(this->ch_, this->queue_.executor(), got, source.get_token()); }
  source.request_stop();
  EXPECT_EQ(this->queue_.run(), 0);
}

template <class Channel>
task records_in(Channel& ch, run_queue& queue, std::size_t& bytes, status& end) {
  const auto read = [&bytes](std::span<const std::byte> r) { bytes += r.size(); };
  while ((end = co_await async_wait_ready(ch, queue.executor())) == status::ok) (void)ch.try_pop(read);
}
TEST(CoroutineEnds, RecordsByWaitingUntilOneIsThere) {
  run_queue queue;
  channel<byte_ring<64>> ch;
  std::size_t bytes = 0;
  status end = status::ok;
  const task t = records_in(ch, queue, bytes, end);
  const std::array<std::byte, 5> record{};
  ASSERT_EQ(ch.push(record), status::ok);
  ASSERT_EQ(ch.push(record), status::ok);
  (void)queue.run();
  EXPECT_EQ(bytes, 10U);
  ch.close();
  (void)queue.run();
  EXPECT_TRUE(t.is_done());
  EXPECT_EQ(end, status::closed);
}

TEST(CoroutineEnds, ElementsThatCanOnlyBeMoved) {
  run_queue queue;
  channel<mpmc_ring<std::unique_ptr<int>>> ch(1);
  std::unique_ptr<int> got;
  const auto pop = [&]() -> task { got = *co_await async_pop(ch, queue.executor()); };
  const auto push = [&]() -> task {
    (void)co_await async_push(ch, nullptr, queue.executor());
    (void)co_await async_push(ch, std::make_unique<int>(3), queue.executor());
  };
  const task pushing = push();
  const task popping = pop();
  (void)queue.run();
  const task again = pop();
  (void)queue.run();
  ASSERT_NE(got, nullptr);
  EXPECT_EQ(*got, 3);
}

// Several are told at once, and find nothing: each of them sleeps anew, though the first does so before the second is told.
TEST(CoroutineEnds, AllThatAreToldInVainSleepOn) {
  channel<mpmc_ring<int>> ch(4);
  std::array<answers, 2> got;
  const task one = pop_all(ch, inline_executor(), got[0]);
  const task two = pop_all(ch, inline_executor(), got[1]);
  detail::items_side::event(ch).notify_all();
  ASSERT_EQ(ch.push(1), status::ok);
  ASSERT_EQ(ch.push(2), status::ok);
  EXPECT_EQ(got[0].values, std::vector{1});
  EXPECT_EQ(got[1].values, std::vector{2});
}

#if defined(__cpp_exceptions)
struct throwing {
  inline static bool now = false;

  throwing() = default;
  throwing(throwing&& /*other*/) {
    if (now) throw_it(std::runtime_error("moved"));
  }
  throwing& operator=(throwing&&) = default;
  ~throwing() = default;
};
task pop_two(channel<spsc_ring<throwing>>& ch, run_queue& queue, int& popped, int& caught) {
  for (int i = 0; i != 2; ++i) {
    try {
      if (co_await async_pop(ch, queue.executor())) ++popped;
    } catch (const std::runtime_error&) {
      ++caught;
    }
  }
}
TEST(CoroutineEnds, WhatAnElementThrowsComesOutOfTheAwait) {
  run_queue queue;
  channel<spsc_ring<throwing>> ch(2);
  int popped = 0;
  int caught = 0;
  const task t = pop_two(ch, queue, popped, caught);
  ASSERT_EQ(ch.push(throwing()), status::ok);
  throwing::now = true;
  EXPECT_EQ(queue.run(), 1);
  throwing::now = false;
  EXPECT_EQ(caught, 1);
  ASSERT_EQ(ch.push(throwing()), status::ok);
  EXPECT_EQ(queue.run(), 1);
  EXPECT_EQ(popped, 1);
  EXPECT_TRUE(t.is_done());
}
#endif

TEST(CoroutineCost, ACoroutineThatIsNotWaitingCostsNothing) {
  using counted = channel<spsc_ring<int, dynamic_capacity, counting>>;
  counted ch(8);
  if (!ch.is_asymmetric()) GTEST_SKIP() << "the kernel refuses membarrier";
  run_queue queue;
  answers got;
  const task t = pop_all(ch, queue.executor(), got);
  (void)ch.push(1);  // it is told
  counting::tally() = {};
  for (int i = 2; i != 5; ++i) (void)ch.push(i);
  EXPECT_EQ(counting::tally().locked(), 0U);
  EXPECT_EQ(counting::tally().syscalls(), 0U);
  EXPECT_EQ(queue.run(), 1);
  EXPECT_EQ(got.values.size(), 4U);
}

}  // namespace
}  // namespace volley::testing
