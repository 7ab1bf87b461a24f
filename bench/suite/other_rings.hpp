// SPDX-License-Identifier: MIT
#pragma once

// Rings of ours that do more than the five, used as they are.

#include "rivals/adapter.hpp"

#include <volley/ring/broadcast_ring.hpp>
#include <volley/ring/byte_ring.hpp>
#include <volley/ring/mpsc_byte_ring.hpp>
#include <volley/ring/overwrite_ring.hpp>

#include <cstddef>
#include <cstring>
#include <span>

namespace volley::bench {

/// An element is a record; its header takes 8 bytes.
template <class T, class Ring, class Roles>
class records_of : public Roles {
 public:
  explicit records_of(std::size_t capacity) : ring_(capacity * (sizeof(T) + 8)) {}

  bool try_push(const T& value) { return ring_.try_push(std::as_bytes(std::span(&value, 1))) == claim_error::none; }
  bool try_pop(T& out) {
    const auto copy = [&out](std::span<const std::byte> record) { std::memcpy(&out, record.data(), sizeof out); };
    return ring_.read(copy, 1) != 0;
  }

 private:
  Ring ring_;
};

template <class T>
struct records_of_one : records_of<T, byte_ring<>, one_to_one> {
  static constexpr const char* name = "byte_ring";
  static constexpr const char* mode = "try_push, read of one record";
  static constexpr guarantee promises{order::one_fifo, bound::about, progress::wait_free, answer::exact};
  using records_of<T, byte_ring<>, one_to_one>::records_of;
};

template <class T>
struct records_of_many : records_of<T, mpsc_byte_ring<>, many_to_one> {
  static constexpr const char* name = "mpsc_byte_ring";
  static constexpr const char* mode = "try_push, read of one record";
  static constexpr guarantee promises{order::one_fifo, bound::about, progress::held_up_by_peer, answer::early};
  using records_of<T, mpsc_byte_ring<>, many_to_one>::records_of;
};

template <class T>
class one_reader : public one_to_one {
 public:
  static constexpr const char* name = "broadcast_ring";
  static constexpr const char* mode = "one reader";
  static constexpr guarantee promises{order::one_fifo, bound::exact, progress::wait_free, answer::exact};

  explicit one_reader(std::size_t capacity) : ring_(capacity), reader_(ring_.subscribe()) {}
  bool try_push(const T& value) { return ring_.try_push(value); }
  bool try_pop(T& out) { return reader_.try_pop(out); }

 private:
  broadcast_ring<T> ring_;
  typename broadcast_ring<T>::reader reader_;
};

/// Nobody else pushes: what is not full when it looks does not get full before it pushes.
template <class T>
class never_evicting : public one_to_one {
 public:
  static constexpr const char* name = "overwrite_ring";
  static constexpr const char* mode = "pushes where it is not full, so that nothing is evicted";
  static constexpr guarantee promises{order::one_fifo, bound::exact, progress::wait_free, answer::exact};

  explicit never_evicting(std::size_t capacity) : ring_(capacity) {}
  bool try_push(const T& value) { return ring_.size_approx() != ring_.capacity() && !ring_.push(value); }
  bool try_pop(T& out) { return ring_.try_pop(out); }

 private:
  overwrite_ring<T> ring_;
};

using in_other_rings = adapters<records_of_one, records_of_many, one_reader, never_evicting>;

}  // namespace volley::bench
