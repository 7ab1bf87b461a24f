// SPDX-License-Identifier: MIT
#pragma once

// What Volley brings: the turn, and a pair of rings, one a direction.

#include "../mechanism.hpp"
#include "../shared_memory.hpp"
#include "polling.hpp"

#include <volley/handoff/turn.hpp>
#include <volley/ring/spsc_ring.hpp>

#include <cstddef>
#include <cstdint>

namespace volley::pingpong {

template <class Wait, class Scope>
class turn_pair {
 public:
  static constexpr how waits = Wait::spins ? how::awake : how::asleep;

  template <unsigned Side>
  void post() {
    turn_.side(Side).pass();
  }
  template <unsigned Side>
  void await() {
    turn_.side(Side).await();
  }

 private:
  turn<Wait, Scope> turn_;
};

template <class Ring, class Poll>
class ring_pair {
 public:
  ring_pair() = default;
  explicit ring_pair(std::size_t capacity) : rings_{Ring(capacity), Ring(capacity)} {}

  template <unsigned Side>
  void post() {
    Poll::until([this] { return rings_[Side].try_push(Side); });
  }
  template <unsigned Side>
  void await() {
    std::uint64_t got = 0;
    Poll::until([this, &got] { return rings_[1 - Side].try_pop(got); });
  }

 private:
  Ring rings_[2];
};

inline constexpr std::size_t usual_capacity = 1024;

/// The slots inside the ring, and the slots elsewhere in shared memory (at one address in both parties, for one is a
/// fork of the other).
using usual_ring = spsc_ring<std::uint64_t, usual_capacity>;
using sized_ring = spsc_ring<std::uint64_t, dynamic_capacity, native, shared_allocator<std::uint64_t>>;

}  // namespace volley::pingpong
