// SPDX-License-Identifier: MIT
#pragma once

// A bounded FIFO from one producer to any number of consumers, one order for all.
//
// Who: one thread at a time is the producer (all that push, emplace or reserve), and handing that role to another thread is the user's
//   synchronisation; any thread may pop, consume, peek or seal at any time. Construction and destruction: alone. A guard belongs to one thread
//   at a time. T's own operations and f may pop as any other thread would, but must not push.
// Progress: a push is wait-free, without a locked instruction. No call waits for a peer, but popping is not lock-free: a consumer that stops in
//   the middle of its pop keeps its slot, and the producer says "full" when it comes there a lap later. Of consumers that claim at the same
//   time one succeeds, the others try again after a while (ring/back_off.hpp).
// Memory: what the producer did before try_push returned true is visible to the consumer whose try_pop returned that element;
//   what the consumer did with an element is visible to the producer that next uses its slot.
// Elements: any nothrow-destructible T; move-only, not default-constructible and over-aligned ones too. A constructor that throws leaves the
//   ring as it was, with those of the batch before it in. If moving out throws, that element is destroyed, its slot is free, and the
//   exception goes on.
// Errors: the constructor throws std::invalid_argument (capacity 0 or above max_capacity()) or std::bad_alloc; make() returns null
//   instead. False from a push: it is sealed, or at some moment of the call, as far as this thread could see (release/acquire promises
//   no more), the slot whose turn it was held an element or a peer in the middle of its pop. False from a pop: at such a moment
//   the slot whose turn it was held nothing, or a peer in the middle of its push.
// Seal: no push that begins after seal() returned, and knows it, succeeds. One that runs at the same time may still go in: "sealed, then empty"
//   says that nothing will ever come if the producer itself sealed, or knows of the seal.
// Guards: an open reservation keeps its slots and what would come behind them; the producer must not push in any other way until it ends. An open
//   peek is a pop in the middle, and delays the producer as a stopped consumer does.
// Between processes: fixed capacity only (no pointer inside); constructed by one of them before the other uses it.
// Algorithm: ring/stamped_claims.hpp, with a tail that is the producer's own.

#include <volley/env/native.hpp>
#include <volley/ring/claiming_ring.hpp>
#include <volley/ring/ends.hpp>
#include <volley/ring/stamped_claims.hpp>
#include <volley/ring/storage.hpp>

#include <cstddef>
#include <memory>

namespace volley {
namespace detail {

struct spmc_shape {
  static constexpr const char* name = "spmc_ring";
  template <class Env>
  using tail = tail_of_one<Env>;
  template <class Env>
  using head = head_of_many<Env>;
};

}  // namespace detail

template <class T, class Storage, class Env>
using basic_spmc_ring = detail::claiming_ring<detail::stamped_claims<T, Storage, Env, detail::spmc_shape>>;

/// The ring: of fixed capacity, or of one chosen at run time. (A function over any of them takes basic_spmc_ring<T, Storage, Env>&.)
template <class T, std::size_t Capacity = dynamic_capacity, class Env = native, class Allocator = std::allocator<T>>
using spmc_ring = basic_spmc_ring<T, typename detail::storage_of<T, Capacity, Allocator>::type, Env>;

}  // namespace volley
