// SPDX-License-Identifier: MIT
#pragma once

// Stamps of a ring that many threads share: a position and the lap it is in, in one word, with two bits to say how things stand.
//   stamp   | lap ... | position 0 .. N-1 | 2 flags |
//   slot    free: the stamp of the position that will fill it    full, hole: that stamp and a flag
// A position takes the bits that N needs and wraps at N exactly, the lap takes the rest and moves on then: exact for any N, without a
// division, and where N is a power of two known at compile time all of it is index + step and index & mask. In a wide index two bits more
// lie idle: the stamp of a slot of 16 bytes then holds its offset, and is that much sooner there (one pop in 20 more, where that was measured).

#include <volley/ring/storage.hpp>

#include <algorithm>
#include <bit>
#include <cstddef>
#include <limits>
#include <type_traits>

namespace volley::detail {

/// The flag of a sealed tail: it makes it differ from the stamp of any free slot.
inline constexpr unsigned char sealed_stamp = 1;

/// How many slots a storage has, if that is known at compile time, or 0.
template <class Storage>
inline constexpr std::size_t slots_of = 0;
template <std::size_t N>
inline constexpr std::size_t slots_of<inline_slots<N>> = N;

/// The two figures that all else follows from: what N positions use of a lap, and the bits below the lap.
template <class Index, std::size_t Fixed>
struct lap_shape {
  static constexpr std::size_t step = std::numeric_limits<Index>::digits < 64 ? 4 : 16;
  static constexpr std::size_t used = Fixed * step;
  static constexpr std::size_t mask = std::bit_ceil(Fixed) * step - 1;

  explicit constexpr lap_shape(std::size_t) noexcept {}
};
template <class Index>
struct lap_shape<Index, 0> {
  static constexpr std::size_t step = lap_shape<Index, 1>::step;
  std::size_t used;
  std::size_t mask;

  explicit constexpr lap_shape(std::size_t slots) noexcept
      : used(slots * step), mask(std::bit_ceil(slots) * step - 1) {}
};

template <class Index, std::size_t Fixed>
class stamps : lap_shape<Index, Fixed> {
  using shape = lap_shape<Index, Fixed>;
  using shape::mask;
  using shape::step;
  using shape::used;

 public:
  explicit constexpr stamps(std::size_t slots) noexcept : shape(slots) {}

  /// At least eight laps before a stamp comes again.
  static constexpr std::size_t most_slots() noexcept {
    return static_cast<std::size_t>(((std::numeric_limits<Index>::max)() / 2 + 1) / (4 * step));
  }

  // What a slot's stamp says beside its position.
  static constexpr Index full(Index position) noexcept { return static_cast<Index>(position | 1U); }
  static constexpr Index hole(Index position) noexcept { return static_cast<Index>(position | 2U); }

  /// The first stamp of a lap near this number.
  constexpr Index first(Index near) const noexcept { return static_cast<Index>(near & ~mask); }
  constexpr std::size_t slot(Index stamp) const noexcept { return (stamp & mask) / step; }

  /// The stamp that many positions on; at most a lap.
  constexpr Index after(Index stamp, std::size_t positions = 1) const noexcept {
    const std::size_t moved = positions * step;
    const bool wraps = (stamp & mask) + moved >= used;
    return static_cast<Index>(stamp + moved + (wraps ? mask + 1 - used : 0));
  }
  constexpr Index lap_after(Index stamp) const noexcept { return static_cast<Index>(stamp + mask + 1); }

  // A word of an index_queue is a stamp with a number below N in the place of the position, which is known from where the word lies.
  constexpr Index numbered(Index stamp, std::size_t number) const noexcept {
    return static_cast<Index>((stamp & ~mask) | number * step);
  }
  constexpr std::size_t number(Index stamp) const noexcept { return slot(stamp); }
  constexpr bool same_lap(Index a, Index b) const noexcept { return first(a) == first(b); }
  /// The stamp of this position in the lap of `word`, or in the one before that.
  constexpr Index in_lap_of(Index word, Index position) const noexcept {
    return static_cast<Index>((word & ~mask) | (position & mask));
  }
  constexpr Index in_lap_before(Index word, Index position) const noexcept {
    return static_cast<Index>(in_lap_of(word, position) - mask - 1);
  }

  /// True when `stamp` is one that comes before `expected`.
  static constexpr bool is_before(Index stamp, Index expected) noexcept {
    return static_cast<std::make_signed_t<Index>>(static_cast<Index>(stamp - expected)) < 0;
  }

  /// How many positions it is from one to another, over any number of laps, until laps come again.
  constexpr std::size_t distance(Index from, Index to) const noexcept {
    const auto laps = static_cast<std::size_t>(static_cast<Index>(first(to) - first(from))) >> std::bit_width(mask);
    const std::size_t there = laps * (used / step) + slot(to);
    return there - slot(from) + (there < slot(from) ? all_positions() : 0);
  }
  /// `from` less `some`, two distances that were read at different times, as a number of elements: 0 .. N.
  constexpr std::size_t rest(std::size_t from, std::size_t some) const noexcept {
    const std::size_t left = from - some + (from < some ? all_positions() : 0);
    return left > all_positions() / 2 ? 0 : (std::min)(left, used / step);
  }

  /// Elements between two stamps read at different times, 0 .. N.
  constexpr std::size_t between(Index head, Index tail) const noexcept {
    if (!is_before(head, tail)) return 0;
    const std::size_t apart{static_cast<Index>(tail - head)};
    const bool wraps = slot(tail) < slot(head) || apart > mask;
    return (std::min)(apart - (wraps ? mask + 1 - used : 0), std::size_t{used}) / step;
  }

 private:
  constexpr std::size_t all_positions() const noexcept {
    return used / step << (std::numeric_limits<Index>::digits - std::bit_width(mask));
  }
};

}  // namespace volley::detail
