// SPDX-License-Identifier: MIT
#pragma once

// The reader of a broadcast_ring: a place in the stream, and a seat from which it holds the producer back.
//
// A ring befriends detail::broadcast_place<itself> and has slots_ (ring/shared_slot.hpp), gates_ (ring/gates.hpp) and tail(). Its header
// says who may do what, progress and memory.

#include <volley/ring/guards.hpp>
#include <volley/ring/laps.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <type_traits>
#include <utility>

namespace volley {
namespace detail {

/// Where a reader stands, and what its guards see: ranges of const T.
template <class Ring>
class broadcast_place {
  using at = laps<typename Ring::index>;

 public:
  using index = typename Ring::index;
  using value_type = const typename Ring::value_type;
  static constexpr bool peek_claims = false;

  broadcast_place(Ring& ring, std::size_t seat) noexcept
      : ring_(seat == Ring::max_readers() ? nullptr : &ring), seat_(seat) {}
  broadcast_place(broadcast_place&& other) noexcept
      : ring_(std::exchange(other.ring_, nullptr)),
        seat_(other.seat_),
        next_(std::exchange(other.next_, std::nullopt)) {
    [[maybe_unused]] const auto acting = other.reader_.act_unguarded();
  }
  broadcast_place& operator=(broadcast_place&& other) noexcept {
    if (this == &other) return *this;
    leave();
    [[maybe_unused]] const auto acting = other.reader_.act_unguarded();
    ring_ = std::exchange(other.ring_, nullptr);
    seat_ = other.seat_;
    next_ = std::exchange(other.next_, std::nullopt);
    return *this;
  }
  ~broadcast_place() { leave(); }

  bool has_seat() const noexcept { return ring_ != nullptr; }
  /// What was pushed for it is left first, so that the last of the others destroys it. Without a seat it has no next position.
  void leave() noexcept {
    if (!has_seat()) return;
    [[maybe_unused]] const auto acting = reader_.act_unguarded();
    if constexpr (!std::is_trivially_destructible_v<value_type>) {
      pass(slots(), [](value_type&) {});
    }
    next_.reset();
    std::exchange(ring_, nullptr)->gates_.leave(seat_);
  }

  std::size_t slots() const noexcept { return has_seat() ? ring_->capacity() : 0; }
  std::size_t waiting() const noexcept {
    const auto from = next();
    return from ? at::between(*from, ring_->tail(), slots()) : 0;
  }

  /// f(const T&) for the next elements, at most so many. It is past each of them also when f threw, and tells the producer at the end.
  template <class F>
  std::size_t take_n(std::size_t most, F&& f) {
    [[maybe_unused]] const auto acting = reader_.act_unguarded();
    return pass(most, f);
  }

  peeked<broadcast_place> peek(std::size_t most) noexcept {
    [[maybe_unused]] const auto acting = reader_.act_unguarded();
    if (most == 0 || next_filled() == 0) return {*this, 0, 0};
    index end = *next_;
    std::size_t n = 0;
    do {
      end = at::after(end, 1, lap());
    } while (++n != most && n != lap() && filled(end) != 0);
    reader_.open();
    return {*this, *next_, n};
  }

 private:
  friend slot_range<broadcast_place>;

  /// Tells the producer where it is.
  struct moving {
    broadcast_place& place;
    ~moving() { place.ring_->gates_.move(place.seat_, *place.next_); }
  };
  /// Leaves the element that it is at.
  struct passing {
    broadcast_place& place;
    std::uint8_t seen;
    ~passing() {
      place.slot(*place.next_).leave(seen);
      place.next_ = at::after(*place.next_, 1, place.lap());
    }
  };

  template <class F>
  std::size_t pass(std::size_t most, F&& f) {
    std::uint8_t seen = most == 0 ? std::uint8_t{0} : next_filled();
    if (seen == 0) return 0;
    const moving place{*this};
    std::size_t taken = 0;
    do {
      const passing one{*this, seen};
      f(std::as_const(slot(*next_).cell().value()));
    } while (++taken != most && (seen = filled(*next_)) != 0);
    return taken;
  }
  /// Where it has a seat: slots() without the question.
  std::size_t lap() const noexcept { return ring_->capacity(); }
  auto& slot(index position) const noexcept { return ring_->slots_[at::slot(position, lap())]; }
  std::uint8_t filled(index position) const noexcept { return slot(position).filled(at::phase(position, lap())); }
  /// Its next position, once the producer has let it in.
  std::optional<index> next() const noexcept {
    if (!has_seat()) return std::nullopt;
    return next_ ? next_ : ring_->gates_.begin(seat_);
  }
  std::uint8_t next_filled() noexcept {
    if (!has_seat()) return 0;
    if (!next_) next_ = ring_->gates_.begin(seat_);
    return next_ ? filled(*next_) : std::uint8_t{0};
  }

  auto& guarded(index first, std::size_t i) noexcept { return slot(at::after(first, i, lap())).cell(); }
  void end_peek(index, std::size_t, std::size_t taken) noexcept {
    reader_.close();
    [[maybe_unused]] const std::size_t left = take_n(taken, [](value_type&) {});
  }

  Ring* ring_;
  std::size_t seat_;
  std::optional<index> next_;
  [[no_unique_address]] typename Ring::role reader_{"broadcast_ring", "reader"};
};

}  // namespace detail

/// One reader; one thread at a time uses it. It can be moved, and moved to: then it unsubscribes first, when the other has its seat
/// already. Neither while a peek of it is open, nor from f.
template <class Ring>
class [[nodiscard]] broadcast_reader {
 public:
  using value_type = typename Ring::value_type;

  /// False where there was no seat, or after unsubscribe(): nothing ever comes then.
  explicit operator bool() const noexcept { return place_.has_seat(); }
  /// Gives its seat back at once, and counts as past all that it has not read; so does the destructor.
  void unsubscribe() noexcept { place_.leave(); }

  /// True, and out holds a copy of the next element; false when there is none yet, and out is untouched.
  bool try_pop(value_type& out) requires(std::is_copy_assignable_v<value_type>) {
    return try_read([&out](const value_type& value) { out = value; });
  }
  /// A copy of the next element, or nothing.
  std::optional<value_type> try_pop() requires(std::is_copy_constructible_v<value_type>) {
    std::optional<value_type> out;
    try_read([&out](const value_type& value) { out.emplace(value); });
    return out;
  }
  /// Copies of up to out.size() of the next elements; returns how many.
  std::size_t try_pop_n(std::span<value_type> out) requires(std::is_copy_assignable_v<value_type>) {
    return try_pop_n(out.begin(), out.size());
  }
  template <class Iterator>
  std::size_t try_pop_n(Iterator out,
                        std::size_t count) requires(std::is_assignable_v<decltype(*out++), const value_type&>) {
    return place_.take_n(count, [&out](const value_type& value) { *out++ = value; });
  }

  /// Calls f(const T&) on the next element, in place; false when there is none yet. If f throws, the element counts as read.
  template <class F>
  bool try_read(F&& f) {
    return place_.take_n(1, f) != 0;
  }
  /// Calls f(const T&) on what is there, in order, at most capacity() elements, and frees their slots together; returns how many.
  template <class F>
  std::size_t consume_all(F&& f) {
    return place_.take_n(place_.slots(), f);
  }
  /// Up to n of the next elements in place: release(k) goes on past the first k, and without it all are still to be read.
  peeked<detail::broadcast_place<Ring>> try_peek(std::size_t n) noexcept { return place_.peek(n); }

  /// Elements that wait for this reader, 0 .. capacity(): a guess while somebody pushes.
  std::size_t size_approx() const noexcept { return place_.waiting(); }
  bool empty_approx() const noexcept { return size_approx() == 0; }

 private:
  friend Ring;
  broadcast_reader(Ring& ring, std::size_t seat) noexcept : place_(ring, seat) {}

  detail::broadcast_place<Ring> place_;
};

}  // namespace volley
