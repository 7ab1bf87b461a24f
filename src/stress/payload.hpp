// SPDX-License-Identifier: MIT
#pragma once

// Elements that know whether they are whole, and an allocator whose memory can be looked at.

#include "dice.hpp"
#include "structure.hpp"

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>

namespace volley::stress {

/// Words that all follow from one number of 48 bits. Plain data, for what is copied bit by bit.
template <std::size_t Words>
struct plain_payload {
  plain_payload() noexcept : plain_payload(0) {}
  explicit plain_payload(std::uint64_t id) noexcept {
    words[0] = id << 16 | (mix(id) & 0xffff);
    for (std::size_t i = 1; i != Words; ++i) words[i] = mix(id + i);
  }
  std::uint64_t id() const noexcept { return words[0] >> 16; }
  bool is(std::uint64_t id) const noexcept { return std::equal(words, words + Words, plain_payload(id).words); }
  bool is_whole() const noexcept { return is(id()); }

  std::uint64_t words[Words];
};

/// The same, which looks at itself when it is destroyed, and counts how many there are.
template <std::size_t Words>
struct payload : plain_payload<Words> {
  payload() noexcept : payload(0) {}
  explicit payload(std::uint64_t id) noexcept : plain_payload<Words>(id) { count(alive, 1); }
  payload(const payload& other) noexcept : plain_payload<Words>(other) { count(alive, 1); }
  payload& operator=(const payload&) noexcept = default;
  ~payload() {
    if (!this->is_whole()) count(torn, 1);
    count(alive, -1);
  }

  static void begin() noexcept {
    alive = 0;
    torn = 0;
  }

  static inline std::atomic<std::int64_t> alive{0};
  static inline std::atomic<std::int64_t> torn{0};

 private:
  static void count(std::atomic<std::int64_t>& what, std::int64_t n) noexcept {
    what.fetch_add(n, std::memory_order_relaxed);  // ~ count
  }
};

/// Remembers its only block.
template <class T>
struct shown_allocator {
  using value_type = T;
  explicit shown_allocator(memory& shown) noexcept : block(&shown) {}
  template <class U>
  shown_allocator(const shown_allocator<U>& other) noexcept : block(other.block) {}

  T* allocate(std::size_t n) {
    T* const made = std::allocator<T>().allocate(n);
    *block = std::span(reinterpret_cast<const std::byte*>(made), n * sizeof(T));
    return made;
  }
  void deallocate(T* made, std::size_t n) noexcept {
    *block = {};
    std::allocator<T>().deallocate(made, n);
  }
  template <class U>
  bool operator==(const shown_allocator<U>& other) const noexcept {
    return block == other.block;
  }

  memory* block;
};

}  // namespace volley::stress
