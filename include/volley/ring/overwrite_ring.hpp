// SPDX-License-Identifier: MIT
#pragma once

// A bounded FIFO from one producer to one consumer that is never full: a push into a full ring takes the oldest element out and hands it back.
//
// Who: one thread at a time is the producer (push, emplace), one the consumer (all that pop or consume); handing a role to another
//   thread is the user's synchronisation. T's own operations and f must not call the same role of the same ring. seal, is_sealed,
//   capacity, size_approx and empty_approx: any thread. Construction and destruction: alone.
// Progress: wait-free, both sides, wherever the other one stops. A push takes at most 13 steps, with one locked instruction if the ring
//   is full, or looks so because the consumer is in the middle of a pop, and none otherwise; a pop takes at most 6, one of them locked.
//   Nobody ever tries twice: see below. A consumer that stops in the middle of a pop keeps that element, and delays nothing.
// Memory: what the producer did before push is visible to the consumer whose try_pop returned that element; what the consumer did
//   with an element is visible to the producer that next uses its place. What was evicted comes back to the producer itself.
// Elements: any T that is nothrow-destructible and nothrow-move-constructible; move-only, not default-constructible and over-aligned ones
//   too. If moving the evicted one out could throw, it would be lost when the new one is already in. A constructor that throws leaves
//   the ring as it was. If f or an assignment throws, that element is destroyed, its place is free, and the exception goes on.
// Errors: the constructor throws std::invalid_argument (capacity 0 or above max_capacity()) or std::bad_alloc; make() returns null
//   instead. "empty" says what the consumer could see: release/acquire promises no more. A sealed ring hands back what was to be pushed.
// Each element that was pushed is popped, evicted or still inside: one of them, once.
// Between processes: fixed capacity only (no pointer inside); constructed by one of them before the other uses it.

#include <volley/env/native.hpp>
#include <volley/ring/evicting_slots.hpp>
#include <volley/ring/storage.hpp>

#include <cstddef>
#include <memory>
#include <new>
#include <optional>
#include <span>
#include <type_traits>
#include <utility>

namespace volley {

template <class T, class Storage, class Env>
class basic_overwrite_ring {
  using slots = detail::evicting_slots<T, Storage, Env>;
  using memory = typename slots::memory;

 public:
  using value_type = T;
  static_assert(std::is_nothrow_destructible_v<T>, "an element's destructor must not throw");
  static_assert(std::is_nothrow_move_constructible_v<T>,
                "an element's move constructor must not throw: what was evicted would be lost");
  using allocator_type = typename memory::allocator_type;

  basic_overwrite_ring() requires(!Storage::is_dynamic) = default;

  /// capacity: elements, 1 .. max_capacity().
  explicit basic_overwrite_ring(std::size_t capacity, const allocator_type& a = {}) requires(Storage::is_dynamic)
      : basic_overwrite_ring(memory(detail::checked_capacity(capacity, max_capacity()) + slots::spare_cells, a)) {}

  basic_overwrite_ring(const basic_overwrite_ring&) = delete;
  basic_overwrite_ring& operator=(const basic_overwrite_ring&) = delete;
  ~basic_overwrite_ring() {
    if constexpr (!std::is_trivially_destructible_v<T>) {
      while (slots_.take([](T&) {})) {
      }
    }
  }

  /// The way in without exceptions: null where the constructor would throw.
  static std::unique_ptr<basic_overwrite_ring> make(std::size_t capacity, const allocator_type& a = {}) noexcept
      requires(Storage::is_dynamic) {
    if (capacity == 0 || capacity > max_capacity()) return nullptr;
    auto from = memory::try_make(capacity + slots::spare_cells, a);
    if (!from) return nullptr;
    return std::unique_ptr<basic_overwrite_ring>(new (std::nothrow) basic_overwrite_ring(std::move(from)));
  }

  /// Producer. The element is in; what comes back is the oldest one if the ring was full. Or the ring is sealed, and the element itself
  /// comes back.
  std::optional<T> push(const T& value) requires(std::is_copy_constructible_v<T>) { return emplace(value); }
  std::optional<T> push(T&& value) { return emplace(std::move(value)); }

  template <class... Args>
  std::optional<T> emplace(Args&&... args) {
    return slots_.push(std::forward<Args>(args)...);
  }

  /// Any thread. No push that begins after it returned, and knows it, goes in; pops go on. One that runs at the same time may still go
  /// in: "sealed, then empty" says that nothing will ever come if the producer itself sealed, or knows of the seal.
  void seal() noexcept { slots_.seal(); }
  /// Any thread. True also says that what was done before seal() can be seen here.
  bool is_sealed() const noexcept { return slots_.is_sealed(); }

  /// Consumer. True, and out holds the oldest element; false when empty, and out is untouched.
  bool try_pop(T& out) {
    return slots_.take([&out](T& value) { out = std::move(value); });
  }

  /// Consumer. The oldest element, or nothing when empty.
  std::optional<T> try_pop() {
    std::optional<T> out;
    slots_.take([&out](T& value) { out.emplace(std::move(value)); });
    return out;
  }

  /// Consumer. The oldest elements, as many as there are, at most these; returns how many. They are taken one by one: the producer may
  /// evict some in between, and those are missing then.
  std::size_t try_pop_n(std::span<T> to) { return try_pop_n(to.begin(), to.size()); }
  template <class Iterator>
  std::size_t try_pop_n(Iterator to, std::size_t count) {
    return drain(count, [&to](T& value) { *to++ = std::move(value); });
  }

  /// Consumer. Calls f(T&&) on what is inside, oldest first, at most capacity() elements, one by one as try_pop_n; returns how many. If
  /// f throws, that element is destroyed, and the rest stays.
  template <class F>
  std::size_t consume_all(F&& f) {
    return drain(capacity(), [&f](T& value) { f(std::move(value)); });
  }

  /// Any thread. Elements that fit: exactly what was asked for.
  std::size_t capacity() const noexcept { return slots_.capacity(); }
  static constexpr std::size_t max_capacity() noexcept { return slots::max_capacity(); }

  /// Any thread. Elements inside, 0 .. capacity(): exact when nobody is pushing or popping, a guess otherwise.
  std::size_t size_approx() const noexcept { return slots_.size(); }
  bool empty_approx() const noexcept { return size_approx() == 0; }

 private:
  explicit basic_overwrite_ring(memory&& from) noexcept requires(Storage::is_dynamic) : slots_(std::move(from)) {}

  template <class F>
  std::size_t drain(std::size_t most, const F& f) {
    std::size_t taken = 0;
    while (taken != most && slots_.take(f)) ++taken;
    return taken;
  }

  slots slots_;
};

/// The ring: of fixed capacity, or of one chosen at run time.
template <class T, std::size_t Capacity = dynamic_capacity, class Env = native, class Allocator = std::allocator<T>>
using overwrite_ring = basic_overwrite_ring<T, typename detail::storage_of<T, Capacity, Allocator>::type, Env>;

}  // namespace volley
