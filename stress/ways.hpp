// SPDX-License-Identifier: MIT
#pragma once

// The ways that there are to push into a ring and to pop from one, for whoever uses all of them by turns.

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <utility>
#include <vector>

namespace volley::stress {

struct pushed {
  std::size_t in = 0;       ///< how many are in
  bool is_touched = false;  ///< it was refused, and is another now: that must not be
};
/// Whether a reservation is committed whole, or in part at times: the rest is given back then, or a hole.
enum class reservations : std::uint8_t { whole, short_at_times };

/// Elements made of `first`, `first` + 1, ..., in one of the ways that there are.
template <class Ring>
pushed push_some(Ring& ring, std::uint64_t first, std::size_t most, std::uint64_t way, reservations how) {
  using element = typename Ring::value_type;
  switch (way % 4) {
    case 0:
      return {ring.try_emplace(first) ? std::size_t{1} : std::size_t{0}};
    case 1: {
      element mine(first);
      if (ring.try_push(std::move(mine))) return {1};
      return {0, !mine.is(first)};  // NOLINT(bugprone-use-after-move): it was not moved
    }
    case 2: {
      std::vector<element> some;
      for (std::size_t i = 0; i != std::min<std::size_t>(most, 5); ++i) some.emplace_back(first + i);
      return {ring.try_push_n(std::move_iterator(some.begin()), some.size())};
    }
    default: {
      auto mine = ring.try_reserve(std::min<std::size_t>(most, 4));
      while (mine.constructed() != mine.size()) mine.construct(first + mine.constructed());
      const bool is_short = how == reservations::short_at_times && first % 3 == 0 && mine.size() > 1;
      const std::size_t kept = mine.size() - (is_short ? 1 : 0);
      mine.commit(kept);
      return {kept};
    }
  }
}

/// Pops in one of the ways that there are, and shows what it got; how many.
template <class Ring, class See>
std::size_t pop_some(Ring& ring, std::uint64_t way, const See& see) {
  using element = typename Ring::value_type;
  switch (way % 5) {
    case 0: {
      element out(0);
      if (!ring.try_pop(out)) return 0;
      see(out);
      return 1;
    }
    case 1: {
      const auto out = ring.try_pop();
      if (out) see(*out);
      return out ? 1 : 0;
    }
    case 2: {
      std::array<element, 5> out;
      const std::size_t n = ring.try_pop_n(out);
      for (std::size_t i = 0; i != n; ++i) see(out[i]);
      return n;
    }
    case 3: {
      auto front = ring.try_peek(4);
      const std::size_t n = front.size();
      for (const element& e : front) see(e);
      if constexpr (requires { front.release(n); }) front.release(n);  // one consumer: it says what it took
      return n;
    }
    default:
      return ring.consume_all([&](element&& e) noexcept { see(e); });
  }
}

}  // namespace volley::stress
