// SPDX-License-Identifier: MIT
#pragma once

#include "adapter.hpp"

#include <tbb/concurrent_queue.h>

namespace volley::bench {

template <class T>
class tbb_bounded_queue : public many_to_many {
 public:
  static constexpr const char* name = "tbb::concurrent_bounded_queue";
  static constexpr const char* mode = "try_push, try_pop";
  static constexpr guarantee promises{order::one_fifo, bound::exact, progress::held_up_by_peer, answer::exact};

  explicit tbb_bounded_queue(std::size_t capacity) {
    queue_.set_capacity(static_cast<typename queue::size_type>(capacity));
  }
  bool try_push(const T& value) { return queue_.try_push(value); }
  bool try_pop(T& out) { return queue_.try_pop(out); }

 private:
  using queue = tbb::concurrent_bounded_queue<T>;
  queue queue_;
};

using in_tbb = adapters<tbb_bounded_queue>;

}  // namespace volley::bench
