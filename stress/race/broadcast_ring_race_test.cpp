// SPDX-License-Identifier: MIT

// broadcast_ring and lossy_broadcast_ring under real threads: each reader gets each element whole and in order, or knows how many it
// missed, while others come and go. Built plain and for ThreadSanitizer.

#include <volley/env/chaos.hpp>
#include <volley/ring/broadcast_ring.hpp>

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
#include <type_traits>
#include <utility>
#include <vector>

namespace volley::testing {
namespace {

template <class T>
class BroadcastRace : public ::testing::Test {
 protected:
  watchdog watch_{240};
};
TYPED_TEST_SUITE(BroadcastRace, payloads, payload_names);

/// Pushes some of first .. first + most - 1 in one of the ways that there are; how many.
template <class Ring>
std::size_t push_some(Ring& ring, std::uint64_t first, std::size_t most) {
  using element = typename Ring::value_type;
  if (first % 4 == 0) return ring.try_emplace(first) ? 1 : 0;
  if (first % 4 == 1) {
    std::vector<element> some;
    for (std::size_t i = 0; i != std::min<std::size_t>(most, 5); ++i) some.emplace_back(first + i);
    return ring.try_push_n(std::move_iterator(some.begin()), some.size());
  }
  if (first % 4 == 2) return ring.try_push(element(first)) ? 1 : 0;
  auto mine = ring.try_reserve(std::min<std::size_t>(most, 3));
  while (mine.constructed() != mine.size()) mine.construct(first + mine.constructed());
  const std::size_t kept = mine.size() > 1 ? mine.size() - 1 : mine.size();
  mine.commit(kept);
  return kept;
}

/// Reads in one of the ways that there are, and shows what it got; how many.
template <class Reader, class See>
std::size_t read_some(Reader& reader, std::uint64_t way, const See& see) {
  if (way % 3 == 0) return reader.try_read(see) ? 1 : 0;
  if (way % 3 == 1) return reader.consume_all(see);
  auto front = reader.try_peek(3);
  for (const auto& e : front) see(e);
  const std::size_t n = front.size();
  front.release(n);
  return n;
}

/// n elements to some readers that are there from the start, while others come and go and a third kind asks how things stand.
template <class Ring>
void carry(Ring& ring, unsigned readers, std::size_t n) {
  std::atomic<std::size_t> wrong{0};
  std::vector<std::thread> threads;
  for (unsigned r = 0; r != readers; ++r) {
    threads.emplace_back([&, r, mine = ring.subscribe()]() mutable {
      std::uint64_t next = 0;
      const auto see = [&](const auto& e) { wrong += e.is(next++) ? 0U : 1U; };
      std::uint64_t way = r;
      until([&] {
        read_some(mine, way++, see);
        return next >= n;
      });
    });
  }
  for (int visitor = 0; visitor != 2; ++visitor) {
    threads.emplace_back([&] {
      until([&] {
        auto mine = ring.subscribe();
        std::uint64_t last = 0;
        bool any = false;
        const auto see = [&](const auto& e) {
          const std::uint64_t number = e.number();
          if (!e.is(number) || (any && number != last + 1)) ++wrong;
          last = number;
          any = true;
        };
        for (std::uint64_t way = 0; way != 9; ++way) read_some(mine, way, see);
        std::this_thread::yield();
        return ring.is_sealed();
      });
    });
  }
  std::thread producer([&] {
    for (std::uint64_t i = 0; i < n;) {
      std::size_t in = 0;
      until([&] { return (in = push_some(ring, i, n - i)) != 0; });
      i += in;
    }
    ring.seal();
  });
  until([&] {
    if (ring.size_approx() > ring.capacity()) ++wrong;
    return ring.is_sealed();
  });
  producer.join();
  for (std::thread& t : threads) t.join();
  EXPECT_EQ(wrong, 0U);
  EXPECT_EQ(ring.size_approx(), 0U);
}

TYPED_TEST(BroadcastRace, EachReaderGetsEachElementWholeAndInOrder) {
  const auto at = []<std::size_t N>() {
    SCOPED_TRACE("capacity " + std::to_string(N));
    const std::size_t n = scaled(N == 1 ? 2'000 : 8'000);
    carry(*std::make_unique<broadcast_ring<TypeParam, N>>(), 1, n);
    carry(*broadcast_ring<TypeParam>::make(N), 3, n);
  };
  at.template operator()<1>();
  at.template operator()<3>();
  at.template operator()<64>();
}

// The same, with every step dawdling, yielding or sleeping at random.
TYPED_TEST(BroadcastRace, NothingDependsOnHowFastASideIs) {
  broadcast_ring<TypeParam, 1, chaos> tight;
  carry(tight, 2, scaled(500));
  broadcast_ring<TypeParam, 7, chaos> wide;
  carry(wide, 2, scaled(1'000));
}

// ---- lossy ----

/// Words whose mixture with others is noticed.
template <std::size_t Words>
struct block {
  block() = default;
  explicit block(std::uint64_t n) {
    for (std::size_t i = 0; i != Words; ++i) words[i] = n + i * 0x9e3779b97f4a7c15;
  }
  bool is(std::uint64_t n) const {
    for (std::size_t i = 0; i != Words; ++i) {
      if (words[i] != n + i * 0x9e3779b97f4a7c15) return false;
    }
    return true;
  }
  std::array<std::uint64_t, Words> words;
};

/// n elements at full speed to readers that do what they can: popped + missed = pushed, for each.
template <class Ring>
void overtake(Ring& ring, unsigned readers, std::size_t n) {
  std::atomic<std::size_t> wrong{0};
  std::atomic<std::uint64_t> popped{0};
  std::vector<std::thread> threads;
  for (unsigned r = 0; r != readers; ++r) {
    threads.emplace_back([&, r, mine = ring.subscribe()]() mutable {
      std::uint64_t position = 0;
      std::uint64_t got = 0;
      until([&] {
        const bool sealed = ring.is_sealed();
        typename Ring::value_type out;
        const bool any = mine.try_pop(out);
        position += mine.missed();
        if (!any) return sealed;
        wrong += out.is(position++) ? 0U : 1U;
        if (++got % 512 == 0 && r != 0) std::this_thread::yield();
        return false;
      });
      if (position != n) ++wrong;
      popped += got;
    });
  }
  threads.emplace_back([&] {  // comes and goes
    until([&] {
      auto mine = ring.subscribe_from_oldest();
      std::uint64_t next = 0;
      bool first = true;
      mine.consume_all([&](const typename Ring::value_type& e) {
        const std::uint64_t number = e.words[0];
        if (!e.is(number) || (!first && number < next)) ++wrong;
        next = number + 1;
        first = false;
      });
      return ring.is_sealed();
    });
  });
  for (std::uint64_t i = 0; i != n; ++i) {
    (void)ring.try_emplace(i);
    if (i % 1024 == 0) std::this_thread::yield();
  }
  ring.seal();
  for (std::thread& t : threads) t.join();
  EXPECT_EQ(wrong, 0U);
  EXPECT_GT(popped, 0U);
}

template <std::size_t Words>
void overtake_at_each_capacity() {
  SCOPED_TRACE(std::to_string(8 * Words) + " bytes");
  using element = block<Words>;
  overtake(*std::make_unique<lossy_broadcast_ring<element, 1>>(), 2, scaled(20'000));
  overtake(*std::make_unique<lossy_broadcast_ring<element, 2>>(), 2, scaled(20'000));
  overtake(*lossy_broadcast_ring<element>::make(3), 2, scaled(20'000));
  overtake(*lossy_broadcast_ring<element>::make(64), 2, scaled(40'000));
  lossy_broadcast_ring<element, 3, chaos> slow;
  overtake(slow, 2, scaled(1'000));
}

// S82: MengRao/SPMC_Queue #3: torn elements where they are big. S80: and where the words are few.
TEST(LossyBroadcastRace, NoReaderEverSeesATornElementOrLosesCount) {
  const watchdog watch(240);
  overtake_at_each_capacity<1>();
  overtake_at_each_capacity<2>();
  overtake_at_each_capacity<32>();
  overtake_at_each_capacity<100>();
}

}  // namespace
}  // namespace volley::testing
