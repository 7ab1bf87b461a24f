// SPDX-License-Identifier: MIT

// mpsc_ring and spmc_ring: what every ring promises, what they spare over mpmc_ring, and what their one producer or consumer may do.

#include <volley/env/counting.hpp>
#include <volley/ring/mpsc_ring.hpp>
#include <volley/ring/spmc_ring.hpp>

#include <gtest/gtest.h>

#include "batch.hpp"
#include "guards.hpp"
#include "interrupted.hpp"
#include "kinds.hpp"
#include "numbers.hpp"
#include "ring.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <type_traits>

namespace volley::testing {
namespace {

using mpsc_kinds = kinds_of<mpsc_ring>;
using spmc_kinds = kinds_of<spmc_ring>;
INSTANTIATE_TYPED_TEST_SUITE_P(Mpsc, RingOfNumbers, mpsc_kinds::all, mpsc_kinds::names);
INSTANTIATE_TYPED_TEST_SUITE_P(Mpsc, Ring, mpsc_kinds::storages, mpsc_kinds::names);
INSTANTIATE_TYPED_TEST_SUITE_P(Mpsc, RingInBatches, mpsc_kinds::storages, mpsc_kinds::names);
INSTANTIATE_TYPED_TEST_SUITE_P(Mpsc, RingInPlace, mpsc_kinds::storages, mpsc_kinds::names);
INSTANTIATE_TYPED_TEST_SUITE_P(Spmc, RingOfNumbers, spmc_kinds::all, spmc_kinds::names);
INSTANTIATE_TYPED_TEST_SUITE_P(Spmc, Ring, spmc_kinds::storages, spmc_kinds::names);
INSTANTIATE_TYPED_TEST_SUITE_P(Spmc, RingInBatches, spmc_kinds::storages, spmc_kinds::names);
INSTANTIATE_TYPED_TEST_SUITE_P(Spmc, RingInPlace, spmc_kinds::storages, spmc_kinds::names);

static_assert(sizeof(mpsc_ring<std::uint64_t, 4>) == 3 * cache_line);
static_assert(sizeof(spmc_ring<std::uint64_t, 4>) == 3 * cache_line);

/// Locked operations of one push and of one pop, in this order.
template <class Ring>
void expect_locked(std::uint64_t push, std::uint64_t pop) {
  Ring ring;
  for (std::uint64_t i = 0; i != 20; ++i) {
    counting::tally() = {};
    ASSERT_TRUE(ring.try_push(i));
    EXPECT_EQ(counting::tally().locked(), push);
    counting::tally() = {};
    ASSERT_TRUE(ring.try_pop());
    EXPECT_EQ(counting::tally().locked(), pop);
    EXPECT_FALSE(ring.try_pop());
    EXPECT_EQ(counting::tally().locked(), pop);
    EXPECT_EQ(counting::tally().syscalls(), 0U);
  }
}

TEST(MpscRing, APopHasNoLockedStep) { expect_locked<mpsc_ring<std::uint64_t, 3, counting>>(1, 0); }
TEST(SpmcRing, APushHasNoLockedStep) { expect_locked<spmc_ring<std::uint64_t, 3, counting>>(0, 1); }

TEST(MpscRing, WhatIsPeekedAndNotReleasedStays) {
  mpsc_ring<int, 3> ring;
  for (int offset = 0; offset != 7; ++offset) {
    for (int i = 0; i != 3; ++i) ASSERT_TRUE(ring.try_push(i));
    { ASSERT_EQ(ring.try_peek(3).size(), 3U); }
    ASSERT_EQ(ring.size_approx(), 3U);
    auto front = ring.try_peek(2);
    front.release(1);
    ASSERT_TRUE(front.empty());
    ASSERT_EQ(ring.size_approx(), 2U);
    ASSERT_TRUE(ring.try_push(3) && !ring.try_push(4));
    for (int i = 1; i != 4; ++i) ASSERT_EQ(ring.try_pop(), i);
    ASSERT_TRUE(ring.try_push(1) && ring.try_pop());
  }
}

// A hole in the middle of what is peeked ends the peek there, and is passed by the next one.
TEST(MpscRing, APeekStopsAtAHole) {
  mpsc_ring<int, 5> ring;
  ASSERT_TRUE(ring.try_push(0));
  {
    const auto hole = ring.try_reserve(1);
    ASSERT_TRUE(ring.try_push(1));
  }
  auto first = ring.try_peek(5);
  ASSERT_EQ(first.size(), 1U);
  first.release(1);
  auto second = ring.try_peek(5);
  ASSERT_EQ(second.size(), 1U);
  EXPECT_EQ(second[0], 1);
}

TEST(SpmcRing, WhatTheProducerDidNotCommitLeavesNoHole) {
  spmc_ring<int, 3> ring;
  for (int offset = 0; offset != 7; ++offset) {
    {
      auto mine = ring.try_reserve(3);
      mine.construct(1);
      mine.construct(2);
      mine.commit(1);
    }
    ASSERT_EQ(ring.size_approx(), 1U);
    ASSERT_TRUE(ring.try_push(3) && ring.try_push(4) && !ring.try_push(5));
    for (const int i : {1, 3, 4}) ASSERT_EQ(ring.try_pop(), i);
  }
}

TEST(MpscRing, SizeApproxStaysInBoundsHoweverFarTheOthersRunBetweenItsTwoLooks) {
  expect_sizes_in_bounds_when_interrupted<mpsc_ring>();
}
TEST(SpmcRing, SizeApproxStaysInBoundsHoweverFarTheOthersRunBetweenItsTwoLooks) {
  expect_sizes_in_bounds_when_interrupted<spmc_ring>();
}

}  // namespace
}  // namespace volley::testing
