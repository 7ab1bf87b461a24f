// SPDX-License-Identifier: MIT
#pragma once

// Two of a thing, one a direction, each in lines of its own.

#include "../entry.hpp"

#include <volley/config.hpp>

namespace volley::bench {

template <class Wait>
inline constexpr pingpong::how how_it_waits = Wait::spins ? pingpong::how::awake : pingpong::how::asleep;

/// Calls: how to post one and how to await one; static functions post(Thing&) and await(Thing&).
template <class Thing, class Calls>
class two_ways {
 public:
  template <unsigned Side>
  void post() {
    Calls::post(things_[1 - Side].it);
  }
  template <unsigned Side>
  void await() {
    Calls::await(things_[Side].it);
  }

 private:
  struct alignas(2 * cache_line) one {  // two lines apart, because CPUs like to fetch lines in pairs
    Thing it;
  };
  one things_[2];
};

/// Ours: how it waits is in its policy.
template <class Thing, class Calls, class Wait>
struct our_two_ways : two_ways<Thing, Calls> {
  static constexpr pingpong::how waits = how_it_waits<Wait>;
};

}  // namespace volley::bench
