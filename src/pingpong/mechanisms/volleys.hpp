// SPDX-License-Identifier: MIT
#pragma once

// What Volley brings: the turn, and a pair of rings, one a direction.

#include "../mechanism.hpp"
#include "../payload.hpp"
#include "../shared_memory.hpp"
#include "polling.hpp"

#include <volley/handoff/turn.hpp>
#include <volley/ring/spsc_ring.hpp>

#include <cstddef>
#include <cstdint>
#include <type_traits>

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
    const element made = made_by(Side);
    Poll::until([this, &made] { return rings_[Side].try_push(made); });
  }
  template <unsigned Side>
  void await() {
    element got{};
    Poll::until([this, &got] { return rings_[1 - Side].try_pop(got); });
    if constexpr (!is_number) touch(got);
  }

 private:
  using element = typename Ring::value_type;
  static constexpr bool is_number = std::is_same_v<element, std::uint64_t>;

  static element made_by(unsigned side) {
    element made{};
    if constexpr (is_number) {
      made = side;
    } else {
      made.stamp(side, 0);
      touch(made);
    }
    return made;
  }

  Ring rings_[2];
};

inline constexpr std::size_t usual_capacity = 1024;

/// The slots inside the ring, and the slots elsewhere in shared memory (at one address in both parties, for one is a
/// fork of the other).
template <class T>
using usual_ring_of = spsc_ring<T, usual_capacity>;
template <class T>
using sized_ring_of = spsc_ring<T, dynamic_capacity, native, shared_allocator<T>>;
using usual_ring = usual_ring_of<std::uint64_t>;

}  // namespace volley::pingpong
