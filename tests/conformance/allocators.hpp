// SPDX-License-Identifier: MIT
#pragma once

// Allocators that write down what they gave, and that fail.

#include <volley/config.hpp>

#include <gtest/gtest.h>

#include "throwing.hpp"

#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <memory>
#include <new>
#include <vector>

namespace volley::testing {

/// What one arena has given away and not got back.
struct arena {
  std::map<void*, std::size_t> blocks;
  std::vector<std::size_t> sizes;  // of all that were ever asked for
  std::size_t most = std::numeric_limits<std::size_t>::max();

  arena() = default;
  arena(const arena&) = delete;
  arena& operator=(const arena&) = delete;
  ~arena() { EXPECT_TRUE(blocks.empty()) << "memory was not given back"; }
};

/// A stateful allocator without a default: it gives from its arena, as far as that goes.
template <class T>
class arena_allocator {
 public:
  using value_type = T;

  explicit arena_allocator(arena& from) noexcept : from_(&from) {}
  template <class U>
  arena_allocator(const arena_allocator<U>& other) noexcept : from_(other.from()) {}

  T* allocate(std::size_t n) {
    from_->sizes.push_back(n * sizeof(T));
    if (n * sizeof(T) > from_->most) {
      if (has_exceptions) throw_it(std::bad_alloc());
      return nullptr;
    }
    T* const block = std::allocator<T>().allocate(n);
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(block) % cache_line, 0U) << "of a type that is not aligned to a line";
    from_->blocks[block] = n;
    return block;
  }
  void deallocate(T* block, std::size_t n) noexcept {
    const auto found = from_->blocks.find(block);
    ASSERT_NE(found, from_->blocks.end()) << "given back twice, or never given";
    EXPECT_EQ(found->second, n);
    from_->blocks.erase(found);
    std::allocator<T>().deallocate(block, n);
  }

  arena* from() const noexcept { return from_; }
  template <class U>
  bool operator==(const arena_allocator<U>& other) const noexcept {
    return from_ == other.from();
  }

 private:
  arena* from_;
};

/// Fails as C does: by null.
template <class T>
struct null_allocator {
  using value_type = T;
  null_allocator() = default;
  template <class U>
  null_allocator(const null_allocator<U>&) noexcept {}
  T* allocate(std::size_t) noexcept { return nullptr; }
  void deallocate(T*, std::size_t) noexcept { ADD_FAILURE() << "nothing was given"; }
  template <class U>
  bool operator==(const null_allocator<U>&) const noexcept {
    return true;
  }
};

/// A pointer that is a class, as offset pointers are; and the allocator that gives it.
template <class T>
class fancy_pointer {
 public:
  using element_type = T;
  fancy_pointer() = default;
  fancy_pointer(std::nullptr_t) noexcept {}  // NOLINT(google-explicit-constructor): as a pointer does
  static fancy_pointer pointer_to(T& to) noexcept {
    fancy_pointer made;
    made.to_ = std::addressof(to);
    return made;
  }
  T& operator*() const noexcept { return *to_; }
  T* operator->() const noexcept { return to_; }
  explicit operator bool() const noexcept { return to_ != nullptr; }
  bool operator==(const fancy_pointer&) const = default;

 private:
  T* to_ = nullptr;
};

template <class T>
struct fancy_allocator {
  using value_type = T;
  using pointer = fancy_pointer<T>;
  fancy_allocator() = default;
  template <class U>
  fancy_allocator(const fancy_allocator<U>&) noexcept {}
  pointer allocate(std::size_t n) { return pointer::pointer_to(*std::allocator<T>().allocate(n)); }
  void deallocate(pointer block, std::size_t n) noexcept { std::allocator<T>().deallocate(block.operator->(), n); }
  template <class U>
  bool operator==(const fancy_allocator<U>&) const noexcept {
    return true;
  }
};

}  // namespace volley::testing
