// SPDX-License-Identifier: MIT

// byte_ring and mpsc_byte_ring under real threads: each record once, whole, those of one producer in their order, and no data race that
// a sanitizer can see. Records are plain bytes on purpose, and look like headers.

#include <volley/env/chaos.hpp>
#include <volley/ring/byte_ring.hpp>
#include <volley/ring/mpsc_byte_ring.hpp>

#include <gtest/gtest.h>

#include "scale.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <thread>
#include <vector>

namespace volley::testing {
namespace {

/// A record: a word that says whose it is and which, and a word again and again that follows from it.
struct record {
  std::uint64_t producer;
  std::uint64_t number;

  std::uint64_t id() const { return number << 8 | producer << 3 | (1 + 2 * (number % 2)); }
  std::size_t size(std::size_t most) const { return 8 + (number * 13 + producer) % (most - 7); }

  void write(std::span<std::byte> to) const {
    const std::uint64_t word = id();
    for (std::size_t i = 0; i < to.size(); i += 8) {
      std::memcpy(&to[i], &word, std::min<std::size_t>(8, to.size() - i));
    }
  }
  static record of(std::span<const std::byte> from) {
    std::uint64_t word = 0;
    std::memcpy(&word, from.data(), 8);
    return {word >> 3 & 31, word >> 8};
  }
  bool is(std::span<const std::byte> got, std::size_t most) const {
    std::vector<std::byte> expected(size(most));
    write(expected);
    return std::equal(expected.begin(), expected.end(), got.begin(), got.end());
  }
};

/// In each of the ways there are: copied, written in place, from a claim that was too large, and after one that was aborted.
template <class Ring>
void put(Ring& ring, const record& r) {
  const std::size_t size = r.size(ring.max_record());
  switch (r.number % 4) {
    case 0: {
      std::vector<std::byte> mine(size);
      r.write(mine);
      until([&] { return ring.try_push(mine) == claim_error::none; });
      return;
    }
    case 1: {
      auto dropped = ring.claim(size);
      if (dropped) std::memset(dropped.bytes().data(), 9, dropped.bytes().size());
      break;
    }
    default:
      break;
  }
  until([&] {
    auto mine = ring.claim(r.number % 4 == 2 ? ring.max_record() : size);
    if (!mine) return false;
    r.write(mine.bytes().first(size));
    mine.commit(size);
    return true;
  });
}

/// n records from each producer, while one more thread asks how many bytes are inside.
template <unsigned Producers, class Ring>
void carry(Ring& ring, std::size_t n) {
  std::array<std::uint64_t, Producers> next{};
  std::size_t wrong = 0;
  std::size_t out_of_bounds = 0;
  std::atomic<bool> done{false};
  const auto see = [&](std::span<const std::byte> got) {
    const record r = record::of(got);
    const bool right = r.producer < Producers && r.number == next[r.producer] && r.is(got, ring.max_record());
    if (right) ++next[r.producer];
    wrong += right ? 0U : 1U;
  };
  const auto produce = [&](std::uint64_t which) {
    for (std::uint64_t i = 0; which < Producers && i != n; ++i) put(ring, record{which, i});
  };
  together([&] { produce(0); }, [&] { produce(1); }, [&] { produce(2); },
           [&] {
             for (std::size_t read = 0; read < n * Producers;) {
               std::size_t some = 0;
               if (read % 3 == 0) {
                 if (auto peeked = ring.try_peek()) {
                   see(peeked.bytes());
                   peeked.release();
                   some = 1;
                 }
               } else {
                 some = ring.read(see, 1 + read % 7);
               }
               read += some;
               if (some == 0) std::this_thread::yield();
             }
             done = true;
           },
           [&] {
             until([&] {
               out_of_bounds += ring.size_approx() > ring.capacity() ? 1U : 0U;
               return done.load();
             });
           });
  EXPECT_EQ(wrong, 0U);
  EXPECT_EQ(out_of_bounds, 0U);
  ring.read(see);  // what was aborted last
  EXPECT_EQ(ring.size_approx(), 0U);
}

class ByteRingRace : public ::testing::Test {
 protected:
  watchdog watch_{100};
};

TEST_F(ByteRingRace, EachRecordArrivesOnceInOrderAndWhole) {
  byte_ring<24> smallest;
  carry<1>(smallest, scaled(10'000));
  byte_ring<200> odd;
  carry<1>(odd, scaled(20'000));
  byte_ring<> large(1 << 14);
  carry<1>(large, scaled(10'000));
}

TEST_F(ByteRingRace, RecordsOfManyProducersArriveOnceInOrderAndWhole) {
  mpsc_byte_ring<24> smallest;
  carry<2>(smallest, scaled(4'000));
  mpsc_byte_ring<200> odd;
  carry<3>(odd, scaled(7'000));
  mpsc_byte_ring<> large(1 << 14);
  carry<3>(large, scaled(4'000));
}

// The same, with every step of the rings dawdling, yielding or sleeping at random.
TEST_F(ByteRingRace, NothingDependsOnHowFastASideIs) {
  byte_ring<56, chaos> one;
  carry<1>(one, scaled(4'000));
  mpsc_byte_ring<56, chaos> many;
  carry<3>(many, scaled(2'000));
}

// What went in before the seal comes out, and nothing goes in after it was seen.
TEST_F(ByteRingRace, TheSealIsTheEnd) {
  for (std::size_t round = 0; round != scaled(100); ++round) {
    mpsc_byte_ring<128> ring;
    std::atomic<std::size_t> in{0};
    std::size_t out = 0;
    const auto produce = [&] {
      for (claim_error why = claim_error::none; why != claim_error::sealed;) {
        why = ring.try_push({});
        if (why == claim_error::none) ++in;
        if (why == claim_error::full) std::this_thread::yield();
      }
    };
    together(produce, produce, [&] {
      const auto count = [&](std::span<const std::byte>) { ++out; };
      while (out < 20) ring.read(count);
      ring.seal();
      until([&] {
        ring.read(count);
        return ring.empty_approx();
      });
    });
    ASSERT_EQ(in, out);
  }
}

}  // namespace
}  // namespace volley::testing
