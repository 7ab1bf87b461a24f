// SPDX-License-Identifier: MIT

// byte_ring: what every ring of records promises (records.hpp of the conformance tests), and what is its own.

#include <volley/ring/byte_ring.hpp>

#include <gtest/gtest.h>

#include "mapped.hpp"
#include "records.hpp"

#include <volley/env/counting.hpp>

#include <cstddef>
#include <cstring>
#include <span>
#include <string>
#include <type_traits>

namespace volley::testing {
namespace {

using fixed = records_in_place<byte_ring>;
using fixed_narrow = records_in_place<byte_ring, narrow>;
using dynamic = records_on_heap<byte_ring>;
using dynamic_narrow = records_on_heap<byte_ring, narrow>;

struct names {
  template <class Factory>
  static std::string GetName(int) {
    if (std::is_same_v<Factory, fixed>) return "fixed";
    if (std::is_same_v<Factory, fixed_narrow>) return "fixed_narrow";
    return std::is_same_v<Factory, dynamic> ? "dynamic" : "dynamic_narrow";
  }
};
using every_kind = ::testing::Types<fixed, fixed_narrow, dynamic, dynamic_narrow>;
INSTANTIATE_TYPED_TEST_SUITE_P(Spsc, RingOfRecords, every_kind, names);
using every_storage = ::testing::Types<fixed, dynamic>;
INSTANTIATE_TYPED_TEST_SUITE_P(Spsc, RecordGuards, every_storage, names);
using on_a_heap = ::testing::Types<dynamic>;
INSTANTIATE_TYPED_TEST_SUITE_P(Spsc, RecordsOnHeap, on_a_heap, names);

// S78: what was claimed and aborted, or not committed, was never there: no room is lost, and nothing is in the way.
TEST(ByteRing, AnOpenOrAbortedClaimTakesNoRoom) {
  byte_ring<80> ring;
  for (int round = 0; round != 50; ++round) {
    {
      const auto open = ring.claim(ring.max_record());
      ASSERT_TRUE(open);
      EXPECT_EQ(ring.size_approx(), 0U);
    }
    EXPECT_EQ(ring.read([](std::span<const std::byte>) {}), 0U);
    auto mine = ring.claim(ring.max_record());
    ASSERT_TRUE(mine);
    mine.commit(3);
    ASSERT_EQ(ring.read([](std::span<const std::byte> got) { EXPECT_EQ(got.size(), 3U); }), 1U);
  }
}

// What a claim and a read cost, and that nothing is locked.
TEST(ByteRing, ARecordTakesAFewStepsAndNoLockedInstruction) {
  byte_ring<1024, counting> ring;
  counting::tally() = {};
  for (int i = 0; i != 100; ++i) {
    ASSERT_EQ(ring.try_push(std::span<const std::byte>()), claim_error::none);
    ASSERT_EQ(ring.read([](std::span<const std::byte>) {}, 1), 1U);
  }
  EXPECT_EQ(counting::tally().locked(), 0U);
  EXPECT_EQ(counting::tally().syscalls(), 0U);
  EXPECT_LE(counting::tally().steps(), 100U * 8);
}

TEST(ByteRing, ProducerAndConsumerWriteToLinesOfTheirOwn) {
  static_assert(sizeof(byte_ring<1024>) == 2 * cache_line + 1024);
  static_assert(alignof(byte_ring<1024>) == cache_line && std::is_standard_layout_v<byte_ring<8>>);
  static_assert(std::is_trivially_destructible_v<byte_ring<8>>);
}

// A function over rings of any capacity, as the header says.
template <class Storage, class Env>
std::size_t bytes_in(basic_byte_ring<Storage, Env>& ring) {
  return ring.size_approx();
}
TEST(ByteRing, AFunctionFindsTheStorageAndTheEnv) {
  byte_ring<64> fixed_one;
  byte_ring<> dynamic_one(64);
  byte_ring<64, counting> counted;
  EXPECT_EQ(bytes_in(fixed_one) + bytes_in(dynamic_one) + bytes_in(counted), 0U);
}

// Nothing in a ring of fixed capacity depends on where it is.
TEST(ByteRing, WorksAtTwoAddressesAtOnce) {
  const memory_file file;
  const view<byte_ring<80>> one(file);
  const view<byte_ring<80>> other(file);
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
