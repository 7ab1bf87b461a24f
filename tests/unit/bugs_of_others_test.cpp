// SPDX-License-Identifier: MIT

// What went wrong in other queues and could in any of ours, whatever its algorithm: its memory, its layout, its construction. The list of
// all such bugs, with the tests that are for them: stress/bugs_of_others.md.

#include <gtest/gtest.h>

#include "allocators.hpp"
#include "each_ring.hpp"
#include "interrupted.hpp"
#include "lines_written.hpp"
#include "throwing.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <memory>
#include <new>
#include <optional>
#include <set>
#include <stdexcept>
#include <type_traits>
#include <utility>
#include <vector>

namespace {
bool is_out_of_memory = false;
}  // namespace

// What make() of a ring that is given an allocator gets the ring itself from.
void* operator new(std::size_t size, std::align_val_t alignment, const std::nothrow_t&) noexcept {
  return is_out_of_memory ? nullptr : ::operator new(size, alignment);
}

namespace volley::testing {
namespace {

void soil(void* at, std::size_t bytes, unsigned char left) {
  auto* const each = static_cast<volatile unsigned char*>(at);  // volatile: not dead, though a constructor follows
  for (std::size_t i = 0; i != bytes; ++i) each[i] = left;
}

/// Gives memory in which something was before.
template <class T, unsigned char Left>
struct leaving {
  using value_type = T;
  template <class U>
  struct rebind {
    using other = leaving<U, Left>;
  };
  leaving() = default;
  template <class U>
  leaving(const leaving<U, Left>&) noexcept {}
  T* allocate(std::size_t n) {
    T* const block = std::allocator<T>().allocate(n);
    soil(block, n * sizeof(T), Left);
    return block;
  }
  void deallocate(T* block, std::size_t n) noexcept { std::allocator<T>().deallocate(block, n); }
  template <class U>
  bool operator==(const leaving<U, Left>&) const noexcept {
    return true;
  }
};

template <class Kind>
class EachRing : public ::testing::Test {};
TYPED_TEST_SUITE(EachRing, each_ring, each_ring_names);

/// Four numbers go in and come out, in order, a few laps long; a full ring refuses, but for those that are never full.
template <class Ring>
void expect_to_work(Ring& ring) {
  auto&& from = outlet(ring);
  ASSERT_EQ(pop(from), std::nullopt);
  for (number lap = 0; lap != 5; ++lap) {
    for (number i = 0; i != 4; ++i) ASSERT_TRUE(push(ring, 10 * lap + i));
    for (number i = 0; i != 4; ++i) ASSERT_EQ(pop(from), 10 * lap + i);
    ASSERT_EQ(pop(from), std::nullopt);
    ASSERT_TRUE(push(ring, lap) && pop(from) == lap);  // start the next lap one further on
  }
}

// S53 and S75: libcds 91dbaa80, agrona #67: what happened to be in memory was taken for something.
TYPED_TEST(EachRing, WhatWasInItsMemoryBeforeDoesNotMatter) {
  using fixed = typename TypeParam::template in_place<4>;
  for (const unsigned left : {0x00U, 0x01U, 0x04U, 0xffU}) {
    SCOPED_TRACE(left);
    alignas(fixed) unsigned char memory[sizeof(fixed)];
    soil(memory, sizeof memory, static_cast<unsigned char>(left));
    auto* const ring = ::new (static_cast<void*>(memory)) fixed;
    expect_to_work(*ring);
    std::destroy_at(ring);
  }
}

template <class T>
using leaving_ones = leaving<T, 0x01>;
template <class T>
using leaving_all = leaving<T, 0xff>;

TYPED_TEST(EachRing, WhatItsAllocatorLeftInMemoryDoesNotMatter) {
  const auto ones = TypeParam::template on_heap<leaving_ones>::make(4 * TypeParam::grain);
  expect_to_work(*ones);
  const auto all = TypeParam::template on_heap<leaving_all>::make(4 * TypeParam::grain);
  expect_to_work(*all);
}

// S50, concurrentqueue 5170da7, MPMCQueue 5bb796f: of several allocations the first went well, and was lost when the next one failed.
TYPED_TEST(EachRing, SlotsGoBackWhenThereIsNoMemoryForTheRingItself) {
  using ring = typename TypeParam::template on_heap<arena_allocator>;
  arena from;
  const arena_allocator<typename TypeParam::stored> allocator(from);
  is_out_of_memory = true;
  const auto none = ring::make(4 * TypeParam::grain, allocator);
  is_out_of_memory = false;
  EXPECT_EQ(none, nullptr);
  EXPECT_EQ(from.sizes.size(), 1U) << "slots were asked for";
  EXPECT_TRUE(from.blocks.empty());
  EXPECT_NE(ring::make(4 * TypeParam::grain, allocator), nullptr);
}

// S56: aeron #2017 (more than INT32_MAX), DPDK 0e4dc6af06 (count * size): a large capacity became a small one on its way.
TYPED_TEST(EachRing, LargeCapacitiesReachTheAllocatorUndiminished) {
  using ring = typename TypeParam::template on_heap<arena_allocator>;
  arena small;
  small.most = 1 << 20;
  const arena_allocator<typename TypeParam::stored> from(small);
  for (const std::size_t capacity : {std::size_t{1} << 31, std::size_t{1} << 32, ring::max_capacity()}) {
    SCOPED_TRACE(capacity);
    expect_refused<ring, std::bad_alloc>(capacity, from);
    EXPECT_GE(small.sizes.back() / sizeof(typename TypeParam::stored), capacity);
  }
}

// S56, SPSCQueue #49: SIZE_MAX + 1 slots were none.
TYPED_TEST(EachRing, ImpossibleCapacitiesNeverReachTheAllocator) {
  using ring = typename TypeParam::template on_heap<arena_allocator>;
  arena untouched;
  const arena_allocator<typename TypeParam::stored> from(untouched);
  constexpr std::size_t all = std::numeric_limits<std::size_t>::max();
  for (const std::size_t capacity : {std::size_t{0}, ring::max_capacity() + TypeParam::grain, all / 2, all - 1, all}) {
    SCOPED_TRACE(capacity);
    expect_refused<ring, std::invalid_argument>(capacity, from);
  }
  EXPECT_TRUE(untouched.sizes.empty());
}

// S88: a pointer into itself. Its bytes go from place to place here, and what they leave is wiped out.
TYPED_TEST(EachRing, ItsBytesAreTheWholeRing) {
  using ring = typename TypeParam::template in_place<3>;
  alignas(ring) unsigned char places[2][sizeof(ring)];
  const auto at = [&](number i) { return std::launder(reinterpret_cast<ring*>(places[i % 2])); };
  ::new (static_cast<void*>(places[0])) ring;
  if constexpr (!requires { at(0)->subscribe(); }) {  // a reader stays where it subscribed
    for (number i = 0; i != 50; ++i) {
      ASSERT_TRUE(push(*at(i), i));
      std::memcpy(places[(i + 1) % 2], places[i % 2], sizeof(ring));
      soil(places[i % 2], sizeof(ring), 0xff);
      ASSERT_TRUE(push(*at(i + 1), i + 100));
      ASSERT_EQ(pop(*at(i + 1)), i);
      ASSERT_EQ(pop(*at(i + 1)), i + 100);
    }
  }
  std::destroy_at(at(0));
}

// S90, aeron #1915, iceoryx2 #1921, readerwriterqueue #93, folly #378: members were padded, and the object lay anywhere.
TYPED_TEST(EachRing, LiesOnItsLinesWhereverItIs) {
  using fixed = typename TypeParam::template in_place<3>;
  using dynamic = typename TypeParam::template on_heap<std::allocator>;
  static_assert(alignof(fixed) == cache_line && alignof(dynamic) == cache_line);
  static_assert(sizeof(fixed[2]) == 2 * sizeof(fixed) && sizeof(fixed) % cache_line == 0);
  std::vector<std::unique_ptr<dynamic>> many;
  for (std::size_t i = 1; i != 20; ++i) {
    many.push_back(dynamic::make(i * TypeParam::grain));
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(many.back().get()) % cache_line, 0U);
  }
}

/// Lines that pushes write, and lines that pops write.
template <class Ring>
std::array<std::set<std::size_t>, 2> lines_of_both_sides(Ring& ring) {
  std::array<std::set<std::size_t>, 2> lines;
  auto&& from = outlet(ring);
  EXPECT_TRUE(push(ring, 0) && pop(from) == number{0});  // a new reader is let in by a push, once
  for (number i = 1; i != 30; ++i) {
    lines[0].merge(lines_written(ring, [&] { EXPECT_TRUE(push(ring, i)); }));
    lines[1].merge(lines_written(ring, [&] { EXPECT_EQ(pop(from), i); }));
  }
  return lines;
}

// S90 once more: and what each side writes is in lines of its own.
TYPED_TEST(EachRing, BothSidesWriteToLinesOfTheirOwn) {
  const auto ring = TypeParam::template on_heap<std::allocator>::make(4 * TypeParam::grain);
  const auto [pushes, pops] = lines_of_both_sides(*ring);
  EXPECT_FALSE(pushes.empty());
  for (const std::size_t line : pops) EXPECT_FALSE(pushes.contains(line)) << line;
}

// S91, simpler #960: what is only read (where the slots are, how many) shared a line with what is written.
TYPED_TEST(EachRing, WhereTheSlotsAreIsInALineThatNobodyWrites) {
  using dynamic = typename TypeParam::template on_heap<arena_allocator>;
  arena memory;
  alignas(dynamic) unsigned char bytes[sizeof(dynamic)];
  soil(bytes, sizeof bytes, 0);  // so that no address from before is left in its padding
  auto* const ring = ::new (static_cast<void*>(bytes))
      dynamic(4 * TypeParam::grain, arena_allocator<typename TypeParam::stored>(memory));
  const void* const slots = memory.blocks.begin()->first;
  const auto [pushes, pops] = lines_of_both_sides(*ring);
  std::size_t found = 0;
  for (std::size_t at = 0; at != sizeof bytes; at += sizeof slots) {
    if (std::memcmp(bytes + at, &slots, sizeof slots) != 0) continue;
    ++found;
    EXPECT_FALSE(pushes.contains(at / cache_line) || pops.contains(at / cache_line)) << at;
  }
  EXPECT_EQ(found, 1U);
  std::destroy_at(ring);
}

// S69: a copy without its buffer, a swap that forgot the capacity. A ring does neither.
TYPED_TEST(EachRing, CannotBeCopiedOrMoved) {
  const auto check = []<class Ring>(std::type_identity<Ring>) {
    static_assert(!std::is_copy_constructible_v<Ring> && !std::is_move_constructible_v<Ring>);
    static_assert(!std::is_copy_assignable_v<Ring> && !std::is_move_assignable_v<Ring>);
    static_assert(!std::is_swappable_v<Ring>);
  };
  check(std::type_identity<typename TypeParam::template in_place<3>>());
  check(std::type_identity<typename TypeParam::template on_heap<std::allocator>>());
}

// S3, DPDK 9bc2cbb007: the others ran on between the two looks that a size takes, and it underflowed.
TYPED_TEST(EachRing, NoSizeIsAboveTheCapacityHoweverFarTheOthersRunMeanwhile) {
  using ring_type = typename TypeParam::template in_place<5, interrupted>;
  for (number level = 0; level <= 5; ++level) {
    for (number between = 0; between != 25; ++between) {
      ring_type ring;
      auto&& from = outlet(ring);
      const auto step = [&](bool in) { return in ? push(ring, 1) : pop(from).has_value(); };
      for (number i = 0; i != level; ++i) ASSERT_TRUE(push(ring, i));
      interrupted::after_load = [&] {
        for (number i = 0; i != between; ++i) ASSERT_TRUE(step(level == 0) && step(level != 0));
      };
      if constexpr (requires { ring.size_approx(); }) {
        EXPECT_LE(ring.size_approx(), ring.capacity());
      } else {
        EXPECT_LE(from.size_approx(), ring.capacity());  // there it is for each reader to say
      }
      EXPECT_EQ(interrupted::after_load, nullptr);
    }
  }
}

}  // namespace
}  // namespace volley::testing
