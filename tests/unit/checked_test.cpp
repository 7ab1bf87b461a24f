// SPDX-License-Identifier: MIT

// The checked Env: says which role of which ring was broken, says nothing where none was, and the native Env pays nothing for it.

#include <volley/env/checked.hpp>
#include <volley/ring/broadcast_ring.hpp>
#include <volley/ring/byte_ring.hpp>
#include <volley/ring/mpmc_ring.hpp>
#include <volley/ring/mpsc_byte_ring.hpp>
#include <volley/ring/overwrite_ring.hpp>
#include <volley/ring/spsc_ring.hpp>

#include <gtest/gtest.h>

#include "deaths.hpp"
#include "numbers.hpp"
#include "records.hpp"
#include "refusing.hpp"
#include "ring.hpp"

#include <array>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <thread>
#include <type_traits>
#include <utility>

namespace volley::testing {
namespace {

using watched = volley::checked;  // the payload of the race tests has that name too

// A role that is nobody's business costs no byte: as if it were not there.
static_assert(std::is_empty_v<native::role> && std::is_trivially_destructible_v<native::role>);
static_assert(std::is_empty_v<native::role::acting> && std::is_trivially_destructible_v<native::role::acting>);
static_assert(sizeof(overwrite_ring<int, 6>) == 3 * cache_line + 8 * 24);
static_assert(sizeof(spsc_ring<int, 8>) == 3 * cache_line && sizeof(mpmc_ring<int, 4>) == 3 * cache_line);
static_assert(std::is_same_v<watched::atomic<int>, native::atomic<int>> && !std::is_empty_v<watched::role>);

// What is right is not reported: everything that every ring promises, watched.
using spsc = in_place<spsc_ring, watched>;
using mpmc = in_place<mpmc_ring, watched>;
using overwrite = in_place<refusing, watched, false>;
using every_kind = ::testing::Types<spsc, mpmc, overwrite>;
struct names {
  template <class Factory>
  static std::string GetName(int) {
    if (std::is_same_v<Factory, spsc>) return "spsc";
    return std::is_same_v<Factory, mpmc> ? "mpmc" : "overwrite";
  }
};
INSTANTIATE_TYPED_TEST_SUITE_P(Checked, Ring, every_kind, names);
INSTANTIATE_TYPED_TEST_SUITE_P(Checked, RingOfNumbers, every_kind, names);

struct kinds_of_records {
  template <class Factory>
  static std::string GetName(int) {
    return std::is_same_v<Factory, records_in_place<byte_ring, watched>> ? "byte" : "mpsc_byte";
  }
};
using every_ring_of_records =
    ::testing::Types<records_in_place<byte_ring, watched>, records_in_place<mpsc_byte_ring, watched>>;
INSTANTIATE_TYPED_TEST_SUITE_P(Checked, RecordGuards, every_ring_of_records, kinds_of_records);
INSTANTIATE_TYPED_TEST_SUITE_P(Checked, RingOfRecords, every_ring_of_records, kinds_of_records);
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(RecordsOnHeap);

/// Does something while it is made.
struct meddling {
  explicit meddling(const std::function<void()>& act) { act(); }
};
watched_role some_role() { return {"some_ring", "producer"}; }
void nothing() {}
void in_another_thread(const std::function<void()>& act) { std::thread(act).join(); }

using spsc_of_ints = spsc_ring<int, 4, watched>;
using mpmc_of_ints = mpmc_ring<int, 4, watched>;
using bytes_of_one = byte_ring<64, watched>;
using bytes_of_many = mpsc_byte_ring<64, watched>;
using overwrite_of_ints = overwrite_ring<int, 4, watched>;
using broadcast_of_ints = broadcast_ring<int, 4, watched>;
using spsc_of_meddling = spsc_ring<meddling, 4, watched>;
using overwrite_of_meddling = overwrite_ring<meddling, 4, watched>;

class CheckedDeathTest : public ::testing::Test {
 protected:
  void SetUp() override { die_in_a_program_of_its_own(); }
};

TEST_F(CheckedDeathTest, TwoThreadsAsTheOneProducerAreNamed) {
  EXPECT_DEATH(
      {
        spsc_of_meddling ring;
        ring.try_emplace([&] { in_another_thread([&] { ring.try_emplace(nothing); }); });
      },
      std::string("^volley: spsc_ring: two threads act as its one producer \\(threads [0-9]+ and [0-9]+\\)\n") +
          nothing_more());
  EXPECT_DEATH(
      {
        overwrite_of_meddling ring;
        (void)ring.emplace([&] { in_another_thread([&] { (void)ring.emplace(nothing); }); });
      },
      std::string("^volley: overwrite_ring: two threads act as its one producer \\(threads [0-9]+ and [0-9]+\\)\n") +
          nothing_more());
}

TEST_F(CheckedDeathTest, TwoThreadsAsTheOneConsumerAreNamed) {
  EXPECT_DEATH(
      {
        spsc_of_ints ring;
        ring.try_push(1);
        ring.consume_all([&](int&&) { in_another_thread([&] { ring.try_pop(); }); });
      },
      "volley: spsc_ring: two threads act as its one consumer");
  EXPECT_DEATH(
      {
        overwrite_of_ints ring;
        (void)ring.push(1);
        ring.consume_all([&](int&&) { in_another_thread([&] { ring.try_pop(); }); });
      },
      "volley: overwrite_ring: two threads act as its one consumer");
}

TEST_F(CheckedDeathTest, AThreadThatEntersItsRoleOnceMoreIsNamed) {
  EXPECT_DEATH(
      {
        spsc_of_meddling ring;
        ring.try_emplace([&] { ring.try_emplace(nothing); });
      },
      "volley: spsc_ring: its producer enters again from within its own call \\(thread [0-9]+\\)");
  EXPECT_DEATH(
      {
        overwrite_of_ints ring;
        (void)ring.push(1);
        ring.consume_all([&](int&&) { ring.try_pop(); });
      },
      "volley: overwrite_ring: its consumer enters again from within its own call");
}

TEST_F(CheckedDeathTest, AGuardThatOutlivesItsRingIsNamed) {
  EXPECT_DEATH(
      {
        auto ring = std::make_unique<mpmc_of_ints>();
        const auto guard = ring->try_reserve(2);
        in_another_thread([&] { ring.reset(); });
      },
      "volley: mpmc_ring: destroyed while a guard of its producer is open");
  EXPECT_DEATH(
      {
        auto ring = std::make_unique<mpmc_of_ints>();
        ring->try_push(1);
        const auto guard = ring->try_peek(2);
        in_another_thread([&] { ring.reset(); });
      },
      "volley: mpmc_ring: destroyed while a guard of its consumer is open");
  EXPECT_DEATH(
      {
        auto ring = std::make_unique<spsc_of_ints>();
        const auto guard = ring->try_reserve(2);
        in_another_thread([&] { ring.reset(); });
      },
      "volley: spsc_ring: destroyed while a guard of its producer is open");
}

TEST_F(CheckedDeathTest, ActingBesideAnOpenGuardOfTheSameRoleIsNamed) {
  EXPECT_DEATH(
      {
        spsc_of_ints ring;
        const auto guard = ring.try_reserve(2);
        ring.try_push(1);
      },
      "volley: spsc_ring: its producer acts while a guard of that role is open \\(thread [0-9]+\\)");
}

TEST_F(CheckedDeathTest, AProducerOfABroadcastRingThatActsBesideItsReservationIsNamed) {
  const auto dies = [](const auto& act) {
    EXPECT_DEATH(
        {
          broadcast_of_ints ring;
          const auto reader = ring.subscribe();
          const auto guard = ring.try_reserve(1);
          act(ring);
        },
        "volley: broadcast_ring: its producer acts while a guard of that role is open \\(thread [0-9]+\\)");
  };
  dies([](auto& ring) { ring.try_push(1); });
  dies([](auto& ring) { ring.try_push_n(std::array{1, 2}); });
  dies([](auto& ring) { (void)ring.try_reserve(1); });
}

TEST_F(CheckedDeathTest, AReaderThatActsBesideItsPeekIsNamed) {
  const auto dies = [](const auto& act) {
    EXPECT_DEATH(
        {
          broadcast_of_ints ring;
          std::optional reader(ring.subscribe());
          ring.try_push(1);
          const auto guard = reader->try_peek(1);
          act(reader);
        },
        "volley: broadcast_ring: its reader acts while a guard of that role is open \\(thread [0-9]+\\)");
  };
  dies([](auto& reader) { reader->try_pop(); });
  dies([](auto& reader) { (void)reader->try_peek(1); });
  dies([](auto& reader) { reader->unsubscribe(); });
  dies([](auto& reader) { auto other = std::move(*reader); });
  dies([](auto& reader) { reader.reset(); });
}

TEST_F(CheckedDeathTest, AReaderThatIsUsedFromWithinIsNamed) {
  const auto dies = [](const auto& act) {
    EXPECT_DEATH(
        {
          broadcast_of_ints ring;
          auto reader = ring.subscribe();
          ring.try_push(1);
          reader.try_read([&](int) { act(reader); });
        },
        "volley: broadcast_ring: its reader enters again from within its own call \\(thread [0-9]+\\)");
  };
  dies([](auto& reader) { reader.unsubscribe(); });
  dies([](auto& reader) { reader.try_pop(); });
  dies([](auto& reader) { auto other = std::move(reader); });
}

template <class Ring>
void read_beside_a_peek() {
  Ring ring;
  (void)ring.try_push({});
  const auto guard = ring.try_peek();
  ring.read([](std::span<const std::byte>) {});
}
template <class Ring>
void peek_beside_a_peek() {
  Ring ring;
  (void)ring.try_push({});
  const auto guard = ring.try_peek();
  (void)ring.try_peek();
}

TEST_F(CheckedDeathTest, ActingBesideAnOpenGuardOfARingOfRecordsIsNamed) {
  EXPECT_DEATH(
      {
        bytes_of_one ring;
        const auto guard = ring.claim(8);
        (void)ring.try_push({});
      },
      "volley: byte_ring: its producer acts while a guard of that role is open");
  EXPECT_DEATH(read_beside_a_peek<bytes_of_one>(),
               "volley: byte_ring: its consumer acts while a guard of that role is");
  EXPECT_DEATH(peek_beside_a_peek<bytes_of_one>(),
               "volley: byte_ring: its consumer acts while a guard of that role is");
  constexpr const char* many = "volley: mpsc_byte_ring: its consumer acts while a guard of that role is open";
  EXPECT_DEATH(read_beside_a_peek<bytes_of_many>(), many);
  EXPECT_DEATH(peek_beside_a_peek<bytes_of_many>(), many);
}

TEST_F(CheckedDeathTest, ARingDestroyedFromWithinIsNamed) {
  EXPECT_DEATH(
      {
        auto* const ring = new overwrite_of_meddling;
        (void)ring->emplace([&] { delete ring; });
      },
      "volley: overwrite_ring: destroyed while its producer is inside \\(thread [0-9]+\\)");
}

// The role itself: what a ring can get wrong.
TEST_F(CheckedDeathTest, AGuardThatEndsTwiceIsNamed) {
  EXPECT_DEATH(
      {
        watched_role role = some_role();
        role.open();
        role.close();
        role.close();
      },
      "volley: some_ring: a guard of its producer ends twice");
}

TEST(Checked, ARoleMayGoFromThreadToThread) {
  overwrite_ring<int, 2, watched> ring;
  for (int i = 0; i != 6; ++i) {
    in_another_thread([&] { (void)ring.push(i); });
    in_another_thread([&] { EXPECT_EQ(ring.try_pop(), i); });
    EXPECT_EQ(ring.try_pop(), std::nullopt);
  }
}

TEST(Checked, BothRolesMayBeOneThreadsAtTheSameTime) {
  overwrite_ring<int, 2, watched> ring;
  (void)ring.push(1);
  ring.consume_all([&](int&& value) {
    if (value < 3) (void)ring.push(value + 1);
  });
  spsc_of_ints other;
  auto guard = other.try_reserve(2);
  EXPECT_EQ(other.try_pop(), std::nullopt);
  guard.construct(5);
  guard.commit();
  EXPECT_EQ(other.try_pop(), 5);
}

TEST(Checked, ManyMayPushWhereManyMay) {
  mpmc_ring<meddling, 4, watched> ring;
  EXPECT_TRUE(ring.try_emplace([&] { in_another_thread([&] { ring.try_emplace(nothing); }); }));
  EXPECT_EQ(ring.size_approx(), 2U);
}

TEST(Checked, ManyMayClaimWhereManyMayAndPushWhileOnePeeks) {
  bytes_of_many ring;
  auto one = ring.claim(8);
  auto other = ring.claim(8);
  EXPECT_EQ(ring.try_push({}), claim_error::none);
  one.commit();
  auto peeked = ring.try_peek();
  other.commit();
  EXPECT_EQ(ring.try_push({}), claim_error::none);
  peeked.release();
  EXPECT_EQ(ring.read([](std::span<const std::byte>) {}), 3U);
}

TEST(Checked, AThrowingElementLeavesTheRole) {
  spsc_of_meddling ring;
  EXPECT_THROW(ring.try_emplace([] { throw_it(boom{}); }), boom);
  EXPECT_TRUE(ring.try_emplace(nothing));
}

}  // namespace
}  // namespace volley::testing
