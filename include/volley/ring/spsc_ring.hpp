// SPDX-License-Identifier: MIT
#pragma once

// A bounded FIFO from one producer to one consumer, with the state of each slot in the slot's own cache line.
//
// Who: one thread at a time is the producer (all that push, emplace or reserve), one the consumer (all that pop, consume or peek); handing a
//   role to another thread is the user's synchronisation. T's own operations and f must not call the same role of the same ring.
//   seal, is_sealed, capacity, size_approx and empty_approx: any thread. Construction and destruction: alone.
// Progress: wait-free: a fixed number of steps an element, no locked instruction, no system call. A stalled peer delays nothing; its
//   element or its slot simply is not there yet. try_pop_n and consume_all give their slots back together, when they end: until then the producer
//   finds the ring as full as before.
// Memory: what the producer did before try_push returned true is visible to the consumer whose try_pop returned that element;
//   what the consumer did with an element is visible to the producer that next uses its slot.
// Elements: any nothrow-destructible T; move-only, not default-constructible and over-aligned ones too. A constructor that throws leaves the
//   ring as it was, with those of the batch before it in. If moving out throws, that element is destroyed, its slot is free, and the
//   exception goes on.
// Errors: the constructor throws std::invalid_argument (capacity 0 or above max_capacity()) or std::bad_alloc; make() returns null
//   instead. "full" and "empty" say what this side could see: release/acquire promises no more.
// Seal: no push that begins after seal() returned, and knows it, succeeds. One that runs at the same time may still go in: "sealed, then empty"
//   says that nothing will ever come if the producer itself sealed, or knows of the seal.
// Guards: an open reservation keeps its slots, an open peek its elements; until it ends, its side must not push (pop) in any other way. The peer
//   goes on with what else there is.
// Between processes: fixed capacity only (no pointer inside); constructed by one of them before the other uses it. If one is killed inside a
//   call, the ring is to be made anew; between calls, its role may be handed on.
//
// State, for N slots; positions run through two laps (ring/laps.hpp):
//   slot.state    full(p): the slot holds the element of p; the producer writes that behind the element
//                 small elements (slot_says_free): the consumer writes `free` when it has taken it, and that is all the producer looks at
//                 large ones: nobody does; the states of two laps differ, and head_ says what is free
//   tail_         the next position to fill; the producer's own, read by others as a hint
//   room_         large elements: the position at which the ring is full, as far as the producer knows: head_, when last looked at, plus a lap
//   head_         the next position to take; the consumer's own, and its word that all before it are free
//   I1: head_ <= tail_ <= head_ + N     I2: slot.state == full(p) for each full position p, and for no free one but those that the
//       consumer is about to mark
// The consumer finds an element by the state beside it: for small elements one line moves for both. It marks the slots of small ones, so that
// the producer reads a line before it writes there, and need not look at head_: 1.6 to 2.0 times the speed of the best rival for 8 bytes where
// it was measured, against 0.6 to 1.3 by head_ alone. Large ones it does not mark: that was slower in one form of the ring and no faster in others.
// The state is the last of the slot, not the first: the line that is polled is then the last one the producer writes (64 bytes: 0.9 against
// 0.65 in the same measure). tail_ is written before the slot, not between its element and its state, so that these two can leave the CPU's
// store buffer as one; and once a batch, not once an element. head_ too is written once a batch (but for guards), and the marks come behind it.
// Source: J. Giacomoni, T. Moseley, M. Vachharajani, "FastForward for efficient pipeline parallelism" (PPoPP 2008), for the state in
//   the slot; the head index that is published but seldom read: P. P. C. Lee, T. Bu, G. Chandranmenon, "MCRingBuffer" (IPDPS 2010).
//
// Edges
//   publish  publish: slot.state.store -> is: slot.state.load            construct before take      dies: SpscRingModel.EveryOrderIsNeeded
//   vacate   taken: slot.state.store -> is: slot.state.load       destroy before construct   dies: SpscRingModel.EveryOrderIsNeeded
//   leave    taken: head_.store -> look_for_room, size: head_.load destroy before construct   dies: SpscRingModel.EveryOrderIsNeeded
//   close    seal: seal_.store -> is_sealed: seal_.load                all that came before seal  dies: SpscRingModel.EveryOrderIsNeeded

#include <volley/config.hpp>
#include <volley/env/native.hpp>
#include <volley/ring/claiming_ring.hpp>
#include <volley/ring/laps.hpp>
#include <volley/ring/storage.hpp>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>

namespace volley {
namespace detail {

template <class T, class Storage, class Env>
class spsc_claims {
  using enum std::memory_order;
  using lap = laps<typename Env::index>;
  static constexpr std::uint8_t free = 0;

 public:
  using value_type = T;
  using env = Env;
  using index = typename Env::index;

  /// The state is behind the element: it is written last and polled, so that the lines before it are left alone until they are complete.
  struct slot {
    typename Env::template cell<T> value;
    typename Env::template atomic<std::uint8_t> state{free};
  };
  using memory = typename Storage::template array<slot>;
  /// Small elements: the consumer says in each slot that it is free. Large ones: by head_ alone.
  static constexpr bool slot_says_free = sizeof(T) <= cache_line / 2;
  static constexpr bool is_dynamic = Storage::is_dynamic;
  static constexpr const char* name = "spsc_ring";
  static constexpr bool one_producer = true;
  static constexpr bool one_consumer = true;
  static constexpr bool all_at_once = true;

  struct run {
    index first;
    std::size_t size;
    slot* where;
  };

  spsc_claims() noexcept requires(!is_dynamic) {
    static_assert(is_dynamic || memory::size() <= max_capacity(), "more slots than the index can count");
  }
  explicit spsc_claims(memory&& slots) noexcept requires(is_dynamic)
      : room_(lap::lap_after(0, slots.size())), slots_(std::move(slots)) {}

  std::size_t capacity() const noexcept { return slots_.size(); }
  static constexpr std::size_t max_capacity() noexcept { return most_slots<index, slot>(); }
  std::size_t size() const noexcept {
    const index head = head_.load(acquire);  // <- leave: a tail at or behind this head is not seen any more
    const index tail = tail_.load(relaxed);  // ~ count
    return lap::between(head, tail, capacity());
  }

  slot& at(index p) noexcept { return slots_[lap::slot(p, capacity())]; }
  bool is_ready() const noexcept {
    const index head = head_.load(relaxed);  // ~ own
    return is(slots_[lap::slot(head, capacity())], full(head));
  }
  index after(index p, std::size_t n) const noexcept { return lap::after(p, n, capacity()); }
  slot* slot_after(slot* s) noexcept { return next_in(slots_, s); }

  [[gnu::always_inline]] run claim_free(std::size_t most) noexcept {
    const index tail = tail_.load(relaxed);                                // ~ own
    if (most == 0 || seal_.load(relaxed) != 0) return {tail, 0, nullptr};  // ~ hint(close)
    slot* const where = &at(tail);
    const std::size_t size = room(tail, where, most);
    if (size != 0)
      tail_.store(after(tail, size), relaxed);  // ~ own: and, before publish, so that no head is seen beyond it
    return {tail, size, where};
  }
  void publish(slot& s, index p) noexcept {
    s.state.store(full(p), release);  // -> publish: the slot holds its element
  }
  void give_back(run rest) noexcept { tail_.store(rest.first, relaxed); }  // ~ own

  [[gnu::always_inline]] run claim_full(std::size_t most) noexcept {
    const index head = head_.load(relaxed);  // ~ own
    slot* const where = &at(head);
    return {head, alike(head, where, most, [this](index p) noexcept { return full(p); }), where};
  }
  void vacate(slot&, index) const noexcept {}  // slots are freed together
  void taken(const run& from, std::size_t n) noexcept {
    head_.store(after(from.first, n), release);  // -> leave: the slots before hold nothing any more
    if constexpr (slot_says_free) {
      // after head_: or the tail could be two laps on, which looks empty
      for (slot* s = from.where; n != 0; --n, s = slot_after(s))
        s->state.store(free, release);  // -> vacate: the slot holds nothing any more
    }
  }

  void seal() noexcept { seal_.store(1, release); }  // -> close: all that came before it
  bool is_sealed() const noexcept {
    return seal_.load(acquire) != 0;  // <- close: it was sealed
  }

 private:
  /// The state of a slot that holds the element of p. Where nobody marks a slot as free, the laps must differ.
  std::uint8_t full(index p) const noexcept {
    return slot_says_free ? std::uint8_t{1} : static_cast<std::uint8_t>(1 + lap::phase(p, capacity()));
  }
  /// How many slots, at most this many, from this one on are in the state that wanted(p) says.
  template <class State>
  [[gnu::always_inline]] std::size_t alike(index first, slot* where, std::size_t most, const State& wanted) noexcept {
    if (most == 1) return is(*where, wanted(first)) ? 1 : 0;
    most = (std::min)(most, capacity());
    std::size_t size = 0;
    for (std::size_t end = 0; size != most; where = &slots_[0]) {  // to the end of the array, then from its start
      const index p = after(first, size);
      const std::uint8_t state = wanted(p);
      for (end = (std::min)(most, size + capacity() - lap::slot(p, capacity())); size != end; ++size, ++where) {
        if (!is(*where, state)) return size;
      }
    }
    return size;
  }
  static bool is(const slot& s, std::uint8_t state) noexcept {
    return s.state.load(acquire) == state;  // <- publish, <- vacate: who wrote it is done with the slot
  }

  /// Free slots from the tail on, at most this many.
  [[gnu::always_inline]] std::size_t room(index tail, [[maybe_unused]] slot* where, std::size_t most) noexcept {
    if constexpr (slot_says_free) return alike(tail, where, most, [](index) noexcept { return free; });
    if (most == 1) return tail != room_ || tail != look_for_room() ? 1 : 0;
    if (lap::between(tail, room_, capacity()) < most) look_for_room();
    return (std::min)(most, lap::between(tail, room_, capacity()));
  }
  /// Learns how far the consumer is; the new room_.
  index look_for_room() noexcept {
    room_ = lap::lap_after(head_.load(acquire), capacity());  // <- leave: slots before head_ hold nothing any more
    return room_;
  }

  alignas(cache_line) typename Env::template atomic<index> tail_{0};
  index room_ = lap::lap_after(0, capacity());
  typename Env::template atomic<std::uint8_t> seal_{0};
  alignas(cache_line) typename Env::template atomic<index> head_{0};
  alignas(cache_line) alignas(memory) memory slots_;
};

}  // namespace detail

template <class T, class Storage, class Env>
using basic_spsc_ring = detail::claiming_ring<detail::spsc_claims<T, Storage, Env>>;

/// The ring: of fixed capacity, or of one chosen at run time. (A function over any of them takes basic_spsc_ring<T, Storage, Env>&.)
template <class T, std::size_t Capacity = dynamic_capacity, class Env = native, class Allocator = std::allocator<T>>
using spsc_ring = basic_spsc_ring<T, typename detail::storage_of<T, Capacity, Allocator>::type, Env>;

}  // namespace volley
