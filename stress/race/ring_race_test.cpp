// SPDX-License-Identifier: MIT

// spsc_ring under real threads: each element once, in order, whole, and no data race that a sanitizer can see. Elements are plain
// data on purpose; the same file is built plain and for ThreadSanitizer.

#include <volley/env/chaos.hpp>
#include <volley/handoff/turn.hpp>
#include <volley/ring/spsc_ring.hpp>

#include <gtest/gtest.h>

#include "payloads.hpp"
#include "scale.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <iterator>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace volley::testing {
namespace {

template <class T>
class RingRace : public ::testing::Test {
 protected:
  watchdog watch_{100};
};
TYPED_TEST_SUITE(RingRace, payloads, payload_names);

template <class Ring>
void push(Ring& ring, std::uint64_t n) {
  using element = typename Ring::value_type;
  if (n % 2 == 0) {
    until([&] { return ring.try_emplace(n); });
  } else {
    element mine(n);
    until([&] { return ring.try_push(std::move(mine)); });  // on false it is still whole
  }
}

template <class Ring>
bool pop_is(Ring& ring, std::uint64_t n) {
  using element = typename Ring::value_type;
  if (n % 3 == 0) {
    element out(0);
    until([&] { return ring.try_pop(out); });
    return out.is(n);
  }
  for (;;) {
    if (const auto out = ring.try_pop()) return out->is(n);
    std::this_thread::yield();
  }
}

/// n elements from one thread to another, while a third asks how many are inside.
template <class Ring>
void carry(Ring& ring, std::size_t n) {
  std::size_t wrong = 0;
  std::size_t out_of_bounds = 0;
  std::atomic<bool> done{false};
  together(
      [&] {
        for (std::uint64_t i = 0; i != n; ++i) push(ring, i);
      },
      [&] {
        for (std::uint64_t i = 0; i != n; ++i) wrong += pop_is(ring, i) ? 0U : 1U;
        done = true;
      },
      [&] {  // DPDK 9bc2cbb007 (S3): the two indices were read in the wrong order, and their difference underflowed
        until([&] {
          out_of_bounds += ring.size_approx() > ring.capacity() ? 1U : 0U;
          (void)ring.empty_approx();
          return done.load();
        });
      });
  EXPECT_EQ(wrong, 0U);
  EXPECT_EQ(out_of_bounds, 0U);
  EXPECT_EQ(ring.size_approx(), 0U);
}

TYPED_TEST(RingRace, EachElementArrivesOnceInOrderAndWhole) {
  const auto at = []<std::size_t N>() {
    SCOPED_TRACE("capacity " + std::to_string(N));
    const std::size_t n = scaled(N == 1 ? 20'000 : N < 10 ? 50'000 : 200'000);
    carry(*std::make_unique<spsc_ring<TypeParam, N>>(), n);
    carry(*spsc_ring<TypeParam>::make(N), n);
  };
  at.template operator()<1>();
  at.template operator()<2>();
  at.template operator()<3>();
  at.template operator()<1024>();
}

// The same, with every step of the ring dawdling, yielding or sleeping at random.
TYPED_TEST(RingRace, NothingDependsOnHowFastASideIs) {
  const auto at = []<std::size_t N>() {
    SCOPED_TRACE("capacity " + std::to_string(N));
    spsc_ring<TypeParam, N, chaos> ring;
    carry(ring, scaled(5'000));
  };
  at.template operator()<1>();
  at.template operator()<2>();
  at.template operator()<7>();
}

// Batches of changing size on both sides, and both ways of taking them out.
TYPED_TEST(RingRace, BatchesArriveInOrderAndWhole) {
  spsc_ring<TypeParam, 6> ring;
  const std::size_t n = scaled(60'000);
  std::size_t wrong = 0;
  together(
      [&] {
        for (std::uint64_t sent = 0; sent < n;) {
          std::vector<TypeParam> batch;
          for (std::uint64_t i = 0; i != 1 + sent % 9; ++i) batch.emplace_back(sent + i);
          sent += ring.try_push_n(std::move_iterator(batch.begin()), batch.size());
          std::this_thread::yield();
        }
      },
      [&] {
        std::uint64_t received = 0;
        const auto take = [&](TypeParam&& element) { wrong += element.is(received++) ? 0U : 1U; };
        while (received < n) {
          if (received % 2 == 0) {
            ring.consume_all(take);
          } else {
            std::vector<TypeParam> batch;
            ring.try_pop_n(std::back_inserter(batch), 1 + received % 9);
            for (auto& element : batch) take(std::move(element));
          }
          std::this_thread::yield();
        }
      });
  EXPECT_EQ(wrong, 0U);
}

// S46 with threads: who destroys the ring and what is left in it is neither producer nor consumer.
TYPED_TEST(RingRace, WhatIsLeftIsDestroyedByWhoeverDestroysTheRing) {
  for (std::uint64_t left = 0; left != scaled(60); ++left) {
    const auto ring = spsc_ring<TypeParam>::make(5);
    together(
        [&] {
          for (std::uint64_t i = 0; i != 20 + left % 6; ++i) push(*ring, i);
        },
        [&] {
          for (std::uint64_t i = 0; i != 20; ++i) EXPECT_TRUE(pop_is(*ring, i));
        });
    EXPECT_EQ(ring->size_approx(), left % 6);
  }
}

// S13, iceoryx #2160, iceoryx2 d4751a4ba: a role handed to another thread, without what its last holder knew. Here two threads take
// turns as the producer, and two as the consumer.
TYPED_TEST(RingRace, RolesGoFromThreadToThreadByTheUsersSynchronisation) {
  spsc_ring<TypeParam, 3> ring;
  turn<> producers;
  turn<> consumers;
  constexpr std::uint64_t spell = 5;
  const std::size_t spells = scaled(1'000);
  std::size_t wrong[2] = {};
  const auto produce = [&](unsigned which) {
    for (std::uint64_t s = which; s < 2 * spells; s += 2) {
      producers.side(which).await();
      for (std::uint64_t i = 0; i != spell; ++i) push(ring, s * spell + i);
      producers.side(which).pass();
    }
  };
  const auto consume = [&](unsigned which) {
    for (std::uint64_t s = which; s < 2 * spells; s += 2) {
      consumers.side(which).await();
      for (std::uint64_t i = 0; i != spell; ++i) wrong[which] += pop_is(ring, s * spell + i) ? 0U : 1U;
      consumers.side(which).pass();
    }
  };
  together([&] { produce(0); }, [&] { produce(1); }, [&] { consume(0); }, [&] { consume(1); });
  EXPECT_EQ(wrong[0] + wrong[1], 0U);
  EXPECT_EQ(ring.size_approx(), 0U);
}

}  // namespace
}  // namespace volley::testing
