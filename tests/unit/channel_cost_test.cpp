// SPDX-License-Identifier: MIT

// What a channel costs over its ring: no system call and, in process, no locked instruction while nobody sleeps; and no CPU while somebody
// does. How it lies in memory, and that the checked Env sees a broken role through it.

#include "channels.hpp"
#include "deaths.hpp"
#include "mapped.hpp"

#include <volley/env/checked.hpp>
#include <volley/env/counting.hpp>
#include <volley/ring/byte_ring.hpp>

#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <ctime>
#include <memory>
#include <span>
#include <string>
#include <thread>
#include <type_traits>

namespace volley::testing {
namespace {

using namespace std::chrono_literals;
using number = std::uint64_t;

/// What `action` costs the calling thread.
template <class Action>
step_tally cost_of(const Action& action) {
  counting::tally() = {};
  action();
  return counting::tally();
}

template <class Kind>
class ChannelCost : public ::testing::Test {
 protected:
  using waiting = typename Kind::template type<number, 4, counting>;
  using bare = typename waiting::ring_type;

  template <class Made>
  static auto make() {
    if constexpr (Kind::is_dynamic) return std::make_unique<Made>(std::size_t{4});
    if constexpr (!Kind::is_dynamic) return std::make_unique<Made>();
  }
};
TYPED_TEST_SUITE(ChannelCost, each_channel, channel_names);

// S30, concurrentqueue #210, and the claim of channel/waiting_ring.hpp.
TYPED_TEST(ChannelCost, NothingIsLockedAndNothingEntersTheKernelWhileNobodySleeps) {
  const auto ring = TestFixture::template make<typename TestFixture::bare>();
  const auto ch = TestFixture::template make<typename TestFixture::waiting>();
  ASSERT_TRUE(ch->is_asymmetric()) << "the kernel refuses membarrier(2)";
  // A look for who sleeps on the other side, and one for who does on this one; who pushes alone looks for a close instead.
  const number push_loads = 2;
  const number pop_loads = TypeParam::one_consumer ? 1 : 2;
  for (number i = 0; i != 20; ++i) {
    number out = 0;
    const auto bare_push = cost_of([&] { ASSERT_TRUE(ring->try_push(i)); });
    const auto push = cost_of([&] { ASSERT_EQ(ch->push(i), status::ok); });
    EXPECT_EQ(push.locked(), bare_push.locked());
    EXPECT_EQ(push[step::load], bare_push[step::load] + push_loads);
    EXPECT_EQ(push[step::store], bare_push[step::store] + (TypeParam::one_producer ? 2U : 0U));
    EXPECT_EQ(push.syscalls(), 0U);
    const auto bare_pop = cost_of([&] { ASSERT_TRUE(ring->try_pop(out)); });
    const auto pop = cost_of([&] { ASSERT_EQ(ch->pop(out), status::ok); });
    EXPECT_EQ(pop.locked(), bare_pop.locked());
    EXPECT_EQ(pop[step::load], bare_pop[step::load] + pop_loads);
    EXPECT_EQ(pop[step::store], bare_pop[step::store]);
    EXPECT_EQ(pop.syscalls(), 0U);
  }
}

TYPED_TEST(ChannelCost, ATryInVainDoesNotEnterTheKernel) {
  const auto ch = TestFixture::template make<typename TestFixture::waiting>();
  number out = 0;
  std::array<number, 2> some{};
  EXPECT_EQ(cost_of([&] { EXPECT_EQ(ch->try_pop(out), status::empty); }).syscalls(), 0U);
  EXPECT_EQ(cost_of([&] { EXPECT_EQ(ch->pop_for(out, 0s), status::timeout); }).syscalls(), 0U);
  EXPECT_EQ(cost_of([&] { EXPECT_EQ(ch->pop_n_for(some, 0s).why, status::timeout); }).syscalls(), 0U);
  EXPECT_EQ(cost_of([&] { EXPECT_EQ(ch->wait_ready_for(0s), status::timeout); }).syscalls(), 0U);
  while (ch->try_push(1) == status::ok) {
  }
  EXPECT_EQ(cost_of([&] { EXPECT_EQ(ch->try_push(1), status::full); }).syscalls(), 0U);
  EXPECT_EQ(cost_of([&] { EXPECT_EQ(ch->push_for(1, 0s), status::timeout); }).syscalls(), 0U);
  EXPECT_EQ(cost_of([&] { EXPECT_EQ(ch->push_n_for(some, 0s).why, status::timeout); }).syscalls(), 0U);
  const auto close = cost_of([&] { ch->close(); });
  EXPECT_EQ(close.syscalls(), TypeParam::one_producer ? 1U : 0U) << "the fence for a producer that pays none";
  EXPECT_EQ(close[step::fence], close.syscalls());
  EXPECT_EQ(cost_of([&] { EXPECT_EQ(ch->push(1), status::closed); }).syscalls(), 0U);
}

// The form for processes, and for where the kernel refuses membarrier: what it pays instead.
template <class Ring>
void expect_locked_between_processes(number push_more, number pop_more) {
  Ring ring;
  channel<Ring, spin_park, between_processes> ch;
  EXPECT_FALSE(ch.is_asymmetric());
  for (number i = 0; i != 20; ++i) {
    const auto bare_push = cost_of([&] { ASSERT_TRUE(ring.try_push(i)); });
    const auto push = cost_of([&] { ASSERT_EQ(ch.push(i), status::ok); });
    EXPECT_EQ(push.locked(), bare_push.locked() + push_more);
    const auto bare_pop = cost_of([&] { ASSERT_TRUE(ring.try_pop()); });
    const auto pop = cost_of([&] { ASSERT_TRUE(ch.pop()); });
    EXPECT_EQ(pop.locked(), bare_pop.locked() + pop_more);
    EXPECT_EQ(push.syscalls() + pop.syscalls(), 0U);
  }
}
TEST(ChannelCostBetweenProcesses, ALookForSleepersIsOneLockedInstructionAndTheDoorOfOneProducerOneMore) {
  expect_locked_between_processes<spsc_ring<number, 4, counting>>(2, 1);
  expect_locked_between_processes<spmc_ring<number, 4, counting>>(2, 1);
  expect_locked_between_processes<mpsc_ring<number, 4, counting>>(1, 1);
  expect_locked_between_processes<mpmc_ring<number, 4, counting>>(1, 1);
}

TEST(ByteChannelCost, NothingIsLockedAndNothingEntersTheKernelWhileNobodySleeps) {
  channel<byte_ring<64, counting>> ch;
  const std::array<std::byte, 9> record{};
  for (int i = 0; i != 20; ++i) {
    const auto both = cost_of([&] {
      ASSERT_EQ(ch.push(record), status::ok);
      ASSERT_EQ(ch.pop([](std::span<const std::byte>) {}), status::ok);
    });
    EXPECT_EQ(both.locked() + both.syscalls(), 0U);
  }
}

// ---- asleep ----

// S26, concurrentqueue db68eea, folly 1509cebb0: who waited never came to the end of its spinning. The exact figure is for a quiet night:
// Idle.AConsumerUsesLessThanAMillisecondOfCpuInTenSeconds.
TEST(ChannelAsleep, AnIdleConsumerUsesAlmostNoCpu) {
  channel<spsc_ring<number, 4>> ch;
  const auto cpu_time = [] {
    timespec used{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
    return std::chrono::seconds(used.tv_sec) + std::chrono::nanoseconds(used.tv_nsec);
  };
  const auto before = cpu_time();
  EXPECT_EQ(ch.pop_for(200ms).why(), status::timeout);
  EXPECT_LT(cpu_time() - before, 60ms);
}

TEST(ChannelAsleep, EachSleepIsEndedByOneWake) {
  const watchdog watch(60);
  channel<spsc_ring<number, 4, drowsy>> ch;
  for (int i = 0; i != 20; ++i) {
    const sleepers asleep;
    together([&] { EXPECT_TRUE(ch.pop()); },
             [&] {
               asleep.await(1);
               EXPECT_EQ(ch.push(1), status::ok);
             });
    EXPECT_LE(asleep.so_far(), 2U) << "but for one that was between its look and its sleep";
  }
}

// ---- in memory ----

// S88, S90, S93: between processes there is nothing but numbers, wherever it is mapped.
template <class Channel>
constexpr bool lies_anywhere = std::is_standard_layout_v<Channel> && alignof(Channel) == cache_line &&
                               sizeof(Channel) % cache_line == 0;
static_assert(lies_anywhere<channel<spsc_ring<number, 8>, spin_park, between_processes>>);
static_assert(lies_anywhere<channel<mpmc_ring<number, 8>, park, between_processes>>);
static_assert(lies_anywhere<channel<byte_ring<64>, spin_park, between_processes>>);
static_assert(sizeof(channel<spsc_ring<number, 8>, busy_spin, between_processes>) ==
                  sizeof(channel<spsc_ring<number, 8>, park, between_processes>),
              "programs that wait differently share it");
// Two event counts, how a channel of one producer ends, and the ring.
static_assert(sizeof(channel<mpmc_ring<number, 8>>) == 2 * cache_line + sizeof(mpmc_ring<number, 8>));
static_assert(sizeof(channel<spsc_ring<number, 8>>) == 4 * cache_line + sizeof(spsc_ring<number, 8>));

TEST(ChannelBetweenProcesses, WorksAtTwoAddressesAtOnce) {
  using shared = channel<spsc_ring<number, 3>, park, between_processes>;
  const memory_file file;
  const view<shared> here(file);
  const view<shared> there(file);
  ASSERT_NE(here.address(), there.address());
  here.make();
  for (number i = 0; i != 50; ++i) {
    const auto& from = i % 3 == 0 ? there : here;
    const auto& to = i % 2 == 0 ? there : here;
    ASSERT_EQ(from->push(i), status::ok);
    ASSERT_EQ(*to->pop(), i);
  }
  there->close();
  EXPECT_EQ(here->push(1), status::closed);
  EXPECT_EQ(here->pop().why(), status::closed);
}

// Asleep in one mapping, woken through the other: the kernel goes by the page.
TEST(ChannelBetweenProcesses, WakesThroughAnotherMapping) {
  const watchdog watch(60);
  using shared = channel<spsc_ring<number, 1, drowsy>, spin_park, between_processes>;
  const memory_file file;
  const view<shared> here(file);
  const view<shared> there(file);
  here.make();
  for (number i = 0; i != 20; ++i) {
    const sleepers asleep;
    together([&] { EXPECT_EQ(*here->pop(), i); },
             [&] {
               asleep.await(1);
               EXPECT_EQ(there->push(i), status::ok);
             });
  }
}

// ---- checked ----

TEST(CheckedChannelDeathTest, ABrokenRoleOfItsRingIsNamed) {
  die_in_a_program_of_its_own();
  const auto push_within_a_push = [] {
    channel<byte_ring<64, volley::checked>> ch;
    ch.push_with(1, [&](std::span<std::byte>) { std::thread([&] { (void)ch.try_push({}); }).join(); });
  };
  EXPECT_DEATH(push_within_a_push(), "byte_ring: its producer acts while a guard of that role is open");
}

// What is right is not reported: also a role that goes on to another thread, and one thread that has both.
TEST(CheckedChannel, WhatIsRightIsNotReported) {
  const watchdog watch(60);
  channel<spsc_ring<number, 2, volley::checked>> ch;
  for (int i = 0; i != 20; ++i) {
    together(
        [&] {
          for (number n = 0; n != 10; ++n) EXPECT_EQ(ch.push(n), status::ok);
        },
        [&] {
          for (number n = 0; n != 10; ++n) EXPECT_EQ(*ch.pop(), n);
        });
    EXPECT_EQ(ch.push(1), status::ok);
    EXPECT_EQ(*ch.pop(), 1U);
  }
}

}  // namespace
}  // namespace volley::testing
