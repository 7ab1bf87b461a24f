// SPDX-License-Identifier: MIT

// mpsc_byte_ring: what every ring of records promises (records.hpp of the conformance tests), and what is its own.

#include <volley/ring/mpsc_byte_ring.hpp>

#include <gtest/gtest.h>

#include "mapped.hpp"
#include "records.hpp"

#include <volley/env/counting.hpp>

#include <cstddef>
#include <cstring>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace volley::testing {
namespace {

using fixed = records_in_place<mpsc_byte_ring>;
using fixed_narrow = records_in_place<mpsc_byte_ring, narrow>;
using dynamic = records_on_heap<mpsc_byte_ring>;
using dynamic_narrow = records_on_heap<mpsc_byte_ring, narrow>;

struct names {
  template <class Factory>
  static std::string GetName(int) {
    if (std::is_same_v<Factory, fixed>) return "fixed";
    if (std::is_same_v<Factory, fixed_narrow>) return "fixed_narrow";
    return std::is_same_v<Factory, dynamic> ? "dynamic" : "dynamic_narrow";
  }
};
using every_kind = ::testing::Types<fixed, fixed_narrow, dynamic, dynamic_narrow>;
INSTANTIATE_TYPED_TEST_SUITE_P(Mpsc, RingOfRecords, every_kind, names);
using every_storage = ::testing::Types<fixed, dynamic>;
INSTANTIATE_TYPED_TEST_SUITE_P(Mpsc, RecordGuards, every_storage, names);
using on_a_heap = ::testing::Types<dynamic>;
INSTANTIATE_TYPED_TEST_SUITE_P(Mpsc, RecordsOnHeap, on_a_heap, names);

// Claims of several producers are open at a time, and end in any order: records come out in the order of the claims, none before its
// turn, and an aborted one in the middle is skipped.
TEST(MpscByteRing, OpenClaimsEndInAnyOrder) {
  for (unsigned order = 0; order != 6; ++order) {
    for (unsigned aborted = 0; aborted != 8; ++aborted) {
      mpsc_byte_ring<64> ring;
      std::vector<record_claim<mpsc_byte_ring<64>>> claims;
      for (unsigned char i = 0; i != 3; ++i) {
        claims.push_back(ring.claim(i));
        ASSERT_TRUE(claims.back());
        for (auto& byte : claims.back().bytes()) byte = std::byte{i};
      }
      constexpr unsigned orders[6][3] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};
      std::vector<std::size_t> got;
      const auto see = [&](std::span<const std::byte> record) { got.push_back(record.size()); };
      bool ended[3] = {};
      for (const unsigned which : orders[order]) {
        if ((aborted >> which & 1) != 0) {
          claims[which].abort();
        } else {
          claims[which].commit();
        }
        ended[which] = true;
        ring.read(see);
        std::vector<std::size_t> expected;
        for (std::size_t i = 0; i != 3 && ended[i]; ++i) {
          if ((aborted >> i & 1) == 0) expected.push_back(i);
        }
        ASSERT_EQ(got, expected) << "order " << order << ", aborted " << aborted;
      }
      ASSERT_EQ(ring.size_approx(), 0U);
    }
  }
}

// A claim that is open holds up what is behind it, and the claims of others when the ring is full of that.
TEST(MpscByteRing, AnOpenClaimHoldsUpWhatIsBehindIt) {
  mpsc_byte_ring<48> ring;
  auto first = ring.claim(8);
  ASSERT_TRUE(first);
  while (ring.try_push(std::span<const std::byte>()) == claim_error::none) {
  }
  EXPECT_EQ(ring.size_approx(), ring.capacity());
  EXPECT_EQ(ring.read([](std::span<const std::byte>) {}), 0U);
  EXPECT_FALSE(ring.empty_approx());
  first.commit(5);
  std::size_t bytes = 0;
  EXPECT_EQ(ring.read([&](std::span<const std::byte> got) { bytes += got.size(); }), 5U);
  EXPECT_EQ(bytes, 5U);
  EXPECT_TRUE(ring.empty_approx());
}

// What is aborted is free at once, with the padding in front of it, in any number, if nobody has claimed behind it.
TEST(MpscByteRing, AnAbortOfTheLastClaimsGivesTheirRoomBack) {
  mpsc_byte_ring<104> ring;
  const auto none = [](std::span<const std::byte>) {};
  for (int round = 0; round != 40; ++round) {
    { const auto aborted = ring.claim(ring.max_record()); }
    EXPECT_EQ(ring.size_approx(), 0U);
    auto first = ring.claim(8);
    const std::size_t one = ring.size_approx();
    auto second = ring.claim(24);  // in some rounds behind padding
    ASSERT_TRUE(first && second) << "round " << round;
    for (auto& byte : second.bytes()) byte = std::byte{0x09};
    second.abort();
    EXPECT_EQ(ring.size_approx(), one) << "round " << round;
    first.abort();
    EXPECT_EQ(ring.size_approx(), 0U) << "round " << round;
    ASSERT_EQ(ring.try_push(std::span<const std::byte>()), claim_error::none);
    ASSERT_EQ(ring.read(none), 1U);
  }
}

// Where others have claimed behind it, it stays until the consumer comes by: with their record, or else in the next call.
TEST(MpscByteRing, AnAbortInTheMiddleIsFreeWhenTheConsumerComesBy) {
  mpsc_byte_ring<104> ring;
  const auto none = [](std::span<const std::byte>) {};
  auto middle = ring.claim(8);
  auto last = ring.claim(8);
  middle.abort();
  EXPECT_EQ(ring.size_approx(), 32U);
  last.commit();
  EXPECT_EQ(ring.read(none, 1), 1U);
  EXPECT_EQ(ring.size_approx(), 0U);
}

// After the seal the tail stays where it is: what is aborted then is passed by the consumer.
TEST(MpscByteRing, AnAbortAfterTheSealIsPassedByTheConsumer) {
  mpsc_byte_ring<104> ring;
  auto open = ring.claim(8);
  ring.seal();
  open.abort();
  EXPECT_TRUE(ring.is_sealed());
  EXPECT_EQ(ring.claim(0).why(), claim_error::sealed);
  EXPECT_EQ(ring.size_approx(), 16U);
  EXPECT_EQ(ring.read([](std::span<const std::byte>) {}), 0U);
  EXPECT_TRUE(ring.empty_approx());
}

// A claim that was open when the ring was sealed goes in, and the end is seen only then.
TEST(MpscByteRing, AClaimThatWasOpenAtTheSealGoesIn) {
  mpsc_byte_ring<48> ring;
  auto open = ring.claim(8);
  ring.seal();
  EXPECT_FALSE(ring.empty_approx());
  EXPECT_EQ(ring.claim(0).why(), claim_error::sealed);
  open.commit();
  EXPECT_EQ(ring.read([](std::span<const std::byte>) {}), 1U);
  EXPECT_TRUE(ring.is_sealed() && ring.empty_approx());
}

TEST(MpscByteRing, ARecordTakesAFewStepsAndOneLockedInstruction) {
  mpsc_byte_ring<1024, counting> ring;
  counting::tally() = {};
  for (int i = 0; i != 100; ++i) {
    ASSERT_EQ(ring.try_push(std::span<const std::byte>()), claim_error::none);
    ASSERT_EQ(ring.read([](std::span<const std::byte>) {}, 1), 1U);
  }
  EXPECT_EQ(counting::tally().locked(), 100U);
  EXPECT_EQ(counting::tally().syscalls(), 0U);
  EXPECT_LE(counting::tally().steps(), 100U * 10);
}

TEST(MpscByteRing, ProducersAndConsumerWriteToLinesOfTheirOwn) {
  static_assert(sizeof(mpsc_byte_ring<1024>) == 2 * cache_line + 1024);
  static_assert(alignof(mpsc_byte_ring<1024>) == cache_line && std::is_standard_layout_v<mpsc_byte_ring<8>>);
  static_assert(std::is_trivially_destructible_v<mpsc_byte_ring<8>>);
}

// A function over rings of any capacity, as the header says.
template <class Storage, class Env>
std::size_t bytes_in(basic_mpsc_byte_ring<Storage, Env>& ring) {
  return ring.size_approx();
}
TEST(MpscByteRing, AFunctionFindsTheStorageAndTheEnv) {
  mpsc_byte_ring<64> fixed_one;
  mpsc_byte_ring<> dynamic_one(64);
  mpsc_byte_ring<64, counting> counted;
  EXPECT_EQ(bytes_in(fixed_one) + bytes_in(dynamic_one) + bytes_in(counted), 0U);
}

// Nothing in a ring of fixed capacity depends on where it is.
TEST(MpscByteRing, WorksAtTwoAddressesAtOnce) {
  const memory_file file;
  const view<mpsc_byte_ring<80>> one(file);
  const view<mpsc_byte_ring<80>> other(file);
  ASSERT_NE(one.address(), other.address());
  one.make();
  for (unsigned i = 0; i != 100; ++i) {
    const std::byte bytes[] = {std::byte(i), std::byte(i + 1), std::byte(i + 2)};
    ASSERT_EQ(one->try_push(bytes), claim_error::none);
    const auto is_right = [&](std::span<const std::byte> got) { EXPECT_EQ(std::memcmp(got.data(), bytes, 3), 0); };
    ASSERT_EQ(other->read(is_right), 1U);
    ASSERT_EQ(other->try_push(bytes), claim_error::none);
    ASSERT_EQ(one->read(is_right), 1U);
  }
}

}  // namespace
}  // namespace volley::testing
