// SPDX-License-Identifier: MIT
#pragma once

#include "adapter.hpp"

#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic ignored "-Wstringop-overflow"  // GCC 12 sees a null pointer in its atomics where none can be
#endif

#include <concurrentqueue/concurrentqueue.h>

namespace volley::bench {

template <class T>
class concurrent_queue : public many_to_many {
  using queue = moodycamel::ConcurrentQueue<T>;
  static constexpr std::size_t spare = 2 * 16 * queue::BLOCK_SIZE;  // each producer keeps a block or two for itself

 public:
  static constexpr const char* name = "concurrentqueue";
  static constexpr const char* mode = "no tokens, try_enqueue (allocates nothing; holds up to 1024 more than asked)";
  static constexpr guarantee promises{order::fifo_per_producer, bound::about, progress::lock_free, answer::early};

  explicit concurrent_queue(std::size_t capacity) : queue_(capacity + spare) {}
  bool try_push(const T& value) { return queue_.try_enqueue(value); }
  bool try_pop(T& out) { return queue_.try_dequeue(out); }
  std::size_t try_push_n(std::span<const T> from) {
    return queue_.try_enqueue_bulk(from.data(), from.size()) ? from.size() : 0;
  }
  std::size_t try_pop_n(std::span<T> into) { return queue_.try_dequeue_bulk(into.data(), into.size()); }

 protected:
  queue& whole() { return queue_; }

 private:
  queue queue_;
};

template <class T>
class concurrent_queue_tokens : public concurrent_queue<T> {
  using queue = moodycamel::ConcurrentQueue<T>;

  class pushing {
   public:
    explicit pushing(queue& q) : queue_(q), token_(q) {}
    bool try_push(const T& value) { return queue_.enqueue(token_, value); }
    std::size_t try_push_n(std::span<const T> from) {
      return queue_.enqueue_bulk(token_, from.data(), from.size()) ? from.size() : 0;
    }

   private:
    queue& queue_;
    moodycamel::ProducerToken token_;
  };

  class popping {
   public:
    explicit popping(queue& q) : queue_(q), token_(q) {}
    bool try_pop(T& out) { return queue_.try_dequeue(token_, out); }
    std::size_t try_pop_n(std::span<T> into) { return queue_.try_dequeue_bulk(token_, into.data(), into.size()); }

   private:
    queue& queue_;
    moodycamel::ConsumerToken token_;
  };

 public:
  static constexpr const char* name = "concurrentqueue+tokens";
  static constexpr const char* mode = "a token per thread, enqueue: unbounded, for a bound would starve producers";
  static constexpr guarantee promises{order::fifo_per_producer, bound::none, progress::lock_free, answer::early};

  using concurrent_queue<T>::concurrent_queue;
  pushing producer() { return pushing(this->whole()); }
  popping consumer() { return popping(this->whole()); }
};

using in_concurrentqueue = adapters<concurrent_queue, concurrent_queue_tokens>;

}  // namespace volley::bench
