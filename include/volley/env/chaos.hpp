// SPDX-License-Identifier: MIT
#pragma once

// The Env that disturbs: before any step a thread may dawdle, yield, or sleep past a scheduler's tick, at random. For stress runs,
// which then meet in seconds what a quiet machine shows in months.

#include <volley/env/hooked.hpp>

#include <chrono>
#include <cstdint>
#include <thread>

namespace volley {

class chaos_hook {
 public:
  /// Seeds the calling thread's dice; threads that do not call it get different ones each.
  static void seed(std::uint64_t s) noexcept { dice() = s | 1; }

  static void step(volley::step) {
    const std::uint64_t r = roll();
    if ((r & 0x7) != 0) return;  // 7 of 8: nothing
    if ((r >> 8 & 0x3ff) == 0) return std::this_thread::sleep_for(std::chrono::microseconds(r >> 20 & 0x3f));
    if ((r >> 8 & 0x1f) == 0) return std::this_thread::yield();
    for (std::uint64_t n = r >> 40 & 0x1f; n != 0; --n) native::relax();
  }

 private:
  static std::uint64_t& dice() noexcept {
    thread_local std::uint64_t state = reinterpret_cast<std::uintptr_t>(&state) | 1;
    return state;
  }
  /// xorshift64*: S. Vigna, "An experimental exploration of Marsaglia's xorshift generators, scrambled" (2016).
  static std::uint64_t roll() noexcept {
    std::uint64_t& x = dice();
    x ^= x >> 12;
    x ^= x << 25;
    x ^= x >> 27;
    return x * 0x2545f4914f6cdd1d;
  }
};

struct chaos : hooked<chaos_hook> {};

}  // namespace volley
