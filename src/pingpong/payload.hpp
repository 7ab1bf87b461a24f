// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>

namespace volley::pingpong {

/// An element that says who made it, as which of theirs, and whether all of it arrived. Never all zero.
template <std::size_t Bytes>
struct payload {
  static constexpr std::size_t size = Bytes / sizeof(std::uint64_t);
  static constexpr unsigned producer_shift = 48;

  std::uint64_t words[size];

  void stamp(std::uint64_t producer, std::uint64_t number) noexcept {
    words[0] = producer << producer_shift | number;
    if constexpr (size > 1) words[size - 1] = ~words[0];
  }
  bool is_whole() const noexcept { return size == 1 || words[size - 1] == ~words[0]; }
  std::uint64_t word() const noexcept { return words[0]; }
  std::uint64_t producer() const noexcept { return words[0] >> producer_shift; }
  std::uint64_t number() const noexcept { return words[0] & ((std::uint64_t{1} << producer_shift) - 1); }
};

/// From here on the compiler knows nothing of what is inside: all of it was written, all of it will be read.
template <std::size_t Bytes>
void touch(payload<Bytes>& value) noexcept {
  if constexpr (Bytes == sizeof(std::uint64_t)) {
    asm volatile("" : "+r"(value.words[0]));
  } else {
    asm volatile("" : "+m"(value));
  }
}

}  // namespace volley::pingpong
