// SPDX-License-Identifier: MIT
#pragma once

#include "rivals/adapter.hpp"

#include <readerwriterqueue/readerwritercircularbuffer.h>
#include <readerwriterqueue/readerwriterqueue.h>

namespace volley::bench {

/// It has no push that waits.
template <class T>
class reader_writer_waiting_queue : public one_to_one {
 public:
  static constexpr const char* name = "BlockingReaderWriterQueue";
  static constexpr const char* mode = "enqueue: allocates where it is full; wait_dequeue";
  static constexpr guarantee promises{order::one_fifo, bound::none, progress::lock_free, answer::waits};

  explicit reader_writer_waiting_queue(std::size_t capacity) : queue_(capacity) {}
  bool try_push(const T& value) { return queue_.enqueue(value); }
  bool try_pop(T& out) {
    queue_.wait_dequeue(out);
    return true;
  }

 private:
  moodycamel::BlockingReaderWriterQueue<T> queue_;
};

template <class T>
class reader_writer_waiting_buffer : public one_to_one {
 public:
  static constexpr const char* name = "BlockingReaderWriterCircularBuffer";
  static constexpr const char* mode = "wait_enqueue, wait_dequeue";
  static constexpr guarantee promises{order::one_fifo, bound::exact, progress::lock_free, answer::waits};

  explicit reader_writer_waiting_buffer(std::size_t capacity) : queue_(capacity) {}
  bool try_push(const T& value) {
    queue_.wait_enqueue(value);
    return true;
  }
  bool try_pop(T& out) {
    queue_.wait_dequeue(out);
    return true;
  }

 private:
  moodycamel::BlockingReaderWriterCircularBuffer<T> queue_;
};

using in_readerwriterqueue = adapters<reader_writer_waiting_queue, reader_writer_waiting_buffer>;

}  // namespace volley::bench
