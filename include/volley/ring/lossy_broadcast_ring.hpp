// SPDX-License-Identifier: MIT
#pragma once

// A ring from one producer to any number of readers, where nobody waits for anybody: each reader sees each element, or is told how many
// it missed.
//
// Who: one thread at a time is the producer (all that push), and one at a time uses a given reader; handing either to another thread is
//   the user's synchronisation. All else: any thread. Construction and destruction: alone; readers must not be used after it.
// Progress: the producer is wait-free, without a locked instruction, and readers cost it nothing, however many there are and wherever they
//   stop. subscribe is wait-free. A read is lock-free: it begins again only where the producer has meanwhile overwritten what it was
//   reading. A producer that stops in the middle of a push hides that element only, and the one that it overwrites.
// Memory: what the producer did before try_push returned true is visible to each reader whose try_pop returned that element, or a
//   later one. What readers do is visible to nobody.
// Elements: trivially copyable ones of any size; they are copied through atomic words, and no reader is ever given a torn one.
// Errors: the constructor throws std::invalid_argument (capacity 0 or above max_capacity()) or std::bad_alloc; make() returns null
//   instead. try_push is false when sealed, and only then.
// Between processes: fixed capacity only (no pointer inside); constructed by one of them before the other uses it.
//
// State, for N slots; positions and stamps count laps too (ring/stamps.hpp):
//   tail_    the next position to write; the producer's own, read by who subscribes or was overtaken
//   slots_   each says by itself which position it holds (env/stamped_words.hpp)
//   I1: who sees in a slot that position p was begun can see that the N - 1 positions before p were written. So a reader that was
//       overtaken knows where there is something for it, and how many it missed; the tail is a hint at which of these are still there.
// Of N elements the oldest is gone as soon as the push of the next begins.
// Source: the reader that finds out by itself that it was overtaken, as in Agrona's broadcast buffer (M. Thompson et al., 2014).
//
// Edges
//   close  seal: seal_.store -> is_sealed: seal_.load   all that came before the seal   dies: LossyBroadcastModel.EveryOrderIsNeeded

#include <volley/config.hpp>
#include <volley/env/native.hpp>
#include <volley/env/stamped_words.hpp>
#include <volley/ring/stamps.hpp>
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
class basic_lossy_broadcast_ring {
  using enum std::memory_order;
  using index = typename Env::index;
  using stamps = detail::stamps<index, detail::slots_of<Storage>>;
  using slot = detail::stamped_words<T, Env>;
  using slots = typename Storage::template array<slot>;

 public:
  using value_type = T;
  using allocator_type = typename slots::allocator_type;

  basic_lossy_broadcast_ring() requires(!Storage::is_dynamic) { number_the_slots(); }

  /// capacity: elements, 1 .. max_capacity().
  explicit basic_lossy_broadcast_ring(std::size_t capacity, const allocator_type& a = {}) requires(Storage::is_dynamic)
      : basic_lossy_broadcast_ring(slots(detail::checked_capacity(capacity, max_capacity()), a)) {}

  basic_lossy_broadcast_ring(const basic_lossy_broadcast_ring&) = delete;
  basic_lossy_broadcast_ring& operator=(const basic_lossy_broadcast_ring&) = delete;
  ~basic_lossy_broadcast_ring() = default;

  /// The way in without exceptions: null where the constructor would throw.
  static std::unique_ptr<basic_lossy_broadcast_ring> make(std::size_t capacity, const allocator_type& a = {}) noexcept
      requires(Storage::is_dynamic) {
    if (capacity == 0 || capacity > max_capacity()) return nullptr;
    auto memory = slots::try_make(capacity, a);
    if (!memory) return nullptr;
    return std::unique_ptr<basic_lossy_broadcast_ring>(new (std::nothrow)
                                                           basic_lossy_broadcast_ring(std::move(memory)));
  }

  /// Producer. True, and the element is in; if there were capacity() of them, the oldest is gone. False when sealed.
  bool try_push(const T& value) noexcept { return try_push_n(std::addressof(value), 1) != 0; }

  /// Producer. An element made of args, beside the ring and then copied in.
  template <class... Args>
  bool try_emplace(Args&&... args) requires(std::is_constructible_v<T, Args...>) {
    if (is_sealed()) return false;
    const T value(std::forward<Args>(args)...);
    return try_push(value);
  }

  /// Producer. All of them, or none when sealed; returns how many. Each can be popped as soon as it is in.
  std::size_t try_push_n(std::span<const T> values) noexcept { return try_push_n(values.begin(), values.size()); }
  template <std::input_iterator Iterator>
  std::size_t try_push_n(Iterator first, std::size_t count) {
    [[maybe_unused]] const auto acting = producer_.act();
    if (seal_.load(relaxed) != 0) return 0;  // ~ hint(close)
    index tail = tail_.load(relaxed);        // ~ own
    for (std::size_t i = 0; i != count; ++i) {
      if (i != 0) ++first;  // not past the last: an input iterator would lose what it reads ahead
      slots_[at_.slot(tail)].write(tail, *first);
      tail = at_.after(tail);
      tail_.store(tail, relaxed);  // ~ own
    }
    return count;
  }

  /// Any thread. No push that begins after it succeeds; one that overlaps it may. Readers go on.
  void seal() noexcept { seal_.store(1, release); }  // -> close: all that came before it
  /// Any thread. When it is true and then a reader finds nothing, nothing will ever come: if the producer sealed it, or had ended.
  bool is_sealed() const noexcept {
    return seal_.load(acquire) != 0;  // <- close: it was sealed
  }

  /// Elements that are kept: exactly what was asked for.
  std::size_t capacity() const noexcept { return slots_.size(); }
  static constexpr std::size_t max_capacity() noexcept {
    return (std::min)(stamps::most_slots(), detail::most_slots<index, slot>());
  }

  /// A place in the stream, of one thread at a time. It may be copied; the copy has missed what the original has missed.
  class reader {
   public:
    using value_type = T;

    /// True, and out holds the next element; false when there is none yet, and out is untouched.
    bool try_pop(T& out) {
      return take_n(1, [&out](T&& value) { out = std::move(value); }) != 0;
    }
    /// The next element, or nothing.
    std::optional<T> try_pop() {
      std::optional<T> out;
      take_n(1, [&out](T&& value) { out.emplace(std::move(value)); });
      return out;
    }
    /// Up to out.size() of the next elements; returns how many. They follow each other if missed() did not grow.
    std::size_t try_pop_n(std::span<T> out) { return try_pop_n(out.begin(), out.size()); }
    template <class Iterator>
    std::size_t try_pop_n(Iterator out, std::size_t count) {
      return take_n(count, [&out](T&& value) { *out++ = std::move(value); });
    }
    /// Calls f(T&&) on what is there, in order, at most capacity() elements; returns how many. If f throws, that element counts as popped.
    template <class F>
    std::size_t consume_all(F&& f) {
      return take_n(ring_->capacity(), [&f](T&& value) { f(std::move(value)); });
    }

    /// How many elements this reader was too late for, since it was last asked. A reader that is more than a lap behind goes on with
    /// the oldest element that is still there; overtaken time and again in one call, half a lap further on.
    std::uint64_t missed() noexcept { return std::exchange(missed_, 0); }

    /// Elements that wait for this reader, 0 .. capacity(): a guess while somebody pushes.
    std::size_t size_approx() const noexcept { return ring_->at_.between(next_, ring_->tail()); }
    bool empty_approx() const noexcept { return size_approx() == 0; }

   private:
    friend basic_lossy_broadcast_ring;
    reader(basic_lossy_broadcast_ring& ring, index next) noexcept : ring_(&ring), next_(next) {}

    template <class F>
    std::size_t take_n(std::size_t limit, const F& f) {
      std::size_t taken = 0;
      for (typename slot::image bytes; taken != limit && take(bytes); ++taken) f(slot::value_of(bytes));
      return taken;
    }
    /// The next element's image; false when it is not there yet.
    bool take(typename slot::image& bytes) noexcept {
      for (unsigned overtaken = 0;; ++overtaken) {
        const index full = slot::full(next_);
        const index seen = ring_->slots_[ring_->at_.slot(next_)].read(next_, bytes);
        if (seen == full) {
          next_ = ring_->at_.after(next_);
          return true;
        }
        if (!stamps::is_before(full, seen)) return false;
        const index on = ring_->at_.after(ring_->oldest(seen), overtaken < 2 ? 0 : (ring_->capacity() - 1) / 2);
        missed_ += ring_->at_.distance(next_, on);
        next_ = on;
      }
    }

    basic_lossy_broadcast_ring* ring_;
    index next_;
    std::uint64_t missed_ = 0;
  };

  /// Any thread. A reader that begins with the first element whose push begins after this, or with one whose push overlaps it.
  reader subscribe() noexcept { return {*this, tail()}; }
  /// Any thread. A reader that begins with the oldest element that is there.
  reader subscribe_from_oldest() noexcept {
    const index tail = this->tail();
    const index first = at_.first(Env::first_index);
    return {*this, stamps::is_before(tail, at_.lap_after(first)) ? first : lap_before(tail)};
  }

 private:
  explicit basic_lossy_broadcast_ring(slots&& memory) noexcept requires(Storage::is_dynamic)
      : slots_(std::move(memory)) {
    number_the_slots();
  }
  void number_the_slots() noexcept {
    static_assert(detail::slots_of<Storage> <= max_capacity(), "more slots than the index can count");
    index position = at_.first(Env::first_index);
    tail_.store(position, relaxed);  // ~ init
    for (std::size_t i = 0; i != capacity(); ++i, position = at_.after(position)) slots_[i].begin_at(position);
  }

  index tail() const noexcept { return tail_.load(relaxed); }  // ~ count
  index lap_before(index position) const noexcept { return static_cast<index>(position - at_.lap_after(0)); }
  /// The oldest position that may be there, of those that this stamp shows: the N - 1 before it, and its own if it is full.
  index oldest(index seen) const noexcept {
    const index first = at_.after(lap_before(static_cast<index>(seen & ~index{3})));
    const index kept = lap_before(tail());
    return stamps::is_before(first, kept) && stamps::is_before(kept, seen) ? kept : first;
  }

  alignas(cache_line) typename Env::template atomic<index> tail_{0};
  typename Env::template atomic<index> seal_{0};
  [[no_unique_address]] typename Env::role producer_{"lossy_broadcast_ring", "producer"};
  alignas(cache_line) alignas(slots) slots slots_;
  [[no_unique_address]] stamps at_{capacity()};
};

/// The ring: of fixed capacity, or of one chosen at run time.
template <class T, std::size_t Capacity = dynamic_capacity, class Env = native, class Allocator = std::allocator<T>>
using lossy_broadcast_ring =
    basic_lossy_broadcast_ring<T, typename detail::storage_of<T, Capacity, Allocator>::type, Env>;

}  // namespace volley
