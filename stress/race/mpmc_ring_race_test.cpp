// SPDX-License-Identifier: MIT

// mpmc_ring under real threads: each element once, whole, those of one producer in their order for every consumer, and no data race
// that a sanitizer can see. Built plain, for ThreadSanitizer, and for AddressSanitizer with UBSan.

#include <volley/env/chaos.hpp>
#include <volley/ring/mpmc_ring.hpp>

#include <gtest/gtest.h>

#include "payloads.hpp"
#include "scale.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace volley::testing {
namespace {

template <class T>
class MpmcRingRace : public ::testing::Test {
 protected:
  watchdog watch_{240};
};
TYPED_TEST_SUITE(MpmcRingRace, payloads, payload_names);

constexpr std::uint64_t number_of(std::uint64_t producer, std::uint64_t i) { return producer << 32 | i; }

/// Pushes first .. of one producer in one of the ways that there are; how many.
template <class Ring>
std::size_t push_some(Ring& ring, std::uint64_t first, std::size_t most, std::uint64_t way) {
  using element = typename Ring::value_type;
  switch (way % 4) {
    case 0:
      return ring.try_emplace(first) ? 1 : 0;
    case 1: {
      element mine(first);
      const bool in = ring.try_push(std::move(mine));
      EXPECT_TRUE(in || mine.is(first)) << "refused, so it is untouched";  // NOLINT(bugprone-use-after-move)
      return in ? 1 : 0;
    }
    case 2: {
      std::vector<element> some;
      for (std::size_t i = 0; i != std::min<std::size_t>(most, 5); ++i) some.emplace_back(first + i);
      return ring.try_push_n(std::move_iterator(some.begin()), some.size());
    }
    default: {
      auto mine = ring.try_reserve(std::min<std::size_t>(most, 4));
      while (mine.constructed() != mine.size()) mine.construct(first + mine.constructed());
      const std::size_t kept = mine.size() - (first % 3 == 0 && mine.size() > 1 ? 1 : 0);
      mine.commit(kept);  // one less now and then: given back, or a hole
      return kept;
    }
  }
}

/// Pops in one of the ways that there are, and shows what it got; how many.
template <class Ring, class See>
std::size_t pop_some(Ring& ring, std::uint64_t way, const See& see) {
  using element = typename Ring::value_type;
  switch (way % 5) {
    case 0: {
      element out(0);
      if (!ring.try_pop(out)) return 0;
      see(out);
      return 1;
    }
    case 1: {
      const auto out = ring.try_pop();
      if (out) see(*out);
      return out ? 1 : 0;
    }
    case 2: {
      std::array<element, 5> out;
      const std::size_t n = ring.try_pop_n(out);
      for (std::size_t i = 0; i != n; ++i) see(out[i]);
      return n;
    }
    case 3: {
      const auto front = ring.try_peek(4);
      for (const element& e : front) see(e);
      return front.size();
    }
    default:
      return ring.consume_all([&](element&& e) noexcept { see(e); });
  }
}

/// What one consumer has seen: whole, and those of each producer rising.
struct witness {
  std::vector<std::uint64_t> next;
  std::uint64_t sum = 0;
  std::size_t wrong = 0;

  template <class T>
  void see(const T& e) noexcept {
    const std::uint64_t n = e.number();
    const std::uint64_t from = n >> 32;
    const std::uint64_t i = n & 0xffff'ffff;
    if (!e.is(n) || from >= next.size() || i < next[from]) {
      ++wrong;
      return;
    }
    next[from] = i + 1;
    sum += n;
  }
};

/// n elements from each producer, while one more thread asks how many are inside.
template <class Ring>
void carry(Ring& ring, unsigned producers, unsigned consumers, std::size_t n) {
  std::atomic<std::size_t> left{producers * n};
  std::vector<witness> seen(consumers);
  std::vector<std::thread> threads;
  std::uint64_t sum = 0;
  for (unsigned p = 0; p != producers; ++p) {
    for (std::size_t i = 0; i != n; ++i) sum += number_of(p, i);
    threads.emplace_back([&, p] {
      for (std::size_t i = 0; i != n;) {
        std::size_t in = 0;
        until([&] { return (in = push_some(ring, number_of(p, i), n - i, i + p)) != 0; });
        i += in;
      }
    });
  }
  for (unsigned c = 0; c != consumers; ++c) {
    seen[c].next.resize(producers);
    threads.emplace_back([&, c] {
      std::uint64_t way = c;
      until([&] {
        left -= pop_some(ring, way++, [&](const auto& e) noexcept { seen[c].see(e); });
        return left == 0;
      });
    });
  }
  std::size_t out_of_bounds = 0;
  until([&] {
    if (ring.size_approx() > ring.capacity()) ++out_of_bounds;
    return left == 0;
  });
  for (std::thread& t : threads) t.join();
  std::size_t wrong = 0;
  std::uint64_t sum_out = 0;
  for (const witness& w : seen) {
    wrong += w.wrong;
    sum_out += w.sum;
  }
  EXPECT_EQ(wrong, 0U);
  EXPECT_EQ(sum_out, sum);
  EXPECT_EQ(out_of_bounds, 0U);
  EXPECT_FALSE(ring.try_pop());  // passes the holes that are left
  EXPECT_TRUE(ring.empty_approx());
}

TYPED_TEST(MpmcRingRace, EachElementArrivesOnceAndWholeAndInTheOrderOfItsProducer) {
  const auto at = []<std::size_t N>() {
    SCOPED_TRACE("capacity " + std::to_string(N));
    const std::size_t n = scaled(N < 10 ? 5'000 : 40'000);
    carry(*std::make_unique<mpmc_ring<TypeParam, N>>(), 2, 2, n);
    carry(*mpmc_ring<TypeParam>::make(N), 3, 1, n);
    carry(*mpmc_ring<TypeParam>::make(N), 1, 3, n);
  };
  at.template operator()<1>();
  at.template operator()<2>();
  at.template operator()<3>();
  at.template operator()<1000>();
}

TYPED_TEST(MpmcRingRace, ManyThreadsOnFewCpus) {
  mpmc_ring<TypeParam, 64> ring;
  carry(ring, 8, 8, scaled(5'000));
}

// The same, with every step of the ring dawdling, yielding or sleeping at random: also between claim and publish.
TYPED_TEST(MpmcRingRace, NothingDependsOnHowFastAThreadIs) {
  const auto at = []<std::size_t N>() {
    SCOPED_TRACE("capacity " + std::to_string(N));
    mpmc_ring<TypeParam, N, chaos> ring;
    carry(ring, 2, 2, scaled(2'000));
  };
  at.template operator()<1>();
  at.template operator()<2>();
  at.template operator()<7>();
}

// Pushes that came back true before the seal, or while it came, are all popped by those who go on until sealed and empty.
TYPED_TEST(MpmcRingRace, SealedAndEmptyMeansThatNothingIsLeft) {
  for (std::size_t round = 0; round != scaled(200); ++round) {
    const auto ring = mpmc_ring<TypeParam>::make(round % 7 + 1);
    std::atomic<std::size_t> pushed{0};
    std::atomic<std::size_t> popped{0};
    const auto produce = [&](std::uint64_t p) {
      return [&, p] {
        for (std::uint64_t i = 0; !ring->is_sealed(); ++i) pushed += push_some(*ring, number_of(p, i), 4, i);
      };
    };
    const auto consume = [&] {
      std::uint64_t way = 0;
      until([&] {
        const bool over = ring->is_sealed() && ring->empty_approx();
        const std::size_t n = pop_some(*ring, way++, [](const auto&) noexcept {});
        EXPECT_TRUE(!over || n == 0);
        popped += n;
        return over;
      });
    };
    const auto seal = [&] {
      until([&] { return popped > 20; });
      ring->seal();
      EXPECT_FALSE(ring->try_emplace(std::uint64_t{1}));
    };
    together(produce(0), produce(1), consume, consume, seal);
    EXPECT_EQ(pushed, popped);
    EXPECT_TRUE(ring->empty_approx());
  }
}

}  // namespace
}  // namespace volley::testing
