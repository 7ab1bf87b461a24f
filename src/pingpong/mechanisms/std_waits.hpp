// SPDX-License-Identifier: MIT
#pragma once

// What the standard library waits with. Between threads only: it uses private futexes, and tables of the process.

#include <volley/config.hpp>

#include <atomic>
#include <cstdint>
#include <semaphore>

namespace volley::pingpong {

using enum std::memory_order;

class std_semaphores {
 public:
  template <unsigned Side>
  void post() {
    sems_[1 - Side].sem.release();
  }
  template <unsigned Side>
  void await() {
    sems_[Side].sem.acquire();
  }

 private:
  struct one {
    alignas(cache_line) std::binary_semaphore sem{0};
  };
  one sems_[2];
};

class std_atomic_wait {
 public:
  template <unsigned Side>
  void post() {
    turn_.store(1 - Side, release);  // -> hop: the other side may go on
    turn_.notify_one();
  }
  template <unsigned Side>
  void await() {
    while (turn_.load(acquire) != Side) turn_.wait(1 - Side, relaxed);  // <- hop: it is this side's turn
  }

 private:
  alignas(cache_line) std::atomic<std::uint32_t> turn_{0};
};

}  // namespace volley::pingpong
