// SPDX-License-Identifier: MIT
#pragma once

#include "calls.hpp"

#include <volley/handoff/seqlock.hpp>

namespace volley::bench {

struct seqlock_load {
  seqlock<letter<40>> lock{letter<40>(1)};
  letter<40> got{0};
  void operator()() { got = lock.load(); }
  bool is_right() const { return got.is(1); }
};
struct seqlock_store {
  seqlock<letter<40>> lock{letter<40>(1)};
  letter<40> next{2};
  void operator()() { lock.store(next); }
  bool is_right() const { return lock.load().is(2); }
};

inline void enrol_seqlock() {
  enrol_operation<seqlock_load>("seqlock/load", "40 bytes, nobody writes");
  enrol_operation<seqlock_store>("seqlock/store", "40 bytes, nobody reads");
}

}  // namespace volley::bench
