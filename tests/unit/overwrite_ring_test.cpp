// SPDX-License-Identifier: MIT

// overwrite_ring: as long as there is room what every ring promises, and beyond that what is its own.

#include <volley/env/counting.hpp>
#include <volley/ring/overwrite_ring.hpp>

#include <gtest/gtest.h>

#include "allocators.hpp"
#include "numbers.hpp"
#include "refusing.hpp"
#include "ring.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <new>
#include <optional>
#include <random>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace volley::testing {
namespace {

using fixed = in_place<refusing, native, false>;
using dynamic = on_heap<refusing, native, false>;
using dynamic_fancy = on_heap<refusing, native, false, fancy_allocator>;

struct names {
  template <class Factory>
  static std::string GetName(int) {
    if (std::is_same_v<Factory, fixed>) return "fixed";
    return std::is_same_v<Factory, dynamic> ? "dynamic" : "dynamic_fancy";
  }
};
using every_kind = ::testing::Types<fixed, dynamic, dynamic_fancy>;
INSTANTIATE_TYPED_TEST_SUITE_P(Overwrite, RingOfNumbers, every_kind, names);
INSTANTIATE_TYPED_TEST_SUITE_P(Overwrite, Ring, every_kind, names);

/// Positions of one byte that begin just before their wrap.
struct near_wrap : native {
  using index = std::uint8_t;
  static constexpr index first_index = 250;
};

/// The queue that it should be like.
class model_queue {
 public:
  explicit model_queue(std::size_t capacity) : capacity_(capacity) {}

  std::optional<int> push(int value) {
    inside_.push_back(value);
    return inside_.size() > capacity_ ? pop() : std::nullopt;
  }
  std::optional<int> pop() {
    if (inside_.empty()) return std::nullopt;
    const int oldest = inside_.front();
    inside_.pop_front();
    return oldest;
  }
  std::size_t size() const { return inside_.size(); }

 private:
  std::size_t capacity_;
  std::deque<int> inside_;
};

/// In spells, so that it is lapped and drained. longest: of a spell without a pop; most: pushes altogether.
template <class TheRing>
void do_as_the_model_does(TheRing& ring, std::size_t longest, int most) {
  const std::uint64_t seed = random_seed();
  SCOPED_TRACE("VOLLEY_TEST_SEED=" + std::to_string(seed));
  std::mt19937_64 random(seed);
  model_queue model(ring.capacity());
  int next = 0;
  while (next < most) {
    for (std::size_t i = random() % longest; i != 0 && next < most; --i, ++next)
      ASSERT_EQ(ring.push(next), model.push(next));
    ASSERT_EQ(ring.size_approx(), model.size());
    for (std::size_t i = random() % (ring.capacity() + 2) + 1; i != 0; --i) ASSERT_EQ(ring.try_pop(), model.pop());
    ASSERT_EQ(ring.size_approx(), model.size());
    ASSERT_EQ(ring.empty_approx(), model.size() == 0);
  }
}

TEST(OverwriteRing, IsTheQueueThatDropsItsOldest) {
  const auto at = []<std::size_t N>() {
    SCOPED_TRACE("capacity " + std::to_string(N));
    overwrite_ring<int, N> fixed_one;
    overwrite_ring<int> dynamic_one(N);
    ASSERT_EQ(fixed_one.capacity(), N);
    ASSERT_EQ(dynamic_one.capacity(), N);
    do_as_the_model_does(fixed_one, 5 * N + 3, 2000);
    do_as_the_model_does(dynamic_one, 5 * N + 3, 2000);
  };
  at.template operator()<1>();
  at.template operator()<2>();
  at.template operator()<3>();
  at.template operator()<7>();
  at.template operator()<8>();
  at.template operator()<100>();
}

// The wrap is there to be crossed, once: 64 bits never come to it.
TEST(OverwriteRing, IsRightAcrossTheWrapOfNarrowPositions) {
  for (int i = 0; i != 50; ++i) {
    overwrite_ring<int, 1, near_wrap> one;
    overwrite_ring<int, 5, near_wrap> five;
    overwrite_ring<int, dynamic_capacity, near_wrap> hundred(100);
    do_as_the_model_does(one, 100, 250);
    do_as_the_model_does(five, 100, 250);
    do_as_the_model_does(hundred, 25, 250);
  }
}

TEST(OverwriteRing, CarriesMoveOnlyElementsOutOnBothSides) {
  overwrite_ring<std::unique_ptr<int>, 2> ring;
  EXPECT_EQ(ring.push(std::make_unique<int>(1)), std::nullopt);
  EXPECT_EQ(ring.emplace(new int(2)), std::nullopt);
  EXPECT_EQ(**ring.push(std::make_unique<int>(3)), 1);
  EXPECT_EQ(**ring.try_pop(), 2);
  EXPECT_EQ(**ring.try_pop(), 3);
  EXPECT_EQ(ring.try_pop(), std::nullopt);
}

// Each element constructed is destroyed once, on whichever way it goes, and no way copies.
TEST(OverwriteRing, NothingIsLostCopiedOrDestroyedTwice) {
  counted::reset();
  {
    overwrite_ring<counted, 3> ring;
    std::size_t evicted = 0;
    for (int i = 0; i != 100; ++i) {
      evicted += ring.emplace(i).has_value() ? 1U : 0U;
      if (i % 7 != 6) continue;
      EXPECT_EQ(ring.try_pop()->value, i - 2);
    }
    EXPECT_EQ(evicted + 14 + ring.size_approx(), 100U);
    EXPECT_EQ(counted::alive.size(), ring.size_approx());
    EXPECT_EQ(counted::copies, 0U);
    EXPECT_EQ(counted::moves, evicted + 14) << "each moved once, on its way out";
  }
  EXPECT_TRUE(counted::alive.empty());
}

TEST(OverwriteRing, ConsumesInOrderAndGivesBackAllPlaces) {
  overwrite_ring<int, 4> ring;
  for (int i = 0; i != 6; ++i) (void)ring.push(i);
  std::vector<int> out;
  EXPECT_EQ(ring.consume_all([&](int&& value) { out.push_back(value); }), 4U);
  EXPECT_EQ(out, (std::vector{2, 3, 4, 5}));
  for (int i = 0; i != 4; ++i) EXPECT_EQ(ring.push(i), std::nullopt);
  std::array<int, 3> three{};
  EXPECT_EQ(ring.try_pop_n(three), 3U);
  EXPECT_EQ(three, (std::array{0, 1, 2}));
  EXPECT_EQ(ring.try_pop_n(three), 1U);
}

// The consumer is in the middle of a pop: one element in its hand, and the producer goes on for laps, with all of the capacity.
TEST(OverwriteRing, AConsumerInTheMiddleOfAPopDelaysNothing) {
  const auto at = []<std::size_t N>() {
    counted::reset();
    overwrite_ring<counted, N> ring;
    model_queue model(N);
    int next = 0;
    for (int round = 0; round != 20; ++round) {
      if (ring.empty_approx()) {
        ASSERT_EQ(ring.emplace(next).has_value(), model.push(next).has_value());
        ++next;
      }
      bool first = true;
      ring.consume_all([&](counted&& mine) {
        ASSERT_EQ(mine.value, *model.pop());
        if (!std::exchange(first, false)) return;
        for (std::size_t i = 0; i != 3 * N + 4; ++i, ++next) {
          const auto out = ring.emplace(next);
          const auto expected = model.push(next);
          ASSERT_EQ(out.has_value(), expected.has_value());
          ASSERT_TRUE(!out || out->value == *expected);
        }
      });
      ASSERT_EQ(ring.size_approx(), model.size());
    }
  };
  at.template operator()<1>();
  at.template operator()<2>();
  at.template operator()<5>();
}

TEST(OverwriteRing, ASealedRingHandsBackWhatIsPushedAndCanBeDrained) {
  overwrite_ring<std::unique_ptr<int>, 2> ring;
  (void)ring.push(std::make_unique<int>(1));
  EXPECT_FALSE(ring.is_sealed());
  ring.seal();
  EXPECT_TRUE(ring.is_sealed());
  EXPECT_EQ(**ring.push(std::make_unique<int>(2)), 2);
  EXPECT_EQ(**ring.emplace(new int(3)), 3);
  EXPECT_EQ(**ring.try_pop(), 1);
  EXPECT_TRUE(ring.empty_approx());
}

struct throws_when_made {
  explicit throws_when_made(int v) : value(v) {
    if (v < 0) throw_it(boom{});
  }
  throws_when_made(throws_when_made&&) noexcept = default;
  throws_when_made& operator=(throws_when_made&& other) {
    if (other.value == 7) throw_it(boom{});
    value = other.value;
    return *this;
  }
  ~throws_when_made() = default;
  int value;
};

// S68: the ring is as it was, also where the oldest would have been evicted, or the consumer has a cell in hand.
TEST(OverwriteRing, AThrowingConstructorLeavesTheRingAsItWas) {
  overwrite_ring<throws_when_made, 2> ring;
  for (int i = 0; i != 2; ++i) EXPECT_FALSE(ring.emplace(i));
  EXPECT_THROW((void)ring.emplace(-1), boom);
  EXPECT_EQ(ring.size_approx(), 2U);
  EXPECT_EQ(ring.emplace(2)->value, 0);
  bool first = true;
  ring.consume_all([&](throws_when_made&&) {
    if (!std::exchange(first, false)) return;
    for (int i = 3; i != 12; ++i) {
      EXPECT_THROW((void)ring.emplace(-1), boom);
      EXPECT_THROW((void)ring.emplace(-1), boom);
      EXPECT_EQ(ring.emplace(i).has_value(), i != 3);
    }
  });
  EXPECT_EQ(ring.size_approx(), 1U);
  EXPECT_EQ(ring.try_pop()->value, 11);
  for (int i = 0; i != 2; ++i) EXPECT_FALSE(ring.emplace(i));
  EXPECT_EQ(ring.emplace(2)->value, 0);
}

// A cell that has been cleared once for a push that threw is not cleared again when it has become another's.
TEST(OverwriteRing, HoweverManyThrewTheCellInTheConsumersHandIsLeftAlone) {
  for (int throws = 0; throws != 4; ++throws) {
    overwrite_ring<throws_when_made, 2> ring;
    for (int i = 0; i != 2; ++i) EXPECT_FALSE(ring.emplace(i));
    bool first = true;
    ring.consume_all([&](throws_when_made&& mine) {
      if (!std::exchange(first, false)) return;
      for (int i = 2; i != 12; ++i) {
        for (int k = 0; k != throws; ++k) EXPECT_THROW((void)ring.emplace(-1), boom);
        (void)ring.emplace(i);
        EXPECT_EQ(mine.value, 0) << throws << " threw before " << i;
      }
    });
  }
}

// S67: the element is destroyed, its place is free, the rest is intact.
TEST(OverwriteRing, AThrowingMoveOutTakesThatElementOnly) {
  overwrite_ring<throws_when_made, 2> ring;
  throws_when_made out(0);
  for (int round = 0; round != 6; ++round) {
    EXPECT_FALSE(ring.emplace(7) || ring.emplace(8));
    EXPECT_THROW(ring.try_pop(out), boom);
    EXPECT_EQ(ring.size_approx(), 1U);
    EXPECT_TRUE(ring.try_pop(out));
    EXPECT_EQ(out.value, 8);
  }
}

TEST(OverwriteRing, ACapacityThatCannotBeIsRefused) {
  using ring = overwrite_ring<std::uint64_t>;
  for (const std::size_t capacity :
       {std::size_t{0}, ring::max_capacity() + 1, std::size_t{0} - 1, std::size_t{0} - 2}) {
    EXPECT_THROW(ring r(capacity), std::invalid_argument) << capacity;
    EXPECT_EQ(ring::make(capacity), nullptr) << capacity;
  }
  using small = overwrite_ring<int, dynamic_capacity, near_wrap>;
  static_assert(small::max_capacity() == 125);
  EXPECT_EQ(small::make(126), nullptr);
  EXPECT_EQ(small::make(125)->capacity(), 125U);
  using failing = overwrite_ring<int, dynamic_capacity, native, null_allocator<int>>;
  EXPECT_EQ(failing::make(8), nullptr);
}

TEST(OverwriteRing, HasTwoCellsMoreThanItsCapacityInOneBlock) {
  using ring = overwrite_ring<std::uint64_t, dynamic_capacity, native, arena_allocator<std::uint64_t>>;
  arena from;
  const ring made(6, arena_allocator<std::uint64_t>(from));
  EXPECT_EQ(from.sizes, std::vector<std::size_t>{(6 + 2) * 24});
  static_assert(alignof(overwrite_ring<int, 3>) == cache_line);
}

// What a push and a pop cost: no locked instruction to push where there is room, one where there is none, one to pop.
TEST(OverwriteRing, CostsWhatItsHeaderSays) {
  overwrite_ring<int, 3, counting> ring;
  step_tally& tally = counting::tally();
  const auto cost = [&](const auto& act) {
    tally = {};
    act();
    return std::pair(tally.steps(), tally.locked());
  };
  const auto push = [&] { (void)ring.push(1); };
  const auto pop = [&] { (void)ring.try_pop(); };
  for (int lap = 0; lap != 5; ++lap) {
    for (int i = 0; i != 3; ++i) {
      const auto [steps, locked] = cost(push);
      EXPECT_LE(steps, 6U);
      EXPECT_EQ(locked, 0U);
    }
    for (int i = 0; i != 3; ++i) {
      const auto [steps, locked] = cost(push);
      EXPECT_LE(steps, 8U);
      EXPECT_EQ(locked, 1U);
    }
    for (int i = 0; i != 3; ++i) EXPECT_EQ(cost(pop), std::pair(5UL, 1UL));
    EXPECT_EQ(cost(pop), std::pair(1UL, 0UL));
  }
}

}  // namespace
}  // namespace volley::testing
