// SPDX-License-Identifier: MIT

// mpmc_ring: what every ring promises, its construction, its cost, and the seal. Runs and guards: mpmc_runs_test.cpp.

#include <volley/env/counting.hpp>
#include <volley/ring/mpmc_ring.hpp>

#include <gtest/gtest.h>

#include "allocators.hpp"
#include "batch.hpp"
#include "guards.hpp"
#include "interrupted.hpp"
#include "kinds.hpp"
#include "numbers.hpp"
#include "ring.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <iterator>
#include <limits>
#include <memory>
#include <new>
#include <numeric>
#include <optional>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace volley::testing {
namespace {

using kinds = kinds_of<mpmc_ring>;
INSTANTIATE_TYPED_TEST_SUITE_P(Mpmc, RingOfNumbers, kinds::all, kinds::names);
INSTANTIATE_TYPED_TEST_SUITE_P(Mpmc, Ring, kinds::storages, kinds::names);
INSTANTIATE_TYPED_TEST_SUITE_P(Mpmc, RingInBatches, kinds::storages, kinds::names);
INSTANTIATE_TYPED_TEST_SUITE_P(Mpmc, RingInPlace, kinds::storages, kinds::names);

// ---- construction ----

// S56, SPSCQueue #49, crossbeam #1301, aeron #2017, DPDK 0e4dc6af06.
TEST(MpmcRing, ACapacityThatCannotBeIsRefused) {
  using ring = mpmc_ring<std::uint64_t>;
  const std::size_t most = ring::max_capacity();
  for (const std::size_t capacity : {std::size_t{0}, most + 1, (std::numeric_limits<std::size_t>::max)() / 2,
                                     (std::numeric_limits<std::size_t>::max)()}) {
    EXPECT_THROW(ring r(capacity), std::invalid_argument) << capacity;
    EXPECT_EQ(ring::make(capacity), nullptr) << capacity;
  }
  EXPECT_GT(most, std::size_t{1} << 48);
}

// S54: stamps of one byte leave three bits for the position, and the largest ring works at its largest.
TEST(MpmcRing, NarrowStampsBoundTheCapacity) {
  using ring = mpmc_ring<int, dynamic_capacity, narrow>;
  static_assert(ring::max_capacity() == 8);
  EXPECT_THROW(ring r(9), std::invalid_argument);
  EXPECT_EQ(ring::make(9), nullptr);
  const auto largest = ring::make(8);
  for (int i = 0; i != 1000; ++i) {
    for (int k = 0; k != 8; ++k) ASSERT_TRUE(largest->try_push(i + k));
    ASSERT_FALSE(largest->try_push(0));
    for (int k = 0; k != 8; ++k) ASSERT_EQ(largest->try_pop(), i + k);
    ASSERT_FALSE(largest->try_pop());
  }
}

TEST(MpmcRing, MakeIsNoexceptAndGivesNullWhereTheAllocatorFails) {
  using ring = mpmc_ring<int, dynamic_capacity, native, null_allocator<int>>;
  static_assert(noexcept(ring::make(8)));
  EXPECT_EQ(ring::make(8), nullptr);
}

TEST(MpmcRing, TheMemoryOfARingComesFromItsAllocatorOnceAndGoesBack) {
  using ring = mpmc_ring<std::string, dynamic_capacity, native, arena_allocator<std::string>>;
  arena from;
  {
    ring direct(7, arena_allocator<std::string>(from));
    const auto made = ring::make(7, arena_allocator<std::string>(from));
    for (int i = 0; i != 20; ++i) {
      EXPECT_TRUE(direct.try_emplace(std::size_t{100}, 'a') && made->try_emplace(std::size_t{100}, 'b'));
      EXPECT_TRUE(i < 5 || (direct.try_pop() && made->try_pop()));
    }
    EXPECT_EQ(from.sizes.size(), 2U) << "only construction allocates";
  }
  EXPECT_TRUE(from.blocks.empty());
  from.most = 0;
  EXPECT_THROW(ring r(4, arena_allocator<std::string>(from)), std::bad_alloc);
  EXPECT_EQ(ring::make(4, arena_allocator<std::string>(from)), nullptr);
}

// ---- layout and cost ----

static_assert(std::is_standard_layout_v<mpmc_ring<std::uint64_t, 8>>);
static_assert(alignof(mpmc_ring<std::uint64_t, 8>) == cache_line && alignof(mpmc_ring<char>) == cache_line);
static_assert(sizeof(mpmc_ring<std::uint64_t, 8>) == 2 * cache_line + 128, "tail, head, and slots side by side");
static_assert(sizeof(mpmc_ring<std::uint64_t>) == 3 * cache_line,
              "where the slots are is in a line that nobody writes");

template <class Ring>
void expect_cost(Ring& ring) {
  for (std::uint64_t i = 0; i != 20; ++i) {
    counting::tally() = {};
    ASSERT_TRUE(ring.try_push(i));
    EXPECT_EQ(counting::tally().steps(), 4U) << "tail, stamp, tail, stamp";
    EXPECT_EQ(counting::tally().locked(), 1U);
    ASSERT_TRUE(ring.try_pop());
    EXPECT_EQ(counting::tally().steps(), 8U) << "head, stamp, head, stamp";
    EXPECT_EQ(counting::tally().locked(), 2U);
    EXPECT_FALSE(ring.try_pop());
    EXPECT_EQ(counting::tally().steps(), 10U) << "empty: head, stamp";
    EXPECT_EQ(counting::tally().locked() + counting::tally().syscalls(), 2U);
  }
}

TEST(MpmcRing, AnOperationAloneIsFourStepsOneOfThemLocked) {
  mpmc_ring<std::uint64_t, 3, counting> odd;
  expect_cost(odd);
  mpmc_ring<std::uint64_t, dynamic_capacity, counting> at_run_time(4);
  expect_cost(at_run_time);
}

TEST(MpmcRing, ARunIsClaimedByOneLockedStep) {
  mpmc_ring<std::uint64_t, 32, counting> ring;
  std::array<std::uint64_t, 20> some{};
  counting::tally() = {};
  EXPECT_EQ(ring.try_push_n(some), 20U);
  EXPECT_EQ(ring.try_pop_n(some), 20U);
  EXPECT_EQ(counting::tally().locked(), 2U);
}

// ---- the seal ----

TEST(MpmcRing, HolesOfAReservationThatWasOpenWhenSealedArePassed) {
  mpmc_ring<int, 4> ring;
  auto mine = ring.try_reserve(3);
  ring.seal();
  EXPECT_EQ(ring.size_approx(), 3U);
  mine.construct(1);
  mine.commit();
  EXPECT_EQ(ring.try_pop(), 1);
  EXPECT_FALSE(ring.empty_approx()) << "two holes: a consumer passes them when it finds nothing";
  EXPECT_EQ(ring.try_pop(), std::nullopt);
  EXPECT_TRUE(ring.empty_approx() && ring.is_sealed());
}

// ---- sizes ----

TEST(MpmcRing, SizeApproxStaysInBoundsHoweverFarTheOthersRunBetweenItsTwoLooks) {
  expect_sizes_in_bounds_when_interrupted<mpmc_ring>();
}

}  // namespace
}  // namespace volley::testing
