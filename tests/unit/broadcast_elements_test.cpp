// SPDX-License-Identifier: MIT

// broadcast_ring: what becomes of its elements: in place, read by several, destroyed by the last, also where something throws.

#include <volley/env/counting.hpp>
#include <volley/ring/broadcast_ring.hpp>

#include <gtest/gtest.h>

#include "elements.hpp"

#include <cstddef>
#include <iterator>
#include <memory>
#include <numeric>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace volley::testing {
namespace {

class BroadcastElements : public ::testing::Test {
 protected:
  void SetUp() override {
    counted::reset();
    fragile::reset();
  }
};

/// Can be copied, not assigned.
struct const_inside {
  const int value;
};

template <class Reader>
std::vector<int> all_of(Reader& reader) {
  std::vector<int> got;
  reader.consume_all([&](const auto& e) { got.push_back(e.value); });
  return got;
}

TEST_F(BroadcastElements, WithoutReadersNothingIsKeptAndThePushSucceeds) {
  broadcast_ring<counted, 2> ring;
  for (int i = 0; i != 10; ++i) EXPECT_TRUE(ring.try_emplace(i));
  EXPECT_TRUE(counted::alive.empty());
  EXPECT_EQ(ring.size_approx(), 0U);
  counted mine(7);
  EXPECT_TRUE(ring.try_push(std::move(mine)));
  EXPECT_EQ(mine.value, counted::moved_from);  // NOLINT(bugprone-use-after-move): that is looked at
  auto reader = ring.subscribe();
  EXPECT_TRUE(ring.try_emplace(11));
  EXPECT_EQ(all_of(reader), std::vector{11});
}

TEST_F(BroadcastElements, TheLastReaderToLeaveDestroys) {
  broadcast_ring<counted, 4> ring;
  auto a = ring.subscribe();
  auto b = ring.subscribe();
  for (int i = 0; i != 20; ++i) {
    ASSERT_TRUE(ring.try_emplace(i) && ring.try_emplace(-i));
    ASSERT_TRUE(a.try_read([&](const counted& e) { EXPECT_EQ(e.value, i); }));
    ASSERT_EQ(counted::alive.size(), 2U);
    ASSERT_EQ(all_of(b), (std::vector{i, -i}));
    ASSERT_EQ(counted::alive.size(), 1U);
    ASSERT_EQ(all_of(a), std::vector{-i});
    ASSERT_TRUE(counted::alive.empty());
  }
  EXPECT_EQ(counted::copies + counted::moves, 0U) << "read in place";
}

TEST_F(BroadcastElements, WhatIsPushedAfterAReaderHasGoneIsForTheOthersAlone) {
  broadcast_ring<counted, 4> ring;
  auto stays = ring.subscribe();
  auto goes = ring.subscribe();
  ASSERT_TRUE(ring.try_emplace(0));
  goes.unsubscribe();
  ASSERT_TRUE(ring.try_emplace(1));
  EXPECT_EQ(all_of(stays), (std::vector{0, 1}));
  EXPECT_EQ(counted::alive.size(), 0U) << "destroyed by the reader that is left, not when its slot is used again";
}

TEST_F(BroadcastElements, AReaderThatGoesLeavesWhatItHasNotRead) {
  broadcast_ring<counted, 4> ring;
  auto stays = ring.subscribe();
  {
    auto goes = ring.subscribe();
    for (int i = 0; i != 4; ++i) ASSERT_TRUE(ring.try_emplace(i));
  }
  EXPECT_TRUE(stays.try_read([](const counted&) {}));
  EXPECT_EQ(counted::alive.size(), 3U) << "destroyed by the other reader, not when its slot is used again";
  stays.unsubscribe();
  EXPECT_TRUE(counted::alive.empty());
}

TEST_F(BroadcastElements, EveryElementIsDestroyedOnceWhoeverReadsHowMuchOfIt) {
  for (int order = 0; order != 3 * 6 * 6; ++order) {
    broadcast_ring<counted, 5> ring;
    {
      auto a = ring.subscribe();
      auto b = ring.subscribe();
      for (int i = 0; i != 5; ++i) ASSERT_TRUE(ring.try_emplace(i));
      for (int i = 0; i != order / 3 % 6; ++i) ASSERT_TRUE(a.try_read([](const counted&) {}));
      if (order % 3 == 1) a.unsubscribe();
      for (int i = 0; i != order / 18; ++i) ASSERT_TRUE(b.try_read([](const counted&) {}));
      if (order % 3 == 2) a.unsubscribe();
    }
    EXPECT_TRUE(counted::alive.empty());
    auto c = ring.subscribe();
    for (int i = 0; i != 12; ++i) ASSERT_TRUE(ring.try_emplace(i) && c.try_read([](const counted&) {}));
  }
  EXPECT_TRUE(counted::alive.empty());
}

TEST_F(BroadcastElements, CarriesMoveOnlyElements) {
  const auto ring = broadcast_ring<std::unique_ptr<int>>::make(3);
  auto a = ring->subscribe();
  auto b = ring->subscribe();
  for (int i = 0; i != 10; ++i) {
    ASSERT_TRUE(ring->try_push(std::make_unique<int>(i)) && ring->try_emplace(new int(-i)));
    for (auto* r : {&a, &b}) {
      std::vector<int> got;
      EXPECT_EQ(r->consume_all([&](const std::unique_ptr<int>& e) { got.push_back(*e); }), 2U);
      EXPECT_EQ(got, (std::vector{i, -i}));
    }
  }
  auto mine = std::make_unique<int>(7);
  for (int i = 0; i != 3; ++i) ASSERT_TRUE(ring->try_emplace());
  EXPECT_FALSE(ring->try_push(std::move(mine)));
  EXPECT_NE(mine, nullptr) << "refused, so it is untouched";  // NOLINT(bugprone-use-after-move)
}

TEST_F(BroadcastElements, ReservesAndPeeksInPlace) {
  broadcast_ring<counted, 3> ring;
  auto a = ring.subscribe();
  auto b = ring.subscribe();
  for (int i = 0; i != 10; ++i) {
    {
      auto mine = ring.try_reserve(3);
      ASSERT_EQ(mine.size(), 3U);
      for (int k = 0; k != 3; ++k) mine.construct(10 * i + k);
      mine.commit(2);
    }
    ASSERT_EQ(counted::alive.size(), 2U);
    {
      auto front = a.try_peek(5);
      ASSERT_EQ(front.size(), 2U);
      EXPECT_EQ(front[0].value, 10 * i);
      EXPECT_EQ(front.begin()[1].value, 10 * i + 1);
      static_assert(std::is_same_v<decltype(front[0]), const counted&>);
    }
    { ASSERT_EQ(a.try_peek(1).size(), 1U); }
    a.try_peek(2).release(1);
    EXPECT_EQ(a.size_approx(), 1U);
    a.try_peek(2).release(1);
    EXPECT_FALSE(a.try_peek(1));
    b.try_peek(2).release(2);
    ASSERT_TRUE(counted::alive.empty());
  }
  a.unsubscribe();
  b.unsubscribe();
  auto mine = ring.try_reserve(2);
  mine.construct(1);
  mine.commit();
  EXPECT_TRUE(counted::alive.empty()) << "nobody is there to read it";
}

TEST_F(BroadcastElements, WhatIsPeekedAtIsAConstRangeOfTheElementsThemselves) {
  broadcast_ring<int, 4> ring;
  auto reader = ring.subscribe();
  for (int i = 1; i != 4; ++i) ASSERT_TRUE(ring.try_push(i));
  const auto front = reader.try_peek(4);
  using iterator = decltype(front.begin());
  static_assert(std::random_access_iterator<iterator>);
  static_assert(std::is_same_v<iterator::value_type, int>);
  static_assert(std::is_same_v<std::iterator_traits<iterator>::value_type, int>);
  static_assert(std::is_same_v<iterator::reference, const int&> && std::is_same_v<iterator::pointer, const int*>);
  std::vector<int> sums(3);
  std::partial_sum(front.begin(), front.end(), sums.begin());
  EXPECT_EQ(sums, (std::vector{1, 3, 6}));
  EXPECT_EQ(std::vector(front.begin(), front.end()), (std::vector{1, 2, 3}));
}

template <class Reader, class T>
concept pops_by_assignment = requires(Reader& reader, T& out) {
  reader.try_pop(out);
};
template <class Reader>
concept pops = requires(Reader& reader) {
  reader.try_pop();
};
template <class Reader, class T>
concept pops_many = requires(Reader& reader, std::span<T> out) {
  reader.try_pop_n(out);
};
template <class Reader, class Iterator>
concept pops_to = requires(Reader& reader, Iterator out) {
  reader.try_pop_n(out, 1U);
};

TEST_F(BroadcastElements, OnlyWhatCanBeCopiedCanBePopped) {
  using owners = broadcast_ring<std::unique_ptr<int>, 2>::reader;
  static_assert(!pops<owners> && !pops_by_assignment<owners, std::unique_ptr<int>>);
  static_assert(!pops_many<owners, std::unique_ptr<int>> && !pops_to<owners, std::unique_ptr<int>*>);
  using constants = broadcast_ring<const_inside, 2>::reader;
  static_assert(pops<constants> && !pops_by_assignment<constants, const_inside>);
  static_assert(!pops_many<constants, const_inside> && !pops_to<constants, const_inside*>);
  static_assert(pops_to<constants, std::back_insert_iterator<std::vector<const_inside>>>);
  using numbers = broadcast_ring<int, 2>::reader;
  static_assert(pops<numbers> && pops_by_assignment<numbers, int> && pops_many<numbers, int>);
  static_assert(pops_to<numbers, long*> && pops_to<numbers, std::vector<bool>::iterator>);
}

/// Cannot be made of 3.
struct no_three {
  explicit no_three(int v) : value(v) {
    if (v == 3) throw_it(boom{});
  }
  const counted value;
};

TEST_F(BroadcastElements, WhatABatchHadPushedBeforeOneThrewStaysIn) {
  broadcast_ring<no_three, 4> ring;
  auto reader = ring.subscribe();
  const std::vector<int> values{1, 2, 3, 4};
  for (int i = 0; i != 10; ++i) {
    EXPECT_THROW(ring.try_push_n(values.begin(), 4), boom);
    std::vector<int> got;
    reader.consume_all([&](const no_three& e) { got.push_back(e.value.value); });
    ASSERT_EQ(got, (std::vector{1, 2}));
    ASSERT_TRUE(counted::alive.empty());
  }
}

/// One element whose only reader leaves while it is being written.
void commit_as_the_reader_leaves(broadcast_ring<counted, 1>& ring) {
  auto goes = ring.subscribe();
  auto mine = ring.try_reserve(1);
  mine.construct(1);
  goes.unsubscribe();
  mine.commit();
}

TEST_F(BroadcastElements, WhatIsCommittedWhenItsReadersHaveGoneLivesUntilItsSlotIsUsedAgain) {
  broadcast_ring<counted, 1> ring;
  commit_as_the_reader_leaves(ring);
  EXPECT_LE(counted::alive.size(), 1U) << "pushed at that very time";
  EXPECT_TRUE(ring.try_emplace(2));
  EXPECT_TRUE(counted::alive.empty());
}

TEST_F(BroadcastElements, OrUntilItIsReservedAgain) {
  broadcast_ring<counted, 1> ring;
  commit_as_the_reader_leaves(ring);
  auto next = ring.try_reserve(1);
  ASSERT_TRUE(next);
  EXPECT_TRUE(counted::alive.empty());
  next.construct(2);
  next.commit();
  EXPECT_LE(counted::alive.size(), 1U);
}

TEST_F(BroadcastElements, AThrowingConstructorLeavesTheRingAsItWas) {
  broadcast_ring<fragile, 3> ring;
  auto reader = ring.subscribe();
  const fragile other(5);
  for (int i = 0; i != 10; ++i) {
    ASSERT_TRUE(ring.try_emplace(1));
    fragile::explodes = fragile::act::make;
    EXPECT_THROW(ring.try_emplace(2), boom);
    fragile::explodes = fragile::act::copy;
    EXPECT_THROW(ring.try_push(other), boom);
    fragile::explodes.reset();
    ASSERT_EQ(all_of(reader), std::vector{1});
    ASSERT_EQ(fragile::alive.size(), 1U);
  }
}

TEST_F(BroadcastElements, AReaderIsPastAnElementWhoseReadingThrew) {
  broadcast_ring<fragile, 3> ring;
  auto a = ring.subscribe();
  auto b = ring.subscribe();
  fragile out(0);
  for (int i = 0; i != 10; ++i) {
    for (int k = 0; k != 3; ++k) ASSERT_TRUE(ring.try_emplace(k));
    fragile::explodes = fragile::act::assign;
    EXPECT_THROW(a.try_pop(out), boom);
    fragile::explodes = fragile::act::copy;
    EXPECT_THROW(a.try_pop(), boom);
    fragile::explodes.reset();
    EXPECT_THROW(a.consume_all([](const fragile&) { throw_it(boom{}); }), boom);
    EXPECT_TRUE(a.empty_approx());
    ASSERT_EQ(all_of(b), (std::vector{0, 1, 2})) << "for the other one nothing has happened";
    ASSERT_EQ(fragile::alive.size(), 1U);
  }
}

TEST_F(BroadcastElements, LocksNothingWithOneReaderNorForTrivialElements) {
  const auto locked = []<class T>(T value, int readers) {
    broadcast_ring<T, 8, counting> ring;
    std::vector<typename decltype(ring)::reader> all;
    for (int i = 0; i != readers; ++i) all.push_back(ring.subscribe());
    EXPECT_TRUE(ring.try_push(value));
    for (auto& r : all) EXPECT_TRUE(r.try_read([](const T&) {}));
    counting::tally() = {};
    for (int i = 0; i != 100; ++i) {
      EXPECT_TRUE(ring.try_push(value));
      for (auto& r : all) EXPECT_TRUE(r.try_read([](const T&) {}));
    }
    return counting::tally().locked();
  };
  EXPECT_EQ(locked(std::string("a"), 1), 0U);
  EXPECT_EQ(locked(1, 3), 0U);
  EXPECT_EQ(locked(std::string("a"), 3), 200U);
}

}  // namespace
}  // namespace volley::testing
