// SPDX-License-Identifier: MIT
#pragma once

// Its capacity is part of the type. AtomicQueue is for elements that an atomic can hold, one value of which means "none" (here
// zero, which no element of ours is); AtomicQueue2 takes any.

#include "adapter.hpp"

#include <bit>
#include <cstdint>

#include <atomic_queue/atomic_queue.h>

namespace volley::bench {

template <class T, bool Spsc>
using atomic_queue_2 = atomic_queue::AtomicQueue2<T, usual_capacity, true, true, false, Spsc>;
template <bool Spsc>
using atomic_queue_1 = atomic_queue::AtomicQueue<std::uint64_t, usual_capacity, 0, true, true, false, Spsc>;

/// try_push, try_pop: after the claim of a slot they wait for the peer that is between its steps there.
template <class T, class Queue>
class atomic_queue_trying {
 public:
  explicit atomic_queue_trying(std::size_t /*capacity*/) {}
  bool try_push(const T& value) { return queue_.try_push(value); }
  bool try_pop(T& out) { return queue_.try_pop(out); }

 private:
  Queue queue_;
};

/// push, pop ("optimist"): never full or empty, it waits in its own way instead.
template <class T, class Queue>
class atomic_queue_waiting {
 public:
  explicit atomic_queue_waiting(std::size_t /*capacity*/) {}
  bool try_push(const T& value) {
    queue_.push(value);
    return true;
  }
  bool try_pop(T& out) {
    out = queue_.pop();
    return true;
  }

 private:
  Queue queue_;
};

/// The same for elements that are one word.
template <class T, class OfWords>
class atomic_queue_of_words : OfWords {
 public:
  static constexpr bool takes = sizeof(T) == sizeof(std::uint64_t);

  using OfWords::OfWords;
  bool try_push(const T& value) { return OfWords::try_push(std::bit_cast<std::uint64_t>(value)); }
  bool try_pop(T& out) {
    std::uint64_t word = 0;
    if (!OfWords::try_pop(word)) return false;
    out = std::bit_cast<T>(word);
    return true;
  }
};

/// With several producers or consumers the order breaks when a thread stands still between its claim of a slot and its use of it
/// while the others go round the ring: they meet in that slot, and any of them may get what is there. Seen on two
/// CPUs with 2P2C, 4P4C, 4P1C, 1P4C and 16P16C, in many runs but not in all; never with 1P1C.
struct many_to_many_without_order : many_to_many {
  static constexpr order keeps = order::none;
};
struct one_to_one_in_order : one_to_one {
  static constexpr order keeps = order::one_fifo;
};

/// A claimed slot is waited for, whatever its mode.
template <class Roles, answer Says>
struct atomic_queue_roles : Roles {
  static constexpr guarantee promises{Roles::keeps, bound::exact, progress::held_up_by_peer, Says};
};
template <answer Says>
using atomic_queue_spsc_roles = atomic_queue_roles<one_to_one_in_order, Says>;
template <answer Says>
using atomic_queue_mpmc_roles = atomic_queue_roles<many_to_many_without_order, Says>;

template <class T>
struct atomic_queue2_spsc : atomic_queue_spsc_roles<answer::exact>, atomic_queue_trying<T, atomic_queue_2<T, true>> {
  static constexpr const char* name = "AtomicQueue2/spsc";
  static constexpr const char* mode = "SPSC flag, try_push, try_pop";
  using atomic_queue_trying<T, atomic_queue_2<T, true>>::atomic_queue_trying;
};

template <class T>
struct atomic_queue2_mpmc : atomic_queue_mpmc_roles<answer::exact>, atomic_queue_trying<T, atomic_queue_2<T, false>> {
  static constexpr const char* name = "AtomicQueue2/mpmc";
  static constexpr const char* mode = "try_push, try_pop; FIFO only while nobody is a lap behind";
  using atomic_queue_trying<T, atomic_queue_2<T, false>>::atomic_queue_trying;
};

template <class T>
struct atomic_queue2_spsc_optimist : atomic_queue_spsc_roles<answer::waits>,
                                     atomic_queue_waiting<T, atomic_queue_2<T, true>> {
  static constexpr const char* name = "AtomicQueue2/spsc/optimist";
  static constexpr const char* mode = "SPSC flag, push, pop";
  using atomic_queue_waiting<T, atomic_queue_2<T, true>>::atomic_queue_waiting;
};

template <class T>
struct atomic_queue2_mpmc_optimist : atomic_queue_mpmc_roles<answer::waits>,
                                     atomic_queue_waiting<T, atomic_queue_2<T, false>> {
  static constexpr const char* name = "AtomicQueue2/mpmc/optimist";
  static constexpr const char* mode = "push, pop; FIFO only while nobody is a lap behind";
  using atomic_queue_waiting<T, atomic_queue_2<T, false>>::atomic_queue_waiting;
};

template <class T>
using atomic_words_spsc_base = atomic_queue_of_words<T, atomic_queue_trying<std::uint64_t, atomic_queue_1<true>>>;
template <class T>
using atomic_words_mpmc_base = atomic_queue_of_words<T, atomic_queue_trying<std::uint64_t, atomic_queue_1<false>>>;

template <class T>
struct atomic_queue_spsc : atomic_queue_spsc_roles<answer::exact>, atomic_words_spsc_base<T> {
  static constexpr const char* name = "AtomicQueue/spsc";
  static constexpr const char* mode = "words with one value reserved, SPSC flag, try_push, try_pop";
  explicit atomic_queue_spsc(std::size_t capacity) : atomic_words_spsc_base<T>(capacity) {}
};

template <class T>
struct atomic_queue_mpmc : atomic_queue_mpmc_roles<answer::exact>, atomic_words_mpmc_base<T> {
  static constexpr const char* name = "AtomicQueue/mpmc";
  static constexpr const char* mode =
      "words with one value reserved, try_push, try_pop; FIFO only while nobody is a lap behind";
  explicit atomic_queue_mpmc(std::size_t capacity) : atomic_words_mpmc_base<T>(capacity) {}
};

using in_atomic_queue = adapters<atomic_queue2_spsc, atomic_queue2_mpmc, atomic_queue2_spsc_optimist,
                                 atomic_queue2_mpmc_optimist, atomic_queue_spsc, atomic_queue_mpmc>;

}  // namespace volley::bench
