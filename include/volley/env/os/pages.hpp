// SPDX-License-Identifier: MIT
#pragma once

// Memory by the page. Linux: mmap(2), madvise(2). Null means: there is none. What is mapped here is unmapped with the same length.

#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>

namespace volley::os {

/// The huge page that is asked for: 2 MiB, which x86-64, and arm64 and riscv64 with 4 KiB pages, all have.
inline constexpr std::size_t huge_page = std::size_t{1} << 21;

/// The smallest page of this machine: 4096, or on some arm64 machines 16384 or 65536.
inline std::size_t page_size() noexcept {
  static const auto size = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  return size;
}

inline void unmap(void* at, std::size_t bytes) noexcept { munmap(at, bytes); }

inline void* map(std::size_t bytes, int more_flags = 0) noexcept {
  void* const at = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | more_flags, -1, 0);
  return at == MAP_FAILED ? nullptr : at;
}

/// From the pages that the administrator has set aside (vm.nr_hugepages). They are reserved by this call: using them cannot fail later.
inline void* map_reserved_huge(std::size_t bytes) noexcept {
  constexpr int two_mebibytes = 21 << 26;  // MAP_HUGE_2MB
  return map(bytes, MAP_HUGETLB | two_mebibytes);
}

/// At a multiple of alignment, itself a multiple of the page: maps more and unmaps what sticks out.
inline void* map_aligned(std::size_t bytes, std::size_t alignment) noexcept {
  const std::size_t slack = alignment - page_size();
  void* const wide = map(bytes + slack);
  if (wide == nullptr || slack == 0) return wide;
  const std::size_t before = (alignment - reinterpret_cast<std::uintptr_t>(wide) % alignment) % alignment;
  std::byte* const at = static_cast<std::byte*>(wide) + before;
  if (before != 0) unmap(wide, before);
  if (before != slack) unmap(at + bytes, slack - before);
  return at;
}

/// Lets the kernel use huge pages here, where it does so on demand. A refusal is none of the caller's business.
inline void prefer_huge(void* at, std::size_t bytes) noexcept { madvise(at, bytes, MADV_HUGEPAGE); }

/// Makes all pages present, by writing to each. After prefer_huge, so that they are huge ones: MAP_POPULATE would be too early.
inline void touch(void* at, std::size_t bytes) noexcept {
  const std::size_t step = page_size();
  for (std::size_t i = 0; i < bytes; i += step)
    *static_cast<volatile unsigned char*>(static_cast<unsigned char*>(at) + i) = 0;
}

}  // namespace volley::os
