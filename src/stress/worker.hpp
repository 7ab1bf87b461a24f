// SPDX-License-Identifier: MIT
#pragma once

// A thread that is being stressed: its dice, what others see of it, and the Env that disturbs it.

#include "dice.hpp"

#include <volley/env/chaos.hpp>

#include <atomic>
#include <cstdint>
#include <thread>

namespace volley::stress {

/// What can be seen of a thread from outside. It alone writes here.
struct alignas(64) trace {
  std::atomic<std::uint64_t> steps{0};  ///< of the structure's algorithm, as Env counts them
  std::atomic<volley::step> last{step::load};
  std::atomic<std::uint64_t> operations{0};  ///< that have come to their end
  std::atomic<const char*> doing{"nothing yet"};
  std::atomic<bool> has_ended{false};
};

/// Before each step of the algorithm: it is noted, and a thread whose weather is bad dawdles, yields or sleeps.
class weather_hook {
 public:
  static void begin(trace& seen, bool is_bad, std::uint64_t seed) noexcept {
    mine() = &seen;
    bad() = is_bad;
    chaos_hook::seed(seed);
  }
  static void end() noexcept { mine() = nullptr; }

  static void step(volley::step s) {
    trace* const seen = mine();
    if (seen == nullptr) return;
    using enum std::memory_order;
    seen->steps.store(seen->steps.load(relaxed) + 1, relaxed);  // ~ own; ~ own
    seen->last.store(s, relaxed);                               // ~ own
    if (bad()) chaos_hook::step(s);
  }

 private:
  static trace*& mine() noexcept {
    thread_local trace* seen = nullptr;
    return seen;
  }
  static bool& bad() noexcept {
    thread_local bool is_bad = false;
    return is_bad;
  }
};
struct weather : hooked<weather_hook> {};

/// Handed to the work of each thread.
class worker {
 public:
  worker(unsigned which, dice own, trace& seen, const std::atomic<bool>& over) noexcept
      : number(which), luck(own), seen_(seen), over_(over) {}

  unsigned number;
  dice luck;

  /// The time is up: begin nothing new, bring to its end what others wait for.
  bool is_over() const noexcept { return over_.load(std::memory_order_relaxed); }  // ~ count
  /// What it does from now on, for whoever asks why it hangs. A string literal.
  void now_in(const char* what) noexcept { seen_.doing.store(what, std::memory_order_relaxed); }  // ~ own
  /// So many operations have come to their end.
  void did(std::uint64_t n = 1) noexcept {
    using enum std::memory_order;
    seen_.operations.store(seen_.operations.load(relaxed) + n, relaxed);  // ~ own; ~ own
  }
  /// Nothing could be done: lets others run.
  void idle() noexcept {
    if (luck.one_in(4)) std::this_thread::yield();
  }

 private:
  trace& seen_;
  const std::atomic<bool>& over_;
};

}  // namespace volley::stress
