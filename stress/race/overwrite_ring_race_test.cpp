// SPDX-License-Identifier: MIT

// overwrite_ring under real threads: each element on one side once, in order, whole, and no data race that a sanitizer can see. Elements
// are plain data on purpose; the same file is built plain and for ThreadSanitizer.

#include <volley/env/chaos.hpp>
#include <volley/handoff/turn.hpp>
#include <volley/ring/overwrite_ring.hpp>

#include <gtest/gtest.h>

#include "payloads.hpp"
#include "scale.hpp"

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace volley::testing {
namespace {

template <class T>
class OverwriteRingRace : public ::testing::Test {
 protected:
  watchdog watch_{100};
};
TYPED_TEST_SUITE(OverwriteRingRace, payloads, payload_names);

/// Which of n elements came out on one side.
class came_out {
 public:
  explicit came_out(std::size_t n) : seen_(n, 0) {}

  template <class T>
  void see(const T& element) {
    const std::uint64_t n = element.number();
    if (n >= seen_.size() || !element.is(n) || n < next_) {
      ++wrong_;
      return;
    }
    seen_[n] = 1;
    next_ = n + 1;
    ++count_;
  }
  std::size_t wrong() const { return wrong_; }
  std::size_t count() const { return count_; }
  unsigned has(std::size_t n) const { return seen_[n]; }

 private:
  std::vector<unsigned char> seen_;
  std::uint64_t next_ = 0;
  std::size_t wrong_ = 0;
  std::size_t count_ = 0;
};

/// n elements in, as fast as it goes or yielding now and then; a third thread asks how many are inside.
template <class Ring>
void share_out(Ring& ring, std::size_t n, unsigned producer_rests, unsigned consumer_rests) {
  came_out evicted(n);
  came_out popped(n);
  std::size_t out_of_bounds = 0;
  std::atomic<bool> done{false};
  const auto pop = [&](std::uint64_t round) {
    if (round % 3 == 0) return ring.consume_all([&](auto&& element) { popped.see(element); }) != 0;
    const auto element = ring.try_pop();
    if (element) popped.see(*element);
    return element.has_value();
  };
  together(
      [&] {
        for (std::uint64_t i = 0; i != n; ++i) {
          const auto out = ring.emplace(i);
          if (out) evicted.see(*out);
          if (producer_rests != 0 && i % producer_rests == 0) std::this_thread::yield();
        }
        done = true;
      },
      [&] {
        for (std::uint64_t round = 0; !done; ++round) {
          const bool some = pop(round);
          if (!some || (consumer_rests != 0 && round % consumer_rests == 0)) std::this_thread::yield();
        }
        while (pop(1)) {
        }
      },
      [&] {
        until([&] {
          out_of_bounds += ring.size_approx() > ring.capacity() ? 1U : 0U;
          return done.load();
        });
      });
  EXPECT_EQ(evicted.wrong() + popped.wrong() + out_of_bounds, 0U);
  EXPECT_EQ(evicted.count() + popped.count(), n) << "each once";
  std::size_t on_one_side = 0;
  for (std::size_t i = 0; i != n; ++i) on_one_side += evicted.has(i) + popped.has(i) == 1 ? 1U : 0U;
  EXPECT_EQ(on_one_side, n);
  for (std::size_t i = n - std::min(n, ring.capacity()); i != n; ++i) EXPECT_TRUE(popped.has(i)) << "one of the newest";
}

TYPED_TEST(OverwriteRingRace, EachElementIsPoppedOrEvictedOnceInOrderAndWhole) {
  const auto at = []<std::size_t N>() {
    SCOPED_TRACE("capacity " + std::to_string(N));
    const std::size_t n = scaled(20'000);
    for (const unsigned rests : {0U, 5U, 64U}) {
      share_out(*std::make_unique<overwrite_ring<TypeParam, N>>(), n, rests, 0);
      share_out(*overwrite_ring<TypeParam>::make(N), n, 0, rests);
    }
  };
  at.template operator()<1>();
  at.template operator()<2>();
  at.template operator()<3>();
  at.template operator()<64>();
}

// The same, with every step of the ring dawdling, yielding or sleeping at random: a consumer that is lapped in the middle of a pop.
TYPED_TEST(OverwriteRingRace, NothingDependsOnHowFastASideIs) {
  const auto at = []<std::size_t N>() {
    SCOPED_TRACE("capacity " + std::to_string(N));
    overwrite_ring<TypeParam, N, chaos> ring;
    share_out(ring, scaled(4'000), 0, 0);
    overwrite_ring<TypeParam, N, chaos> another;
    share_out(another, scaled(4'000), 1, 0);
  };
  at.template operator()<1>();
  at.template operator()<2>();
  at.template operator()<5>();
}

// The consumer keeps what it has in hand for laps, and reads all of it at the end.
TYPED_TEST(OverwriteRingRace, WhatIsInHandStaysWholeHoweverFarTheProducerGoes) {
  overwrite_ring<TypeParam, 2> ring;
  std::atomic<std::uint64_t> pushed{0};
  std::atomic<bool> done{false};
  std::size_t wrong = 0;
  together(
      [&] {
        for (std::uint64_t i = 0; !done; ++i) {
          (void)ring.emplace(i);
          pushed.store(i + 1, std::memory_order_relaxed);
        }
      },
      [&] {
        std::uint64_t next = 0;
        for (std::size_t left = scaled(300); left != 0;) {
          const std::size_t taken = ring.consume_all([&](TypeParam&& element) {
            const std::uint64_t mine = element.number();
            until([&] { return pushed.load(std::memory_order_relaxed) >= mine + 10; });
            wrong += mine < next || !element.is(mine) ? 1U : 0U;
            next = mine + 1;
          });
          left -= std::min(left, taken);
          if (taken == 0) std::this_thread::yield();
        }
        done = true;
      });
  EXPECT_EQ(wrong, 0U);
}

// S13: two threads take turns as the producer, and two as the consumer.
TYPED_TEST(OverwriteRingRace, RolesGoFromThreadToThreadByTheUsersSynchronisation) {
  overwrite_ring<TypeParam, 3> ring;
  turn<> producers;
  turn<> consumers;
  const std::size_t spells = scaled(1'000);
  std::atomic<std::size_t> out{0};
  const auto produce = [&](unsigned which) {
    for (std::uint64_t s = which; s < 2 * spells; s += 2) {
      producers.side(which).await();
      for (std::uint64_t i = 0; i != 7; ++i) out += ring.emplace(s * 7 + i).has_value() ? 1U : 0U;
      producers.side(which).pass();
    }
  };
  const auto consume = [&](unsigned which) {
    for (std::uint64_t s = which; s < 2 * spells; s += 2) {
      consumers.side(which).await();
      for (std::uint64_t i = 0; i != 7; ++i) out += ring.try_pop().has_value() ? 1U : 0U;
      consumers.side(which).pass();
    }
  };
  together([&] { produce(0); }, [&] { produce(1); }, [&] { consume(0); }, [&] { consume(1); });
  EXPECT_EQ(out + ring.size_approx(), 14 * spells);
}

}  // namespace
}  // namespace volley::testing
