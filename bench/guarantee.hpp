// SPDX-License-Identifier: MIT
#pragma once

// What one mode of a queue promises: for people and programs to read, and so that like is compared with like.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace volley::bench {

/// Of what is pushed by several, all keep one order, or those of each producer keep theirs, or none.
enum class order : std::uint8_t { one_fifo, fifo_per_producer, none };

/// How much it holds: what was asked for, somewhat more or less, or as much as comes.
enum class bound : std::uint8_t { exact, about, none };

/// Whom a thread that stops in the middle of a call holds up.
enum class progress : std::uint8_t { wait_free, lock_free, held_up_by_peer, locked };

/// What "full" and "empty" mean: it is so; or perhaps only that a peer is between its steps; or they are never said: it waits.
enum class answer : std::uint8_t { exact, early, waits };

struct guarantee {
  order keeps;
  bound holds;
  progress goes_on;
  answer says;
};

constexpr std::string_view name_of(order o) {
  constexpr std::string_view names[] = {"one FIFO for all", "FIFO per producer only", "no order"};
  return names[static_cast<std::size_t>(o)];
}
constexpr std::string_view name_of(bound b) {
  constexpr std::string_view names[] = {"bounded", "bounded, about", "unbounded"};
  return names[static_cast<std::size_t>(b)];
}
constexpr std::string_view name_of(progress p) {
  constexpr std::string_view names[] = {"wait-free", "lock-free", "a stopped peer holds up others", "locked"};
  return names[static_cast<std::size_t>(p)];
}
constexpr std::string_view name_of(answer a) {
  constexpr std::string_view names[] = {"full and empty are so", "full and empty may be said early", "waits inside"};
  return names[static_cast<std::size_t>(a)];
}

inline std::string describe(const guarantee& g) {
  std::string text;
  for (const std::string_view part : {name_of(g.keeps), name_of(g.holds), name_of(g.goes_on), name_of(g.says)})
    text.append(text.empty() ? "" : "; ").append(part);
  return text;
}

/// Does theirs promise what ours does? Progress is told but does not excuse: who is faster because a stopped thread holds up others is faster.
constexpr bool is_alike(const guarantee& ours, const guarantee& theirs) {
  return theirs.keeps <= ours.keeps && (theirs.holds == bound::none) == (ours.holds == bound::none) &&
         (theirs.says == answer::waits) == (ours.says == answer::waits);
}

}  // namespace volley::bench
