// SPDX-License-Identifier: MIT

// lossy_broadcast_ring: a reader sees each element or is told how many it missed; and words, the payload that may be overwritten.

#include <volley/env/counting.hpp>
#include <volley/env/words.hpp>
#include <volley/ring/broadcast_ring.hpp>

#include <gtest/gtest.h>

#include "allocators.hpp"
#include "elements.hpp"
#include "mapped.hpp"
#include "scale.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <limits>
#include <memory>
#include <numeric>
#include <optional>
#include <random>
#include <stdexcept>
#include <utility>
#include <vector>

namespace volley::testing {
namespace {

/// Begins a few steps before its positions wrap, at 64 bits and at 16.
struct at_the_end : native {
  static constexpr index first_index = ~index{0} - 100;
};
struct short_at_the_end : native {
  using index = std::uint16_t;
  static constexpr index first_index = 0xff00;
};

/// What one reader has had: elements are 0, 1, 2 ..
struct account {
  std::uint64_t popped = 0;
  std::uint64_t missed = 0;

  std::uint64_t position() const { return popped + missed; }
};

/// Pushes and reads in spells, with readers that are behind by anything from nothing to several laps.
template <class Ring>
void count_what_is_missed(Ring& ring) {
  std::minstd_rand random(7);
  const std::uint64_t n = ring.capacity();
  std::uint64_t pushed = 0;
  auto reader = ring.subscribe();
  account mine;
  for (int round = 0; round != 500; ++round) {
    for (auto spell = random() % (round % 10 == 0 ? 5 * n : n + 2); spell != 0; --spell)
      ASSERT_TRUE(ring.try_push(pushed++));
    const std::uint64_t gone = std::max(pushed, n) - n;
    ASSERT_EQ(reader.size_approx(), pushed - std::max(gone, mine.position()));
    for (auto spell = random() % (n + 2); spell != 0; --spell) {
      const auto got = reader.try_pop();
      const std::uint64_t lost = reader.missed();
      ASSERT_EQ(lost, std::max(gone, mine.position()) - mine.position());
      mine.missed += lost;
      ASSERT_EQ(got.has_value(), mine.position() != pushed);
      if (!got) break;
      ASSERT_EQ(*got, mine.position());
      ++mine.popped;
    }
  }
  EXPECT_GT(mine.missed, 0U);
  mine.popped += reader.consume_all([](std::uint64_t) {});
  EXPECT_EQ(mine.position() + reader.missed(), pushed);
}

template <class Env>
void count_at_each_capacity() {
  const auto at = []<std::size_t N>() {
    SCOPED_TRACE(N);
    count_what_is_missed(*std::make_unique<lossy_broadcast_ring<std::uint64_t, N, Env>>());
    count_what_is_missed(*lossy_broadcast_ring<std::uint64_t, dynamic_capacity, Env>::make(N));
  };
  at.template operator()<1>();
  at.template operator()<2>();
  at.template operator()<3>();
  at.template operator()<64>();
  at.template operator()<100>();
}

TEST(LossyBroadcastRing, WhatIsMissedIsCountedExactly) {
  count_at_each_capacity<native>();
  count_at_each_capacity<at_the_end>();
  count_at_each_capacity<short_at_the_end>();
}

// S81, hale #247: a lap behind, less one, exactly, and more one.
TEST(LossyBroadcastRing, AtTheEdgeOfALapNothingIsLostTooEarlyOrReadTooLate) {
  const auto at = []<std::size_t N>() {
    for (int before = 0; before != 2 * static_cast<int>(N) + 2; ++before) {
      for (const int more : {-1, 0, 1, 2}) {
        lossy_broadcast_ring<int, N> ring;
        for (int i = 0; i != before; ++i) ring.try_push(-1);
        auto reader = ring.subscribe();
        const int pushes = static_cast<int>(N) + more;
        for (int i = 0; i != pushes; ++i) ring.try_push(i);
        EXPECT_EQ(reader.try_pop(), pushes == 0 ? std::nullopt : std::optional(std::max(more, 0)));
        EXPECT_EQ(reader.missed(), static_cast<unsigned>(std::max(more, 0)));
        EXPECT_EQ(reader.missed(), 0U) << "once told";
      }
    }
  };
  at.template operator()<1>();
  at.template operator()<2>();
  at.template operator()<3>();
  at.template operator()<64>();
}

TEST(LossyBroadcastRing, AReaderBeginsWithTheNextElementOrTheOldest) {
  lossy_broadcast_ring<int, 3> ring;
  EXPECT_EQ(ring.subscribe_from_oldest().try_pop(), std::nullopt);
  for (int i = 0; i != 20; ++i) {
    auto next = ring.subscribe();
    ring.try_push(i);
    EXPECT_EQ(next.try_pop(), i);
    auto oldest = ring.subscribe_from_oldest();
    for (int k = std::max(0, i - 2); k <= i; ++k) EXPECT_EQ(oldest.try_pop(), k);
    EXPECT_EQ(oldest.try_pop(), std::nullopt);
    EXPECT_EQ(next.missed() + oldest.missed(), 0U);
  }
}

TEST(LossyBroadcastRing, EachReaderIsOnItsOwnAndCanBeCopied) {
  lossy_broadcast_ring<int, 4> ring;
  std::vector<decltype(ring)::reader> readers(100, ring.subscribe());
  for (int i = 0; i != 4; ++i) ring.try_push(i);
  for (auto& r : readers) EXPECT_EQ(r.try_pop(), 0);
  auto ahead = readers[0];
  int out = -1;
  EXPECT_TRUE(ahead.try_pop(out));
  EXPECT_EQ(out, 1);
  EXPECT_EQ(readers[0].try_pop(), 1);
  std::array<int, 8> some{};
  EXPECT_EQ(ahead.try_pop_n(some), 2U);
  EXPECT_EQ(some[1], 3);
  EXPECT_FALSE(ahead.try_pop(out));
  EXPECT_EQ(out, 1) << "untouched";
}

TEST(LossyBroadcastRing, PushesInBatchesThatMayBeLongerThanTheRing) {
  lossy_broadcast_ring<int> ring(5);
  auto reader = ring.subscribe();
  std::vector<int> many(13);
  std::iota(many.begin(), many.end(), 0);
  EXPECT_EQ(ring.try_push_n(many), 13U);
  EXPECT_EQ(ring.try_push_n(many.begin(), 0), 0U);
  std::vector<int> got;
  EXPECT_EQ(reader.consume_all([&](int e) { got.push_back(e); }), 5U);
  EXPECT_EQ(got, (std::vector{8, 9, 10, 11, 12}));
  EXPECT_EQ(reader.missed(), 8U);
}

TEST(LossyBroadcastRing, SealedRingRefusesPushesAndIsReadToItsEnd) {
  lossy_broadcast_ring<int, 3> ring;
  auto reader = ring.subscribe();
  EXPECT_TRUE(ring.try_push(1) && ring.try_emplace(2));
  EXPECT_FALSE(ring.is_sealed());
  ring.seal();
  ring.seal();
  EXPECT_TRUE(ring.is_sealed());
  EXPECT_FALSE(ring.try_push(3));
  EXPECT_FALSE(ring.try_emplace(3));
  EXPECT_EQ(ring.try_push_n(std::array{1, 2}), 0U);
  EXPECT_EQ(reader.size_approx(), 2U);
  EXPECT_EQ(reader.try_pop(), 1);
  EXPECT_EQ(ring.subscribe_from_oldest().size_approx(), 2U);
  EXPECT_EQ(reader.try_pop(), 2);
  EXPECT_EQ(reader.try_pop(), std::nullopt);
  EXPECT_TRUE(reader.empty_approx());
  EXPECT_EQ(ring.subscribe().try_pop(), std::nullopt);
}

TEST(LossyBroadcastRing, AnElementWhoseReadingThrewCountsAsPopped) {
  lossy_broadcast_ring<int, 3> ring;
  auto reader = ring.subscribe();
  EXPECT_EQ(ring.try_push_n(std::array{1, 2, 3}), 3U);
  EXPECT_THROW(reader.consume_all([](int) { throw_it(boom{}); }), boom);
  EXPECT_EQ(reader.try_pop(), 2);
}

/// Trivially copyable, and nothing else.
struct bare {
  explicit bare(int v) : value(v) {}
  bare(const bare&) = default;
  bare& operator=(const bare&) = delete;
  ~bare() = default;
  const int value;
};

TEST(LossyBroadcastRing, CarriesTriviallyCopyableElementsOfAnyKind) {
  static_assert(std::is_trivially_copyable_v<bare>);
  lossy_broadcast_ring<bare, 2> ring;
  auto reader = ring.subscribe();
  EXPECT_TRUE(ring.try_emplace(4));
  EXPECT_EQ(reader.try_pop()->value, 4);
}

template <class T, class... Args>
concept emplaces = requires(lossy_broadcast_ring<T, 2>& ring, Args... args) {
  ring.try_emplace(args...);
};

TEST(LossyBroadcastRing, MakesAnElementByInitializationAndNotByACast) {
  static_assert(emplaces<int*> && emplaces<int*, std::nullptr_t> && emplaces<const int*, int*> && emplaces<bare, int>);
  static_assert(!emplaces<int*, long> && !emplaces<int*, double*> && !emplaces<int*, const int*>);
  lossy_broadcast_ring<int*, 2> ring;
  auto reader = ring.subscribe();
  int some = 0;
  EXPECT_TRUE(ring.try_emplace(&some) && ring.try_emplace());
  EXPECT_EQ(reader.try_pop(), &some);
  EXPECT_EQ(reader.try_pop(), nullptr);
}

template <std::size_t Size>
void carry_each_byte() {
  SCOPED_TRACE(Size);
  words<sized<Size>> alone;
  lossy_broadcast_ring<sized<Size>, 3> ring;
  auto reader = ring.subscribe();
  for (unsigned i = 0; i != 8; ++i) {
    alone.store(sized<Size>(i));
    EXPECT_TRUE(words<sized<Size>>::value_of(alone.load()).is(i));
    ASSERT_TRUE(ring.try_emplace(i));
    ASSERT_TRUE(reader.try_pop()->is(i));
  }
}

TEST(LossyBroadcastRing, CarriesElementsOfAnySize) {
  carry_each_byte<1>();
  carry_each_byte<3>();
  carry_each_byte<7>();
  carry_each_byte<8>();
  carry_each_byte<9>();
  carry_each_byte<24>();
  carry_each_byte<255>();
  carry_each_byte<10'000>();
  static_assert(sizeof(words<sized<1>>) == 8 && sizeof(words<sized<8>>) == 8 && sizeof(words<sized<9>>) == 16);
}

TEST(LossyBroadcastRing, APushCostsTheSameHoweverManyReadAndLocksNothing) {
  lossy_broadcast_ring<std::uint64_t, 4, counting> ring;
  const auto cost = [&] {
    counting::tally() = {};
    EXPECT_TRUE(ring.try_push(1));
    EXPECT_EQ(counting::tally().locked(), 0U);
    return counting::tally().steps();
  };
  const auto alone = cost();
  EXPECT_LE(alone, 6U) << "tail, seal, stamp, one word, stamp, tail";
  std::vector<decltype(ring)::reader> many(50, ring.subscribe());
  for (auto& r : many) EXPECT_EQ(r.try_pop(), std::nullopt);
  EXPECT_EQ(cost(), alone);
}

TEST(LossyBroadcastRing, ACapacityThatCannotBeIsRefused) {
  using ring = lossy_broadcast_ring<std::uint64_t>;
  for (const std::size_t capacity :
       {std::size_t{0}, ring::max_capacity() + 1, std::numeric_limits<std::size_t>::max()}) {
    EXPECT_THROW(ring r(capacity), std::invalid_argument) << capacity;
    EXPECT_EQ(ring::make(capacity), nullptr) << capacity;
  }
  using failing = lossy_broadcast_ring<int, dynamic_capacity, native, null_allocator<int>>;
  EXPECT_EQ(failing::make(8), nullptr);
}

TEST(LossyBroadcastRing, WorksBetweenTwoProcessesAtDifferentAddresses) {
  using ring = lossy_broadcast_ring<std::array<std::uint64_t, 4>, 7>;
  constexpr std::uint64_t pushes = 20'000;
  const memory_file file;
  const view<ring> here(file);
  here.make();
  const view<ring> there(file);
  ASSERT_NE(here.address(), there.address());
  auto reader = here->subscribe();
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    for (std::uint64_t i = 0; i != pushes; ++i) there->try_push({i, ~i, i * 3, i ^ 5});
    there->seal();
    ::_exit(0);
  }
  account mine;
  std::size_t wrong = 0;
  until([&] {
    const bool sealed = here->is_sealed();
    const auto got = reader.try_pop();
    mine.missed += reader.missed();
    if (!got) return sealed;
    const auto [a, b, c, d] = *got;
    wrong += a == mine.position() && b == ~a && c == a * 3 && d == (a ^ 5) ? 0U : 1U;
    ++mine.popped;
    return false;
  });
  EXPECT_EQ(wrong, 0U);
  EXPECT_EQ(mine.position(), pushes);
  int status = 0;
  EXPECT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
}

}  // namespace
}  // namespace volley::testing
