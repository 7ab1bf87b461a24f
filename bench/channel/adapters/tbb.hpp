// SPDX-License-Identifier: MIT
#pragma once

#include "rivals/adapter.hpp"

#include <tbb/concurrent_queue.h>

namespace volley::bench {

template <class T>
class tbb_waiting_queue : public many_to_many {
  using queue = tbb::concurrent_bounded_queue<T>;

 public:
  static constexpr const char* name = "tbb::concurrent_bounded_queue/waiting";
  static constexpr const char* mode = "push, pop";
  static constexpr guarantee promises{order::one_fifo, bound::exact, progress::held_up_by_peer, answer::waits};

  explicit tbb_waiting_queue(std::size_t capacity) {
    queue_.set_capacity(static_cast<typename queue::size_type>(capacity));
  }
  bool try_push(const T& value) {
    queue_.push(value);
    return true;
  }
  bool try_pop(T& out) {
    queue_.pop(out);
    return true;
  }

 private:
  queue queue_;
};

using in_tbb = adapters<tbb_waiting_queue>;

}  // namespace volley::bench
