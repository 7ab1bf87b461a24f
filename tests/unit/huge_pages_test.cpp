// SPDX-License-Identifier: MIT

// huge_page_allocator: alignment, sizes, what is present when, its fall-backs, and that all of it goes back.

#include <volley/env/huge_pages.hpp>
#include <volley/ring/mpmc_ring.hpp>
#include <volley/ring/spsc_ring.hpp>

#include <gtest/gtest.h>

#include <sys/mman.h>
#include <sys/resource.h>

#include "deaths.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <limits>
#include <memory>
#include <new>
#include <string>
#include <type_traits>
#include <vector>

namespace volley::testing {
namespace {

using on_touch = huge_page_allocator<std::uint64_t>;
using at_once = huge_page_allocator<std::uint64_t, present_at_once>;

static_assert(std::is_empty_v<on_touch> && std::allocator_traits<on_touch>::is_always_equal::value);
static_assert(
    std::is_same_v<std::allocator_traits<at_once>::rebind_alloc<char>, huge_page_allocator<char, present_at_once>>);
static_assert(!std::is_convertible_v<at_once, on_touch>, "what was asked to be present stays so when it is rebound");

constexpr std::size_t word = sizeof(std::uint64_t);
constexpr std::size_t huge = os::huge_page;

bool is_at(const void* at, std::size_t alignment) { return reinterpret_cast<std::uintptr_t>(at) % alignment == 0; }

/// Pages of this memory that are present.
std::size_t present(void* at, std::size_t bytes) {
  std::vector<unsigned char> pages(bytes / os::page_size());
  EXPECT_EQ(::mincore(at, bytes, pages.data()), 0);
  std::size_t n = 0;
  for (const unsigned char page : pages) n += page & 1U;
  return n;
}

/// Bytes of address space that this process has mapped.
std::size_t mapped_bytes() {
  std::ifstream file("/proc/self/statm");
  std::size_t pages = 0;
  file >> pages;
  return pages * os::page_size();
}

TEST(HugePages, LargeMemoryIsAlignedToHugePagesAndAllOfItIsUsable) {
  on_touch a;
  for (const std::size_t bytes : {huge / 2, huge - word, huge, huge + word, 3 * huge}) {
    std::uint64_t* const at = a.allocate(bytes / word);
    ASSERT_TRUE(is_at(at, huge)) << bytes;
    for (std::size_t i = 0; i < bytes / word; i += 64) {
      ASSERT_EQ(at[i], 0U);
      at[i] = i;
    }
    at[bytes / word - 1] = 1;
    a.deallocate(at, bytes / word);
  }
}

TEST(HugePages, SmallMemoryTakesPlainPages) {
  on_touch a;
  for (const std::size_t n : {std::size_t{0}, std::size_t{1}, 4096 / word, huge / 2 / word - 1}) {
    const std::size_t before = mapped_bytes();
    std::uint64_t* const at = a.allocate(n);
    ASSERT_TRUE(is_at(at, os::page_size()));
    EXPECT_LE(mapped_bytes() - before, n * word + os::page_size());
    if (n != 0) at[n - 1] = 1;
    a.deallocate(at, n);
    EXPECT_EQ(mapped_bytes(), before);
  }
}

TEST(HugePages, KeepsAlignmentsAboveThePage) {
  struct alignas(1 << 16) wide {
    char bytes[1 << 16];
  };
  huge_page_allocator<wide> a;
  for (const std::size_t n : {1U, 3U, 40U}) {
    wide* const at = a.allocate(n);
    EXPECT_TRUE(is_at(at, alignof(wide)));
    a.deallocate(at, n);
  }
}

TEST(HugePages, AllThatWasMappedGoesBack) {
  if (is_emulated()) GTEST_SKIP() << "most of what is mapped is the emulator's";
  const std::size_t before = mapped_bytes();
  on_touch a;
  at_once b;
  for (int i = 0; i != 200; ++i) {
    const auto n = static_cast<std::size_t>(1 + i * 5003);
    std::uint64_t* const one = a.allocate(n);
    std::uint64_t* const two = i % 20 == 0 ? b.allocate(n) : nullptr;
    a.deallocate(one, n);
    if (two != nullptr) b.deallocate(two, n);
  }
  EXPECT_EQ(mapped_bytes(), before);
}

TEST(HugePages, PagesArePresentAtOnceOnlyWhereThatWasAskedFor) {
  for (const std::size_t bytes : {16 * os::page_size(), 2 * huge}) {
    on_touch lazy;
    std::uint64_t* const empty = lazy.allocate(bytes / word);
    EXPECT_LT(present(empty, bytes), bytes / os::page_size());
    lazy.deallocate(empty, bytes / word);
    at_once eager;
    std::uint64_t* const full = eager.allocate(bytes / word);
    EXPECT_EQ(present(full, bytes), bytes / os::page_size());
    eager.deallocate(full, bytes / word);
  }
}

// Where none are set aside, as nearly everywhere, or too few: plain memory, aligned, with the kernel asked for huge pages.
TEST(HugePages, WorksWherePagesAreNotSetAside) {
  const std::size_t more_than_there_are = std::size_t{1} << 40;
  ASSERT_EQ(os::map_reserved_huge(more_than_there_are), nullptr);
  void* const at = os::map_aligned(4 * huge, huge);
  ASSERT_NE(at, nullptr);
  EXPECT_TRUE(is_at(at, huge));
  os::prefer_huge(at, 4 * huge);
  os::touch(at, 4 * huge);
  EXPECT_EQ(present(at, 4 * huge), 4 * huge / os::page_size());
  os::unmap(at, 4 * huge);
}

TEST(HugePages, ImpossibleSizesAreRefusedWithoutOverflow) {
  on_touch a;
  const std::size_t most = std::numeric_limits<std::size_t>::max();
  for (const std::size_t n : {most, most / word, most / word + 1, most / word / 2, std::size_t{1} << 58}) {
    EXPECT_THROW((void)a.allocate(n), std::bad_alloc) << n;
  }
  using ring = spsc_ring<std::uint64_t, dynamic_capacity, native, on_touch>;
  EXPECT_THROW(ring r(ring::max_capacity()), std::bad_alloc);
  EXPECT_EQ(ring::make(ring::max_capacity()), nullptr);
}

// In a process of its own, for limits stay.
TEST(HugePagesDeathTest, NoMemoryIsNoRing) {
  if (is_emulated()) GTEST_SKIP() << "most of what is mapped is the emulator's";
  die_in_a_program_of_its_own();
  const auto without_memory = [] {
    const rlimit limit{mapped_bytes() + huge, mapped_bytes() + huge};
    if (::setrlimit(RLIMIT_AS, &limit) != 0) std::_Exit(3);
    using ring = spsc_ring<std::uint64_t, dynamic_capacity, native, at_once>;
    std::_Exit(ring::make(1 << 20) == nullptr ? 0 : 1);
  };
  EXPECT_EXIT(without_memory(), ::testing::ExitedWithCode(0), "");
}

template <class Ring>
void fill_and_drain(Ring& ring) {
  for (int lap = 0; lap != 2; ++lap) {
    for (std::size_t i = 0; i != ring.capacity(); ++i) ASSERT_TRUE(ring.try_push(i));
    ASSERT_FALSE(ring.try_push(0));
    for (std::size_t i = 0; i != ring.capacity(); ++i) ASSERT_EQ(ring.try_pop(), i);
  }
}

template <class Allocator>
void carry_rings() {
  const std::size_t before = mapped_bytes();
  for (const std::size_t capacity : {1U, 100U, 100'000U}) {
    spsc_ring<std::uint64_t, dynamic_capacity, native, Allocator> spsc(capacity);
    fill_and_drain(spsc);
    mpmc_ring<std::uint64_t, dynamic_capacity, native, Allocator> mpmc(capacity);
    fill_and_drain(mpmc);
    const auto made = mpmc_ring<std::uint64_t, dynamic_capacity, native, Allocator>::make(capacity);
    ASSERT_NE(made, nullptr);
    fill_and_drain(*made);
  }
  if (!is_emulated()) {
    EXPECT_LE(mapped_bytes(), before + huge) << "a ring kept its memory";
  }
}

TEST(HugePages, RingsLiveInThem) {
  carry_rings<on_touch>();
  carry_rings<at_once>();
}

}  // namespace
}  // namespace volley::testing
