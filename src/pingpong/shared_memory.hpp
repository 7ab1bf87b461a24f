// SPDX-License-Identifier: MIT
#pragma once

// Memory that a forked child shares with its parent, at the same address.

#include <sys/mman.h>

#include <cstddef>
#include <new>

namespace volley::pingpong {

/// Bytes from the kernel, zero and on a page of their own; null when there are none.
inline void* map_shared(std::size_t bytes) noexcept {
  void* const at = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  return at == MAP_FAILED ? nullptr : at;
}

/// For containers that both parties use; what it gives is mapped before the fork.
template <class T>
struct shared_allocator {
  using value_type = T;

  shared_allocator() = default;
  template <class U>
  shared_allocator(const shared_allocator<U>&) noexcept {}  // NOLINT(google-explicit-constructor): as allocators must

  T* allocate(std::size_t n) {
    void* const at = map_shared(n * sizeof(T));
    if (at == nullptr) throw std::bad_alloc();
    return static_cast<T*>(at);
  }
  void deallocate(T* at, std::size_t n) noexcept { munmap(at, n * sizeof(T)); }

  friend bool operator==(const shared_allocator&, const shared_allocator&) noexcept { return true; }
};

}  // namespace volley::pingpong
