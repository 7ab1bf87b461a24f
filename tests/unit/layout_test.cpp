// SPDX-License-Identifier: MIT

// The layout of what threads and processes share: sizes, alignment, which lines are whose, and that nothing depends on the
// address. What is private is seen through what it does to memory.

#include <volley/handoff/turn.hpp>
#include <volley/ring/spsc_ring.hpp>

#include <gtest/gtest.h>

#include "allocators.hpp"
#include "lines_written.hpp"
#include "mapped.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <set>
#include <type_traits>

namespace volley::testing {
namespace {

// S90, aeron #1915, iceoryx2 #1921, readerwriterqueue #93, folly #378: members padded, the object itself not aligned.
static_assert(alignof(spsc_ring<std::uint64_t, 8>) == cache_line && alignof(spsc_ring<std::uint64_t>) == cache_line);
static_assert(sizeof(spsc_ring<std::uint64_t, 8>) % cache_line == 0 && sizeof(spsc_ring<char>) % cache_line == 0);
static_assert(alignof(turn<>) == cache_line && sizeof(turn<>) == cache_line);

// One layout for all ways of waiting and both scopes, so that it can be shared by programs that differ in these.
static_assert(sizeof(turn<busy_spin>) == sizeof(turn<park, between_processes>));

static_assert(std::is_standard_layout_v<spsc_ring<std::uint64_t, 8>> && std::is_standard_layout_v<turn<>>);
static_assert(std::is_trivially_destructible_v<turn<>>);

// S93: an atomic that is not lock-free has its lock outside the object.
static_assert(std::atomic<std::uint64_t>::is_always_lock_free && std::atomic<std::uint32_t>::is_always_lock_free);
static_assert(sizeof(native::atomic<std::uint64_t>) == 8 && sizeof(native::atomic<std::uint8_t>) == 1);

// Of bytes g++ 12 for riscv64 does not promise it at compile time.
TEST(Layout, AtomicBytesHaveNoLock) { EXPECT_TRUE(std::atomic<std::uint8_t>(0).is_lock_free()); }

// A slot is its flag and its element, nothing else: 16 bytes for 8.
template <class T, std::size_t N>
constexpr std::size_t slots_bytes = sizeof(spsc_ring<T, N + 1024>) - sizeof(spsc_ring<T, 1024>);
static_assert(slots_bytes<std::uint64_t, 1024> == 1024 * 16);
static_assert(slots_bytes<std::uint32_t, 1024> == 1024 * 8);
static_assert(slots_bytes<char, 1024> == 1024 * 2);

TEST(Layout, ADynamicRingAsksForWholeLinesAndNoMore) {
  using ring = spsc_ring<std::uint64_t, dynamic_capacity, native, arena_allocator<std::uint64_t>>;
  for (const std::size_t capacity : {1U, 3U, 4U, 5U, 100U, 1024U}) {
    arena from;
    const ring made(capacity, arena_allocator<std::uint64_t>(from));
    EXPECT_EQ(from.sizes.back(), (capacity * 16 + cache_line - 1) / cache_line * cache_line);
  }
}

// Small elements: the consumer says in the slot that it is free.
TEST(Layout, ProducerAndConsumerWriteToTheSameLineOnlyInSlots) {
  spsc_ring<std::uint64_t, 4> ring;
  std::set<std::size_t> producer;
  std::set<std::size_t> consumer;
  for (std::uint64_t i = 1; i != 20; ++i) {
    producer.merge(lines_written(ring, [&] { ASSERT_TRUE(ring.try_push(i)); }));
    consumer.merge(lines_written(ring, [&] { ASSERT_TRUE(ring.try_pop().has_value()); }));
  }
  EXPECT_EQ(producer, (std::set<std::size_t>{0, 2})) << "its own position, and the slots";
  EXPECT_EQ(consumer, (std::set<std::size_t>{1, 2})) << "its own position, and the slots";
}

TEST(Layout, NobodyButTheProducerWritesToTheSlotsOfLargeElements) {
  struct large {
    std::uint64_t words[8];
  };
  spsc_ring<large, 4> ring;
  std::set<std::size_t> consumer;
  for (std::uint64_t i = 1; i != 20; ++i) {
    ASSERT_TRUE(ring.try_push(large{{i}}));
    consumer.merge(lines_written(ring, [&] { ASSERT_TRUE(ring.try_pop().has_value()); }));
  }
  EXPECT_EQ(consumer, (std::set<std::size_t>{1})) << "its own position alone";
}

// S91, simpler #960: what is only read (where the slots are, how many) shared a line with what is written.
TEST(Layout, WhereTheSlotsAreIsInALineThatNobodyWrites) {
  spsc_ring<std::uint64_t> ring(4);
  std::set<std::size_t> written;
  for (std::uint64_t i = 1; i != 20; ++i) {
    written.merge(lines_written(ring, [&] { ASSERT_TRUE(ring.try_push(i) && ring.try_pop()); }));
  }
  EXPECT_EQ(written, (std::set<std::size_t>{0, 1}));
  EXPECT_EQ(sizeof ring, 3 * cache_line);
}

// S88: the same object at two addresses at once. Also S54: it holds over the wrap of its positions.
template <class T>
struct two_views {
  memory_file file;
  view<T> here{file};
  view<T> there{file};
};

TEST(Layout, ARingWorksAtTwoAddressesAtOnce) {
  const two_views<spsc_ring<std::uint64_t, 3>> rings;
  ASSERT_NE(rings.here.address(), rings.there.address());
  rings.here.make();
  for (std::uint64_t i = 0; i != 50; ++i) {
    const auto& from = i % 3 == 0 ? rings.there : rings.here;
    const auto& to = i % 2 == 0 ? rings.there : rings.here;
    ASSERT_TRUE(from->try_push(i));
    ASSERT_TRUE(from->try_push(i + 1));
    EXPECT_EQ(rings.here->size_approx(), rings.there->size_approx());
    ASSERT_EQ(to->try_pop(), i);
    ASSERT_EQ(from->try_pop(), i + 1);
    ASSERT_EQ(to->try_pop(), std::nullopt);
  }
}

// It can even move: bytes are all there is to it, so a copy of the memory is a ring in the same state.
TEST(Layout, TheBytesOfARingAreTheWholeRing) {
  const two_views<spsc_ring<std::uint64_t, 3>> source;
  const two_views<spsc_ring<std::uint64_t, 3>> target;
  source.here.make();
  ASSERT_TRUE(source.here->try_push(1) && source.here->try_push(2));
  std::memcpy(target.here.address(), source.here.address(), sizeof *source.here);
  EXPECT_EQ(target.there->try_pop(), 1U);
  EXPECT_EQ(target.here->try_pop(), 2U);
  EXPECT_EQ(target.here->try_pop(), std::nullopt);
}

TEST(Layout, ATurnWorksAtTwoAddressesAtOnce) {
  const two_views<turn<park, between_processes>> turns;
  turns.here.make();
  for (int i = 0; i != 20; ++i) {
    EXPECT_TRUE(turns.there->side(0).try_await());
    EXPECT_FALSE(turns.here->side(1).try_await());
    turns.here->side(0).pass();
    turns.there->side(1).await();
    turns.there->side(1).pass();
    turns.here->side(0).await();
  }
}

}  // namespace
}  // namespace volley::testing
