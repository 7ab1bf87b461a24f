// SPDX-License-Identifier: MIT
#pragma once

#include "rivals/adapter.hpp"

#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic ignored "-Wstringop-overflow"  // GCC 12 sees a null pointer in its atomics where none can be
#endif

#include <concurrentqueue/blockingconcurrentqueue.h>

namespace volley::bench {

/// It has no push that waits.
template <class T>
class concurrent_waiting_queue : public many_to_many {
 public:
  static constexpr const char* name = "BlockingConcurrentQueue";
  static constexpr const char* mode = "no tokens; enqueue: allocates where it is full; wait_dequeue";
  static constexpr guarantee promises{order::fifo_per_producer, bound::none, progress::lock_free, answer::waits};

  explicit concurrent_waiting_queue(std::size_t capacity) : queue_(capacity) {}
  bool try_push(const T& value) { return queue_.enqueue(value); }
  bool try_pop(T& out) {
    queue_.wait_dequeue(out);
    return true;
  }

 private:
  moodycamel::BlockingConcurrentQueue<T> queue_;
};

using in_concurrentqueue = adapters<concurrent_waiting_queue>;

}  // namespace volley::bench
