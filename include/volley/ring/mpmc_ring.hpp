// SPDX-License-Identifier: MIT
#pragma once

// A bounded FIFO from any number of producers to any number of consumers, one order for all: the fast one.
//
// Who: any thread may call anything at any time; construction and destruction: alone. A guard belongs to one thread at a time.
//   T's own operations and f may call the ring as any other thread would, in the middle of their own push or pop.
// Progress: no call waits for a peer, but this is not lock-free. A thread that stops between its claim of a slot and the end of its
//   operation keeps that slot: if it was pushing, consumers that come to the slot say "empty", and what was pushed behind it comes out
//   only when it goes on; if it was popping, producers that come to the slot a lap later say "full". Of those that claim at the same
//   time one succeeds, the others try again after a while (ring/back_off.hpp).
// Memory: what the producer did before try_push returned true is visible to the consumer whose try_pop returned that element;
//   what the consumer did with an element is visible to the producer that next uses its slot.
// Elements: any nothrow-destructible T; move-only, not default-constructible and over-aligned ones too. When a constructor throws, its slot is
//   given back, or, where other producers are already past it, becomes a hole: consumers skip it, and it counts as occupied until
//   then. If moving out throws, that element is destroyed, its slot is free, and the exception goes on.
// Errors: the constructor throws std::invalid_argument (capacity 0 or above max_capacity()) or std::bad_alloc; make() returns null
//   instead. False from a push: it is sealed, or at some moment of the call, as far as this thread could see (release/acquire promises
//   no more), the slot whose turn it was held an element or a peer in the middle of its pop. False from a pop: at such a moment
//   the slot whose turn it was held nothing, or a peer in the middle of its push: also to a thread whose own push came back true. (Where N threads
//   pass N tokens through it, and each counts on one being there, take lockfree_mpmc_ring.)
// Guards: an open reservation is a push in the middle, an open peek a pop in the middle: both delay others as a stopped peer does.
// Between processes: fixed capacity only (no pointer inside); constructed by one of them before the other uses it.
// Algorithm: ring/stamped_claims.hpp, with both ends shared.

#include <volley/env/native.hpp>
#include <volley/ring/claiming_ring.hpp>
#include <volley/ring/ends.hpp>
#include <volley/ring/stamped_claims.hpp>
#include <volley/ring/storage.hpp>

#include <cstddef>
#include <memory>

namespace volley {
namespace detail {

struct mpmc_shape {
  static constexpr const char* name = "mpmc_ring";
  template <class Env>
  using tail = tail_of_many<Env>;
  template <class Env>
  using head = head_of_many<Env>;
};

}  // namespace detail

template <class T, class Storage, class Env>
using basic_mpmc_ring = detail::claiming_ring<detail::stamped_claims<T, Storage, Env, detail::mpmc_shape>>;

/// The ring: of fixed capacity, or of one chosen at run time. (A function over any of them takes basic_mpmc_ring<T, Storage, Env>&.)
template <class T, std::size_t Capacity = dynamic_capacity, class Env = native, class Allocator = std::allocator<T>>
using mpmc_ring = basic_mpmc_ring<T, typename detail::storage_of<T, Capacity, Allocator>::type, Env>;

}  // namespace volley
