// SPDX-License-Identifier: MIT
#pragma once

// What a program has without any library: a lock around a ring, a lock around std::queue, a spin lock around a ring.

#include "adapter.hpp"
#include "circular.hpp"

#include <atomic>
#include <mutex>
#include <queue>

#include <sched.h>

namespace volley::bench {

/// Test, then test and set; waits by the one rule: 16 polls, then sched_yield.
class spin_lock {
  using enum std::memory_order;

 public:
  void lock() noexcept {
    while (held_.exchange(true, acquire)) {                     // <- unlock: what the last holder did
      for (unsigned polls = 1; held_.load(relaxed); ++polls) {  // ~ hint(unlock)
        if (polls % 16 == 0) sched_yield();
      }
    }
  }
  void unlock() noexcept { held_.store(false, release); }  // -> unlock: what was done under the lock

 private:
  alignas(64) std::atomic<bool> held_{false};
};

template <class T, class Lock>
class locked_ring : public many_to_many {
 public:
  static constexpr guarantee promises{order::one_fifo, bound::exact, progress::locked, answer::exact};

  explicit locked_ring(std::size_t capacity) : slots_(capacity) {}

  bool try_push(const T& value) {
    const std::lock_guard hold(lock_);
    if (slots_.is_full()) return false;
    slots_.push(value);
    return true;
  }
  bool try_pop(T& out) {
    const std::lock_guard hold(lock_);
    if (slots_.is_empty()) return false;
    slots_.pop(out);
    return true;
  }

 private:
  alignas(64) Lock lock_;
  circular<T> slots_;
};

template <class T>
struct mutex_ring : locked_ring<T, std::mutex> {
  static constexpr const char* name = "mutex+ring";
  static constexpr const char* mode = "a circular array under std::mutex";
  using locked_ring<T, std::mutex>::locked_ring;
};

template <class T>
struct spin_ring : locked_ring<T, spin_lock> {
  static constexpr const char* name = "spin_lock+ring";
  static constexpr const char* mode = "a circular array under a spin lock that yields after 16 polls";
  using locked_ring<T, spin_lock>::locked_ring;
};

template <class T>
class mutex_std_queue : public many_to_many {
 public:
  static constexpr const char* name = "mutex+std::queue";
  static constexpr const char* mode = "std::queue under std::mutex, bounded by hand";
  static constexpr guarantee promises{order::one_fifo, bound::exact, progress::locked, answer::exact};

  explicit mutex_std_queue(std::size_t capacity) : capacity_(capacity) {}
  bool try_push(const T& value) {
    const std::lock_guard hold(lock_);
    if (queue_.size() == capacity_) return false;
    queue_.push(value);
    return true;
  }
  bool try_pop(T& out) {
    const std::lock_guard hold(lock_);
    if (queue_.empty()) return false;
    out = queue_.front();
    queue_.pop();
    return true;
  }

 private:
  std::mutex lock_;
  std::queue<T> queue_;
  std::size_t capacity_;
};

using in_baselines = adapters<mutex_ring, spin_ring, mutex_std_queue>;

}  // namespace volley::bench
