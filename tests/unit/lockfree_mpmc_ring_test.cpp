// SPDX-License-Identifier: MIT

// lockfree_mpmc_ring: what every ring promises, its construction, its cost, and what its guards delay. Peers that stop:
// lockfree_progress_test.cpp.

#include <volley/env/counting.hpp>
#include <volley/ring/lockfree_mpmc_ring.hpp>

#include <gtest/gtest.h>

#include "allocators.hpp"
#include "batch.hpp"
#include "guards.hpp"
#include "interrupted.hpp"
#include "kinds.hpp"
#include "numbers.hpp"
#include "ring.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <new>
#include <optional>
#include <stdexcept>
#include <string>
#include <type_traits>

namespace volley::testing {
namespace {

using kinds = kinds_of<lockfree_mpmc_ring>;
INSTANTIATE_TYPED_TEST_SUITE_P(LockfreeMpmc, RingOfNumbers, kinds::all, kinds::names);
INSTANTIATE_TYPED_TEST_SUITE_P(LockfreeMpmc, Ring, kinds::storages, kinds::names);
INSTANTIATE_TYPED_TEST_SUITE_P(LockfreeMpmc, RingInBatches, kinds::storages, kinds::names);
INSTANTIATE_TYPED_TEST_SUITE_P(LockfreeMpmc, RingInPlace, kinds::all, kinds::names);

// ---- construction ----

// S56, SPSCQueue #49, crossbeam #1301, aeron #2017, DPDK 0e4dc6af06.
TEST(LockfreeMpmcRing, ACapacityThatCannotBeIsRefused) {
  using ring = lockfree_mpmc_ring<std::uint64_t>;
  const std::size_t most = ring::max_capacity();
  for (const std::size_t capacity : {std::size_t{0}, most + 1, (std::numeric_limits<std::size_t>::max)()}) {
    EXPECT_THROW(ring r(capacity), std::invalid_argument) << capacity;
    EXPECT_EQ(ring::make(capacity), nullptr) << capacity;
  }
  EXPECT_GT(most, std::size_t{1} << 48);
}

// S54: words of one byte leave three bits for the number of a cell, and the largest ring works at its largest.
TEST(LockfreeMpmcRing, NarrowWordsBoundTheCapacity) {
  using ring = lockfree_mpmc_ring<int, dynamic_capacity, narrow>;
  static_assert(ring::max_capacity() == 8);
  EXPECT_EQ(ring::make(9), nullptr);
  const auto largest = ring::make(8);
  for (int i = 0; i != 1000; ++i) {
    for (int k = 0; k != 8; ++k) ASSERT_TRUE(largest->try_push(i + k));
    ASSERT_FALSE(largest->try_push(0));
    for (int k = 0; k != 8; ++k) ASSERT_EQ(largest->try_pop(), i + k);
    ASSERT_FALSE(largest->try_pop());
  }
}

TEST(LockfreeMpmcRing, MakeIsNoexceptAndGivesNullWhereTheAllocatorFails) {
  using ring = lockfree_mpmc_ring<int, dynamic_capacity, native, null_allocator<int>>;
  static_assert(noexcept(ring::make(8)));
  EXPECT_EQ(ring::make(8), nullptr);
}

TEST(LockfreeMpmcRing, TheMemoryOfARingComesFromItsAllocatorOnceAndGoesBack) {
  using ring = lockfree_mpmc_ring<std::string, dynamic_capacity, native, arena_allocator<std::string>>;
  arena from;
  {
    const auto made = ring::make(7, arena_allocator<std::string>(from));
    for (int i = 0; i != 20; ++i) {
      EXPECT_TRUE(made->try_emplace(std::size_t{100}, 'b'));
      EXPECT_TRUE(i < 5 || made->try_pop());
    }
    EXPECT_EQ(from.sizes.size(), 1U) << "only construction allocates";
  }
  EXPECT_TRUE(from.blocks.empty());
  from.most = 0;
  EXPECT_EQ(ring::make(4, arena_allocator<std::string>(from)), nullptr);
}

// ---- layout and cost ----

static_assert(std::is_standard_layout_v<lockfree_mpmc_ring<std::uint64_t, 8>>);
static_assert(alignof(lockfree_mpmc_ring<std::uint64_t, 8>) == cache_line);
static_assert(sizeof(lockfree_mpmc_ring<std::uint64_t, 8>) == 2 * cache_line + 8 * 24,
              "what producers write, what consumers write, and slots side by side");
static_assert(sizeof(lockfree_mpmc_ring<std::uint64_t>) == 3 * cache_line,
              "where the slots are is in a line that nobody writes");

template <class Ring>
void expect_cost(Ring& ring) {
  for (std::uint64_t i = 0; i != 20; ++i) {
    counting::tally() = {};
    ASSERT_TRUE(ring.try_push(i));
    EXPECT_EQ(counting::tally().steps(), 8U) << "of each queue: hint, word, word, hint";
    EXPECT_EQ(counting::tally().locked(), 2U);
    ASSERT_TRUE(ring.try_pop());
    EXPECT_EQ(counting::tally().steps(), 16U);
    EXPECT_EQ(counting::tally().locked(), 4U);
    EXPECT_FALSE(ring.try_pop());
    EXPECT_EQ(counting::tally().steps(), 18U) << "empty: hint, word";
    EXPECT_EQ(counting::tally().locked() + counting::tally().syscalls(), 4U);
  }
}

TEST(LockfreeMpmcRing, AnOperationAloneIsEightStepsTwoOfThemLocked) {
  lockfree_mpmc_ring<std::uint64_t, 3, counting> odd;
  expect_cost(odd);
  lockfree_mpmc_ring<std::uint64_t, dynamic_capacity, counting> at_run_time(4);
  expect_cost(at_run_time);
}

// ---- guards ----

TEST(LockfreeMpmcRing, AnOpenGuardDelaysNobody) {
  lockfree_mpmc_ring<int, 4> ring;
  for (int round = 0; round != 10; ++round) {
    auto mine = ring.try_reserve(2);
    ASSERT_TRUE(ring.try_push(1) && ring.try_push(2) && !ring.try_push(3)) << "its cells are taken, and no more";
    auto seen = ring.try_peek(1);
    ASSERT_EQ(seen[0], 1);
    ASSERT_EQ(ring.try_pop(), 2) << "what is behind the peek";
    ASSERT_EQ(ring.try_pop(), std::nullopt) << "what is reserved is not in";
    ASSERT_TRUE(ring.try_push(3));
    mine.construct(4);
    mine.commit();
    ASSERT_EQ(ring.try_pop(), 3) << "it went in when committed";
    ASSERT_EQ(ring.try_pop(), 4);
  }
  EXPECT_TRUE(ring.empty_approx());
}

TEST(LockfreeMpmcRing, AGuardSpansSixteenCellsAtMost) {
  lockfree_mpmc_ring<int> ring(40);
  static_assert(decltype(ring)::most_in_guard == 16);
  for (int lap = 0; lap != 5; ++lap) {
    auto mine = ring.try_reserve(40);
    ASSERT_EQ(mine.size(), 16U);
    for (int i = 0; i != 16; ++i) mine.construct(i);
    mine.commit();
    const auto front = ring.try_peek(40);
    ASSERT_EQ(front.size(), 16U);
    for (std::size_t i = 0; i != 16; ++i) ASSERT_EQ(front[i], static_cast<int>(i));
  }
}

TEST(LockfreeMpmcRing, GivingBackMoreOftenThanLapsCanCountChangesNoSize) {
  lockfree_mpmc_ring<int, 3, narrow> ring;
  for (int i = 0; i != 2000; ++i) {
    ASSERT_EQ(ring.try_reserve(1 + static_cast<std::size_t>(i % 3)).size(), static_cast<std::size_t>(1 + i % 3));
    ASSERT_TRUE(ring.empty_approx());
    ASSERT_TRUE(ring.try_push(i));
    ASSERT_EQ(ring.size_approx(), 1U);
    ASSERT_EQ(ring.try_pop(), i);
  }
}

TEST(LockfreeMpmcRing, SealedIsEmptyOnceNothingIsOnItsWayIn) {
  lockfree_mpmc_ring<int, 4> ring;
  {
    auto mine = ring.try_reserve(3);
    ring.seal();
    EXPECT_FALSE(ring.empty_approx());
    mine.construct(1);
    mine.commit();
  }
  EXPECT_EQ(ring.size_approx(), 1U);
  const auto last = ring.try_peek(1);
  EXPECT_TRUE(ring.empty_approx() && ring.is_sealed()) << "a consumer in the middle of its pop delays nobody";
}

TEST(LockfreeMpmcRing, SizeApproxStaysInBoundsHoweverFarTheOthersRunBetweenItsTwoLooks) {
  expect_sizes_in_bounds_when_interrupted<lockfree_mpmc_ring>();
}

}  // namespace
}  // namespace volley::testing
