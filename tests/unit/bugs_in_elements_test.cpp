// SPDX-License-Identifier: MIT

// What went wrong in other queues with the elements that were in them, for the rings and the cases that the suites over every ring leave out:
// broadcast rings, and rings with a hole in them. See stress/bugs_of_others.md.

#include <volley/ring/broadcast_ring.hpp>
#include <volley/ring/lockfree_mpmc_ring.hpp>
#include <volley/ring/mpmc_ring.hpp>
#include <volley/ring/mpsc_ring.hpp>

#include <gtest/gtest.h>

#include "elements.hpp"
#include "throwing.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>

namespace volley::testing {
namespace {

class BugsInElements : public ::testing::Test {
 protected:
  void SetUp() override { counted::reset(); }
};

// S59, DPDK 3ba51478a3: slots that were not where their alignment says.
TEST_F(BugsInElements, ABroadcastRingKeepsTheAlignmentOfItsElements) {
  const auto try_it = []<std::size_t Alignment>() {
    using fixed = broadcast_ring<aligned<Alignment>, 3>;
    using dynamic = broadcast_ring<aligned<Alignment>>;
    const std::unique_ptr<fixed> of_three[] = {std::make_unique<fixed>(), std::make_unique<fixed>()};
    const std::unique_ptr<dynamic> of_some[] = {dynamic::make(1), dynamic::make(2), dynamic::make(3), dynamic::make(4)};
    const auto fill_and_read = [](auto& ring) {
      auto reader = ring.subscribe();
      for (int i = 0; i != 9; ++i) {
        ASSERT_TRUE(ring.try_emplace(i));
        ASSERT_TRUE(reader.try_read([&](const aligned<Alignment>& e) { e.check(); }));
      }
    };
    for (const auto& ring : of_three) fill_and_read(*ring);
    for (const auto& ring : of_some) fill_and_read(*ring);
  };
  try_it.template operator()<16>();
  try_it.template operator()<128>();
  try_it.template operator()<4096>();
}

/// Trivially copyable: a lossy ring copies its bytes, and must put them where a T may be.
template <std::size_t Alignment>
struct alignas(Alignment) aligned_bytes {
  bool is(int value) const { return values[0] == value && reinterpret_cast<std::uintptr_t>(this) % Alignment == 0; }
  std::array<int, Alignment / sizeof(int)> values;
};

TEST_F(BugsInElements, ALossyRingKeepsTheAlignmentOfItsElements) {
  const auto try_it = []<std::size_t Alignment>() {
    lossy_broadcast_ring<aligned_bytes<Alignment>, 3> ring;
    auto reader = ring.subscribe();
    for (int i = 0; i != 9; ++i) {
      ASSERT_TRUE(ring.try_push({{i}}));
      ASSERT_EQ(reader.consume_all([&](aligned_bytes<Alignment>&& e) { EXPECT_TRUE(e.is(i)); }), 1U);
    }
  };
  try_it.template operator()<16>();
  try_it.template operator()<128>();
  try_it.template operator()<4096>();
}

// S46 and S47, concurrentqueue d3ca98e, CK f37aa8b: a ring that is partly consumed, and has a hole in it, is destroyed.
TEST_F(BugsInElements, WhatIsBehindAHoleIsDestroyedWithTheRing) {
  const auto try_it = []<class Ring>(std::in_place_type_t<Ring>) {
    for (int offset = 0; offset != 5; ++offset) {
      for (const bool sealed : {false, true}) {
        {
          Ring ring;
          for (int i = 0; i != offset; ++i) ASSERT_TRUE(ring.try_emplace(i) && ring.try_pop());
          ASSERT_TRUE(ring.try_emplace(0));
          {
            auto open = ring.try_reserve(2);
            open.construct(1);
            ASSERT_TRUE(ring.try_emplace(2));
          }
          ASSERT_EQ(counted::alive.size(), 2U);
          if (sealed) ring.seal();
        }
        ASSERT_TRUE(counted::alive.empty()) << "offset " << offset;
      }
    }
  };
  try_it(std::in_place_type<mpsc_ring<counted, 4>>);
  try_it(std::in_place_type<mpmc_ring<counted, 4>>);
  try_it(std::in_place_type<lockfree_mpmc_ring<counted, 4>>);
}

// S41, helio #600: a push that was claimed before the end came in, and was lost.
TEST_F(BugsInElements, AReservationOfABroadcastRingThatIsOpenWhenSealedGoesIn) {
  for (int offset = 0; offset != 5; ++offset) {
    broadcast_ring<counted, 3> ring;
    auto reader = ring.subscribe();
    for (int i = 0; i != offset; ++i) ASSERT_TRUE(ring.try_emplace(i) && reader.try_pop());
    {
      auto mine = ring.try_reserve(2);
      ASSERT_EQ(mine.size(), 2U);
      mine.construct(1);
      ring.seal();
      mine.construct(2);
      mine.commit(1);
    }
    EXPECT_EQ(counted::alive.size(), 1U);
    EXPECT_FALSE(ring.try_emplace(3));
    EXPECT_EQ(reader.try_pop()->value, 1);
    EXPECT_EQ(reader.try_pop(), std::nullopt);
    EXPECT_TRUE(reader.empty_approx());
  }
}

/// Trivially copyable, and refuses a number when it is made.
struct refuses_seven {
  explicit refuses_seven(int v) : value(v) {
    if (v == 7) throw_it(boom{});
  }
  int value;
};

// S68, MPMCQueue #39: a constructor threw in the middle of a push. A lossy ring must not have overwritten its oldest for it.
TEST_F(BugsInElements, AThrowingConstructorCostsALossyRingNothing) {
  lossy_broadcast_ring<refuses_seven, 2> ring;
  auto reader = ring.subscribe();
  ASSERT_TRUE(ring.try_emplace(0) && ring.try_emplace(1));
  EXPECT_THROW(ring.try_emplace(7), boom);
  EXPECT_EQ(reader.size_approx(), 2U);
  EXPECT_EQ(reader.try_pop()->value, 0);
  ASSERT_TRUE(ring.try_emplace(2));
  EXPECT_EQ(reader.try_pop()->value, 1);
  EXPECT_EQ(reader.try_pop()->value, 2);
  EXPECT_EQ(reader.missed(), 0U);
}

}  // namespace
}  // namespace volley::testing
