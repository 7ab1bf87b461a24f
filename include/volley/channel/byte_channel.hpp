// SPDX-License-Identifier: MIT
#pragma once

// The channel of records of different sizes: of byte_ring or mpsc_byte_ring. What channel/channel.hpp says of every channel holds here, too; what
// goes in is a record of bytes, which is written and read in its place.
//
// Progress: a try_ form never waits for a peer; push, push_with, pop and for_each wait. While write() runs, what others push behind that record waits for
//   it (mpsc_byte_ring: pops say empty); while read() runs, its record keeps its room.
// Memory: what a producer did before its push is visible to read(); what read() did, to who next uses that room.

#include <volley/channel/waiting_ring.hpp>
#include <volley/env/scope.hpp>
#include <volley/refusal.hpp>
#include <volley/ring/storage.hpp>
#include <volley/status.hpp>
#include <volley/wait/policy.hpp>

#include <algorithm>
#include <chrono>
#include <concepts>
#include <cstddef>
#include <memory>
#include <new>
#include <span>
#include <utility>

namespace volley {

template <class Ring, class Wait = spin_park, class Scope = in_process>
class channel;

/// A ring of records: claims in the place of elements.
template <class Ring>
concept record_ring_like = requires(Ring& r) {
  r.claim(std::size_t{});
  r.max_record();
};

template <record_ring_like Ring, class Wait, class Scope>
class channel<Ring, Wait, Scope> : public detail::waiting_ring<Ring, Wait, Scope> {
  using base = detail::waiting_ring<Ring, Wait, Scope>;
  using base::for_ever, base::until, base::after;

 public:
  using allocator_type = typename Ring::allocator_type;
  using record = std::span<const std::byte>;
  using typename base::stop_token;
  using typename base::time_point;

  channel() requires(!Ring::is_dynamic) = default;
  /// capacity: bytes, headers and padding included; a multiple of 8, 8 .. max_capacity().
  explicit channel(std::size_t capacity, const allocator_type& a = {}) requires(Ring::is_dynamic)
      : base(std::in_place, capacity, a) {}
  channel(const channel&) = delete;
  channel& operator=(const channel&) = delete;
  ~channel() = default;

  /// The way in without exceptions: null where the constructor would throw.
  static std::unique_ptr<channel> make(std::size_t capacity, const allocator_type& a = {}) noexcept
      requires(Ring::is_dynamic) {
    auto from = detail::ring_maker::try_memory<Ring>(capacity, a);
    return from ? std::unique_ptr<channel>(new (std::nothrow) channel(nullptr, std::move(*from))) : nullptr;
  }

  /// Any thread. The largest record, in bytes. A larger one is refused: std::invalid_argument, or the end of the program where exceptions are off.
  std::size_t max_record() const noexcept { return base::ring().max_record(); }

  /// Producer. Puts a copy of these bytes in as one record. ok, closed, timeout or stopped.
  template <std::same_as<stop_token>... Stop>
  status push(record from, const Stop&... stop) {
    return push_with(from.size(), copying(from), stop...);
  }
  template <std::same_as<stop_token>... Stop>
  [[nodiscard]] status push_until(record from, time_point deadline, const Stop&... stop) {
    return base::put(pushing(from.size(), copying(from)), until(deadline, stop...));
  }
  template <class Rep, class Period, std::same_as<stop_token>... Stop>
  [[nodiscard]] status push_for(record from, std::chrono::duration<Rep, Period> d, const Stop&... stop) {
    return base::put(pushing(from.size(), copying(from)), until(after(d), stop...));
  }
  /// The same without waiting. ok, full or closed.
  [[nodiscard]] status try_push(record from) { return base::try_put(pushing(from.size(), copying(from))); }

  /// Producer. The same of `size` bytes that write(std::span<std::byte>) makes in their place; if that throws, there is no record.
  template <class Write, std::same_as<stop_token>... Stop>
  status push_with(std::size_t size, const Write& write, const Stop&... stop) {
    return base::put(pushing(size, write), for_ever(stop...));
  }
  template <class Write>
  [[nodiscard]] status try_push_with(std::size_t size, const Write& write) {
    return base::try_put(pushing(size, write));
  }

  /// Consumer. read(std::span<const std::byte>) for the oldest record, in its place, until read returns. ok, closed, timeout or stopped.
  template <class Read, std::same_as<stop_token>... Stop>
  status pop(const Read& read, const Stop&... stop) {
    return base::take(popping(read), for_ever(stop...));
  }
  template <class Read, std::same_as<stop_token>... Stop>
  [[nodiscard]] status pop_until(const Read& read, time_point deadline, const Stop&... stop) {
    return base::take(popping(read), until(deadline, stop...));
  }
  template <class Read, class Rep, class Period, std::same_as<stop_token>... Stop>
  [[nodiscard]] status pop_for(const Read& read, std::chrono::duration<Rep, Period> d, const Stop&... stop) {
    return base::take(popping(read), until(after(d), stop...));
  }
  /// ok, empty or closed.
  template <class Read>
  [[nodiscard]] status try_pop(const Read& read) {
    return base::try_take(popping(read));
  }

  /// Consumer. read(record) for all that comes, until the channel is closed and drained.
  template <class Read>
  void for_each(const Read& read) {
    while (pop(read) == status::ok) {
    }
  }

 private:
  explicit channel(std::nullptr_t, auto&& memory) noexcept : base(nullptr, std::forward<decltype(memory)>(memory)) {}

  static auto copying(record from) noexcept {
    return [from](std::span<std::byte> to) noexcept { std::copy(from.begin(), from.end(), to.begin()); };
  }
  template <class Write>
  auto pushing(std::size_t size, const Write& write) {
    if (size > max_record()) detail::refuse_argument("volley: a record is at most max_record() bytes");
    return [this, size, &write] {
      auto claim = base::ring().claim(size);
      if (!claim) return false;
      write(claim.bytes());
      claim.commit();
      return true;
    };
  }
  template <class Read>
  auto popping(const Read& read) noexcept {
    return [this, &read] { return base::ring().read(read, 1) != 0; };
  }
};

}  // namespace volley
