// SPDX-License-Identifier: MIT
#pragma once

// Queues that wait and do each thing wrong that such a queue can do.

#include "condvar.hpp"

#include <atomic>
#include <cstdlib>

namespace volley::bench {

template <class T>
class broken_waiting : public condvar_ring<T> {
 public:
  static constexpr const char* mode = "wrong on purpose";
  using condvar_ring<T>::condvar_ring;

 protected:
  bool is_due() { return calls_.fetch_add(1, std::memory_order_relaxed) == 500; }  // ~ count

 private:
  std::atomic<unsigned> calls_{0};
};

/// Whoever pops then waits for ever.
template <class T>
struct forgets : broken_waiting<T> {
  static constexpr const char* name = "forgets";
  using broken_waiting<T>::broken_waiting;
  bool try_push(const T& value) { return this->is_due() || broken_waiting<T>::try_push(value); }
};

template <class T>
struct garbles : broken_waiting<T> {
  static constexpr const char* name = "garbles";
  using broken_waiting<T>::broken_waiting;
  bool try_pop(T& out) {
    const bool is_there = broken_waiting<T>::try_pop(out);
    if (this->is_due()) ++out.words[T::size - 1];
    return is_there;
  }
};

template <class T>
struct aborts : broken_waiting<T> {
  static constexpr const char* name = "aborts";
  using broken_waiting<T>::broken_waiting;
  bool try_push(const T& value) {
    if (this->is_due()) std::abort();
    return broken_waiting<T>::try_push(value);
  }
};

/// As a channel of ours, which is to be blamed.
template <class T>
struct ours_that_garbles : garbles<T> {
  static constexpr const char* name = "channel<garbles>";
  using garbles<T>::garbles;
};

using in_broken = adapters<forgets, garbles, aborts>;

inline const waiting_enrolment ours_that_is_broken(adapters<ours_that_garbles>{}, side::ours);

}  // namespace volley::bench
