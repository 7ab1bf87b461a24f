// SPDX-License-Identifier: MIT

// mpmc_ring: several elements in one call, and in place: runs, reservations, peeks, and the holes that they leave.

#include <volley/ring/mpmc_ring.hpp>

#include <gtest/gtest.h>

#include "elements.hpp"
#include "kinds.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <iterator>
#include <numeric>
#include <optional>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

namespace volley::testing {
namespace {

template <class Factory>
class MpmcRingRuns : public ::testing::Test {};
using kinds = kinds_of<mpmc_ring>;
TYPED_TEST_SUITE(MpmcRingRuns, kinds::all, kinds::names);

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

TEST(MpmcRing, WhatIsPeekedIsClaimedAndTheNextIsForTheOthers) {
  mpmc_ring<int, 5> ring;
  for (int i = 0; i != 7; ++i) ASSERT_TRUE(ring.try_push(i) && (i > 2 || ring.try_pop()));
  {
    const auto front = ring.try_peek(3);
    std::reverse(front.begin(), front.end());
    EXPECT_EQ(front[0], 5);
    EXPECT_EQ(ring.try_pop(), 6) << "these are claimed: the next is for the others";
    EXPECT_TRUE(ring.try_push(7));
    EXPECT_FALSE(ring.try_push(8)) << "its turn is at a slot that this guard holds, though that of 6 is free";
  }
  EXPECT_EQ(ring.size_approx(), 1U);
  EXPECT_TRUE(ring.try_push(8) && ring.try_push(9) && ring.try_push(10) && ring.try_push(11) && !ring.try_push(12));
}

}  // namespace
}  // namespace volley::testing
