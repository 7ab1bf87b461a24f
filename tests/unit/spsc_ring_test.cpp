// SPDX-License-Identifier: MIT

// spsc_ring: what every ring promises, and what is its own.

#include <volley/ring/spsc_ring.hpp>

#include <gtest/gtest.h>

#include "allocators.hpp"
#include "batch.hpp"
#include "guards.hpp"
#include "interrupted.hpp"
#include "kinds.hpp"
#include "numbers.hpp"
#include "ring.hpp"
#include "throwing.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <new>
#include <stdexcept>
#include <string>
#include <utility>

namespace volley::testing {
namespace {

using kinds = kinds_of<spsc_ring, narrow>;
INSTANTIATE_TYPED_TEST_SUITE_P(Spsc, RingOfNumbers, kinds::all, kinds::names);
INSTANTIATE_TYPED_TEST_SUITE_P(Spsc, Ring, kinds::storages, kinds::names);
INSTANTIATE_TYPED_TEST_SUITE_P(Spsc, RingInBatches, kinds::storages, kinds::names);
INSTANTIATE_TYPED_TEST_SUITE_P(Spsc, RingInPlace, kinds::storages, kinds::names);

// S56, SPSCQueue #49 (SIZE_MAX + 1 slots were none), crossbeam #1301, aeron #2017, DPDK 0e4dc6af06 (count * size).
TEST(SpscRing, ACapacityThatCannotBeIsRefused) {
  using ring = spsc_ring<std::uint64_t>;
  const std::size_t most = ring::max_capacity();
  for (const std::size_t capacity :
       {std::size_t{0}, most + 1, std::numeric_limits<std::size_t>::max() / 2,
        std::numeric_limits<std::size_t>::max() - 1, std::numeric_limits<std::size_t>::max()}) {
    SCOPED_TRACE(capacity);
    expect_refused<ring, std::invalid_argument>(capacity);
  }
  EXPECT_LE(most, std::numeric_limits<std::size_t>::max() / 2 / sizeof(std::uint64_t));
  EXPECT_GT(most, std::size_t{1} << 48);
}

// The largest capacity is one that indices can count, and its bytes do not overflow on their way to the allocator.
TEST(SpscRing, TheLargestCapacityReachesTheAllocatorUndiminished) {
  using ring = spsc_ring<std::uint64_t, dynamic_capacity, native, arena_allocator<std::uint64_t>>;
  arena small;
  small.most = 1 << 20;
  const arena_allocator<std::uint64_t> from(small);
  for (const std::size_t capacity : {ring::max_capacity(), std::size_t{1} << 32, std::size_t{1} << 31}) {
    expect_refused<ring, std::bad_alloc>(capacity, from);
    EXPECT_GE(small.sizes.back(), capacity * 2 * sizeof(std::uint64_t));
  }
}

// S54: with positions of one byte the largest ring works at its largest, and nothing larger can be made.
TEST(SpscRing, NarrowIndicesBoundTheCapacity) {
  using ring = spsc_ring<int, dynamic_capacity, narrow>;
  static_assert(ring::max_capacity() == 127);
  expect_refused<ring, std::invalid_argument>(128U);
  expect_refused<ring, std::invalid_argument>(256U);
  EXPECT_EQ(ring::make(127)->capacity(), 127U);
}

TEST(SpscRing, MakeGivesARingThatWorks) {
  const auto ring = spsc_ring<std::unique_ptr<int>>::make(3);
  ASSERT_NE(ring, nullptr);
  EXPECT_EQ(ring->capacity(), 3U);
  for (int i = 0; i != 3; ++i) EXPECT_TRUE(ring->try_push(std::make_unique<int>(i)));
  EXPECT_FALSE(ring->try_push(nullptr));
  EXPECT_EQ(**ring->try_pop(), 0);
}

TEST(SpscRing, MakeIsNoexceptAndGivesNullWhereTheAllocatorFails) {
  using ring = spsc_ring<int, dynamic_capacity, native, null_allocator<int>>;
  static_assert(noexcept(ring::make(8)));
  EXPECT_EQ(ring::make(8), nullptr);
}

// S50, concurrentqueue 5170da7, MPMCQueue 5bb796f: an allocation that failed left memory, or half an object, behind.
TEST(SpscRing, AThrowingAllocatorThrowsFromTheConstructorAndLeavesNothing) {
  using ring = spsc_ring<std::string, dynamic_capacity, native, arena_allocator<std::string>>;
  arena empty;
  empty.most = 0;
  expect_refused<ring, std::bad_alloc>(4U, arena_allocator<std::string>(empty));
  EXPECT_TRUE(empty.blocks.empty());
}

TEST(SpscRing, RefusedCapacitiesNeverReachTheAllocator) {
  using ring = spsc_ring<int, dynamic_capacity, native, arena_allocator<int>>;
  arena untouched;
  expect_refused<ring, std::invalid_argument>(0U, arena_allocator<int>(untouched));
  expect_refused<ring, std::invalid_argument>(ring::max_capacity() + 1, arena_allocator<int>(untouched));
  EXPECT_TRUE(untouched.sizes.empty());
}

TEST(SpscRing, TheMemoryOfARingComesFromItsAllocatorOnceAndGoesBack) {
  using ring = spsc_ring<counted, dynamic_capacity, native, arena_allocator<counted>>;
  counted::reset();
  for (const std::size_t capacity : {2U, 3U, 7U, 64U, 1000U}) {
    arena from;
    {
      ring direct(capacity, arena_allocator<counted>(from));
      EXPECT_EQ(from.blocks.size(), 1U);
      const auto made = ring::make(capacity, arena_allocator<counted>(from));
      EXPECT_EQ(from.blocks.size(), 2U);
      for (std::size_t i = 0; i != 3 * capacity; ++i) {
        EXPECT_TRUE(direct.try_emplace(1) && made->try_emplace(2));
        EXPECT_TRUE(i == 0 || (direct.try_pop() && made->try_pop()));
      }
    }
    EXPECT_TRUE(from.blocks.empty());
    EXPECT_EQ(from.sizes.size(), 2U) << "only construction allocates";
    for (const std::size_t size : from.sizes) EXPECT_EQ(size % cache_line, 0U);
    EXPECT_TRUE(counted::alive.empty());
  }
}

TEST(SpscRing, EachElementIsMovedOnceInAndOnceOut) {
  counted::reset();
  spsc_ring<counted, 2> ring;
  counted mine(1);
  EXPECT_TRUE(ring.try_push(std::move(mine)));
  EXPECT_EQ(counted::moves, 1U);
  EXPECT_TRUE(ring.try_pop(mine));
  EXPECT_EQ(counted::moves, 2U);
  EXPECT_TRUE(ring.try_emplace(2));
  EXPECT_EQ(counted::moves, 2U);
  const auto out = ring.try_pop();
  EXPECT_EQ(counted::moves, 3U);
  EXPECT_EQ(counted::copies, 0U);
}

// The fixed ring holds no pointer and its default is a real ring, also as a member and in static storage.
spsc_ring<int, 4> in_static_storage;

TEST(SpscRing, WorksInStaticStorageAndAsAMember) {
  struct holder {
    char before = 'a';
    spsc_ring<int, 4> ring;
  } held;
  for (int i = 0; i != 20; ++i) {
    EXPECT_TRUE(in_static_storage.try_push(i) && held.ring.try_push(i));
    EXPECT_EQ(in_static_storage.try_pop(), held.ring.try_pop());
  }
}

TEST(SpscRing, SizeApproxStaysInBoundsHoweverFarTheOthersRunBetweenItsTwoLooks) {
  expect_sizes_in_bounds_when_interrupted<spsc_ring>();
}

// A guess may be old, but a ring that was full all the time but for one pop and one push is not called empty.
TEST(SpscRing, ARingThatIsNeverNearlyEmptyIsNotGuessedEmpty) {
  spsc_ring<int, 8, interrupted> ring;
  for (int i = 0; i != 8; ++i) ASSERT_TRUE(ring.try_push(i));
  interrupted::after_load = [&] { EXPECT_TRUE(ring.try_pop() && ring.try_push(2)); };
  EXPECT_FALSE(ring.empty_approx());
}

}  // namespace
}  // namespace volley::testing
