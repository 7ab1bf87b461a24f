// SPDX-License-Identifier: MIT
#pragma once

// What a program has without any library: a mutex and two condition variables, around a circular array and around std::queue.

#include "rivals/adapter.hpp"
#include "rivals/circular.hpp"

#include <condition_variable>
#include <mutex>
#include <queue>

namespace volley::bench {

/// std::queue with a bound, as one that a lock guards.
template <class T>
class bounded_std_queue {
 public:
  explicit bounded_std_queue(std::size_t capacity) : capacity_(capacity) {}

  bool is_full() const { return queue_.size() == capacity_; }
  bool is_empty() const { return queue_.empty(); }
  void push(const T& value) { queue_.push(value); }
  void pop(T& out) {
    out = queue_.front();
    queue_.pop();
  }

 private:
  std::queue<T> queue_;
  std::size_t capacity_;
};

template <class T, class Queue>
class waited_for : public many_to_many {
 public:
  static constexpr guarantee promises{order::one_fifo, bound::exact, progress::locked, answer::waits};

  explicit waited_for(std::size_t capacity) : queue_(capacity) {}

  bool try_push(const T& value) {
    {
      std::unique_lock hold(lock_);
      room_.wait(hold, [this] { return !queue_.is_full(); });
      queue_.push(value);
    }
    items_.notify_one();
    return true;
  }
  bool try_pop(T& out) {
    {
      std::unique_lock hold(lock_);
      items_.wait(hold, [this] { return !queue_.is_empty(); });
      queue_.pop(out);
    }
    room_.notify_one();
    return true;
  }

 private:
  std::mutex lock_;
  std::condition_variable room_;
  std::condition_variable items_;
  Queue queue_;
};

template <class T>
struct condvar_ring : waited_for<T, circular<T>> {
  static constexpr const char* name = "mutex+condvar";
  static constexpr const char* mode = "a circular array, std::mutex, two std::condition_variable";
  using waited_for<T, circular<T>>::waited_for;
};

template <class T>
struct condvar_std_queue : waited_for<T, bounded_std_queue<T>> {
  static constexpr const char* name = "mutex+condvar+std::queue";
  static constexpr const char* mode = "std::queue bounded by hand, std::mutex, two std::condition_variable";
  using waited_for<T, bounded_std_queue<T>>::waited_for;
};

using in_condvar = adapters<condvar_ring, condvar_std_queue>;

}  // namespace volley::bench
