// SPDX-License-Identifier: MIT

// The pollable ends of a channel: when their descriptor is readable, what they cost who pushes and pops, and how they end.

#include <volley/channel/pollable.hpp>
#include <volley/env/counting.hpp>
#include <volley/ring/byte_ring.hpp>
#include <volley/ring/lockfree_mpmc_ring.hpp>
#include <volley/ring/mpmc_ring.hpp>
#include <volley/ring/mpsc_ring.hpp>
#include <volley/ring/spmc_ring.hpp>
#include <volley/ring/spsc_ring.hpp>

#include <gtest/gtest.h>

#include <fcntl.h>

#include "polling.hpp"
#include "scale.hpp"

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <system_error>
#include <thread>
#include <utility>

namespace volley::testing {
namespace {

template <class Ring>
class Pollable : public ::testing::Test {
 protected:
  watchdog watch_{60};
  channel<Ring> ch_{4};
};
using rings = ::testing::Types<spsc_ring<int>, mpsc_ring<int>, spmc_ring<int>, mpmc_ring<int>, lockfree_mpmc_ring<int>>;
TYPED_TEST_SUITE(Pollable, rings);

TYPED_TEST(Pollable, IsReadableWhenSomethingHasComeSinceItWasArmed) {
  pollable_pop from(this->ch_);
  const poller loop(from.fd(), trigger::level);
  EXPECT_TRUE(loop.has_event()) << "for the loop to come and look";
  ASSERT_EQ(this->ch_.push(1), status::ok);
  int out = 0;
  EXPECT_EQ(from.try_pop(out), status::ok);
  EXPECT_EQ(from.try_pop(out), status::empty);
  EXPECT_FALSE(loop.has_event());
  ASSERT_EQ(this->ch_.push(2), status::ok);
  EXPECT_TRUE(loop.has_event());
  EXPECT_TRUE(loop.has_event()) << "level-triggered: until it is looked after";
  EXPECT_EQ(from.try_pop(out), status::ok);
  EXPECT_EQ(out, 2);
  EXPECT_EQ(from.try_pop().why(), status::empty);
  EXPECT_FALSE(loop.has_event());
}

TYPED_TEST(Pollable, IsOneEdgeForAllThatCameMeanwhile) {
  pollable_pop from(this->ch_);
  const poller loop(from.fd(), trigger::edge);
  for (int round = 0; round != 3; ++round) {
    EXPECT_FALSE(from.arm());
    for (int i = 0; i != 4; ++i) ASSERT_EQ(this->ch_.push(i), status::ok);
    EXPECT_TRUE(loop.has_event());
    EXPECT_FALSE(loop.has_event());
    for (int i = 0; i != 4; ++i) EXPECT_EQ(*from.try_pop(), i);
  }
}

// aya #294, #629: what comes between the last pop and the arming.
TYPED_TEST(Pollable, ArmingSaysWhatIsThereAlready) {
  pollable_pop from(this->ch_);
  const poller loop(from.fd(), trigger::edge);
  ASSERT_EQ(this->ch_.push(1), status::ok);
  EXPECT_TRUE(from.arm());
  EXPECT_TRUE(from.arm()) << "it has taken nothing";
  EXPECT_TRUE(loop.has_event()) << "and must not be forgotten";
}

TYPED_TEST(Pollable, IsReadableWhenTheChannelCloses) {
  pollable_pop from(this->ch_);
  pollable_push to(this->ch_);
  const poller items(from.fd(), trigger::edge);
  const poller room(to.fd(), trigger::edge);
  EXPECT_TRUE(items.has_event() && room.has_event());
  EXPECT_FALSE(from.arm());
  this->ch_.close();
  EXPECT_TRUE(items.has_event());
  EXPECT_FALSE(room.has_event()) << "not armed";
  EXPECT_TRUE(from.arm());
  EXPECT_EQ(from.try_pop().why(), status::closed);
  EXPECT_EQ(to.try_push(1), status::closed);
}

TYPED_TEST(Pollable, OfAPushIsReadableWhenThereIsRoom) {
  pollable_push to(this->ch_);
  const poller loop(to.fd(), trigger::edge);
  for (int i = 0; i != 4; ++i) EXPECT_EQ(to.try_push(i), status::ok);
  EXPECT_EQ(to.try_push(4), status::full);
  EXPECT_FALSE(loop.has_event());
  EXPECT_EQ(*this->ch_.try_pop(), 0);
  EXPECT_TRUE(loop.has_event());
  EXPECT_EQ(to.try_push(4), status::ok);
  EXPECT_EQ(to.try_push(5), status::full);
  this->ch_.close();
  EXPECT_TRUE(loop.has_event());
  EXPECT_EQ(to.try_push(5), status::closed);
}

TYPED_TEST(Pollable, DisarmedIsNotReadable) {
  pollable_pop from(this->ch_);
  const poller loop(from.fd(), trigger::level);
  EXPECT_FALSE(from.arm());
  from.disarm();
  ASSERT_EQ(this->ch_.push(1), status::ok);
  EXPECT_FALSE(loop.has_event());
  EXPECT_EQ(*from.try_pop(), 1);
  EXPECT_FALSE(from.arm());
  ASSERT_EQ(this->ch_.push(1), status::ok);
  EXPECT_TRUE(loop.has_event());
  from.disarm();
  EXPECT_FALSE(loop.has_event());
}

/// Something comes between the two looks of a try that finds nothing at first.
TEST(PollableEnds, WhatComesBetweenTheTwoLooksMakesItReadable) {
  for (const int come : {1, 2}) {
    channel<spsc_ring<int>> ch(4);
    pollable_pop from(ch);
    const poller loop(from.fd(), trigger::level);
    EXPECT_FALSE(from.arm());
    int looks = 0;
    const status s = from.attempt([&] {
      int out = 0;
      if (++looks == 2) {
        for (int i = 0; i != come; ++i) EXPECT_EQ(ch.push(i), status::ok);
      }
      return ch.try_pop(out);
    });
    EXPECT_EQ(s, status::ok);
    EXPECT_TRUE(loop.has_event()) << "there may be more";
    EXPECT_EQ(from.try_pop().has_value(), come == 2);
    EXPECT_EQ(from.try_pop().why(), status::empty);
    EXPECT_FALSE(loop.has_event());
  }
}

TEST(PollableEnds, MoveOnlyElementsAndBatchesAndRecords) {
  channel<mpsc_ring<std::unique_ptr<int>>> ch(2);
  pollable_push to(ch);
  pollable_pop from(ch);
  auto one = std::make_unique<int>(1);
  EXPECT_EQ(to.try_push(std::move(one)), status::ok);
  EXPECT_EQ(to.try_push(nullptr), status::ok);
  one = std::make_unique<int>(2);
  EXPECT_EQ(to.try_push(std::move(one)), status::full);
  ASSERT_NE(one, nullptr) << "untouched";  // NOLINT(bugprone-use-after-move): that is the point
  std::array<std::unique_ptr<int>, 4> out;
  const batch got = from.attempt([&] { return ch.try_pop_n(out); });
  EXPECT_EQ(got.count, 2U);
  EXPECT_EQ(from.attempt([&] { return ch.try_pop_n(out); }).why, status::empty);

  channel<byte_ring<64>> records;
  pollable_pop from_records(records);
  const poller loop(from_records.fd(), trigger::edge);
  std::size_t size = 0;
  const auto read = [&size](std::span<const std::byte> r) { size = r.size(); };
  EXPECT_EQ(from_records.try_pop(read), status::empty);
  const std::array<std::byte, 5> record{};
  ASSERT_EQ(records.push(record), status::ok);
  EXPECT_TRUE(loop.has_event());
  EXPECT_EQ(from_records.try_pop(read), status::ok);
  EXPECT_EQ(size, 5U);
}

// Of two ends the one that was told leaves: the other is told.
TEST(PollableEnds, OneThatLeavesPassesItsWakeOn) {
  channel<mpmc_ring<int>> ch(4);
  std::optional<pollable_pop<channel<mpmc_ring<int>>>> first(ch);
  pollable_pop second(ch);
  const poller loop(second.fd(), trigger::edge);
  EXPECT_FALSE(first->arm());
  EXPECT_FALSE(second.arm());
  ASSERT_EQ(ch.push(1), status::ok);
  EXPECT_FALSE(loop.has_event());
  first.reset();
  EXPECT_TRUE(loop.has_event());
}
TEST(PollableEnds, WhoTakesOneOfTwoPassesTheOtherOn) {
  channel<mpmc_ring<int>> ch(4);
  pollable_pop first(ch);
  pollable_pop second(ch);
  const poller loop(second.fd(), trigger::edge);
  EXPECT_FALSE(first.arm());
  EXPECT_FALSE(second.arm());
  const std::array two{1, 2};
  ASSERT_EQ(ch.push_n(two).count, 2U);
  EXPECT_TRUE(first.try_pop().has_value());
  EXPECT_TRUE(loop.has_event());
}

// An armed end and a thread that sleeps, for one element each.
TEST(PollableEnds, BesideAThreadThatSleeps) {
  const watchdog watch(60);
  channel<mpmc_ring<int>> ch(4);
  pollable_pop from(ch);
  const poller loop(from.fd(), trigger::edge);
  EXPECT_FALSE(from.arm());
  std::thread sleeper([&ch] { EXPECT_TRUE(ch.pop().has_value()); });
  ASSERT_EQ(ch.push(1), status::ok);
  ASSERT_EQ(ch.push(2), status::ok);
  int out = 0;
  while (from.try_pop(out) == status::empty) loop.wait_for_event();
  sleeper.join();
  EXPECT_TRUE(ch.empty_approx());
}

// ---- what it costs ----

template <class Action>
step_tally cost_of(const Action& action) {
  counting::tally() = {};
  action();
  return counting::tally();
}

template <class Ring>
void costs(std::uint64_t locked) {
  channel<Ring> ch(64);
  if (!ch.is_asymmetric()) GTEST_SKIP() << "the kernel refuses membarrier";
  const auto push = [&ch] { (void)ch.try_push(1); };
  const auto pop = [&ch] { (void)ch.try_pop(); };
  const auto plain_push = cost_of(push);
  const auto plain_pop = cost_of(pop);
  EXPECT_EQ(plain_push.locked(), locked);
  pollable_pop from(ch);
  pollable_push to(ch);
  const auto push_beside = cost_of(push);
  const auto pop_beside = cost_of(pop);
  EXPECT_EQ(push_beside.of, plain_push.of) << "an end that is not armed costs nothing";
  EXPECT_EQ(pop_beside.of, plain_pop.of);
  EXPECT_EQ(push_beside.syscalls() + pop_beside.syscalls(), 0U);

  EXPECT_FALSE(from.arm());
  EXPECT_EQ(cost_of(push)[step::descriptor], 1U);
  for (int i = 0; i != 10; ++i) EXPECT_EQ(cost_of(push).of, plain_push.of) << "one write for all";
  const auto looked_after = cost_of([&] {
    while (from.try_pop()) {
    }
  });
  EXPECT_EQ(looked_after[step::descriptor], 1U) << "one read";
  EXPECT_EQ(looked_after[step::fence], 1U) << "for the arming";
  EXPECT_EQ(looked_after.syscalls(), 2U);
}
TEST(PollableCost, ItIsOneWriteAWakeAndNothingWhileNobodyPolls) {
  costs<spsc_ring<int, dynamic_capacity, counting>>(0);
  costs<mpmc_ring<int, dynamic_capacity, counting>>(1);
}

/// A sandbox, entered when the channel was there, refuses the heavy fence.
struct refusing_later : counting {
  struct os : counting::os {
    static bool fences_work() noexcept { return true; }
    static bool heavy_fence() noexcept { return false; }
  };
};
TEST(PollableEnds, WhereTheFenceIsRefusedLaterTheArmingSleepsInItsPlace) {
  channel<spsc_ring<int, dynamic_capacity, refusing_later>> ch(4);
  pollable_pop from(ch);
  const poller loop(from.fd(), trigger::edge);
  bool armed = false;
  EXPECT_GE(cost_of([&] { armed = !from.arm(); })[step::park], 1U);
  EXPECT_TRUE(armed);
  ASSERT_EQ(ch.push(1), status::ok);
  EXPECT_TRUE(loop.has_event());
}

// ---- where there are no descriptors left ----

struct exhausted : native {
  struct os : native::os {
    struct descriptor {
      static int get() noexcept {
        errno = EMFILE;
        return -1;
      }
      static void make_readable() noexcept {}
      static void clear() noexcept {}
    };
  };
};
using descriptorless = channel<spsc_ring<int, dynamic_capacity, exhausted>>;

TEST(PollableEnds, WithoutDescriptorsThereIsNoneToMake) {
  descriptorless ch(4);
  EXPECT_EQ(pollable_pop<descriptorless>::make(ch), nullptr);
  EXPECT_EQ(pollable_push<descriptorless>::make(ch), nullptr);
}
#if defined(__cpp_exceptions)
TEST(PollableEnds, WithoutDescriptorsTheConstructorSaysWhy) {
  descriptorless ch(4);
  try {
    const pollable_pop from(ch);
    ADD_FAILURE();
  } catch (const std::system_error& e) {
    EXPECT_EQ(e.code().value(), EMFILE);
  }
}
#endif
TEST(PollableEnds, TheDescriptorIsClosedWithIt) {
  channel<spsc_ring<int>> ch(4);
  auto from = pollable_pop<channel<spsc_ring<int>>>::make(ch);
  ASSERT_NE(from, nullptr);
  const int fd = from->fd();
  EXPECT_NE(::fcntl(fd, F_GETFD) & FD_CLOEXEC, 0);
  EXPECT_NE(::fcntl(fd, F_GETFL) & O_NONBLOCK, 0);
  from.reset();
  EXPECT_EQ(::fcntl(fd, F_GETFD), -1);
}

}  // namespace
}  // namespace volley::testing
