// SPDX-License-Identifier: MIT
#pragma once

// A bounded FIFO from one producer to one consumer, with the state of each slot in the slot's own cache line.
//
// Who: one thread at a time is the producer (try_push, try_emplace), one the consumer (try_pop); handing a role to another
//   thread is the user's synchronisation. capacity, size_approx and empty_approx: any thread. Construction and destruction: alone.
// Progress: try_push, try_emplace and try_pop are wait-free: a fixed number of steps, no locked instruction, no system call.
//   A stalled peer delays nothing; its element or its slot simply is not there yet.
// Memory: what the producer did before try_push returned true is visible to the consumer whose try_pop returned that element;
//   what the consumer did with an element is visible to the producer that next uses its slot.
// Elements: any destructible T; move-only, not default-constructible and over-aligned ones too. A constructor that throws leaves the
//   ring as it was. If moving out throws, that element is destroyed, its slot is free, and the exception goes on.
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
// The consumer finds an element by the flag beside it: one line moves for both. The producer looks at head_ once a lap at most, as
// long as the consumer keeps up, and the consumer never writes to a slot's line, so the line it polls is not taken from under the
// producer.
// Source: J. Giacomoni, T. Moseley, M. Vachharajani, "FastForward for efficient pipeline parallelism" (PPoPP 2008), for the state in
//   the slot; the head index that is published but seldom read: P. P. C. Lee, T. Bu, G. Chandranmenon, "MCRingBuffer" (IPDPS 2010).
//
// Edges
//   publish  push: slot.phase.store -> pop: slot.phase.load   construct before take      dies: SpscRingModel.EveryOrderIsNeeded
//   vacate   pop: head_.store -> push: head_.load             destroy before construct   dies: SpscRingModel.EveryOrderIsNeeded

#include <volley/config.hpp>
#include <volley/env/native.hpp>
#include <volley/ring/laps.hpp>
#include <volley/ring/storage.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <optional>
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
  using allocator_type = typename slots::allocator_type;

  basic_spsc_ring() requires(!Storage::is_dynamic) = default;

  /// capacity: elements, 1 .. max_capacity().
  explicit basic_spsc_ring(std::size_t capacity, const allocator_type& a = {}) requires(Storage::is_dynamic)
      : basic_spsc_ring(slots(detail::checked_capacity(capacity, max_capacity()), a)) {}

  basic_spsc_ring(const basic_spsc_ring&) = delete;
  basic_spsc_ring& operator=(const basic_spsc_ring&) = delete;
  ~basic_spsc_ring() {
    if constexpr (!std::is_trivially_destructible_v<T>) {
      while (take([](T&) {})) {
      }
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
  bool try_push(const T& value) { return try_emplace(value); }
  bool try_push(T&& value) { return try_emplace(std::move(value)); }

  template <class... Args>
  bool try_emplace(Args&&... args) {
    const index tail = tail_.load(relaxed);  // ~ own
    if (tail == room_) {
      room_ = at::lap_after(head_.load(acquire), capacity());  // <- vacate: slots before head_ hold nothing any more
      if (tail == room_) return false;
    }
    slot& s = slots_[at::slot(tail, capacity())];
    s.value.construct(std::forward<Args>(args)...);
    s.phase.store(at::phase(tail, capacity()), release);  // -> publish: the slot holds its element
    tail_.store(at::next(tail, capacity()), relaxed);     // ~ own: others read it for size_approx only
    return true;
  }

  /// Consumer. True, and out holds the oldest element; false when empty, and out is untouched.
  bool try_pop(T& out) {
    return take([&out](T& value) { out = std::move(value); });
  }

  /// Consumer. The oldest element, or nothing when empty.
  std::optional<T> try_pop() {
    std::optional<T> out;
    take([&out](T& value) { out.emplace(std::move(value)); });
    return out;
  }

  /// Elements that fit: exactly what was asked for.
  std::size_t capacity() const noexcept { return slots_.size(); }
  static constexpr std::size_t max_capacity() noexcept { return detail::most_slots<index, slot>(); }

  /// Elements inside, 0 .. capacity(): exact when nobody is pushing or popping, a guess otherwise.
  std::size_t size_approx() const noexcept {
    const index head = head_.load(relaxed);  // ~ count
    const index tail = tail_.load(relaxed);  // ~ count
    return at::between(head, tail, capacity());
  }
  bool empty_approx() const noexcept { return size_approx() == 0; }

 private:
  explicit basic_spsc_ring(slots&& memory) noexcept requires(Storage::is_dynamic)
      : room_(at::lap_after(0, memory.size())), slots_(std::move(memory)) {}

  /// Destroys the element and gives its slot back, also when moving the element out threw.
  struct vacating {
    basic_spsc_ring& ring;
    slot& from;
    index head;

    ~vacating() {
      from.value.destroy();
      ring.head_.store(at::next(head, ring.capacity()), release);  // -> vacate: the slot holds nothing any more
    }
  };

  template <class F>
  bool take(const F& f) {
    const index head = head_.load(relaxed);  // ~ own
    slot& s = slots_[at::slot(head, capacity())];
    if (s.phase.load(acquire) != at::phase(head, capacity())) return false;  // <- publish: the slot holds its element
    const vacating guard{*this, s, head};
    f(s.value.value());
    return true;
  }

  alignas(cache_line) typename Env::template atomic<index> tail_{0};
  index room_ = at::lap_after(0, capacity());
  alignas(cache_line) typename Env::template atomic<index> head_{0};
  alignas(cache_line) slots slots_;
};

/// The ring: of fixed capacity, or of one chosen at run time.
template <class T, std::size_t Capacity = dynamic_capacity, class Env = native, class Allocator = std::allocator<T>>
using spsc_ring = basic_spsc_ring<T, typename detail::storage_of<T, Capacity, Allocator>::type, Env>;

}  // namespace volley
