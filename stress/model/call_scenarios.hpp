// SPDX-License-Identifier: MIT
#pragma once

// What the models of call_slot and call_ring have in common: what is sent, and machines to send it on.

#include <volley/env/scope.hpp>

#include "engine.hpp"

namespace model::calls {

/// What is sent as a request and as an answer: race-checked, move-only, and counted.
class parcel {
 public:
  explicit parcel(int number) : number_(number) { ++alive; }
  parcel(parcel&& other) noexcept : number_(other.number_.get()) {
    other.number_.set(0);
    ++alive;
  }
  parcel& operator=(parcel&&) = delete;
  ~parcel() { --alive; }

  int number() const { return number_.get(); }

  inline static int alive = 0;

 private:
  plain<int> number_;
};

/// The first member of a scenario: when all else in it is gone, every parcel must be.
struct parcels {
  parcels() { parcel::alive = 0; }
  parcels(const parcels&) = delete;
  parcels& operator=(const parcels&) = delete;
  ~parcels() { require(parcel::alive == 0, "each parcel is destroyed, once"); }
};

constexpr auto twice = [](parcel&& p) { return parcel(2 * p.number()); };

constexpr volley::modelled::os::time_point after_ticks(int n) {
  return volley::modelled::os::time_point(volley::modelled::os::duration(n));
}

/// What the scenario's machine is like.
struct two_cpus {
  static void set() {}
};
struct one_cpu {
  static void set() { machine::one_cpu = true; }
};
struct small_quota {
  static void set() { machine::quota_is_one = true; }
};
struct spurious {
  static void set() { machine::spurious_left = 2; }
};

}  // namespace model::calls
