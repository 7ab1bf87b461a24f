// SPDX-License-Identifier: MIT
#pragma once

// Not in every xenium: releases after 0.0.2 have it.

#include "adapter.hpp"

#include <xenium/nikolaev_bounded_queue.hpp>

namespace volley::bench {

template <class T>
class xenium_scq : public many_to_many {
 public:
  static constexpr const char* name = "xenium/scq";
  static constexpr const char* mode = "nikolaev_bounded_queue, with fewer threads than slots";
  static constexpr guarantee promises{order::one_fifo, bound::exact, progress::lock_free, answer::exact};

  explicit xenium_scq(std::size_t capacity) : queue_(capacity) {}
  bool try_push(const T& value) { return queue_.try_push(value); }
  bool try_pop(T& out) { return queue_.try_pop(out); }

 private:
  xenium::nikolaev_bounded_queue<T> queue_;
};

using in_xenium_scq = adapters<xenium_scq>;

}  // namespace volley::bench
