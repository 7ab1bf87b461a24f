// SPDX-License-Identifier: MIT
#pragma once

// An element that throws when it is told to, and an allocator that fails when it is told to.

#include "input.hpp"

#include <cstddef>
#include <memory>
#include <new>
#include <set>
#include <utility>

namespace volley::fuzz {

struct boom {};

/// Owns memory, so that AddressSanitizer sees what is used after its end; knows all that live, so that none is forgotten.
class element {
 public:
  static constexpr int moved_from = -1;
  static inline std::set<const element*> alive;
  /// The operation (construct, move, assign) that is the n-th from now on throws; 0: none does.
  static inline std::size_t throws_in = 0;

  explicit element(int v) : value_(make(v)) { begin(); }
  element(const element& other) : value_(make(*other.value_)) { begin(); }
  element(element&& other) : value_(make(*other.value_)) {  // NOLINT: it may throw, on purpose
    *other.value_ = moved_from;
    begin();
  }
  element& operator=(const element& other) {
    tick();
    *value_ = *other.value_;
    return *this;
  }
  element& operator=(element&& other) {  // NOLINT: it may throw, on purpose
    tick();
    *value_ = std::exchange(*other.value_, moved_from);
    return *this;
  }
  ~element() { check(alive.erase(this) == 1, "destroyed once, and constructed before"); }

  int value() const { return *value_; }

 private:
  static void tick() {
    if (throws_in != 0 && --throws_in == 0) throw boom{};
  }
  static std::unique_ptr<int> make(int v) {
    tick();
    return std::make_unique<int>(v);
  }
  void begin() { check(alive.insert(this).second, "constructed where nobody lives"); }

  std::unique_ptr<int> value_;
};

/// Its n-th allocation from now on fails; 0: none does.
inline std::size_t allocation_fails_in = 0;

template <class T>
struct failing_allocator {
  using value_type = T;
  failing_allocator() = default;
  template <class U>
  failing_allocator(const failing_allocator<U>&) noexcept {}  // NOLINT: as allocators do

  T* allocate(std::size_t n) {
    if (allocation_fails_in != 0 && --allocation_fails_in == 0) throw std::bad_alloc();
    return std::allocator<T>().allocate(n);
  }
  void deallocate(T* block, std::size_t n) noexcept { std::allocator<T>().deallocate(block, n); }
  template <class U>
  bool operator==(const failing_allocator<U>&) const noexcept {
    return true;
  }
};

}  // namespace volley::fuzz
