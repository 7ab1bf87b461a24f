// SPDX-License-Identifier: MIT
#pragma once

// A ring from one producer to up to Readers readers, each of which sees each element pushed while it is subscribed: the producer waits for
// the slowest. <volley/ring/lossy_broadcast_ring.hpp>, included here, is the one where nobody waits for anybody.
//
// Who: one thread at a time is the producer (all that push, emplace or reserve), and one at a time uses a given reader; handing either to
//   another thread is the user's synchronisation. Readers come and go at any time, in any thread; the rest is for any thread too.
//   Construction and destruction: alone; readers and guards must end before the ring does.
// Progress: wait-free, all of it. A reader that stops, or an open peek of its, lets the producer push a lap beyond it; then pushes are
//   false until it goes on or ends. It delays no other reader. A producer that stops delays nothing: its element is not there yet.
// Memory: what the producer did before try_push returned true is visible to each reader that was given that element; what a reader did
//   with an element, or before it ended, is visible to the producer that next uses its slot, and to whoever destroys the element.
// Elements: any nothrow-destructible T, given to readers as const T&. An element is destroyed by the last of its readers as it goes on,
//   with one RMW for each but the last; where one reader is subscribed, or the destructor is trivial, without any. A reader that ends is
//   counted as past what it has not read; only what is pushed at that very time may live on until its slot is used again, or the ring
//   goes. What is pushed while nobody is subscribed, from the beginning of the push to its end, is destroyed at once. A constructor that
//   throws leaves the ring as it was; what try_push_n had pushed before stays in. If f or copying out throws, this reader is past that
//   element, and the exception goes on.
// Guards: a reservation is a push that begins at try_reserve and ends at commit. An open peek keeps its elements. f must not use its
//   reader. While a reservation (peek) is open, the producer (that reader) must not push (pop), unsubscribe, move or end in any other way.
// Errors: the constructor throws std::invalid_argument (capacity 0 or above max_capacity()) or std::bad_alloc; make() returns null
//   instead. False from a push: sealed, or, as far as the producer could see, some reader is capacity() elements behind.
//   subscribe() returns a reader that is false when all max_readers() seats are taken, or change hands meanwhile.
// Between processes: fixed capacity only (no pointer inside; a reader is a handle of its own process); constructed by one of them
//   before the other uses it. A process that dies with a reader holds back the producer for ever. A reader that was there before a
//   fork is the parent's: the child must neither use nor destroy its copy of it.
//
// State, for N slots; positions run through two laps (ring/laps.hpp):
//   tail_     the next position to fill; the producer's own, read by others as a hint
//   room_     the position at which the ring is full, as far as the producer knows: the slowest reader, when last looked at, plus a lap
//   gates_    where each reader stands, and who comes and goes (ring/gates.hpp)
//   slots_    each with a phase, and how many readers have yet to leave its element (ring/shared_slot.hpp)
//   I1: each reader <= tail_ <= each reader + N     I2: slot.phase == phase(p) for each full position p, and != phase(p) for a free one
// Readers find an element by the flag beside it, as in spsc_ring, and write to lines of their own. The producer looks at those once a lap
// at most, as long as the slowest keeps up, and at one word that changes only when readers come and go.

#include <volley/config.hpp>
#include <volley/env/native.hpp>
#include <volley/ring/broadcast_reader.hpp>
#include <volley/ring/gates.hpp>
#include <volley/ring/guards.hpp>
#include <volley/ring/laps.hpp>
#include <volley/ring/lossy_broadcast_ring.hpp>
#include <volley/ring/shared_slot.hpp>
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

template <class T, class Storage, class Env, std::size_t Readers>
class basic_broadcast_ring {
  using enum std::memory_order;
  using index = typename Env::index;
  using at = detail::laps<index>;

  using slot = detail::shared_slot<T, Env>;
  using slots = typename Storage::template array<slot>;

 public:
  using value_type = T;
  static_assert(std::is_nothrow_destructible_v<T>, "an element's destructor must not throw");
  static_assert(Readers > 0 && Readers <= slot::most_readers, "1 to 127 readers: a slot counts them in 7 bits");
  using allocator_type = typename slots::allocator_type;
  using reader = broadcast_reader<basic_broadcast_ring>;

  basic_broadcast_ring() requires(!Storage::is_dynamic) = default;

  /// capacity: elements, 1 .. max_capacity().
  explicit basic_broadcast_ring(std::size_t capacity, const allocator_type& a = {}) requires(Storage::is_dynamic)
      : basic_broadcast_ring(slots(detail::checked_capacity(capacity, max_capacity()), a)) {}

  basic_broadcast_ring(const basic_broadcast_ring&) = delete;
  basic_broadcast_ring& operator=(const basic_broadcast_ring&) = delete;
  ~basic_broadcast_ring() {
    if constexpr (!Storage::is_dynamic)
      static_assert(slots::size() <= max_capacity(), "more slots than the index can count");
    if constexpr (!std::is_trivially_destructible_v<T>) {
      for (std::size_t i = 0; i != capacity(); ++i) slots_[i].clear();
    }
  }

  /// The way in without exceptions: null where the constructor would throw.
  static std::unique_ptr<basic_broadcast_ring> make(std::size_t capacity, const allocator_type& a = {}) noexcept
      requires(Storage::is_dynamic) {
    if (capacity == 0 || capacity > max_capacity()) return nullptr;
    auto memory = slots::try_make(capacity, a);
    if (!memory) return nullptr;
    return std::unique_ptr<basic_broadcast_ring>(new (std::nothrow) basic_broadcast_ring(std::move(memory)));
  }

  /// Producer. True, and the element is in; false when full or sealed, and nothing was touched.
  bool try_push(const T& value) requires(std::is_copy_constructible_v<T>) { return try_emplace(value); }
  bool try_push(T&& value) { return try_emplace(std::move(value)); }

  template <class... Args>
  bool try_emplace(Args&&... args) {
    [[maybe_unused]] const auto acting = producer_.act_unguarded();
    const index tail = tail_.load(relaxed);  // ~ own
    if (room(tail, 1) == 0) return false;
    fill(tail, std::forward<Args>(args)...);
    return true;
  }

  /// Producer. Pushes as many of the values as there is room for, at most capacity(); returns how many. The iterator form constructs from
  /// *first, so that a std::move_iterator moves.
  std::size_t try_push_n(std::span<const T> values) requires(std::is_copy_constructible_v<T>) {
    return try_push_n(values.begin(), values.size());
  }
  template <std::input_iterator Iterator>
  std::size_t try_push_n(Iterator first, std::size_t count) {
    [[maybe_unused]] const auto acting = producer_.act_unguarded();
    index tail = tail_.load(relaxed);  // ~ own
    const std::size_t some = (std::min)(count, room(tail, count));
    for (std::size_t i = 0; i != some; ++i) {
      if (i != 0) ++first;  // not past the last: an input iterator would lose what it reads ahead
      tail = fill(tail, *first);
    }
    return some;
  }

  /// Producer. Up to n slots to construct in, if there is room; nothing else may be pushed until it ends: it is a push as long as it is open.
  reservation<basic_broadcast_ring> try_reserve(std::size_t n) noexcept {
    [[maybe_unused]] const auto acting = producer_.act_unguarded();
    const index tail = tail_.load(relaxed);  // ~ own
    const std::size_t some = (std::min)(n, room(tail, n));
    for (std::size_t i = 0; i != some; ++i) slot_at(tail, i).clear();
    if (some != 0) producer_.open();
    return {*this, tail, some};
  }

  /// Any thread. No push that begins after it succeeds; one that overlaps it may, as may an open reservation. Readers go on.
  void seal() noexcept { gates_.seal(); }
  /// Any thread. When it is true and then a reader finds nothing, nothing will ever come: if the producer sealed it with no
  /// reservation open, or had ended.
  bool is_sealed() const noexcept { return gates_.is_sealed(); }

  /// Any thread. A reader whose elements begin with the first push that begins after this, or with one that overlaps it; an open
  /// reservation is a push that began before. False when there is no seat for it.
  reader subscribe() noexcept { return {*this, gates_.subscribe()}; }
  static constexpr std::size_t max_readers() noexcept { return Readers; }

  /// Elements that fit: exactly what was asked for.
  std::size_t capacity() const noexcept { return slots_.size(); }
  static constexpr std::size_t max_capacity() noexcept { return detail::most_slots<index, slot>(); }

  /// Any thread. How far the slowest reader is behind, 0 .. capacity(): a guess while somebody pushes or reads.
  std::size_t size_approx() const noexcept {
    return gates_.farthest_behind([this] { return tail(); }, capacity());
  }
  bool empty_approx() const noexcept { return size_approx() == 0; }

 private:
  using role = typename Env::role;
  friend detail::broadcast_place<basic_broadcast_ring>;
  friend detail::slot_range<basic_broadcast_ring>;

  explicit basic_broadcast_ring(slots&& memory) noexcept requires(Storage::is_dynamic)
      : room_(at::lap_after(0, memory.size())), slots_(std::move(memory)) {}

  /// For those who count.
  index tail() const noexcept { return tail_.load(relaxed); }  // ~ count

  /// Producer. The slots that are free from the tail on; if they seem fewer than wanted, it looks again. None when sealed.
  std::size_t room(index tail, std::size_t wanted) noexcept {
    const bool heard = gates_.heard_of_all();
    if (const std::size_t known = at::between(tail, room_, capacity()); heard && known >= wanted) return known;
    if (!heard && gates_.is_sealed()) return 0;
    room_ = at::lap_after(gates_.look(tail, capacity()), capacity());
    return at::between(tail, room_, capacity());
  }

  slot& slot_at(index first, std::size_t i) noexcept {
    return slots_[at::slot(at::after(first, i, capacity()), capacity())];
  }

  /// Producer. Puts an element into the free slot of a position; the position after it.
  template <class... Args>
  index fill(index position, Args&&... args) {
    slot& s = slots_[at::slot(position, capacity())];
    s.clear();
    s.cell().construct(std::forward<Args>(args)...);
    return publish(s, position);
  }
  index publish(slot& s, index position) noexcept {
    if (gates_.readers() == 0) {  // nobody will ever ask for it
      s.cell().destroy();
      return position;
    }
    const index after = at::after(position, 1, capacity());
    tail_.store(after, relaxed);  // ~ own: and, before publish, so that no reader is seen beyond it
    s.publish(at::phase(position, capacity()), gates_.readers());
    return after;
  }

  auto& guarded(index first, std::size_t i) noexcept { return slot_at(first, i).cell(); }
  void end_reserve(index first, std::size_t, std::size_t made, std::size_t kept) noexcept {
    producer_.close();
    index position = first;
    for (std::size_t i = 0; i != kept; ++i) position = publish(slot_at(first, i), position);
    for (std::size_t i = kept; i != made; ++i) guarded(first, i).destroy();
  }

  alignas(cache_line) typename Env::template atomic<index> tail_{0};
  index room_ = at::lap_after(0, capacity());
  [[no_unique_address]] role producer_{"broadcast_ring", "producer"};
  detail::gates<Env, Readers> gates_;
  alignas(cache_line) alignas(slots) slots slots_;
};

/// The ring: of fixed capacity, or of one chosen at run time; for at most so many readers at a time.
template <class T, std::size_t Capacity = dynamic_capacity, class Env = native, class Allocator = std::allocator<T>,
          std::size_t Readers = 16>
using broadcast_ring = basic_broadcast_ring<T, typename detail::storage_of<T, Capacity, Allocator>::type, Env, Readers>;

}  // namespace volley
