// SPDX-License-Identifier: MIT

// Channels under real threads: elements that throw on their way in or out, and records. Built plain and for ThreadSanitizer.

#include <volley/channel/channel.hpp>
#include <volley/ring/byte_ring.hpp>
#include <volley/ring/lockfree_mpmc_ring.hpp>
#include <volley/ring/mpmc_ring.hpp>
#include <volley/ring/mpsc_byte_ring.hpp>
#include <volley/ring/mpsc_ring.hpp>
#include <volley/ring/spmc_ring.hpp>
#include <volley/ring/spsc_ring.hpp>

#include <gtest/gtest.h>

#include "payloads.hpp"
#include "scale.hpp"
#include "throwing.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <thread>
#include <vector>

namespace volley::testing {
namespace {

constexpr std::uint64_t number_of(std::uint64_t producer, std::uint64_t i) { return producer << 32 | i; }

#if defined(__cpp_exceptions)
struct thrown {};

/// One in five throws when it is copied into the ring, one in seven when it is moved out.
struct brittle {
  explicit brittle(std::uint64_t n = 0) : is(n) {}
  brittle(const brittle& other) : is(other.is) {
    if (is.number() % 5 == 0) throw_it(thrown{});
  }
  brittle& operator=(const brittle&) = default;
  brittle& operator=(brittle&& other) {
    if (other.is.number() % 7 == 0) throw_it(thrown{});
    is = other.is;
    return *this;
  }
  ~brittle() = default;
  checked is;
};

/// Those that threw on the way in were never there; those that threw on the way out are gone; all others come out, and nobody waits for ever.
template <class Channel>
void run_brittle(Channel& ch, unsigned producers, unsigned consumers, std::uint64_t n) {
  std::atomic<std::uint64_t> in{0};
  std::atomic<std::uint64_t> out{0};
  std::atomic<std::uint64_t> lost{0};
  std::vector<std::thread> pushing;
  std::vector<std::thread> popping;
  for (unsigned p = 0; p != producers; ++p) {
    pushing.emplace_back([&] {
      for (std::uint64_t i = 0; i != n; ++i) {
        const brittle one(i);
        try {
          if (ch.push(one) == status::ok) ++in;
        } catch (const thrown&) {
        }
      }
    });
  }
  for (unsigned c = 0; c != consumers; ++c) {
    popping.emplace_back([&] {
      brittle one;
      for (status s = status::ok; s != status::closed;) {
        try {
          s = ch.pop(one);
          if (s == status::ok) ++out;
        } catch (const thrown&) {
          ++lost;
        }
      }
    });
  }
  for (auto& t : pushing) t.join();
  ch.close();
  for (auto& t : popping) t.join();
  EXPECT_EQ(in, out + lost);
  EXPECT_GT(lost, 0U);
  EXPECT_TRUE(ch.is_drained());
}

TEST(ChannelBrittleRace, WhatThrowsKeepsNobodyAsleep) {
  const watchdog watch(100);
  const std::uint64_t n = scaled(4'000);
  channel<spsc_ring<brittle, 1>, park> pair;
  run_brittle(pair, 1, 1, n);
  channel<mpmc_ring<brittle, 2>, park> crowd;
  run_brittle(crowd, 3, 3, n);
  channel<lockfree_mpmc_ring<brittle, 2>, spin_park> lockfree;
  run_brittle(lockfree, 3, 3, n);
  channel<spmc_ring<brittle, 2>, park> one_pushes;
  run_brittle(one_pushes, 1, 3, n);
  channel<mpsc_ring<brittle, 2>, park> one_pops;
  run_brittle(one_pops, 3, 1, n);
}
#endif

/// Records of 8 to `most` bytes, each filled with its number.
template <class Channel>
void run_records(Channel& ch, unsigned producers, std::uint64_t n, bool close_early) {
  std::vector<std::thread> pushing;
  std::vector<std::uint64_t> in(producers);
  std::vector<std::uint64_t> next(producers);
  std::uint64_t wrong = 0;
  for (unsigned p = 0; p != producers; ++p) {
    pushing.emplace_back([&, p] {
      for (; in[p] != n; ++in[p]) {
        const std::uint64_t number = number_of(p, in[p]);
        const auto write = [number](std::span<std::byte> to) {
          for (std::size_t i = 0; i != to.size(); i += 8) std::memcpy(&to[i], &number, 8);
        };
        if (ch.push_with(8 + 8 * (in[p] * 7 % (ch.max_record() / 8)), write) != status::ok) return;
      }
    });
  }
  std::thread popping([&] {
    ch.for_each([&](std::span<const std::byte> from) {
      std::uint64_t number = 0;
      std::memcpy(&number, from.data(), 8);
      for (std::size_t i = 8; i != from.size(); i += 8) wrong += std::memcmp(&from[i], &number, 8) == 0 ? 0U : 1U;
      if ((number >> 32) >= producers || (number & 0xffff'ffff) != next[number >> 32]++) ++wrong;
    });
  });
  if (close_early) {
    std::this_thread::yield();
    ch.close();
  }
  for (auto& t : pushing) t.join();
  ch.close();
  popping.join();
  EXPECT_EQ(next, in);
  EXPECT_EQ(wrong, 0U);
}

TEST(ChannelOfRecordsRace, RecordsOfAllSizesArriveOnceInOrderAndWhole) {
  const watchdog watch(100);
  const std::uint64_t n = scaled(600);
  for (const std::size_t capacity : {std::size_t{40}, std::size_t{96}, std::size_t{4096}}) {
    channel<byte_ring<>, park> pair(capacity);
    run_records(pair, 1, n, false);
    channel<mpsc_byte_ring<>, park> crowd(capacity);
    run_records(crowd, 3, n, false);
    channel<mpsc_byte_ring<>> spinning(capacity);
    run_records(spinning, 2, n, false);
  }
  for (std::size_t i = 0; i != scaled(10); ++i) {
    channel<byte_ring<>> pair(40);
    run_records(pair, 1, 100'000, true);
    channel<mpsc_byte_ring<>> crowd(40);
    run_records(crowd, 3, 100'000, true);
  }
}

}  // namespace
}  // namespace volley::testing
