// SPDX-License-Identifier: MIT
#pragma once

#include "adapter.hpp"

#include <boost/lockfree/policies.hpp>
#include <boost/lockfree/queue.hpp>
#include <boost/lockfree/spsc_queue.hpp>

namespace volley::bench {

template <class T, class... Options>
class boost_spsc_base : public one_to_one {
 public:
  static constexpr guarantee promises{order::one_fifo, bound::exact, progress::wait_free, answer::exact};

  boost_spsc_base() = default;
  explicit boost_spsc_base(std::size_t capacity) : queue_(capacity) {}

  bool try_push(const T& value) { return queue_.push(value); }
  bool try_pop(T& out) { return queue_.pop(out); }
  std::size_t try_push_n(std::span<const T> from) { return queue_.push(from.data(), from.size()); }
  std::size_t try_pop_n(std::span<T> into) { return queue_.pop(into.data(), into.size()); }

 private:
  boost::lockfree::spsc_queue<T, Options...> queue_;
};

template <class T>
class boost_spsc_queue : public boost_spsc_base<T> {
 public:
  static constexpr const char* name = "boost::spsc_queue";
  static constexpr const char* mode = "capacity at run time";
  using boost_spsc_base<T>::boost_spsc_base;
};

template <class T>
class boost_spsc_queue_fixed : public boost_spsc_base<T, boost::lockfree::capacity<usual_capacity>> {
 public:
  static constexpr const char* name = "boost::spsc_queue<N>";
  static constexpr const char* mode = "capacity in the type (1024)";
  explicit boost_spsc_queue_fixed(std::size_t /*capacity*/) {}
};

template <class T>
class boost_queue : public many_to_many {
 public:
  static constexpr const char* name = "boost::queue";
  static constexpr const char* mode = "linked nodes, bounded_push (allocates nothing)";
  static constexpr guarantee promises{order::one_fifo, bound::exact, progress::lock_free, answer::exact};

  explicit boost_queue(std::size_t capacity) : queue_(capacity) {}
  bool try_push(const T& value) { return queue_.bounded_push(value); }
  bool try_pop(T& out) { return queue_.pop(out); }

 private:
  boost::lockfree::queue<T> queue_;
};

using in_boost_lockfree = adapters<boost_spsc_queue, boost_spsc_queue_fixed, boost_queue>;

}  // namespace volley::bench
