// SPDX-License-Identifier: MIT
#pragma once

#include "adapter.hpp"

#include <bit>

#include <xenium/vyukov_bounded_queue.hpp>

namespace volley::bench {

template <class T>
class xenium_vyukov : public many_to_many {
 public:
  static constexpr const char* name = "xenium/vyukov";
  static constexpr const char* mode = "try_push_strong, try_pop_strong: waits for a peer that is between its steps";
  static constexpr guarantee promises{order::one_fifo, bound::exact, progress::held_up_by_peer, answer::exact};

  explicit xenium_vyukov(std::size_t capacity) : queue_(std::bit_ceil(capacity)) {}
  bool try_push(const T& value) { return queue_.try_push_strong(value); }
  bool try_pop(T& out) { return queue_.try_pop_strong(out); }

 private:
  xenium::vyukov_bounded_queue<T> queue_;
};

template <class T>
class xenium_vyukov_weak : public many_to_many {
 public:
  static constexpr const char* name = "xenium/vyukov_weak";
  static constexpr const char* mode = "try_push_weak, try_pop_weak";
  static constexpr guarantee promises{order::one_fifo, bound::exact, progress::held_up_by_peer, answer::early};

  explicit xenium_vyukov_weak(std::size_t capacity) : queue_(std::bit_ceil(capacity)) {}
  bool try_push(const T& value) { return queue_.try_push_weak(value); }
  bool try_pop(T& out) { return queue_.try_pop_weak(out); }

 private:
  xenium::vyukov_bounded_queue<T> queue_;
};

using in_xenium_vyukov = adapters<xenium_vyukov, xenium_vyukov_weak>;

}  // namespace volley::bench
