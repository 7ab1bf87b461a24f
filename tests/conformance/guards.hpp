// SPDX-License-Identifier: MIT
#pragma once

// What every ring promises about slots in place (try_reserve, try_peek) and about its seal, as seen by one thread. A ring joins as it does
// in ring.hpp.

#include "elements.hpp"
#include "factory.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstddef>
#include <iterator>
#include <optional>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

namespace volley::testing {

template <class Factory>
class RingInPlace : public ::testing::Test {
 protected:
  void SetUp() override {
    counted::reset();
    fragile::reset();
  }
};
TYPED_TEST_SUITE_P(RingInPlace);

/// Ends a peek so that all that it saw is gone, whether or not that goes without saying.
template <class Peek>
void release_all(Peek& peek) {
  if constexpr (requires { peek.release(peek.size()); }) peek.release(peek.size());
}

TYPED_TEST_P(RingInPlace, AReservationIsARangeThatGoesInWhenCommitted) {
  const auto ring = make<TypeParam, int, 5>();
  for (int offset = 0; offset != 12; ++offset) {
    auto mine = ring->try_reserve(9);
    ASSERT_EQ(mine.size(), 5U);
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

TYPED_TEST_P(RingInPlace, WhatIsReservedAndNotCommittedIsFreeAgain) {
  const auto ring = make<TypeParam, int, 3>();
  for (int offset = 0; offset != 7; ++offset) {
    {
      auto mine = ring->try_reserve(2);
      ASSERT_EQ(mine.size(), 2U);
      mine.construct(1);
    }
    ASSERT_TRUE(ring->empty_approx());
    for (int i = 0; i != 3; ++i) ASSERT_TRUE(ring->try_push(i));
    ASSERT_FALSE(ring->try_push(3));
    for (int i = 0; i != 3; ++i) ASSERT_EQ(ring->try_pop(), i);
    ASSERT_TRUE(ring->try_push(1) && ring->try_pop());
  }
}

TYPED_TEST_P(RingInPlace, APeekIsARandomAccessRangeOverTheOldestElements) {
  const auto ring = make<TypeParam, int, 5>();
  for (int i = 0; i != 7; ++i) ASSERT_TRUE(ring->try_push(i) && (i > 2 || ring->try_pop()));
  {
    auto front = ring->try_peek(3);
    using iterator = decltype(front.begin());
    static_assert(std::random_access_iterator<iterator>);
    static_assert(!std::is_copy_constructible_v<decltype(front)>);
    EXPECT_EQ(std::vector<int>(front.begin(), front.end()), (std::vector<int>{3, 4, 5}));
    EXPECT_EQ(front.end() - front.begin(), 3);
    EXPECT_EQ(*(2 + front.begin()), front.begin()[2]);
    EXPECT_TRUE(front.begin() < front.end() && front.begin() + 3 == front.end());
    front[0] = 30;
    EXPECT_EQ(*front.begin(), 30);
    release_all(front);
  }
  EXPECT_EQ(ring->size_approx(), 1U);
  EXPECT_EQ(ring->try_pop(), 6);
  EXPECT_FALSE(ring->try_pop());
}

TYPED_TEST_P(RingInPlace, WhatOneConsumerOnlyPeeksAtStillCounts) {
  const auto ring = make<TypeParam, int, 5>();
  for (int i = 0; i != 3; ++i) ASSERT_TRUE(ring->try_push(i));
  ring->seal();
  auto front = ring->try_peek(5);
  if constexpr (requires { front.release(1); }) {
    EXPECT_EQ(ring->size_approx(), 3U) << "sealed and empty would be the end, and these may stay";
    front.release(1);
    EXPECT_EQ(ring->size_approx(), 2U);
  }
}

// What a channel asks before it says that a pop is worth a try.
TYPED_TEST_P(RingInPlace, AFrontIsReadyExactlyWhenThereIsSomethingToPop) {
  const auto ring = make<TypeParam, int, 3>();
  for (int offset = 0; offset != 7; ++offset) {
    ASSERT_FALSE(ring->front_is_ready());
    {
      auto mine = ring->try_reserve(1);
      mine.construct(1);
      ASSERT_FALSE(ring->front_is_ready()) << "what is not committed is not there";
      mine.commit(1);
    }
    ASSERT_TRUE(ring->try_push(2) && ring->try_push(3));
    for (int i = 1; i <= 3; ++i) {
      ASSERT_TRUE(ring->front_is_ready());
      ASSERT_TRUE(ring->front_is_ready()) << "a look takes nothing";
      ASSERT_EQ(ring->try_pop(), i);
    }
    ASSERT_FALSE(ring->front_is_ready());
    ASSERT_TRUE(ring->try_push(1) && ring->try_pop());
  }
  ASSERT_TRUE(ring->try_push(1));
  ring->seal();
  EXPECT_TRUE(ring->front_is_ready()) << "what is in a sealed ring comes out";
  ASSERT_TRUE(ring->try_pop());
  EXPECT_FALSE(ring->front_is_ready());
}

TYPED_TEST_P(RingInPlace, APeekTakesAsManyAsThereAreAtEveryOffset) {
  const auto ring = make<TypeParam, int, 3>();
  for (int offset = 0; offset != 7; ++offset) {
    for (std::size_t inside = 0; inside <= 3; ++inside) {
      for (std::size_t i = 0; i != inside; ++i) ASSERT_TRUE(ring->try_push(static_cast<int>(i)));
      auto front = ring->try_peek(9);
      ASSERT_EQ(front.size(), inside);
      for (std::size_t i = 0; i != inside; ++i) ASSERT_EQ(front[i], static_cast<int>(i));
      release_all(front);
    }
    ASSERT_TRUE(ring->try_push(1) && ring->try_pop());
  }
}

// What is constructed and not committed is destroyed, wherever the guard went; what is inside goes with the ring.
TYPED_TEST_P(RingInPlace, GuardsDestroyWhatTheyHoldExactlyOnce) {
  for (std::size_t keep = 0; keep != 4; ++keep) {
    {
      const auto ring = make<TypeParam, counted, 4>();
      {
        auto first = ring->try_reserve(3);
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
        auto front = ring->try_peek(2);
        EXPECT_EQ(front.size(), 2U);
        auto moved = std::move(front);
        EXPECT_EQ(moved[1].value, 1);
        EXPECT_EQ(counted::alive.size(), 3U);
        release_all(moved);
      }
      EXPECT_EQ(counted::alive.size(), keep == 3 ? 1U : keep);
    }
    EXPECT_TRUE(counted::alive.empty());
  }
}

TYPED_TEST_P(RingInPlace, AThrowingConstructorInAReservationChangesNothing) {
  if constexpr (TypeParam::throws) {
    const auto ring = make<TypeParam, fragile, 3>();
    {
      auto mine = ring->try_reserve(3);
      mine.construct(0);
      fragile::explodes = fragile::act::make;
      EXPECT_THROW(mine.construct(1), boom);
      fragile::explodes.reset();
      EXPECT_EQ(mine.constructed(), 1U);
      mine.construct(2);
      mine.commit();
    }
    EXPECT_EQ(ring->size_approx(), 2U);
    EXPECT_EQ(ring->try_pop()->value, 0);
    EXPECT_EQ(ring->try_pop()->value, 2);
  }
}

TYPED_TEST_P(RingInPlace, NothingIsReservedOrPeekedWhereThereIsNothing) {
  const auto ring = make<TypeParam, int, 2>();
  EXPECT_FALSE(ring->try_peek(3));
  EXPECT_FALSE(ring->try_reserve(0));
  EXPECT_TRUE(ring->try_push(1) && ring->try_push(2));
  EXPECT_FALSE(ring->try_reserve(1));
  EXPECT_FALSE(ring->try_peek(0));
  EXPECT_EQ(ring->size_approx(), 2U);
}

TYPED_TEST_P(RingInPlace, NothingGoesInAfterTheSealAndAllComesOut) {
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

TYPED_TEST_P(RingInPlace, AReservationThatIsOpenWhenSealedGoesIn) {
  const auto ring = make<TypeParam, int, 3>();
  {
    auto mine = ring->try_reserve(2);
    mine.construct(1);
    ring->seal();
    mine.construct(2);
    mine.commit(1);
  }
  EXPECT_EQ(ring->try_pop(), 1);
  EXPECT_FALSE(ring->try_pop());
  EXPECT_TRUE(ring->empty_approx());
  EXPECT_FALSE(ring->try_push(3));
}

REGISTER_TYPED_TEST_SUITE_P(RingInPlace, AFrontIsReadyExactlyWhenThereIsSomethingToPop,
                            WhatOneConsumerOnlyPeeksAtStillCounts, AReservationIsARangeThatGoesInWhenCommitted,
                            WhatIsReservedAndNotCommittedIsFreeAgain, APeekIsARandomAccessRangeOverTheOldestElements,
                            APeekTakesAsManyAsThereAreAtEveryOffset, GuardsDestroyWhatTheyHoldExactlyOnce,
                            AThrowingConstructorInAReservationChangesNothing,
                            NothingIsReservedOrPeekedWhereThereIsNothing, NothingGoesInAfterTheSealAndAllComesOut,
                            AReservationThatIsOpenWhenSealedGoesIn);

}  // namespace volley::testing
