// SPDX-License-Identifier: MIT

// The stamps of rings that many threads share: exact for any number of slots, and across their wrap.

#include <volley/ring/stamps.hpp>

#include <gtest/gtest.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <type_traits>

namespace volley::testing {
namespace {

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
      ASSERT_EQ(at.between(stamp, static_cast<index>(later | detail::sealed_stamp)), n);
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
    static_assert(at.after(112) == 128 && at.after(128) == 144);
    EXPECT_EQ(at.after(16 * i), 16 * (i + 1));
    EXPECT_EQ(at.slot(16 * i), i & 7);
  }
}

TEST(Stamps, DistancesAreExactAcrossTheirWrap) {
  for (std::size_t slots = 1; slots != 9; ++slots) {
    const detail::stamps<std::uint8_t, 0> at(slots);
    const std::uint8_t from = at.after(at.first(192), slots / 2);
    std::uint8_t to = from;
    for (std::size_t n = 0; n != 4 * slots; ++n, to = at.after(to)) {
      ASSERT_EQ(at.distance(from, to), n);
      ASSERT_EQ(at.rest(n, 0), n < slots ? n : slots);
      ASSERT_EQ(at.rest(0, n), 0U) << "the first was read long ago";
      const std::uint8_t word = at.full(at.numbered(to, n % slots));
      ASSERT_EQ(at.number(word), n % slots);
      ASSERT_TRUE(at.same_lap(word, to) && !at.same_lap(word, at.lap_after(to)));
      ASSERT_EQ(at.in_lap_of(word, to), to);
      ASSERT_EQ(at.lap_after(at.in_lap_before(word, to)), to);
    }
  }
}

}  // namespace
}  // namespace volley::testing
