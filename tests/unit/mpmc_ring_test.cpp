// SPDX-License-Identifier: MIT

// mpmc_ring: what every ring promises, what is its own (runs, guards, holes, the seal), and the stamps below it.

#include <volley/env/counting.hpp>
#include <volley/ring/mpmc_ring.hpp>

#include <gtest/gtest.h>

#include "allocators.hpp"
#include "batch.hpp"
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

/// Stamps of 16 bits, of which a position of 1000 leaves four for the lap, and that start a few laps before their wrap.
struct narrow_stamps : native {
  using index = std::uint16_t;
  static constexpr index first_index = 60'000;
};

using fixed = in_place<mpmc_ring>;
using fixed_narrow = in_place<mpmc_ring, narrow_stamps>;
using dynamic = on_heap<mpmc_ring>;
using dynamic_narrow = on_heap<mpmc_ring, narrow_stamps>;
using dynamic_fancy = on_heap<mpmc_ring, native, true, fancy_allocator>;

struct names {
  template <class Factory>
  static std::string GetName(int) {
    if (std::is_same_v<Factory, fixed>) return "fixed";
    if (std::is_same_v<Factory, fixed_narrow>) return "fixed_narrow";
    if (std::is_same_v<Factory, dynamic>) return "dynamic";
    return std::is_same_v<Factory, dynamic_narrow> ? "dynamic_narrow" : "dynamic_fancy";
  }
};
using every_kind = ::testing::Types<fixed, fixed_narrow, dynamic, dynamic_narrow, dynamic_fancy>;
using every_storage = ::testing::Types<fixed, dynamic>;
INSTANTIATE_TYPED_TEST_SUITE_P(Mpmc, RingOfNumbers, every_kind, names);
INSTANTIATE_TYPED_TEST_SUITE_P(Mpmc, Ring, every_storage, names);
INSTANTIATE_TYPED_TEST_SUITE_P(Mpmc, RingInBatches, every_storage, names);

// ---- stamps ----

template <class Stamps>
void expect_laps(const Stamps& at, std::size_t slots, std::uint64_t start) {
  using index = decltype(at.first(0));
  index stamp = at.first(static_cast<index>(start));
  for (std::size_t i = 0; i != 5 * slots; ++i) {
    ASSERT_EQ(at.slot(stamp), i % slots);
    ASSERT_EQ(at.slot(Stamps::full(stamp)), i % slots);
    ASSERT_EQ(at.slot(Stamps::hole(stamp)), i % slots);
    index later = stamp;
    for (std::size_t n = 0; n <= slots; ++n) {
      ASSERT_EQ(at.after(stamp, n), later);
      ASSERT_EQ(at.between(stamp, later), n);
      ASSERT_EQ(at.between(stamp, static_cast<index>(later | Stamps::sealed)), n);
      ASSERT_EQ(Stamps::is_before(stamp, later), n != 0);
      ASSERT_EQ(at.between(later, stamp), 0U);
      later = at.after(later);
    }
    ASSERT_EQ(at.between(stamp, later), slots) << "more than a lap apart: the first was read long ago";
    ASSERT_EQ(at.lap_after(stamp), at.after(stamp, slots));
    const std::array all{stamp, Stamps::full(stamp), Stamps::hole(stamp), at.lap_after(stamp)};
    for (std::size_t a = 0; a != all.size(); ++a) {
      for (std::size_t b = 0; b != a; ++b) ASSERT_NE(all[a], all[b]);
    }
    stamp = at.after(stamp);
  }
}

TEST(Stamps, AreExactForEveryNumberOfSlotsAcrossTheirWrap) {
  for (std::size_t slots = 1; slots != 9; ++slots) {
    SCOPED_TRACE(slots);
    expect_laps(detail::stamps<std::uint8_t, 0>(slots), slots, 192);
    expect_laps(detail::stamps<std::uint16_t, 0>(slots), slots, 65'500);
    expect_laps(detail::stamps<std::uint64_t, 0>(slots), slots, ~std::uint64_t{0} - 20);
  }
  expect_laps(detail::stamps<std::uint8_t, 1>(1), 1, 248);
  expect_laps(detail::stamps<std::uint8_t, 3>(3), 3, 248);
  expect_laps(detail::stamps<std::uint64_t, 8>(8), 8, ~std::uint64_t{0});
}

TEST(Stamps, AreIndexAndMaskWhereThePowerOfTwoIsKnown) {
  constexpr detail::stamps<std::uint64_t, 8> at(8);
  static_assert(std::is_empty_v<decltype(at)>);
  for (std::uint64_t i = 0; i != 100; ++i) {
    static_assert(at.after(28) == 32 && at.after(32) == 36);
    EXPECT_EQ(at.after(4 * i), 4 * (i + 1));
    EXPECT_EQ(at.slot(4 * i), i & 7);
  }
}

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

// ---- runs ----

template <class Factory>
class MpmcRingRuns : public ::testing::Test {};
TYPED_TEST_SUITE(MpmcRingRuns, every_kind, names);

TYPED_TEST(MpmcRingRuns, TakeWhatFitsAndGiveWhatIsThereAtEveryOffset) {
  const auto ring = make<TypeParam, int, 5>();
  std::array<int, 8> in;
  std::iota(in.begin(), in.end(), 0);
  int next = 0;
  for (std::size_t offset = 0; offset != 11; ++offset) {
    for (std::size_t n = 0; n <= in.size(); ++n) {
      for (std::size_t before = 0; before <= 5; ++before) {
        for (std::size_t i = 0; i != before; ++i) ASSERT_TRUE(ring->try_push(-1));
        const std::size_t fit = std::min(n, 5 - before);
        ASSERT_EQ(ring->try_push_n(std::span<const int>(in.data(), n)), fit);
        ASSERT_EQ(ring->size_approx(), before + fit);
        std::array<int, 8> out{};
        ASSERT_EQ(ring->try_pop_n(std::span<int>(out.data(), before)), before);
        ASSERT_EQ(ring->try_pop_n(out), fit);
        ASSERT_TRUE(std::equal(out.begin(), out.begin() + static_cast<std::ptrdiff_t>(fit), in.begin()));
        ASSERT_TRUE(ring->empty_approx());
      }
    }
    ASSERT_TRUE(ring->try_push(next) && ring->try_pop() == next);  // one further on
    ++next;
  }
}

TYPED_TEST(MpmcRingRuns, ConsumeAllTakesWhatIsThereAndAtMostALap) {
  const auto ring = make<TypeParam, int, 4>();
  for (int i = 0; i != 3; ++i) ASSERT_TRUE(ring->try_push(i));
  int next = 0;
  EXPECT_EQ(ring->consume_all([&](int&& value) noexcept { EXPECT_EQ(value, next++); }), 3U);
  EXPECT_EQ(ring->consume_all([&](int&&) { FAIL(); }), 0U);
  ASSERT_TRUE(ring->try_push(0));
  int refilled = 0;  // f pushes again what it took: without a bound that would never end
  EXPECT_EQ(ring->consume_all([&](int&& value) { refilled += ring->try_push(value + 1) ? 1 : 0; }), 4U);
  EXPECT_EQ(refilled, 4);
  EXPECT_EQ(ring->try_pop(), 4);
}

// ---- guards ----

TYPED_TEST(MpmcRingRuns, AReservationIsARangeThatGoesInWhenCommitted) {
  const auto ring = make<TypeParam, int, 5>();
  for (int offset = 0; offset != 12; ++offset) {
    auto mine = ring->try_reserve(9);
    ASSERT_EQ(mine.size(), 5U);
    ASSERT_FALSE(ring->try_push(0));
    ASSERT_FALSE(ring->try_pop()) << "nothing is in before the commit";
    for (int i = 0; i != 4; ++i) ASSERT_EQ(mine.construct(i), i);
    mine[1] = 11;
    ASSERT_EQ(mine.constructed(), 4U);
    mine.commit(3);
    ASSERT_TRUE(mine.empty());
    ASSERT_EQ(ring->size_approx(), 3U) << "nobody is past the rest: it is given back";
    ASSERT_TRUE(ring->try_push(3) && ring->try_push(4) && !ring->try_push(5));
    for (const int i : {0, 11, 2, 3, 4}) ASSERT_EQ(ring->try_pop(), i);
    ASSERT_TRUE(ring->try_push(1) && ring->try_pop());
  }
}

TYPED_TEST(MpmcRingRuns, WhatOthersAreAlreadyPastIsAHoleUntilAConsumerComesBy) {
  const auto ring = make<TypeParam, int, 4>();
  for (int offset = 0; offset != 12; ++offset) {
    {
      auto mine = ring->try_reserve(3);
      ASSERT_TRUE(ring->try_push(7));
      mine.construct(1);
      mine.construct(2);
      ASSERT_FALSE(ring->try_pop()) << "what is behind an open reservation waits";
      mine.commit(1);
    }
    ASSERT_EQ(ring->size_approx(), 4U) << "holes count as occupied";
    ASSERT_FALSE(ring->try_push(8));
    ASSERT_EQ(ring->try_pop(), 1);
    std::array<int, 4> out{};
    ASSERT_EQ(ring->try_pop_n(out), 1U);
    ASSERT_EQ(out[0], 7);
    ASSERT_EQ(ring->try_pop(), std::nullopt);
    ASSERT_TRUE(ring->empty_approx());
    ASSERT_TRUE(ring->try_push(1) && ring->try_pop());
  }
}

TEST(MpmcRing, HolesAreSkippedByEveryWayOfPopping) {
  mpmc_ring<int, 4> ring;
  const auto hole_then = [&](int value) {
    const auto nothing = ring.try_reserve(2);
    ASSERT_TRUE(ring.try_push(value));
  };
  hole_then(1);
  EXPECT_EQ(ring.try_pop(), 1);
  hole_then(2);
  int sum = 0;
  EXPECT_EQ(ring.consume_all([&](int&& value) { sum += value; }), 1U);
  hole_then(3);
  { EXPECT_EQ(ring.try_peek(4)[0], 3); }
  hole_then(4);
  EXPECT_EQ(sum, 2);  // the last hole, and what is behind it, go with the ring
}

// What is constructed and not committed is destroyed, wherever the guard went; what is inside goes with the ring.
TEST(MpmcRing, GuardsDestroyWhatTheyHoldExactlyOnce) {
  counted::reset();
  for (std::size_t keep = 0; keep != 4; ++keep) {
    mpmc_ring<counted, 4> ring;
    {
      auto first = ring.try_reserve(3);
      first.construct(0);
      auto second = std::move(first);
      EXPECT_TRUE(first.empty());  // NOLINT(bugprone-use-after-move): that is the promise
      EXPECT_EQ(second.constructed(), 1U);
      second.construct(1);
      second.construct(2);
      second.commit(keep);
    }
    EXPECT_EQ(counted::alive.size(), keep);
    if (keep == 3) {
      auto front = ring.try_peek(2);
      EXPECT_EQ(front.size(), 2U);
      const auto moved = std::move(front);
      EXPECT_EQ(moved[1].value, 1);
      EXPECT_EQ(counted::alive.size(), 3U);
    }
    EXPECT_EQ(counted::alive.size(), keep == 3 ? 1U : keep);
  }
  EXPECT_TRUE(counted::alive.empty());
}

TEST(MpmcRing, AThrowingConstructorInAReservationChangesNothing) {
  fragile::reset();
  mpmc_ring<fragile, 3> ring;
  {
    auto mine = ring.try_reserve(3);
    mine.construct(0);
    fragile::explodes = fragile::act::make;
    EXPECT_THROW(mine.construct(1), boom);
    fragile::explodes.reset();
    EXPECT_EQ(mine.constructed(), 1U);
    mine.construct(2);
    mine.commit();
  }
  EXPECT_EQ(ring.size_approx(), 2U);
  EXPECT_EQ(ring.try_pop()->value, 0);
  EXPECT_EQ(ring.try_pop()->value, 2);
}

TEST(MpmcRing, APeekIsARandomAccessRangeOverItsElements) {
  mpmc_ring<int, 5> ring;
  for (int i = 0; i != 7; ++i) ASSERT_TRUE(ring.try_push(i) && (i > 2 || ring.try_pop()));
  {
    const auto front = ring.try_peek(3);
    using iterator = decltype(front.begin());
    static_assert(std::random_access_iterator<iterator>);
    static_assert(!std::is_copy_constructible_v<std::remove_const_t<decltype(front)>>);
    EXPECT_EQ(std::vector<int>(front.begin(), front.end()), (std::vector<int>{3, 4, 5}));
    EXPECT_EQ(front.end() - front.begin(), 3);
    EXPECT_EQ(*(2 + front.begin()), front.begin()[2]);
    EXPECT_TRUE(front.begin() < front.end() && front.begin() + 3 == front.end());
    std::reverse(front.begin(), front.end());
    EXPECT_EQ(front[0], 5);
    EXPECT_EQ(ring.try_pop(), 6) << "these are claimed: the next is for the others";
    EXPECT_TRUE(ring.try_push(7));
    EXPECT_FALSE(ring.try_push(8)) << "its turn is at a slot that this guard holds, though that of 6 is free";
  }
  EXPECT_EQ(ring.size_approx(), 1U);
  EXPECT_TRUE(ring.try_push(8) && ring.try_push(9) && ring.try_push(10) && ring.try_push(11) && !ring.try_push(12));
}

TEST(MpmcRing, NothingIsReservedOrPeekedWhereThereIsNothing) {
  mpmc_ring<int, 2> ring;
  EXPECT_FALSE(ring.try_peek(3));
  EXPECT_FALSE(ring.try_reserve(0));
  EXPECT_TRUE(ring.try_push(1) && ring.try_push(2));
  EXPECT_FALSE(ring.try_reserve(1));
  EXPECT_FALSE(ring.try_peek(0));
  EXPECT_EQ(ring.size_approx(), 2U);
}

// ---- the seal ----

TYPED_TEST(MpmcRingRuns, NothingGoesInAfterTheSealAndAllComesOut) {
  for (int offset = 0; offset != 7; ++offset) {
    for (int inside = 0; inside <= 3; ++inside) {
      const auto ring = make<TypeParam, int, 3>();
      for (int i = 0; i != offset; ++i) ASSERT_TRUE(ring->try_push(i) && ring->try_pop());
      for (int i = 0; i != inside; ++i) ASSERT_TRUE(ring->try_push(i));
      ASSERT_FALSE(ring->is_sealed());
      ring->seal();
      ring->seal();
      ASSERT_TRUE(ring->is_sealed());
      const std::array<int, 2> more{};
      for (int i = 0; i <= inside; ++i) {
        ASSERT_FALSE(ring->try_push(9));
        ASSERT_EQ(ring->try_push_n(more), 0U);
        ASSERT_TRUE(ring->try_reserve(1).empty());
        ASSERT_EQ(ring->size_approx(), static_cast<std::size_t>(inside - i));
        ASSERT_EQ(ring->try_pop(), i < inside ? std::optional(i) : std::nullopt);
      }
      ASSERT_TRUE(ring->empty_approx());
    }
  }
}

TEST(MpmcRing, AReservationThatIsOpenWhenSealedGoesIn) {
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

/// Calls back between the two loads of size_approx.
struct interrupted : native {
  static inline std::function<void()> after_load;

  template <class U>
  class atomic : public native::atomic<U> {
   public:
    using native::atomic<U>::atomic;
    U load(std::memory_order order) const noexcept {
      const U value = native::atomic<U>::load(order);
      if (const auto callback = std::exchange(after_load, nullptr)) callback();
      return value;
    }
  };
};

// DPDK 9bc2cbb007 (S3): head read before, tail read after the others ran on: the count underflowed.
TEST(MpmcRing, SizeApproxStaysInBoundsHoweverFarTheOthersRunBetweenItsTwoLooks) {
  for (std::size_t level = 0; level <= 5; ++level) {
    for (std::size_t between = 0; between != 25; ++between) {
      mpmc_ring<std::size_t, 5, interrupted> ring;
      for (std::size_t i = 0; i != level; ++i) ASSERT_TRUE(ring.try_push(i));
      interrupted::after_load = [&] {
        for (std::size_t i = 0; i != between; ++i)
          ASSERT_TRUE(level == 0 ? ring.try_push(i) && ring.try_pop() : ring.try_pop() && ring.try_push(i));
      };
      EXPECT_LE(ring.size_approx(), 5U);
      EXPECT_EQ(interrupted::after_load, nullptr);
    }
  }
}

}  // namespace
}  // namespace volley::testing
