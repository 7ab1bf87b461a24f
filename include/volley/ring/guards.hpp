// SPDX-License-Identifier: MIT
#pragma once

// Slots of a ring in place: what try_reserve and try_peek return. Each is a random-access range over slots that are its own from the
// claim on until it ends; it can be moved (then iterators of the old one are void), not copied, and must end before the ring does.
//
// A ring befriends detail::slot_range<itself> and has, for a run of slots that begins at `first`:
//   using index                                     what a run begins with
//   guarded(first, i) -> cell&                      the i-th slot of a run
//   end_reserve(first, size, made, kept) noexcept   the first `kept` go in; those up to `made` are destroyed; the rest was never used
//   end_peek(first, size, taken) noexcept           the first `taken` are destroyed and their slots are free
//   peek_claims                                     true: what was peeked is taken, whatever happens

#include <compare>
#include <cstddef>
#include <iterator>
#include <memory>
#include <type_traits>
#include <utility>

namespace volley {
namespace detail {

template <class Range>
class slot_iterator {
 public:
  using value_type = std::remove_cv_t<typename Range::value_type>;
  using difference_type = std::ptrdiff_t;
  using pointer = typename Range::value_type*;
  using reference = typename Range::value_type&;
  using iterator_category = std::random_access_iterator_tag;

  slot_iterator() = default;
  slot_iterator(const Range* range, difference_type at) noexcept : range_(range), at_(at) {}

  reference operator*() const noexcept { return (*this)[0]; }
  pointer operator->() const noexcept { return std::addressof(**this); }
  reference operator[](difference_type n) const noexcept { return (*range_)[static_cast<std::size_t>(at_ + n)]; }

  slot_iterator& operator+=(difference_type n) noexcept {
    at_ += n;
    return *this;
  }
  slot_iterator& operator-=(difference_type n) noexcept { return *this += -n; }
  slot_iterator& operator++() noexcept { return *this += 1; }
  slot_iterator& operator--() noexcept { return *this += -1; }
  slot_iterator operator++(int) noexcept { return std::exchange(*this, *this + 1); }
  slot_iterator operator--(int) noexcept { return std::exchange(*this, *this - 1); }
  friend slot_iterator operator+(slot_iterator i, difference_type n) noexcept { return i += n; }
  friend slot_iterator operator+(difference_type n, slot_iterator i) noexcept { return i += n; }
  friend slot_iterator operator-(slot_iterator i, difference_type n) noexcept { return i -= n; }
  friend difference_type operator-(const slot_iterator& a, const slot_iterator& b) noexcept { return a.at_ - b.at_; }
  bool operator==(const slot_iterator& other) const noexcept { return at_ == other.at_; }
  auto operator<=>(const slot_iterator& other) const noexcept { return at_ <=> other.at_; }

 private:
  const Range* range_ = nullptr;
  difference_type at_ = 0;
};

template <class Ring>
class slot_range {
 public:
  using value_type = typename Ring::value_type;
  using iterator = slot_iterator<slot_range>;

  slot_range& operator=(slot_range&&) = delete;

  std::size_t size() const noexcept { return size_; }
  bool empty() const noexcept { return size_ == 0; }
  explicit operator bool() const noexcept { return size_ != 0; }

  value_type& operator[](std::size_t i) const noexcept { return ring_->guarded(first_, i).value(); }
  iterator begin() const noexcept { return {this, 0}; }
  iterator end() const noexcept { return {this, static_cast<std::ptrdiff_t>(size_)}; }

 protected:
  using index = typename Ring::index;

  slot_range(Ring& ring, index first, std::size_t size) noexcept : ring_(&ring), first_(first), size_(size) {}
  slot_range(slot_range&& other) noexcept
      : ring_(other.ring_), first_(other.first_), size_(std::exchange(other.size_, 0)) {}
  ~slot_range() = default;

  static constexpr bool peek_claims = Ring::peek_claims;
  template <class... Args>
  void construct_at(std::size_t i, Args&&... args) {
    ring_->guarded(first_, i).construct(std::forward<Args>(args)...);
  }
  void end_reserve(std::size_t made, std::size_t kept) noexcept {
    if (size_ != 0) ring_->end_reserve(first_, std::exchange(size_, 0), made, kept);
  }
  void end_peek(std::size_t taken) noexcept {
    if (size_ != 0) ring_->end_peek(first_, std::exchange(size_, 0), taken);
  }

 private:
  Ring* ring_;
  index first_;
  std::size_t size_;
};

}  // namespace detail

/// Slots to fill in place, for the thread that reserved them: construct() makes the elements one after the other, commit() lets them
/// in and ends it. What was not committed when it ends is destroyed, and its slots are given back.
template <class Ring>
class [[nodiscard]] reservation : public detail::slot_range<Ring> {
  using range = detail::slot_range<Ring>;
  friend Ring;

 public:
  reservation(reservation&& other) noexcept : range(std::move(other)), made_(std::exchange(other.made_, 0)) {}
  ~reservation() { commit(0); }

  /// Makes the element of the next slot: constructed() must be less than size(). If that throws, nothing has changed.
  template <class... Args>
  typename range::value_type& construct(Args&&... args) {
    range::construct_at(made_, std::forward<Args>(args)...);
    return (*this)[made_++];
  }
  /// Elements that there are, [0] .. [constructed() - 1]; what is behind them is raw memory.
  std::size_t constructed() const noexcept { return made_; }

  /// The first k elements go in, in their order; k is at most constructed(). Nothing is reserved any more.
  void commit(std::size_t k) noexcept { range::end_reserve(std::exchange(made_, 0), k); }
  void commit() noexcept { commit(made_); }

 private:
  reservation(Ring& ring, typename range::index first, std::size_t size) noexcept : range(ring, first, size) {}

  std::size_t made_ = 0;
};

/// The oldest elements in place, for the thread that peeked. Of a ring with one consumer release(k) takes the first k, and without it
/// all stay; of a ring with several, these elements belong to this thread alone, and all are gone when it ends.
template <class Ring>
class [[nodiscard]] peeked : public detail::slot_range<Ring> {
  using range = detail::slot_range<Ring>;
  friend Ring;

 public:
  peeked(peeked&&) noexcept = default;
  ~peeked() { range::end_peek(range::peek_claims ? range::size() : 0); }

  /// Destroys the first k, at most size(), and frees their slots; the rest stays in the ring, and nothing is peeked any more.
  void release(std::size_t k) noexcept requires(!range::peek_claims) { range::end_peek(k); }

 private:
  peeked(Ring& ring, typename range::index first, std::size_t size) noexcept : range(ring, first, size) {}
};

}  // namespace volley
