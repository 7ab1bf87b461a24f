// SPDX-License-Identifier: MIT
#pragma once

// What every bounded ring of the library promises, whatever its algorithm and wherever its slots live, as seen by one thread.
// A ring joins with one line: its way of construction (in_place, on_heap) in the list of an INSTANTIATE_TYPED_TEST_SUITE_P.
// "S.." and project numbers name bugs that others shipped and users reported; the comment beside them says what went wrong.

#include "elements.hpp"
#include "factory.hpp"

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

namespace volley::testing {

template <class Factory>
class Ring : public ::testing::Test {
 protected:
  void SetUp() override {
    counted::reset();
    fragile::reset();
  }
};
TYPED_TEST_SUITE_P(Ring);

TYPED_TEST_P(Ring, RefusesPushWhenFullAndLeavesTheArgumentUntouched) {
  const auto ring = make<TypeParam, std::unique_ptr<int>, 2>();
  ASSERT_TRUE(ring->try_emplace());
  ASSERT_TRUE(ring->try_emplace());
  auto mine = std::make_unique<int>(7);
  EXPECT_FALSE(ring->try_push(std::move(mine)));
  EXPECT_FALSE(ring->try_emplace(std::move(mine)));
  ASSERT_NE(mine, nullptr);  // NOLINT(bugprone-use-after-move): that is the promise
  EXPECT_EQ(*mine, 7);
  EXPECT_EQ(ring->size_approx(), 2U);
}

// A full ring constructs nothing, not even to throw it away.
TYPED_TEST_P(Ring, RefusedPushMakesNoElement) {
  const auto ring = make<TypeParam, counted, 1>();
  ASSERT_TRUE(ring->try_emplace(1));
  const counted mine(2);
  counted::copies = counted::moves = 0;
  EXPECT_FALSE(ring->try_push(mine));
  EXPECT_EQ(counted::copies + counted::moves, 0U);
  EXPECT_EQ(counted::alive.size(), 2U);
}

// S60, folly e1822c55a (isEmpty inverted), heapless #583, questdb #7557.
TYPED_TEST_P(Ring, EmptyAfterDrain) {
  const auto ring = make<TypeParam, int, 3>();
  for (int round = 0; round != 10; ++round) {
    EXPECT_TRUE(ring->empty_approx());
    EXPECT_EQ(ring->try_pop(), std::nullopt);
    EXPECT_TRUE(ring->try_push(round));
    EXPECT_FALSE(ring->empty_approx());
    EXPECT_EQ(ring->try_pop(), round);
  }
  EXPECT_TRUE(ring->empty_approx());
}

// S66b, lockfreequeues #17: a flag of two states, and one side that stops for one lap, or two.
TYPED_TEST_P(Ring, NothingIsLostOrSeenTwiceWhenOneSideStopsForLaps) {
  const auto ring = make<TypeParam, int, 3>();
  for (int i = 0; i != 9; ++i) ASSERT_EQ(ring->try_push(i), i < 3);
  for (int i = 0; i != 9; ++i) ASSERT_EQ(ring->try_pop(), i < 3 ? std::optional(i) : std::nullopt);
  for (int i = 0; i != 9; ++i) ASSERT_EQ(ring->try_push(10 + i), i < 3);
  for (int i = 0; i != 9; ++i) ASSERT_EQ(ring->try_pop(), i < 3 ? std::optional(10 + i) : std::nullopt);
}

// S5, oneTBB eac94650 and #1139, agrona #216.
TYPED_TEST_P(Ring, OwnPushIsSeenByOwnPop) {
  const auto ring = make<TypeParam, int, 2>();
  for (int i = 0; i != 1000; ++i) {
    ASSERT_TRUE(ring->try_push(i));
    ASSERT_EQ(ring->try_pop(), i);
  }
}

TYPED_TEST_P(Ring, CarriesMoveOnlyElements) {
  const auto ring = make<TypeParam, std::unique_ptr<int>, 3>();
  EXPECT_TRUE(ring->try_push(std::make_unique<int>(1)));
  EXPECT_TRUE(ring->try_emplace(new int(2)));
  EXPECT_EQ(**ring->try_pop(), 1);
  std::unique_ptr<int> out;
  ASSERT_TRUE(ring->try_pop(out));
  EXPECT_EQ(*out, 2);
}

TYPED_TEST_P(Ring, CarriesElementsThatAreNotDefaultConstructible) {
  static_assert(!std::is_default_constructible_v<picky>);
  const auto ring = make<TypeParam, picky, 3>();
  EXPECT_TRUE(ring->try_emplace(1, 2));
  EXPECT_TRUE(ring->try_push(picky(3, 4)));
  picky out(0, 0);
  ASSERT_TRUE(ring->try_pop(out));
  EXPECT_EQ(out.sum(), 3);
  EXPECT_EQ(ring->try_pop()->sum(), 7);
}

// S59, DPDK 3ba51478a3: slots that were not where their alignment says. S90: nor was the ring itself.
TYPED_TEST_P(Ring, CarriesOverAlignedElements) {
  const auto try_it = []<std::size_t Alignment>() {
    const auto ring = make<TypeParam, aligned<Alignment>, 3>();
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(ring.get()) % alignof(std::decay_t<decltype(*ring)>), 0U);
    aligned<Alignment> out(0);
    for (int i = 0; i != 9; ++i) {
      ASSERT_TRUE(ring->try_emplace(i));
      ASSERT_TRUE(ring->try_pop(out));
      ASSERT_EQ(out.value, i);
    }
    ASSERT_TRUE(ring->try_emplace(1));  // destroyed with the ring
  };
  try_it.template operator()<16>();
  try_it.template operator()<64>();
  try_it.template operator()<128>();
  try_it.template operator()<4096>();
}

TYPED_TEST_P(Ring, CarriesElementsOfAnySize) {
  const auto try_it = []<std::size_t Size>() {
    const auto ring = make<TypeParam, sized<Size>, 3>();
    for (unsigned i = 0; i != 8; ++i) {
      for (unsigned k = 0; k != 3; ++k) ASSERT_TRUE(ring->try_emplace(i + k));
      for (unsigned k = 0; k != 3; ++k) ASSERT_TRUE(ring->try_pop()->is(i + k));
    }
  };
  try_it.template operator()<1>();
  try_it.template operator()<3>();
  try_it.template operator()<24>();
  try_it.template operator()<10'000>();
}

TYPED_TEST_P(Ring, CarriesElementsThatHideTheirAddress) {
  {
    const auto ring = make<TypeParam, addressless, 3>();
    EXPECT_TRUE(ring->try_emplace(5) && ring->try_emplace(6) && ring->try_emplace(7));
    EXPECT_EQ(ring->try_pop()->value, 5);
    addressless out(0);
    EXPECT_TRUE(ring->try_pop(out));
    EXPECT_EQ(out.value, 6);
  }
  EXPECT_EQ(std::exchange(addressless::alive, 0), 0) << "not all were destroyed";
}

// S46 and S47: boost f568ba9, xenium 1c6e038, readerwriterqueue cc99040, concurrentqueue d3ca98e: elements forgotten, or
// destroyed twice, when the queue went, most often where it had wrapped or was partly consumed.
TYPED_TEST_P(Ring, DestroysWhatIsLeftExactlyOnce) {
  const auto at_every_offset = []<std::size_t N>() {
    for (std::size_t offset = 0; offset != 2 * N + 2; ++offset) {
      for (std::size_t left = 0; left <= N; ++left) {
        auto ring = make<TypeParam, counted, N>();
        for (std::size_t i = 0; i != offset; ++i) ASSERT_TRUE(ring->try_emplace(1) && ring->try_pop());
        for (std::size_t i = 0; i != left; ++i) ASSERT_TRUE(ring->try_emplace(2));
        ASSERT_EQ(counted::alive.size(), left);
        ring.reset();
        ASSERT_TRUE(counted::alive.empty()) << "offset " << offset << ", left " << left << " of " << N;
      }
    }
  };
  at_every_offset.template operator()<1>();
  at_every_offset.template operator()<2>();
  at_every_offset.template operator()<5>();
}

// S70, atomic_queue: what was popped lived on in its slot until that was overwritten.
TYPED_TEST_P(Ring, APoppedElementIsNotKeptAlive) {
  const auto ring = make<TypeParam, std::shared_ptr<int>, 2>();
  const auto mine = std::make_shared<int>(1);
  EXPECT_TRUE(ring->try_push(mine));
  EXPECT_EQ(mine.use_count(), 2);
  EXPECT_TRUE(ring->try_pop().has_value());
  EXPECT_EQ(mine.use_count(), 1);

  const auto cell = make<TypeParam, counted, 2>();
  EXPECT_TRUE(cell->try_emplace(1) && cell->try_pop());
  EXPECT_TRUE(counted::alive.empty());
}

TYPED_TEST_P(Ring, MovingPathsMakeNoCopies) {
  const auto ring = make<TypeParam, counted, 3>();
  counted mine(1);
  EXPECT_TRUE(ring->try_push(std::move(mine)));
  EXPECT_EQ(mine.value, counted::moved_from);  // NOLINT(bugprone-use-after-move): that is looked at
  EXPECT_TRUE(ring->try_emplace(2));
  EXPECT_TRUE(ring->try_pop(mine));
  EXPECT_EQ(mine.value, 1);
  EXPECT_EQ(ring->try_pop()->value, 2);
  EXPECT_EQ(counted::copies, 0U);
  EXPECT_LE(counted::moves, 5U) << "one each, and one more where an element is made before its slot is claimed";

  EXPECT_TRUE(ring->try_push(std::as_const(mine)));
  EXPECT_EQ(counted::copies, 1U);
}

TYPED_TEST_P(Ring, FailedPopLeavesTheTargetUntouched) {
  const auto ring = make<TypeParam, counted, 2>();
  counted out(5);
  EXPECT_FALSE(ring->try_pop(out));
  EXPECT_EQ(out.value, 5);
  EXPECT_EQ(counted::copies + counted::moves, 0U);
  EXPECT_EQ(ring->try_pop().has_value(), false);
}

// S68: MPMCQueue #39, concurrentqueue #5: a constructor threw, and the slot was lost for ever.
TYPED_TEST_P(Ring, ThrowingConstructorLeavesTheRingAsItWas) {
  if constexpr (TypeParam::throws) {
    const fragile other(100);
    for (int filled = 0; filled != 3; ++filled) {
      const auto ring = make<TypeParam, fragile, 3>();
      ASSERT_TRUE(ring->try_emplace(0) && ring->try_pop());  // off the beginning
      for (int i = 0; i != filled; ++i) ASSERT_TRUE(ring->try_emplace(i));
      fragile::explodes = fragile::act::make;
      EXPECT_THROW(ring->try_emplace(9), boom);
      fragile::explodes = fragile::act::copy;
      EXPECT_THROW(ring->try_push(other), boom);
      fragile::explodes = fragile::act::move;
      EXPECT_THROW(ring->try_push(fragile(9)), boom);
      fragile::explodes.reset();
      EXPECT_EQ(fragile::alive.size(), static_cast<std::size_t>(filled) + 1);
      EXPECT_EQ(ring->size_approx(), static_cast<std::size_t>(filled));
      for (int i = filled; i != 3; ++i) EXPECT_TRUE(ring->try_emplace(i));
      EXPECT_FALSE(ring->try_emplace(9));
      for (int i = 0; i != 3; ++i) EXPECT_EQ(ring->try_pop()->value, i);
    }
  }
}

// S67: boost's consume_all and others: an element destroyed, its slot still taken, so destroyed once more.
TYPED_TEST_P(Ring, ThrowingMoveOutDestroysTheElementAndFreesTheSlot) {
  if constexpr (TypeParam::throws) {
    const auto ring = make<TypeParam, fragile, 3>();
    fragile out(7);
    for (int round = 0; round != 8; ++round) {
      for (int i = 0; i != 3; ++i) ASSERT_TRUE(ring->try_emplace(i));
      fragile::explodes = fragile::act::assign;
      EXPECT_THROW(ring->try_pop(out), boom);
      fragile::explodes = fragile::act::move;
      EXPECT_THROW(ring->try_pop(), boom);
      fragile::explodes.reset();
      EXPECT_EQ(out.value, 7);
      EXPECT_EQ(ring->size_approx(), 1U);
      EXPECT_EQ(fragile::alive.size(), 2U);
      EXPECT_EQ(ring->try_pop()->value, 2);
    }
  }
}

// S69: Deaod's copy left its buffer uninitialised, readerwriterqueue's swap forgot the capacity. A ring does neither.
TYPED_TEST_P(Ring, CannotBeCopiedOrMoved) {
  using ring = std::decay_t<decltype(*make<TypeParam, int, 2>())>;
  static_assert(!std::is_copy_constructible_v<ring> && !std::is_move_constructible_v<ring>);
  static_assert(!std::is_copy_assignable_v<ring> && !std::is_move_assignable_v<ring>);
  static_assert(std::is_same_v<typename ring::value_type, int>);
}

REGISTER_TYPED_TEST_SUITE_P(Ring, RefusesPushWhenFullAndLeavesTheArgumentUntouched, RefusedPushMakesNoElement,
                            EmptyAfterDrain, NothingIsLostOrSeenTwiceWhenOneSideStopsForLaps, OwnPushIsSeenByOwnPop,

                            CarriesMoveOnlyElements, CarriesElementsThatAreNotDefaultConstructible,
                            CarriesOverAlignedElements, CarriesElementsOfAnySize, CarriesElementsThatHideTheirAddress,
                            DestroysWhatIsLeftExactlyOnce, APoppedElementIsNotKeptAlive, MovingPathsMakeNoCopies,
                            FailedPopLeavesTheTargetUntouched, ThrowingConstructorLeavesTheRingAsItWas,
                            ThrowingMoveOutDestroysTheElementAndFreesTheSlot, CannotBeCopiedOrMoved);

}  // namespace volley::testing
