// SPDX-License-Identifier: MIT
#pragma once

// A value that is overwritten whether or not somebody is reading it: words (env/words.hpp) and a stamp, which says of which position they are.
// Positions are even numbers; what one of them is, is the user's.
//
// Progress: write and read are wait-free: two stamps and the words.
// Memory: who reads the element of a position sees what its writer had done before. Who reads a stamp of a later lap sees what the writer
//   had done before it began that lap's write.
//
//   stamp   p: not written yet, or being written    full(p): holds the element of position p
//   value   words of that element; of any mixture while the stamp is not full
//   I1: who has seen a word of position p can no longer see a stamp that is older than p. So an image between two stamps full(p) is the
//       element of p, whole.
// Source: a seqlock, after H.-J. Boehm, "Can seqlocks get along with programming language memory models?" (MSPC 2012).
//
// Edges
//   publish  write: stamp.store -> read: stamp.load   the words before the stamp        dies: LossyBroadcastModel.EveryOrderIsNeeded
//   lapped   write: stamp.store -> read: stamp.load   all that is not yet overwritten   dies: LossyBroadcastModel.EveryOrderIsNeeded

#include <volley/env/words.hpp>

#include <atomic>

namespace volley::detail {

template <class T, class Env>
class stamped_words {
  using enum std::memory_order;
  using index = typename Env::index;

 public:
  using image = typename words<T, Env>::image;

  void begin_at(index position) noexcept { stamp_.store(position, relaxed); }  // ~ init

  void write(index position, const T& value) noexcept {
    stamp_.store(position, release);  // -> lapped: what was written in the lap before this position
    value_.store(value);
    stamp_.store(full(position), release);  // -> publish: the words are those of this position
  }

  /// full(position), and the image is that element; or the stamp that it has instead.
  index read(index position, image& bytes) const noexcept {
    const index before = stamp_.load(acquire);  // <- publish, <- lapped: the words, or what is still there
    if (before != full(position)) return before;
    bytes = value_.load();
    return stamp_.load(acquire);  // <- lapped: what is still there, if it is not full(position) any more
  }

  /// The stamp of words that are whole, and of this position.
  static constexpr index full(index position) noexcept { return static_cast<index>(position | 1U); }
  static T value_of(const image& bytes) noexcept { return words<T, Env>::value_of(bytes); }

 private:
  typename Env::template atomic<index> stamp_{0};
  words<T, Env> value_;
};

}  // namespace volley::detail
