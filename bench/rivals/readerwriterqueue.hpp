// SPDX-License-Identifier: MIT
#pragma once

#include "adapter.hpp"

#include <readerwriterqueue/readerwritercircularbuffer.h>
#include <readerwriterqueue/readerwriterqueue.h>

namespace volley::bench {

template <class T>
class reader_writer_queue : public one_to_one {
 public:
  static constexpr const char* name = "readerwriterqueue";
  static constexpr const char* mode = "try_enqueue (allocates nothing: may hold somewhat more than asked)";
  static constexpr guarantee promises{order::one_fifo, bound::about, progress::wait_free, answer::exact};

  explicit reader_writer_queue(std::size_t capacity) : queue_(capacity) {}
  bool try_push(const T& value) { return queue_.try_enqueue(value); }
  bool try_pop(T& out) { return queue_.try_dequeue(out); }

 private:
  moodycamel::ReaderWriterQueue<T> queue_;
};

template <class T>
class reader_writer_circular_buffer : public one_to_one {
 public:
  static constexpr const char* name = "readerwritercircularbuffer";
  static constexpr const char* mode = "try_ operations of the one that can also block (two semaphores)";
  static constexpr guarantee promises{order::one_fifo, bound::exact, progress::lock_free, answer::exact};

  explicit reader_writer_circular_buffer(std::size_t capacity) : queue_(capacity) {}
  bool try_push(const T& value) { return queue_.try_enqueue(value); }
  bool try_pop(T& out) { return queue_.try_dequeue(out); }

 private:
  moodycamel::BlockingReaderWriterCircularBuffer<T> queue_;
};

using in_readerwriterqueue = adapters<reader_writer_queue, reader_writer_circular_buffer>;

}  // namespace volley::bench
