// SPDX-License-Identifier: MIT
#pragma once

// What those who wait leave beside the state that they wait on, as advice: the CPU where it was last posted from, and how long spinning
// was worth it. Four bytes. Of two sides that wait for each other each has a seat, and says there where it waits, not where it posts: the line is
// between them then, and each touch of it may be one journey more. Where many wait, they share one.

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <limits>

namespace volley::detail {

template <class Env>
class seat {
  using enum std::memory_order;
  using os = typename Env::os;

 public:
  /// Called by who is about to post, or of each side by who begins to wait for long: for the other one to see where that was.
  void note_cpu() noexcept { note(os::cpu()); }
  /// Called by who was answered while it spun: whoever answered is not here.
  void forget_cpu() noexcept { note(os::unknown_cpu); }
  /// The same by who meets another one, where either may wait for the other next time: where both were, if that is one CPU.
  void note_cpu_shared_with(const seat& other) noexcept { note(other.is_here() ? os::cpu() : os::unknown_cpu); }
  /// Whether that was the CPU on which the caller runs now: while the caller spins, the other side cannot run.
  bool is_here() const noexcept {
    const std::uint16_t here = os::cpu();
    return here != os::unknown_cpu && cpu_.load(relaxed) == here;  // ~ count: advice
  }

  /// How long to spin before sleeping, in ns, where a park and its wake cost that much. 0: not at all.
  std::uint32_t budget(std::uint32_t park_cost) const noexcept {
    return (std::min)(budget_.load(relaxed) * unit, longest(park_cost));  // ~ count: advice
  }

  /// In the place of a gap when a deadline or a stop ended the wait.
  static constexpr std::int64_t no_answer = (std::numeric_limits<std::int64_t>::max)();

  /// Learns from a wait that was not answered at once. gap: from its beginning to the post, in ns. Spinning for that long is right if
  /// it costs less than a park; what is longer, or brought nothing, says that spinning is wasted.
  void learn(std::int64_t gap, std::uint32_t park_cost) noexcept {
    const std::uint32_t now = budget(park_cost);
    const std::uint32_t most = longest(park_cost);
    std::uint32_t next = now < 2 * Env::shortest_spin ? 0 : now / 2;
    if (gap <= most) {
      const auto twice = static_cast<std::uint32_t>((std::max)(gap, std::int64_t{0})) * 2;
      next = (std::min)(most, (std::max)({now, twice, Env::shortest_spin}));
    }
    if (next != now) budget_.store(static_cast<std::uint16_t>(next / unit), relaxed);  // ~ count: advice
  }

 private:
  static constexpr std::uint32_t unit = 8;  // ns: 16 bits of them are half a millisecond
  static_assert(Env::longest_spin / unit <= (std::numeric_limits<std::uint16_t>::max)());

  /// Only if it is news: with each store between the payload and the post, the other side's polls may take the line away once more.
  void note(std::uint16_t cpu) noexcept {
    if (cpu_.load(relaxed) != cpu) cpu_.store(cpu, relaxed);  // ~ count: advice to who waits; ~ count: the same
  }

  static constexpr std::uint32_t longest(std::uint32_t park_cost) noexcept {
    return (std::min)(park_cost + park_cost / 4, Env::longest_spin);
  }

  typename Env::template atomic<std::uint16_t> cpu_{os::unknown_cpu};
  typename Env::template atomic<std::uint16_t> budget_{static_cast<std::uint16_t>(Env::longest_spin / unit)};
};

}  // namespace volley::detail
