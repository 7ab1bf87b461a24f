// SPDX-License-Identifier: MIT
#pragma once

// Elements that a queue must be able to carry, and that notice how they are treated.

#include <gtest/gtest.h>

#include "throwing.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <utility>

namespace volley::testing {

/// Thrown by what is told to throw.
struct boom {};

/// Keeps a register of the living, so that a second construction or destruction at one place is seen, and counts its copies
/// and moves. As `fragile` it throws in one kind of operation if told so.
template <bool MayThrow>
class basic_counted {
 public:
  enum class act { make, copy, move, assign };
  static constexpr int moved_from = -1;

  static inline std::set<const basic_counted*> alive;
  static inline std::size_t copies = 0;
  static inline std::size_t moves = 0;
  static inline std::optional<act> explodes;

  /// From now on everything is counted afresh.
  static void reset() {
    alive.clear();
    copies = moves = 0;
    explodes.reset();
  }

  explicit basic_counted(int v) noexcept(!MayThrow) : value(v) { born(act::make); }
  basic_counted(const basic_counted& other) noexcept(!MayThrow) : value(other.value) {
    born(act::copy);
    ++copies;
  }
  basic_counted(basic_counted&& other) noexcept(!MayThrow) : value(other.value) {
    born(act::move);
    ++moves;
    other.value = moved_from;
  }
  basic_counted& operator=(const basic_counted& other) noexcept(!MayThrow) {
    may_explode(act::assign);
    if (this != &other) value = other.value;
    ++copies;
    return *this;
  }
  basic_counted& operator=(basic_counted&& other) noexcept(!MayThrow) {
    may_explode(act::assign);
    value = std::exchange(other.value, moved_from);
    ++moves;
    return *this;
  }
  ~basic_counted() { EXPECT_EQ(alive.erase(this), 1U) << "destroyed twice, or never constructed"; }

  int value;

 private:
  static void may_explode(act what) noexcept(!MayThrow) {
    if constexpr (MayThrow) {
      if (explodes == what) throw_it(boom{});
    }
  }
  void born(act what) noexcept(!MayThrow) {
    may_explode(what);
    EXPECT_TRUE(alive.insert(this).second) << "constructed where another one lives";
  }
};
using counted = basic_counted<false>;
using fragile = basic_counted<true>;

/// Has nothing but a constructor with two arguments, moves and a destructor.
class picky {
 public:
  picky(int a, int b) : sum_(a + b) {}
  picky(picky&&) noexcept = default;
  picky& operator=(picky&&) noexcept = default;
  ~picky() = default;
  int sum() const { return sum_; }

 private:
  int sum_;
};

/// Checks at each use that it lies where its alignment says.
template <std::size_t Alignment>
struct alignas(Alignment) aligned {
  explicit aligned(int v) : value(v) { check(); }
  aligned(const aligned& other) noexcept : value(other.value) { check(); }
  aligned& operator=(const aligned& other) {
    check();
    value = other.value;
    return *this;
  }
  ~aligned() { check(); }

  void check() const { EXPECT_EQ(reinterpret_cast<std::uintptr_t>(this) % Alignment, 0U); }
  int value;
};

/// Of any size, with each byte depending on the value.
template <std::size_t Size>
struct sized {
  sized() = default;
  explicit sized(unsigned v) {
    for (std::size_t i = 0; i != Size; ++i) bytes[i] = static_cast<unsigned char>(v + 31 * i);
  }
  bool is(unsigned v) const { return bytes == sized(v).bytes; }

  std::array<unsigned char, Size> bytes;
};

/// Overloads unary & to give something else, as smart pointers of some frameworks do.
struct addressless {
  static inline int alive = 0;

  explicit addressless(int v) : value(v) { ++alive; }
  addressless(addressless&& other) noexcept : value(std::exchange(other.value, 0)) { ++alive; }
  addressless& operator=(addressless&& other) noexcept {
    value = std::exchange(other.value, 0);
    return *this;
  }
  ~addressless() { --alive; }
  int* operator&() noexcept { return std::addressof(value); }  // NOLINT(google-runtime-operator): that is the point
  int value;
};

}  // namespace volley::testing
