// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <memory>

namespace volley::bench {

/// A circular array for one thread, or under a lock.
template <class T>
class circular {
 public:
  explicit circular(std::size_t capacity) : slots_(new T[capacity]), capacity_(capacity) {}

  bool is_full() const { return count_ == capacity_; }
  bool is_empty() const { return count_ == 0; }
  void push(const T& value) {
    slots_[tail_] = value;
    tail_ = next(tail_);
    ++count_;
  }
  void pop(T& out) {
    out = slots_[head_];
    head_ = next(head_);
    --count_;
  }

 private:
  std::size_t next(std::size_t at) const { return at + 1 == capacity_ ? 0 : at + 1; }

  std::unique_ptr<T[]> slots_;
  std::size_t capacity_;
  std::size_t head_ = 0;
  std::size_t tail_ = 0;
  std::size_t count_ = 0;
};

}  // namespace volley::bench
