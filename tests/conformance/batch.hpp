// SPDX-License-Identifier: MIT
#pragma once

// What every ring that moves several elements in one call promises of it: try_push_n, try_pop_n and consume_all. One typed suite, which
// a ring joins with one line (see ring.hpp).

#include "elements.hpp"
#include "factory.hpp"
#include "numbers.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <deque>
#include <iterator>
#include <memory>
#include <numeric>
#include <random>
#include <span>
#include <sstream>
#include <string>
#include <vector>

namespace volley::testing {

template <class Factory>
class RingInBatches : public ::testing::Test {
 protected:
  void SetUp() override {
    counted::reset();
    fragile::reset();
  }
};
TYPED_TEST_SUITE_P(RingInBatches);

/// All that is in a ring, in order.
template <class Ring>
std::vector<int> drain(Ring& ring) {
  std::vector<int> got;
  const std::size_t n = ring.consume_all([&](auto&& element) {
    if constexpr (requires { element.value; }) {
      got.push_back(element.value);
    } else {
      got.push_back(element);
    }
  });
  EXPECT_EQ(n, got.size());
  return got;
}

TYPED_TEST_P(RingInBatches, AsManyGoInAsThereIsRoomForTheFirstOnesFirst) {
  const auto ring = make<TypeParam, int, 5>();
  constexpr std::array values{1, 2, 3, 4, 5, 6, 7};
  EXPECT_EQ(ring->try_push_n(std::span(values).first(0)), 0U);
  EXPECT_EQ(ring->try_push_n(std::span(values).first(3)), 3U);
  EXPECT_EQ(ring->try_push_n(std::span(values).last(4)), 2U);
  EXPECT_EQ(ring->try_push_n(values), 0U);
  EXPECT_EQ(drain(*ring), (std::vector{1, 2, 3, 4, 5}));
}

TYPED_TEST_P(RingInBatches, AsManyComeOutAsAreInsideTheOldestFirst) {
  const auto ring = make<TypeParam, int, 5>();
  std::array<int, 8> out{};
  EXPECT_EQ(ring->try_pop_n(out), 0U);
  for (int i = 1; i != 5; ++i) EXPECT_TRUE(ring->try_push(i));
  EXPECT_EQ(ring->try_pop_n(std::span(out).first(0)), 0U);
  EXPECT_EQ(ring->try_pop_n(std::span(out).first(3)), 3U);
  EXPECT_EQ(ring->try_pop_n(out.begin() + 3, 5), 1U);
  EXPECT_EQ(out, (std::array{1, 2, 3, 4, 0, 0, 0, 0})) << "what is not needed is not touched";
}

TYPED_TEST_P(RingInBatches, MoveOnlyElementsGoThrough) {
  const auto ring = make<TypeParam, std::unique_ptr<int>, 2>();
  std::array in{std::make_unique<int>(1), std::make_unique<int>(2), std::make_unique<int>(3)};
  EXPECT_EQ(ring->try_push_n(std::move_iterator(in.begin()), in.size()), 2U);
  EXPECT_TRUE(in[0] == nullptr && in[1] == nullptr && *in[2] == 3) << "the one that did not fit is untouched";
  std::vector<std::unique_ptr<int>> out;
  EXPECT_EQ(ring->try_pop_n(std::back_inserter(out), 9), 2U);
  EXPECT_EQ(*out[0] + *out[1], 3);
}

TYPED_TEST_P(RingInBatches, ConsumingAllTakesAtMostTheCapacity) {
  const auto ring = make<TypeParam, counted, 3>();
  EXPECT_EQ(ring->consume_all([](counted&&) { FAIL() << "nothing is inside"; }), 0U);
  for (int i = 0; i != 3; ++i) EXPECT_TRUE(ring->try_emplace(i));
  int seen = 0;
  EXPECT_EQ(ring->consume_all([&](counted&& element) { EXPECT_EQ(element.value, seen++); }), 3U);
  EXPECT_EQ(seen, 3);
  EXPECT_TRUE(counted::alive.empty());
  EXPECT_EQ(counted::copies + counted::moves, 0U) << "it looks at them where they lie";
}

// S70, atomic_queue, in the other ways of taking: what was taken lived on in its slot.
TYPED_TEST_P(RingInBatches, WhatIsTakenIsNotKeptAlive) {
  const auto ring = make<TypeParam, counted, 3>();
  for (int offset = 0; offset != 4; ++offset) {
    for (int i = 0; i != 3; ++i) ASSERT_TRUE(ring->try_emplace(i));
    {
      std::vector<counted> out;
      EXPECT_EQ(ring->try_pop_n(std::back_inserter(out), 2), 2U);
      EXPECT_EQ(counted::alive.size(), 1U + 2U);
    }
    {
      std::array out{counted(7)};
      EXPECT_EQ(ring->try_pop_n(out), 1U);
      EXPECT_EQ(out[0].value, 2);
    }
    EXPECT_TRUE(counted::alive.empty());
    ASSERT_TRUE(ring->try_emplace(1) && ring->try_pop());
  }
}

// S67: boost's consume_all did not move its index on when the functor threw, and destroyed the elements once more.
TYPED_TEST_P(RingInBatches, WhatThrowsOnTheWayOutTakesOneElementAndThoseBefore) {
  for (int bad = 0; bad != 4; ++bad) {
    const auto ring = make<TypeParam, counted, 4>();
    for (int i = 0; i != 4; ++i) ASSERT_TRUE(ring->try_emplace(i));
    EXPECT_THROW(ring->consume_all([&](counted&& element) {
      if (element.value == bad) throw_it(boom{});
    }),
                 boom);
    EXPECT_EQ(counted::alive.size(), static_cast<std::size_t>(3 - bad));
    EXPECT_EQ(ring->size_approx(), static_cast<std::size_t>(3 - bad));
    for (int i = 0; i <= bad; ++i) EXPECT_TRUE(ring->try_emplace(10 + i)) << "its slot is free";
    const auto rest = drain(*ring);
    EXPECT_EQ(rest.size(), 4U);
    EXPECT_EQ(rest.back(), 10 + bad);
  }
  if constexpr (TypeParam::throws) {
    const auto ring = make<TypeParam, fragile, 4>();
    for (int i = 0; i != 4; ++i) ASSERT_TRUE(ring->try_emplace(i));
    std::vector<fragile> out(2, fragile(9));
    fragile::explodes = fragile::act::assign;
    EXPECT_THROW(ring->try_pop_n(out), boom);
    fragile::explodes.reset();
    EXPECT_EQ(drain(*ring), (std::vector{1, 2, 3}));
  }
}

/// 0, 1, and then an end with a bang.
struct source {
  using value_type = fragile;
  using difference_type = std::ptrdiff_t;
  fragile operator*() const {
    if (next == 2) throw_it(boom{});
    return fragile(next);
  }
  source& operator++() { return ++next, *this; }
  void operator++(int) { ++next; }
  int next = 0;
};

TYPED_TEST_P(RingInBatches, WhatThrowsOnTheWayInLeavesTheElementsBeforeIt) {
  if constexpr (TypeParam::throws) {
    const auto ring = make<TypeParam, fragile, 5>();
    EXPECT_THROW(ring->try_push_n(source{}, 4), boom);
    EXPECT_EQ(ring->size_approx(), 2U);
    EXPECT_TRUE(ring->try_emplace(7));
    EXPECT_EQ(drain(*ring), (std::vector{0, 1, 7}));
  }
}

// An iterator that reads as it goes must not read an element that then fits nowhere.
TYPED_TEST_P(RingInBatches, WhatDoesNotFitIsNotReadFromTheSource) {
  const auto ring = make<TypeParam, int, 2>();
  std::istringstream numbers("1 2 3 4");
  EXPECT_EQ(ring->try_push_n(std::istream_iterator<int>(numbers), 4), 2U);
  int next = 0;
  EXPECT_TRUE(numbers >> next && next == 3);
  EXPECT_EQ(drain(*ring), (std::vector{1, 2}));
}

/// As many go in as there is room for, and as many come out as are inside: of any size, as a ring may treat large elements in another way.
template <class Factory, class Element>
void random_batches_match_a_deque() {
  const auto seed = random_seed();
  SCOPED_TRACE("VOLLEY_TEST_SEED=" + std::to_string(seed));
  std::mt19937_64 random(seed);
  const auto ring = make<Factory, Element, 7>();
  std::deque<Element> model;
  for (std::size_t i = 0; i != scaled(5'000); ++i) {
    std::vector<Element> batch(random() % 10);
    if (random() % 2 == 0) {
      std::iota(batch.begin(), batch.end(), static_cast<int>(i));
      const std::size_t pushed = ring->try_push_n(batch);
      ASSERT_EQ(pushed, std::min(batch.size(), 7 - model.size()));
      model.insert(model.end(), batch.begin(), batch.begin() + static_cast<std::ptrdiff_t>(pushed));
    } else {
      const std::size_t popped = ring->try_pop_n(batch);
      ASSERT_EQ(popped, std::min(batch.size(), model.size()));
      ASSERT_TRUE(std::equal(batch.begin(), batch.begin() + static_cast<std::ptrdiff_t>(popped), model.begin()));
      model.erase(model.begin(), model.begin() + static_cast<std::ptrdiff_t>(popped));
    }
    ASSERT_EQ(ring->size_approx(), model.size());
  }
}
struct large {
  large(int v = 0) : value(v) {}  // NOLINT(google-explicit-constructor): as an int
  bool operator==(const large&) const = default;
  int value;
  std::array<int, 49> rest{};
};
TYPED_TEST_P(RingInBatches, RandomBatchesMatchADeque) { random_batches_match_a_deque<TypeParam, int>(); }
TYPED_TEST_P(RingInBatches, RandomBatchesOfLargeElementsMatchADeque) {
  random_batches_match_a_deque<TypeParam, large>();
}

REGISTER_TYPED_TEST_SUITE_P(RingInBatches, AsManyGoInAsThereIsRoomForTheFirstOnesFirst,
                            AsManyComeOutAsAreInsideTheOldestFirst, MoveOnlyElementsGoThrough,
                            ConsumingAllTakesAtMostTheCapacity, WhatIsTakenIsNotKeptAlive,
                            WhatThrowsOnTheWayOutTakesOneElementAndThoseBefore,
                            WhatThrowsOnTheWayInLeavesTheElementsBeforeIt, WhatDoesNotFitIsNotReadFromTheSource,
                            RandomBatchesMatchADeque, RandomBatchesOfLargeElementsMatchADeque);

}  // namespace volley::testing
