// SPDX-License-Identifier: MIT
#pragma once

// What one waiter leaves beside the state that it waits on: the CPU where it last ran, for its peer to see, and how long
// spinning was worth it, for itself. One thread at a time holds a seat.

#include <atomic>
#include <cstdint>
#include <limits>

namespace volley::detail {

template <class Env>
class seat {
  using enum std::memory_order;
  using os = typename Env::os;
  using word = typename Env::template atomic<std::uint32_t>;

 public:
  /// Notes where the holder runs, and tells whether the other side was last seen there too: while this one spins, that one cannot
  /// run. Called by waits that are not over at once: a side that never waits long keeps an old note, which costs its peer one wrong
  /// choice of how to wait, after which that side has to wait itself.
  bool meets_at_one_cpu(const seat& other) noexcept {
    const std::uint32_t here = os::cpu();
    const bool moved = cpu_.load(relaxed) != here;  // ~ own
    if (moved) cpu_.store(here, relaxed);           // ~ count: advice to the peer
    return other.cpu_.load(relaxed) == here;        // ~ count: advice
  }

  /// Forgets where the other side was seen, after a wait in which giving way to it brought nothing at once. If it is still there, it
  /// says so when it next waits; if it has moved on and never waits long, its old note would make this side sleep for ever.
  void forget_cpu() noexcept {
    cpu_.store(nowhere, relaxed);  // ~ count: advice
  }

  /// How long to spin before sleeping, in ns.
  std::uint32_t budget() const noexcept {
    return budget_.load(relaxed);  // ~ own
  }

  /// In the place of a wait's length when a deadline or a stop ended it.
  static constexpr std::int64_t no_answer = (std::numeric_limits<std::int64_t>::max)();

  /// Learns from a wait that was not answered within its spin: one that ended soon after says that spinning longer would have caught
  /// it (its length includes the wake-up); one that took long, or brought nothing, says that spinning was wasted.
  void learn(std::int64_t waited_ns) noexcept {
    const std::uint32_t now = budget();
    // The wake-up itself may take twice the longest spin (60 to 100 us on a virtual machine).
    const bool soon = waited_ns <= 3 * std::int64_t{Env::longest_spin};
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
