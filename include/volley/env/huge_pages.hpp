// SPDX-License-Identifier: MIT
#pragma once

// An allocator for the slots of a ring of run-time capacity: memory in huge pages of 2 MiB, so that one entry of the CPU's address cache spans
// what 512 would.
//   volley::spsc_ring<T, volley::dynamic_capacity, volley::native, volley::huge_page_allocator<T>> ring(1 << 20);
//
// Bytes: from 1 MiB on, rounded up to whole huge pages; below that a huge page would be mostly empty, and plain pages are taken, rounded up
//   to whole ones. Every allocation is a mapping of its own: for rings, not for nodes.
// Falls back: pages that the administrator set aside (vm.nr_hugepages); if they do not suffice, plain memory that begins at a multiple
//   of 2 MiB, for which the kernel is asked to use huge pages (it does unless transparent_hugepage/enabled says "never"). Which of
//   them it was, no program can tell, and none has to.
// Present: with present_on_touch (the default) a page comes when it is first written to, which costs that thread a fault, and on which NUMA
//   node is the kernel's policy for that thread. With present_at_once all pages come with the allocation, by the thread that makes it.
// Errors: std::bad_alloc when there is no memory (null where exceptions are off, as the rings understand it). Overflows are errors too.
// Threads: any; it has no state, and all of them are equal.

#include <volley/env/os/pages.hpp>

#include <cstddef>
#include <limits>
#include <new>
#include <type_traits>

namespace volley {

/// When the pages come: one by one, at the first write to each.
struct present_on_touch {
  static constexpr bool at_once = false;
};
/// When the pages come: all of them, with the allocation.
struct present_at_once {
  static constexpr bool at_once = true;
};

template <class T, class Presence = present_on_touch>
class huge_page_allocator {
 public:
  using value_type = T;
  using is_always_equal = std::true_type;
  using propagate_on_container_move_assignment = std::true_type;
  static_assert(alignof(T) <= os::huge_page, "nothing is aligned to more than a huge page");

  constexpr huge_page_allocator() noexcept = default;
  template <class U>
  constexpr huge_page_allocator(const huge_page_allocator<U, Presence>&) noexcept {
  }  // NOLINT(google-explicit-constructor)

  /// Memory for n of T, in whole pages, all zero.
  [[nodiscard]] T* allocate(std::size_t n) {
    void* const at = n > most ? nullptr : mapped(rounded(n));
    if (at == nullptr) return refuse();
    if constexpr (Presence::at_once) os::touch(at, rounded(n));
    return static_cast<T*>(at);
  }
  void deallocate(T* at, std::size_t n) noexcept { os::unmap(at, rounded(n)); }

  template <class U>
  constexpr bool operator==(const huge_page_allocator<U, Presence>&) const noexcept {
    return true;
  }

 private:
  static constexpr std::size_t most =
      (static_cast<std::size_t>((std::numeric_limits<std::ptrdiff_t>::max)()) - 2 * os::huge_page) / sizeof(T);
  static constexpr std::size_t large = os::huge_page / 2;

  static std::size_t rounded(std::size_t n) noexcept {
    const std::size_t bytes = n == 0 ? 1 : n * sizeof(T);
    const std::size_t page = bytes < large ? os::page_size() : os::huge_page;
    return (bytes + page - 1) / page * page;
  }

  static void* mapped(std::size_t bytes) noexcept {
    if (bytes < os::huge_page)
      return os::map_aligned(bytes, alignof(T) > os::page_size() ? alignof(T) : os::page_size());
    if (void* const reserved = os::map_reserved_huge(bytes)) return reserved;
    void* const at = os::map_aligned(bytes, os::huge_page);
    if (at != nullptr) os::prefer_huge(at, bytes);
    return at;
  }

  static T* refuse() {
#if defined(__cpp_exceptions)
    throw std::bad_alloc();
#else
    return nullptr;
#endif
  }
};

}  // namespace volley
