// SPDX-License-Identifier: MIT
#pragma once

// What every ring of records promises, whatever its algorithm and wherever its bytes live, as seen by one thread: typed suites, which a ring
// joins with one line. Capacities are in grains of 8 bytes here. "S.." and project names are bugs that others shipped.

#include "allocators.hpp"
#include "factory.hpp"
#include "record_model.hpp"
#include "throwing.hpp"

#include <volley/ring/records.hpp>

#include <gtest/gtest.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <new>
#include <span>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>

namespace volley::testing {

/// Two ways of making a ring of records.
template <template <std::size_t, class, class> class Ring, class Env = native>
struct records_in_place {
  static constexpr std::size_t most = Ring<8, Env, std::allocator<std::byte>>::max_capacity() / 8;
  template <std::size_t Grains>
  static auto make() {
    return std::make_unique<Ring<Grains * 8, Env, std::allocator<std::byte>>>();
  }
};
template <template <std::size_t, class, class> class Ring, class Env = native>
struct records_on_heap : records_in_place<Ring, Env> {
  template <class Allocator = std::allocator<std::byte>>
  using ring = Ring<dynamic_capacity, Env, Allocator>;
  template <std::size_t Grains>
  static auto make() {
    return std::make_unique<ring<>>(Grains * 8);
  }
};

/// Calls f with a new ring of each capacity of the list that this kind can have.
template <class Factory, std::size_t... Grains>
void with_each_ring(std::index_sequence<Grains...>, void (*f)(ring_of_records&)) {
  const auto with = [f]<std::size_t N>(std::integral_constant<std::size_t, N>) {
    if constexpr (N <= Factory::most) {
      SCOPED_TRACE(std::to_string(N) + " grains");
      records<decltype(Factory::template make<N>())> ring(Factory::template make<N>());
      ASSERT_EQ(ring.capacity(), N * 8);
      ASSERT_EQ(ring.max_record(), (N + 1) / 2 * 8 - 8);
      f(ring);
    }
  };
  (with(std::integral_constant<std::size_t, Grains>{}), ...);
}
using all_grains = std::index_sequence<1, 2, 3, 4, 5, 8, 13, 32, 61>;

template <class Factory>
class RingOfRecords : public ::testing::Test {};
TYPED_TEST_SUITE_P(RingOfRecords);

TYPED_TEST_P(RingOfRecords, EveryByteOfTheCapacityCanBeInUse) {
  with_each_ring<TypeParam>(all_grains{}, fill_to_the_last_byte);
}
// S72, agrona #22 and 33414189 (padding smaller than its header), and claims that succeed at some offsets only.
TYPED_TEST_P(RingOfRecords, EverySizeFitsIntoADrainedRingAtEveryOffset) {
  with_each_ring<TypeParam>(all_grains{}, claim_every_size_at_every_offset);
}
// S73, aeron #2015: neither the end nor the beginning has room, and it was not noticed. S74, agrona #43: it has again, and that was not.
TYPED_TEST_P(RingOfRecords, FullIsSaidWhenItIsTrueAndAtNoOtherTime) {
  with_each_ring<TypeParam>(all_grains{}, fill_at_every_offset_and_drain);
}
// S77, kotekan #849, ETL #1276: stuck or corrupt after some sequence of sizes.
TYPED_TEST_P(RingOfRecords, RandomOperationsMatchADeque) { with_each_ring<TypeParam>(all_grains{}, do_random_records); }
TYPED_TEST_P(RingOfRecords, ARecordThatCanNeverFitIsAnErrorOfItsOwn) {
  with_each_ring<TypeParam>(all_grains{}, refuse_what_is_too_large);
}
// S75, agrona #67 and #230: a reader that looked at the wrong time took what was in memory for a record.
TYPED_TEST_P(RingOfRecords, NothingIsThereBeforeItIsCommitted) {
  with_each_ring<TypeParam>(all_grains{}, look_at_every_step);
}
TYPED_TEST_P(RingOfRecords, ShortCommitsAndAbortsAtEveryOffset) {
  with_each_ring<TypeParam>(all_grains{}, commit_short_and_abort_at_every_offset);
}
TYPED_TEST_P(RingOfRecords, ALimitIsKept) { with_each_ring<TypeParam>(all_grains{}, keep_the_limit); }

REGISTER_TYPED_TEST_SUITE_P(RingOfRecords, EveryByteOfTheCapacityCanBeInUse, EverySizeFitsIntoADrainedRingAtEveryOffset,
                            FullIsSaidWhenItIsTrueAndAtNoOtherTime, RandomOperationsMatchADeque,
                            ARecordThatCanNeverFitIsAnErrorOfItsOwn, NothingIsThereBeforeItIsCommitted,
                            ShortCommitsAndAbortsAtEveryOffset, ALimitIsKept);

template <class Factory>
class RecordGuards : public ::testing::Test {
 protected:
  static constexpr std::array<std::byte, 3> abc{std::byte{'a'}, std::byte{'b'}, std::byte{'c'}};

  template <class Ring>
  static std::string all_in(Ring& ring) {
    std::string all;
    ring.read([&](std::span<const std::byte> got) {
      for (const std::byte byte : got) all += static_cast<char>(byte);
      all += '.';
    });
    return all;
  }
};
TYPED_TEST_SUITE_P(RecordGuards);

TYPED_TEST_P(RecordGuards, AClaimCanBeMovedAndEndsOnce) {
  const auto ring = TypeParam::template make<10>();
  auto mine = ring->claim(3);
  ASSERT_TRUE(mine);
  std::copy(this->abc.begin(), this->abc.end(), mine.bytes().begin());
  auto moved = std::move(mine);
  EXPECT_FALSE(mine);  // NOLINT(bugprone-use-after-move): that is looked at
  mine.commit();
  mine.abort();
  EXPECT_EQ(this->all_in(*ring), "");
  EXPECT_EQ(moved.bytes().size(), 3U);
  moved.commit();
  EXPECT_FALSE(moved);
  EXPECT_EQ(moved.why(), claim_error::none);
  EXPECT_TRUE(moved.bytes().empty());
  moved.commit(2);
  moved.abort();
  EXPECT_EQ(this->all_in(*ring), "abc.");
}

TYPED_TEST_P(RecordGuards, NoMoreIsCommittedThanWasClaimed) {
  const auto ring = TypeParam::template make<10>();
  auto mine = ring->claim(3);
  std::copy(this->abc.begin(), this->abc.end(), mine.bytes().begin());
  mine.commit(100);
  EXPECT_EQ(this->all_in(*ring), "abc.");
}

TYPED_TEST_P(RecordGuards, AClaimThatIsDroppedIsAborted) {
  const auto ring = TypeParam::template make<10>();
  { const auto dropped = ring->claim(3); }
  ASSERT_EQ(ring->try_push(this->abc), claim_error::none);
  { const auto dropped = ring->claim(8); }
  EXPECT_EQ(this->all_in(*ring), "abc.");
  EXPECT_EQ(this->all_in(*ring), "");
  EXPECT_TRUE(ring->empty_approx());
}

// A ring whose last record was taken is drained, whatever was claimed for that record and whichever way it was taken: a consumer that
// comes by only when it is told of a record would never make room otherwise.
TYPED_TEST_P(RecordGuards, ARingWithoutARecordIsEmpty) {
  const auto ring = TypeParam::template make<13>();
  const auto take_by = [&](auto&& take) {
    for (int round = 0; round != 20; ++round) {
      auto mine = ring->claim(ring->max_record());
      ASSERT_TRUE(mine) << "round " << round;
      mine.commit(8);
      take();
      ASSERT_EQ(ring->size_approx(), 0U) << "round " << round;
    }
  };
  const auto see = [](std::span<const std::byte> got) { EXPECT_EQ(got.size(), 8U); };
  take_by([&] { EXPECT_EQ(ring->read(see, 1), 1U); });
  take_by([&] { EXPECT_EQ(ring->read(see), 1U); });
  take_by([&] { ring->try_peek().release(); });
  if constexpr (has_exceptions) {
    const auto fail = [](std::span<const std::byte>) { throw_it(std::runtime_error("seen")); };
    take_by([&] { EXPECT_THROW(ring->read(fail), std::runtime_error); });
  }
}

TYPED_TEST_P(RecordGuards, APeekTakesNothingUnlessItIsReleased) {
  const auto ring = TypeParam::template make<6>();
  for (int round = 0; round != 20; ++round) {
    EXPECT_FALSE(ring->try_peek());
    ASSERT_EQ(ring->try_push(this->abc), claim_error::none);
    { EXPECT_EQ(ring->try_peek().bytes().size(), 3U); }
    auto peeked = ring->try_peek();
    auto moved = std::move(peeked);
    EXPECT_FALSE(peeked);  // NOLINT(bugprone-use-after-move): that is looked at
    peeked.release();
    ASSERT_TRUE(moved);
    EXPECT_EQ(moved.bytes()[2], std::byte{'c'});
    moved.release();
    EXPECT_FALSE(moved);
    moved.release();
    EXPECT_TRUE(ring->empty_approx());
  }
}

// What a channel asks before it says that a read is worth a try.
TYPED_TEST_P(RecordGuards, AFrontIsReadyExactlyWhenThereIsSomethingToRead) {
  const auto ring = TypeParam::template make<10>();
  for (int round = 0; round != 20; ++round) {
    ASSERT_FALSE(ring->front_is_ready());
    auto mine = ring->claim(3);
    ASSERT_FALSE(ring->front_is_ready()) << "what is not committed is not there";
    mine.commit();
    ASSERT_EQ(ring->try_push({}), claim_error::none);
    for (int left = 2; left != 0; --left) {
      ASSERT_TRUE(ring->front_is_ready());
      { ASSERT_TRUE(ring->try_peek()) << "a look takes nothing"; }
      ASSERT_TRUE(ring->front_is_ready());
      ASSERT_EQ(ring->read([](std::span<const std::byte>) {}, 1), 1U);
    }
    ASSERT_FALSE(ring->front_is_ready());
    { const auto dropped = ring->claim(9); }
    ASSERT_FALSE(ring->front_is_ready()) << "the last claim is given back";
  }
}

// S67: f throws, and its record is seen again, or those behind it are lost.
TYPED_TEST_P(RecordGuards, ARecordWhoseReaderThrowsIsGoneAndTheRestStays) {
  const auto ring = TypeParam::template make<10>();
  for (int round = 0; round != 20; ++round) {
    for (std::size_t size = 0; size != 4; ++size) {
      ASSERT_EQ(ring->try_push(std::span(this->abc).first(size)), claim_error::none);
    }
    std::size_t seen = 0;
    const auto at_two = [&](std::span<const std::byte> got) {
      if (got.size() == 2) throw_it(std::runtime_error("two"));
      ++seen;
    };
    EXPECT_THROW(ring->read(at_two), std::runtime_error);
    EXPECT_EQ(seen, 2U);
    EXPECT_EQ(this->all_in(*ring), "abc.");
    EXPECT_TRUE(ring->empty_approx());
  }
}

// Whoever reads may push: what it pushes comes behind, and is read by the same call, at most a lap of it.
TYPED_TEST_P(RecordGuards, AReaderMayPush) {
  const auto ring = TypeParam::template make<10>();
  ASSERT_EQ(ring->try_push(this->abc), claim_error::none);
  std::size_t refused = 0;
  const std::size_t n = ring->read(
      [&](std::span<const std::byte> got) { refused += ring->try_push(got) == claim_error::none ? 0U : 1U; });
  EXPECT_EQ(n, 5U);
  EXPECT_EQ(refused, 1U) << "the ring is full of what this call has read";
  EXPECT_TRUE(ring->empty_approx());
}

TYPED_TEST_P(RecordGuards, ASealedRingGivesWhatIsInItAndTakesNoMore) {
  const auto ring = TypeParam::template make<10>();
  EXPECT_FALSE(ring->is_sealed());
  ASSERT_EQ(ring->try_push(this->abc), claim_error::none);
  ring->seal();
  ring->seal();
  EXPECT_TRUE(ring->is_sealed());
  EXPECT_EQ(ring->try_push(this->abc), claim_error::sealed);
  EXPECT_EQ(ring->claim(0).why(), claim_error::sealed);
  EXPECT_EQ(ring->claim(ring->max_record() + 1).why(), claim_error::sealed) << "whatever is asked for";
  EXPECT_EQ(this->all_in(*ring), "abc.");
  EXPECT_TRUE(ring->empty_approx());
  EXPECT_EQ(ring->try_push(this->abc), claim_error::sealed);
}

TYPED_TEST_P(RecordGuards, CannotBeCopiedOrMoved) {
  using ring = std::decay_t<decltype(*TypeParam::template make<2>())>;
  static_assert(!std::is_copy_constructible_v<ring> && !std::is_move_constructible_v<ring>);
  static_assert(!std::is_copy_assignable_v<ring> && !std::is_move_assignable_v<ring>);
  using claim = decltype(std::declval<ring&>().claim(0));
  static_assert(!std::is_copy_constructible_v<claim> && std::is_nothrow_move_constructible_v<claim>);
  static_assert(ring::max_record(24) == 8 && ring::max_record(8) == 0 && ring::max_record(2 * 512 + 8) == 512);
  static_assert(ring::max_record(0) == 0 && ring::max_record(7) == 0 && ring::max_record(4099) == 0);
  static_assert(ring::max_record(ring::max_capacity() + 8) == 0 && ring::max_record(~std::size_t{0}) == 0);
  EXPECT_EQ(to_string(claim_error::too_large), "too large");
}

REGISTER_TYPED_TEST_SUITE_P(RecordGuards, AClaimCanBeMovedAndEndsOnce, NoMoreIsCommittedThanWasClaimed,
                            AClaimThatIsDroppedIsAborted, ARingWithoutARecordIsEmpty,
                            APeekTakesNothingUnlessItIsReleased, ARecordWhoseReaderThrowsIsGoneAndTheRestStays,
                            AFrontIsReadyExactlyWhenThereIsSomethingToRead, AReaderMayPush,
                            ASealedRingGivesWhatIsInItAndTakesNoMore, CannotBeCopiedOrMoved);

template <class Factory>
class RecordsOnHeap : public ::testing::Test {};
TYPED_TEST_SUITE_P(RecordsOnHeap);

// S56, aeron 68f96dc075 #2017 (more than INT32_MAX), and what cannot be counted in grains.
TYPED_TEST_P(RecordsOnHeap, ACapacityThatCannotBeIsRefused) {
  using ring = typename TypeParam::template ring<>;
  constexpr std::size_t all = std::numeric_limits<std::size_t>::max();
  for (const std::size_t capacity : {std::size_t{0}, std::size_t{1}, std::size_t{7}, std::size_t{12}, std::size_t{4099},
                                     ring::max_capacity() + 8, ring::max_capacity() + 1, all / 2, all - 7, all}) {
    SCOPED_TRACE(capacity);
    expect_refused<ring, std::invalid_argument>(capacity);
  }
  EXPECT_GT(ring::max_capacity(), std::size_t{1} << 48);
  EXPECT_EQ(ring::make(8)->capacity(), 8U);
}

TYPED_TEST_P(RecordsOnHeap, TheLargestCapacityReachesTheAllocatorUndiminished) {
  using ring = typename TypeParam::template ring<arena_allocator<std::byte>>;
  arena small;
  small.most = 1 << 20;
  const arena_allocator<std::byte> from(small);
  for (const std::size_t capacity : {ring::max_capacity(), std::size_t{1} << 35, std::size_t{1} << 32}) {
    expect_refused<ring, std::bad_alloc>(capacity, from);
    EXPECT_GE(small.sizes.back(), capacity);
    EXPECT_GE(ring::max_record(capacity), capacity / 2 - 8) << "records of more than 4 GiB are like any other";
  }
  const auto made = ring::make(1 << 10, from);
  ASSERT_NE(made, nullptr);
  EXPECT_EQ(small.sizes.back(), std::size_t{1} << 10) << "not a byte more";
}

TYPED_TEST_P(RecordsOnHeap, MakeIsNoexceptAndGivesNullWhereTheAllocatorFails) {
  using ring = typename TypeParam::template ring<null_allocator<std::byte>>;
  static_assert(noexcept(ring::make(8)));
  EXPECT_EQ(ring::make(8), nullptr);
}

REGISTER_TYPED_TEST_SUITE_P(RecordsOnHeap, ACapacityThatCannotBeIsRefused,
                            TheLargestCapacityReachesTheAllocatorUndiminished,
                            MakeIsNoexceptAndGivesNullWhereTheAllocatorFails);

}  // namespace volley::testing
