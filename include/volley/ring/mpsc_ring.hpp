// SPDX-License-Identifier: MIT
#pragma once

// A bounded FIFO from any number of producers to one consumer, one order for all.
//
// Who: any thread may push, reserve or seal at any time; one thread at a time is the consumer (all that pop, consume or peek), and handing
//   that role to another thread is the user's synchronisation. Construction and destruction: alone. A guard belongs to one thread at a time.
//   T's own operations and f may push as any other thread would, but must not pop.
// Progress: no call waits for a peer, but pushing is not lock-free. A producer that stops between its claim of a slot and the end of its
//   push keeps that slot: the consumer says "empty" when it comes there, and what was pushed behind it comes out only when it goes on.
//   Of producers that claim at the same time one succeeds, the others try again after a while (ring/back_off.hpp). A pop is wait-free
//   but for the holes that it skips, at most a lap of them; a consumer that stops in the middle of a pop keeps its slots, no more.
// Memory: what the producer did before try_push returned true is visible to the consumer whose try_pop returned that element;
//   what the consumer did with an element is visible to the producer that next uses its slot.
// Elements: any nothrow-destructible T; move-only, not default-constructible and over-aligned ones too. When a constructor throws, its slot is
//   given back, or, where other producers are already past it, becomes a hole: the consumer skips it, and it counts as occupied until
//   then. If moving out throws, that element is destroyed, its slot is free, and the exception goes on.
// Errors: the constructor throws std::invalid_argument (capacity 0 or above max_capacity()) or std::bad_alloc; make() returns null
//   instead. False from a push: it is sealed, or at some moment of the call, as far as this thread could see (release/acquire promises
//   no more), the slot whose turn it was held an element or a peer in the middle of its pop. False from a pop: at such a moment
//   the slot whose turn it was held nothing, or a peer in the middle of its push.
// Seal: no push that begins after it succeeds, whoever sealed; sealed and then found empty, nothing will ever come.
// Guards: an open reservation is a push in the middle, and delays the consumer as a stopped producer does; what it does not commit may be a
//   hole, like what a constructor threw at. A peek ends before a hole, the next one begins behind it. Until an open peek ends, its slots are
//   occupied, and the consumer must not pop in any other way.
// Between processes: fixed capacity only (no pointer inside); constructed by one of them before the other uses it.
// Algorithm: ring/stamped_claims.hpp, with a head that is one thread's own: no locked instruction in a pop.

#include <volley/env/native.hpp>
#include <volley/ring/claiming_ring.hpp>
#include <volley/ring/ends.hpp>
#include <volley/ring/stamped_claims.hpp>
#include <volley/ring/storage.hpp>

#include <cstddef>
#include <memory>

namespace volley {
namespace detail {

struct mpsc_shape {
  static constexpr const char* name = "mpsc_ring";
  template <class Env>
  using tail = tail_of_many<Env>;
  template <class Env>
  using head = head_of_one<Env>;
};

}  // namespace detail

template <class T, class Storage, class Env>
using basic_mpsc_ring = detail::claiming_ring<detail::stamped_claims<T, Storage, Env, detail::mpsc_shape>>;

/// The ring: of fixed capacity, or of one chosen at run time. (A function over any of them takes basic_mpsc_ring<T, Storage, Env>&.)
template <class T, std::size_t Capacity = dynamic_capacity, class Env = native, class Allocator = std::allocator<T>>
using mpsc_ring = basic_mpsc_ring<T, typename detail::storage_of<T, Capacity, Allocator>::type, Env>;

}  // namespace volley
