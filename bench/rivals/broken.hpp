// SPDX-License-Identifier: MIT
#pragma once

// Rivals that do each thing wrong that a rival can do: for the test that the referee sees it and goes on.

#include "baselines.hpp"

#include <cstdlib>
#include <thread>
#include <type_traits>

namespace volley::bench {

template <class T>
class broken_base : public many_to_many {
 public:
  static constexpr const char* mode = "wrong on purpose";
  static constexpr guarantee promises{order::one_fifo, bound::exact, progress::locked, answer::exact};

  explicit broken_base(std::size_t capacity) : ring_(capacity) {}
  bool try_push(const T& value) { return ring_.try_push(value); }
  bool try_pop(T& out) { return ring_.try_pop(out); }

 protected:
  bool is_due() { return calls_.fetch_add(1, std::memory_order_relaxed) == 5'000; }  // ~ count

 private:
  mutex_ring<T> ring_;
  std::atomic<unsigned> calls_{0};
};

template <class T>
struct loses : broken_base<T> {
  static constexpr const char* name = "loses";
  using broken_base<T>::broken_base;
  bool try_push(const T& value) { return this->is_due() || broken_base<T>::try_push(value); }
};

template <class T>
struct repeats : broken_base<T> {
  static constexpr const char* name = "repeats";
  using broken_base<T>::broken_base;
  bool try_pop(T& out) { return this->is_due() || broken_base<T>::try_pop(out); }
};

template <class T>
struct reorders : broken_base<T> {
  static constexpr const char* name = "reorders";
  using broken_base<T>::broken_base;
  bool try_pop(T& out) {
    T second;
    if (!broken_base<T>::try_pop(out)) return false;
    if (this->is_due() && broken_base<T>::try_pop(second)) {
      while (!broken_base<T>::try_push(out)) {
      }
      out = second;
    }
    return true;
  }
};

template <class T>
struct tears : broken_base<T> {
  static constexpr const char* name = "tears";
  using broken_base<T>::broken_base;
  bool try_pop(T& out) {
    if (!broken_base<T>::try_pop(out)) return false;
    if (this->is_due()) ++out.words[T::size - 1];
    return true;
  }
};

template <class T>
struct hangs : broken_base<T> {
  static constexpr const char* name = "hangs";
  using broken_base<T>::broken_base;
  bool try_push(const T& value) {
    while (this->is_due() || is_hanging_.load(std::memory_order_relaxed)) {  // ~ own
      is_hanging_.store(true, std::memory_order_relaxed);                    // ~ own
    }
    return broken_base<T>::try_push(value);
  }

 private:
  std::atomic<bool> is_hanging_{false};
};

template <class T>
struct crashes : broken_base<T> {
  static constexpr const char* name = "crashes";
  using broken_base<T>::broken_base;
  bool try_push(const T& value) {
    if (this->is_due()) std::abort();
    return broken_base<T>::try_push(value);
  }
};

template <class T>
struct refuses : broken_base<T> {
  static constexpr const char* name = "refuses";
  using broken_base<T>::broken_base;
  bool try_push(const T& /*value*/) { return false; }
};

/// Shows its last elements to nobody but who made it: nothing is lost, but the others wait for too long.
template <class T>
struct hides : broken_base<T> {
  static constexpr const char* name = "hides";
  using broken_base<T>::broken_base;
  bool try_push(const T& value) {
    if (!broken_base<T>::try_push(value)) return false;
    inside_.fetch_add(1, std::memory_order_relaxed);  // ~ count
    return true;
  }
  bool try_pop(T& out) {
    if (inside_.load(std::memory_order_relaxed) <= 10 && std::this_thread::get_id() != maker_) return false;  // ~ count
    if (!broken_base<T>::try_pop(out)) return false;
    inside_.fetch_sub(1, std::memory_order_relaxed);  // ~ count
    return true;
  }

 private:
  std::atomic<int> inside_{0};
  std::thread::id maker_ = std::this_thread::get_id();
};

using in_broken = adapters<loses, repeats, reorders, tears, hangs, crashes, refuses, hides>;

}  // namespace volley::bench
