// SPDX-License-Identifier: MIT
#pragma once

// A bounded FIFO from one producer to one consumer, with the state of each slot in the slot's own cache line.
//
// Who: one thread at a time is the producer (all that push or emplace), one the consumer (all that pop or consume); handing a role
//   to another thread is the user's synchronisation. T's own operations and f must not call the same role of the same ring.
//   capacity, size_approx and empty_approx: any thread. Construction and destruction: alone.
// Progress: wait-free: a fixed number of steps an element, no locked instruction, no system call. A stalled peer delays nothing; its
//   element or its slot simply is not there yet.
// Memory: what the producer did before try_push returned true is visible to the consumer whose try_pop returned that element;
//   what the consumer did with an element is visible to the producer that next uses its slot.
// Elements: any nothrow-destructible T; move-only, not default-constructible and over-aligned ones too. A constructor that throws
//   leaves the ring as it was, with those of the batch before it in. If moving out throws, that element is destroyed, its slot is free, and the exception goes on.
// Errors: the constructor throws std::invalid_argument (capacity 0 or above max_capacity()) or std::bad_alloc; make() returns null
//   instead. "full" and "empty" say what this side could see: release/acquire promises no more.
// Between processes: fixed capacity only (no pointer inside); constructed by one of them before the other uses it.
//
// State, for N slots; positions run through two laps (ring/laps.hpp):
//   slot.phase    the phase of the position whose element it last held; the producer writes it
//   tail_         the next position to fill; the producer's own, read by others as a hint
//   room_         the position at which the ring is full, as far as the producer knows: head_, when last looked at, plus a lap
//   head_         the next position to take; the consumer's own, and its word that all before it are free
//   I1: head_ <= tail_ <= head_ + N     I2: slot.phase == phase(p) for each full position p, and != phase(p) for a free one
// The consumer finds an element by the flag beside it: for small elements one line moves for both. Pushing one by one, the producer
// looks at head_ once a lap at most as long as the consumer keeps up; and the consumer writes to a slot's line only if moving or
// destroying T does, so the line it polls is not taken from under the producer.
// Source: J. Giacomoni, T. Moseley, M. Vachharajani, "FastForward for efficient pipeline parallelism" (PPoPP 2008), for the state in
//   the slot; the head index that is published but seldom read: P. P. C. Lee, T. Bu, G. Chandranmenon, "MCRingBuffer" (IPDPS 2010).
//
// Edges
//   publish  fill: slot.phase.store -> filled: slot.phase.load   construct before take      dies: SpscRingModel.EveryOrderIsNeeded
//   vacate   ~taking: head_.store -> look_for_room: head_.load   destroy before construct   dies: SpscRingModel.EveryOrderIsNeeded

#include <volley/config.hpp>
#include <volley/env/native.hpp>
#include <volley/ring/laps.hpp>
#include <volley/ring/storage.hpp>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <memory>
#include <new>
#include <optional>
#include <span>
#include <type_traits>
#include <utility>

namespace volley {

template <class T, class Storage, class Env>
class basic_spsc_ring {
  using enum std::memory_order;
  using index = typename Env::index;
  using at = detail::laps<index>;

  struct slot {
    typename Env::template atomic<std::uint8_t> phase{0};
    typename Env::template cell<T> value;
  };
  using slots = typename Storage::template array<slot>;

 public:
  using value_type = T;
  static_assert(std::is_nothrow_destructible_v<T>, "an element's destructor must not throw");
  using allocator_type = typename slots::allocator_type;

  basic_spsc_ring() requires(!Storage::is_dynamic) = default;

  /// capacity: elements, 1 .. max_capacity().
  explicit basic_spsc_ring(std::size_t capacity, const allocator_type& a = {}) requires(Storage::is_dynamic)
      : basic_spsc_ring(slots(detail::checked_capacity(capacity, max_capacity()), a)) {}

  basic_spsc_ring(const basic_spsc_ring&) = delete;
  basic_spsc_ring& operator=(const basic_spsc_ring&) = delete;
  ~basic_spsc_ring() {
    if constexpr (!Storage::is_dynamic)
      static_assert(slots::size() <= max_capacity(), "more slots than the index can count");
    if constexpr (!std::is_trivially_destructible_v<T>) {
      consume_all([](T&&) {});
    }
  }

  /// The way in without exceptions: null where the constructor would throw.
  static std::unique_ptr<basic_spsc_ring> make(std::size_t capacity, const allocator_type& a = {}) noexcept
      requires(Storage::is_dynamic) {
    if (capacity == 0 || capacity > max_capacity()) return nullptr;
    auto memory = slots::try_make(capacity, a);
    if (!memory) return nullptr;
    return std::unique_ptr<basic_spsc_ring>(new (std::nothrow) basic_spsc_ring(std::move(memory)));
  }

  /// Producer. True, and the element is in; false when full, and nothing was touched.
  bool try_push(const T& value) requires(std::is_copy_constructible_v<T>) { return try_emplace(value); }
  bool try_push(T&& value) { return try_emplace(std::move(value)); }

  template <class... Args>
  bool try_emplace(Args&&... args) {
    const index tail = tail_.load(relaxed);  // ~ own
    if (tail == room_ && tail == look_for_room()) return false;
    fill(tail, std::forward<Args>(args)...);
    return true;
  }

  /// Producer. Pushes as many of the values as there is room for, the first ones first; returns how many. Each can be popped as soon
  /// as it is in. The iterator form constructs from *first, so that a std::move_iterator moves.
  std::size_t try_push_n(std::span<const T> values) requires(std::is_copy_constructible_v<T>) {
    return try_push_n(values.begin(), values.size());
  }

  template <std::input_iterator Iterator>
  std::size_t try_push_n(Iterator first, std::size_t count) {
    index tail = tail_.load(relaxed);  // ~ own
    if (at::between(tail, room_, capacity()) < count) look_for_room();
    const std::size_t room = (std::min)(count, at::between(tail, room_, capacity()));
    for (std::size_t i = 0; i != room; ++i) {
      if (i != 0) ++first;  // not past the last: an input iterator would lose what it reads ahead
      tail = fill(tail, *first);
    }
    return room;
  }

  /// Consumer. True, and out holds the oldest element; false when empty, and out is untouched.
  bool try_pop(T& out) {
    return take_n(1, [&out](T& value) { out = std::move(value); }) != 0;
  }

  /// Consumer. The oldest element, or nothing when empty.
  std::optional<T> try_pop() {
    std::optional<T> out;
    take_n(1, [&out](T& value) { out.emplace(std::move(value)); });
    return out;
  }

  /// Consumer. Moves up to out.size() of the oldest elements into out, and gives their slots back together; returns how many.
  std::size_t try_pop_n(std::span<T> out) { return try_pop_n(out.begin(), out.size()); }

  template <class Iterator>
  std::size_t try_pop_n(Iterator out, std::size_t count) {
    return take_n(count, [&out](T& value) { *out++ = std::move(value); });
  }

  /// Consumer. Calls f(T&&) on what is inside, oldest first, at most capacity() elements; gives the slots back together; returns how
  /// many. If f throws, that element is destroyed with those before it, and the rest stays.
  template <class F>
  std::size_t consume_all(F&& f) {
    return take_n(capacity(), [&f](T& value) { f(std::move(value)); });
  }

  /// Elements that fit: exactly what was asked for.
  std::size_t capacity() const noexcept { return slots_.size(); }
  static constexpr std::size_t max_capacity() noexcept { return detail::most_slots<index, slot>(); }

  /// Elements inside, 0 .. capacity(): exact when nobody is pushing or popping, a guess otherwise.
  std::size_t size_approx() const noexcept {
    const index head = head_.load(acquire);  // <- vacate: a tail at or behind this head is not seen any more
    const index tail = tail_.load(relaxed);  // ~ count
    return at::between(head, tail, capacity());
  }
  bool empty_approx() const noexcept { return size_approx() == 0; }

 private:
  explicit basic_spsc_ring(slots&& memory) noexcept requires(Storage::is_dynamic)
      : room_(at::lap_after(0, memory.size())), slots_(std::move(memory)) {}

  /// Producer. Learns how far the consumer is; the new room_.
  index look_for_room() {
    room_ = at::lap_after(head_.load(acquire), capacity());  // <- vacate: slots before head_ hold nothing any more
    return room_;
  }

  /// Producer. Puts an element into the free slot of a position; the position after it.
  template <class... Args>
  index fill(index position, Args&&... args) {
    slot& s = slots_[at::slot(position, capacity())];
    s.value.construct(std::forward<Args>(args)...);
    const index after = at::next(position, capacity());
    tail_.store(after, relaxed);  // ~ own: and, before publish, so that no head is seen beyond it
    s.phase.store(at::phase(position, capacity()), release);  // -> publish: the slot holds its element
    return after;
  }

  /// Consumer. The slot of a position if its element is in.
  slot* filled(index position) {
    slot& s = slots_[at::slot(position, capacity())];
    const std::uint8_t seen = s.phase.load(acquire);  // <- publish: the slot holds its element
    return seen == at::phase(position, capacity()) ? &s : nullptr;
  }

  /// The consumer's place while it takes elements: destroys the one it is at also when moving it out threw, and gives all slots that
  /// it passed back at the end.
  struct taking {
    basic_spsc_ring& ring;
    index head;

    ~taking() { ring.head_.store(head, release); }  // -> vacate: the slots before hold nothing any more

    template <class F>
    void one(slot& from, const F& f) {
      struct passing {
        taking& place;
        slot& from;
        ~passing() {
          from.value.destroy();
          place.head = at::next(place.head, place.ring.capacity());
        }
      } const pass{*this, from};
      f(from.value.value());
    }
  };

  template <class F>
  std::size_t take_n(std::size_t limit, const F& f) {
    const index head = head_.load(relaxed);  // ~ own
    slot* s = limit == 0 ? nullptr : filled(head);
    if (s == nullptr) return 0;
    taking place{*this, head};
    std::size_t taken = 0;
    do {
      place.one(*s, f);
      s = ++taken == limit ? nullptr : filled(place.head);
    } while (s != nullptr);
    return taken;
  }

  alignas(cache_line) typename Env::template atomic<index> tail_{0};
  index room_ = at::lap_after(0, capacity());
  alignas(cache_line) typename Env::template atomic<index> head_{0};
  alignas(cache_line) alignas(slots) slots slots_;
};

/// The ring: of fixed capacity, or of one chosen at run time.
template <class T, std::size_t Capacity = dynamic_capacity, class Env = native, class Allocator = std::allocator<T>>
using spsc_ring = basic_spsc_ring<T, typename detail::storage_of<T, Capacity, Allocator>::type, Env>;

}  // namespace volley
