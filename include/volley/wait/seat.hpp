// SPDX-License-Identifier: MIT
#pragma once

// What one waiter leaves beside the state that it waits on: the CPU where it last ran, for its peer to see, and how long
// spinning was worth it, for itself. One thread at a time holds a seat.

#include <atomic>
#include <cstdint>

namespace volley::detail {

template <class Env>
class seat {
  using enum std::memory_order;
  using os = typename Env::os;
  using word = typename Env::template atomic<std::uint32_t>;

 public:
  /// Notes where the holder runs; before the operation that hands over, so that it travels in the same line.
  void note_cpu() noexcept {
    const std::uint32_t here = os::cpu();
    if (cpu_.load(relaxed) != here) {  // ~ own
      cpu_.store(here, relaxed);       // ~ count: advice to the peer, wrong at worst for one wait
    }
  }

  /// True when the other side was last seen on the CPU where this one runs: while this one spins, that one cannot run.
  bool shares_cpu_with(const seat& other) const noexcept {
    return other.cpu_.load(relaxed) == os::cpu();  // ~ count: advice
  }

  /// How long to spin before sleeping, in ns.
  std::uint32_t budget() const noexcept {
    return budget_.load(relaxed);  // ~ own
  }

  /// Learns from a wait that went on past its spin: one that ended soon after says that spinning longer would have caught it
  /// (its length includes the wake-up); one that took long says that spinning was wasted.
  void learn(std::int64_t waited_ns) noexcept {
    const std::uint32_t now = budget();
    const bool soon = waited_ns <= 2 * std::int64_t{Env::longest_spin};
    const std::uint32_t next = soon ? (now > Env::longest_spin / 2 ? Env::longest_spin : now * 2)
                                    : (now < Env::shortest_spin * 2 ? Env::shortest_spin : now / 2);
    budget_.store(next, relaxed);  // ~ own
  }

 private:
  static constexpr std::uint32_t nowhere = ~std::uint32_t{0};
  word cpu_{nowhere};
  word budget_{Env::longest_spin};
};

}  // namespace volley::detail
