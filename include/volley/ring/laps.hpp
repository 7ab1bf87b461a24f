// SPDX-License-Identifier: MIT
#pragma once

// Positions of a ring, counted modulo two laps: 0 .. 2N-1 for N slots. Enough to tell full from empty without a lost slot, exact
// for any N, without a division, and every test that pushes 2N elements has crossed the wrap.
//   position   0 .. N-1 | N .. 2N-1
//   slot       0 .. N-1 | 0 .. N-1
//   phase         1     |    0         what a slot's flag says once it holds the element of that position
// Where the compiler knows N, and it is a power of two, a mask does the same in fewer instructions.

#include <bit>
#include <cstddef>
#include <cstdint>

namespace volley::detail {

template <class Index>
struct laps {
  static constexpr Index next(Index position, std::size_t slots) noexcept {
    const auto after = static_cast<Index>(position + 1);
    return after == static_cast<Index>(2 * slots) ? Index{0} : after;
  }
  /// The position n further on, at most a lap.
  static constexpr Index after(Index position, std::size_t n, std::size_t slots) noexcept {
    const std::size_t sum = std::size_t{position} + n;
    if (is_mask(slots)) return static_cast<Index>(sum & (2 * slots - 1));
    return static_cast<Index>(sum < 2 * slots ? sum : sum - 2 * slots);
  }
  static constexpr std::size_t slot(Index position, std::size_t slots) noexcept {
    if (is_mask(slots)) return position & (slots - 1);
    return position < slots ? std::size_t{position} : position - slots;
  }
  static constexpr std::uint8_t phase(Index position, std::size_t slots) noexcept { return position < slots ? 1 : 0; }

  /// The position one lap after this one: the first that is out of room while the reader stands here.
  static constexpr Index lap_after(Index position, std::size_t slots) noexcept {
    return static_cast<Index>(position < slots ? position + slots : position - slots);
  }

  /// Elements between two positions, 0 .. N. Where the two were read at different times, more than a lap apart means that the head is
  /// old: the ring has been full since.
  static constexpr std::size_t between(Index head, Index tail, std::size_t slots) noexcept {
    const std::size_t apart = std::size_t{tail} + (tail < head ? 2 * slots : 0) - std::size_t{head};
    return apart > slots ? slots : apart;
  }

 private:
  static constexpr bool is_mask(std::size_t slots) noexcept {
    return __builtin_constant_p(slots) != 0 && std::has_single_bit(slots);
  }
};

}  // namespace volley::detail
