// SPDX-License-Identifier: MIT
#pragma once

// Elements through a ring, from some producers to some consumers, in every way that there is to push and to pop; and the seal.

#include "../ways.hpp"
#include "payloads.hpp"
#include "scale.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <thread>
#include <vector>

namespace volley::testing {

constexpr std::uint64_t number_of(std::uint64_t producer, std::uint64_t i) { return producer << 32 | i; }

/// Pushes first .. of one producer in one of the ways that there are; how many.
template <class Ring>
std::size_t push_some(Ring& ring, std::uint64_t first, std::size_t most, std::uint64_t way) {
  const auto done = stress::push_some(ring, first, most, way, stress::reservations::short_at_times);
  EXPECT_FALSE(done.is_touched) << "refused, so it is untouched";
  return done.in;
}
using stress::pop_some;

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

/// Pushes that came back true before the seal, or while it came, are all popped by those who go on until sealed and empty. For rings whose
/// seal says so to any thread.
template <class Ring>
void seal_while_used(Ring& ring, unsigned producers, unsigned consumers) {
  std::atomic<std::size_t> pushed{0};
  std::atomic<std::size_t> popped{0};
  std::vector<std::thread> threads;
  for (unsigned p = 0; p != producers; ++p) {
    threads.emplace_back([&, p] {
      for (std::uint64_t i = 0; !ring.is_sealed(); ++i) pushed += push_some(ring, number_of(p, i), 4, i);
    });
  }
  for (unsigned c = 0; c != consumers; ++c) {
    threads.emplace_back([&] {
      std::uint64_t way = 0;
      until([&] {
        const bool over = ring.is_sealed() && ring.empty_approx();
        const std::size_t n = pop_some(ring, way++, [](const auto&) noexcept {});
        EXPECT_TRUE(!over || n == 0);
        popped += n;
        return over;
      });
    });
  }
  until([&] { return popped > 20; });
  ring.seal();
  EXPECT_FALSE(ring.try_emplace(std::uint64_t{1}));
  for (std::thread& t : threads) t.join();
  EXPECT_EQ(pushed, popped);
  EXPECT_TRUE(ring.empty_approx());
}

}  // namespace volley::testing
