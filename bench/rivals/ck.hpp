// SPDX-License-Identifier: MIT
#pragma once

#include "adapter.hpp"

#include <bit>
#include <cstddef>
#include <memory>

#include <ck_cc.h>
#include <ck_md.h>
#include <ck_pr.h>
#include <ck_stdbool.h>
#include <ck_string.h>
#define false 0  // a C header: one of its functions returns false as a pointer
#include <ck_ring.h>
#undef false

namespace volley::bench {

/// Its size is a power of two, of which one slot stays empty. Elements are copied by memcpy of a size known here.
template <class T>
class ck_ring_base {
 public:
  explicit ck_ring_base(std::size_t capacity) : slots_(new element[std::bit_ceil(capacity)]) {
    ck_ring_init(&ring_, static_cast<unsigned>(std::bit_ceil(capacity)));
  }

 protected:
  struct element {
    T value;
  };
  CK_RING_PROTOTYPE(element, element)

  static element* as_element(T& value) { return reinterpret_cast<element*>(&value); }
  static element* as_element(const T& value) { return as_element(const_cast<T&>(value)); }  // it takes no const

  alignas(64) ck_ring_t ring_{};
  std::unique_ptr<element[]> slots_;
};

template <class T>
class ck_ring_spsc : public one_to_one, ck_ring_base<T> {
 public:
  static constexpr const char* name = "ck_ring/spsc";
  static constexpr const char* mode = "enqueue_spsc, dequeue_spsc; holds one less than asked";
  static constexpr guarantee promises{order::one_fifo, bound::about, progress::wait_free, answer::exact};

  using ck_ring_base<T>::ck_ring_base;
  bool try_push(const T& value) {
    return this->ck_ring_enqueue_spsc_element(&this->ring_, this->slots_.get(), this->as_element(value));
  }
  bool try_pop(T& out) {
    return this->ck_ring_dequeue_spsc_element(&this->ring_, this->slots_.get(), this->as_element(out));
  }
};

template <class T>
class ck_ring_mpmc : public many_to_many, ck_ring_base<T> {
 public:
  static constexpr const char* name = "ck_ring/mpmc";
  static constexpr const char* mode = "enqueue_mpmc, dequeue_mpmc; holds one less than asked";
  static constexpr guarantee promises{order::one_fifo, bound::about, progress::held_up_by_peer, answer::exact};
  // Each waits for its turn to publish: where those before it have no CPU, for a slice of the scheduler each, at every element.
  static constexpr bool needs_a_cpu_each = true;

  using ck_ring_base<T>::ck_ring_base;
  bool try_push(const T& value) {
    return this->ck_ring_enqueue_mpmc_element(&this->ring_, this->slots_.get(), this->as_element(value));
  }
  bool try_pop(T& out) {
    return this->ck_ring_dequeue_mpmc_element(&this->ring_, this->slots_.get(), this->as_element(out));
  }
};

using in_ck = adapters<ck_ring_spsc, ck_ring_mpmc>;

}  // namespace volley::bench
