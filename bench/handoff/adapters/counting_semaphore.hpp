// SPDX-License-Identifier: MIT
#pragma once

#include "two_ways.hpp"

#include <volley/handoff/counting_semaphore.hpp>

namespace volley::bench {

struct semaphore_calls {
  static void post(auto& s) { s.release(); }
  static void await(auto& s) { s.acquire(); }
};

template <class Wait, class Scope>
using semaphore_pair = our_two_ways<counting_semaphore<Wait, Scope>, semaphore_calls, Wait>;

struct release_then_acquire {
  counting_semaphore<> s;
  void operator()() {
    s.release();
    s.acquire();
  }
};

inline void enrol_counting_semaphore() {
  enrol_ours<semaphore_pair>({"counting_semaphore", use::signal, lines::two, "two semaphores: release, acquire"});
  enrol_operation<release_then_acquire>("counting_semaphore/release+acquire", "uncontended");
}

}  // namespace volley::bench
