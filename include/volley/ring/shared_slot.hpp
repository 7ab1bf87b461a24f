// SPDX-License-Identifier: MIT
#pragma once

// A slot whose element several readers see in place, and whose last reader destroys it. Who may reuse the slot, and when, is not decided
// here (ring/gates.hpp).
//
// Progress: wait-free. Leaving costs one RMW for each reader but the last, and nothing where the destructor is trivial.
// Memory: what the producer did before publish is visible to a reader that found the slot filled; what readers did before they left is
//   visible to the one that destroys.
//
//   state   bit 0: the phase (ring/laps.hpp) of the element that it last held; the rest: how many readers have yet to leave that element
//   I1: who has yet to leave is at least who will. So when nobody is left there is no element; and one that was not left by all, because
//       a reader ended, is there still when all readers are past it: then it is the producer's to clear.
//
// Edges
//   publish  publish: state.store -> filled: state.load        construct before read    dies: BroadcastModel.EveryOrderIsNeeded
//   share    leave: state.fetch_sub -> leave or filled: state  read before destroy      dies: BroadcastModel.EveryOrderIsNeeded

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <type_traits>

namespace volley::detail {

template <class T, class Env>
class shared_slot {
  using enum std::memory_order;

 public:
  static constexpr std::size_t most_readers = 127;

  /// Producer, when all readers are past it: destroys what was not left by all.
  void clear() noexcept {
    const std::uint8_t state = state_.load(relaxed);  // ~ own: whoever left before has let go of the slot since
    if (state < one_reader) return;
    value_.destroy();
    state_.store(state & 1, relaxed);  // ~ own
  }
  /// Producer. The element that was constructed in its cell is for so many readers, 1 .. most_readers.
  void publish(std::uint8_t phase, std::size_t readers) noexcept {
    state_.store(static_cast<std::uint8_t>(readers * one_reader + phase), release);  // -> publish: it holds its element
  }

  /// Reader. What leave wants to know if the element of this phase is there, or 0.
  std::uint8_t filled(std::uint8_t phase) const noexcept {
    const std::uint8_t seen =
        state_.load(acquire);  // <- publish, <- share: it holds its element; those who left have read it
    return (seen & 1) == phase ? seen : 0;
  }
  typename Env::template cell<T>& cell() noexcept { return value_; }
  /// Reader. It is done with the element that it found by filled.
  void leave(std::uint8_t seen) noexcept {
    if constexpr (!std::is_trivially_destructible_v<T>) {
      if (seen < 2 * one_reader) return end(seen);  // all others had left
      // <- share, -> share: what was done with the element, before its end
      const std::uint8_t before = state_.fetch_sub(one_reader, acq_rel);
      if (before < 2 * one_reader) value_.destroy();
    }
  }

 private:
  static constexpr std::uint8_t one_reader = 2;

  void end(std::uint8_t seen) noexcept {
    value_.destroy();
    state_.store(seen & 1, relaxed);  // ~ own: the only one left
  }

  typename Env::template atomic<std::uint8_t> state_{0};
  typename Env::template cell<T> value_;
};

}  // namespace volley::detail
