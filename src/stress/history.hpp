// SPDX-License-Identifier: MIT
#pragma once

// A recorded run against the queue that it should have been: FIFO order, loss, doubling, false empty and false full, in O(n log n) for n
// operations whose elements all differ.
//
// Every finding is a true violation of the rules given, as far as the clock can be trusted: one operation counts as before another only if it
// returned more than `slack` before the other was called. The slack is for clocks of different CPUs, and for what release/acquire leaves open:
// that a push which has returned is visible elsewhere at that very moment.
// Source: T. A. Henzinger, A. Sezgin, V. Vafeiadis, "Aspect-oriented linearizability proofs" (CONCUR 2013): a history of a queue is
// linearizable if nothing comes out that did not go in, nothing twice, nothing in the wrong order, and "empty" is never said while something is
// certainly inside. Bounds and excuses are ours.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace volley::stress {

using tick = std::uint64_t;  // ns of the steady clock
inline constexpr tick usual_slack = 2'000;

inline tick now() noexcept {
  return static_cast<tick>(std::chrono::steady_clock::now().time_since_epoch() / std::chrono::nanoseconds(1));
}

/// The i-th element of one producer: 8 bits and 40.
constexpr std::uint64_t id_of(std::uint64_t producer, std::uint64_t i) noexcept { return producer << 40 | i; }

/// given_back: it claimed and came to nothing; until then it may hide what was pushed behind it, as a push does.
enum class deed : std::uint8_t { pushed, popped, full, empty, given_back };
inline constexpr std::uint64_t no_element = ~std::uint64_t{0};

/// What one thread did in one call, or one of the elements of a batch.
struct operation {
  deed did;
  std::uint64_t id;  ///< no_element unless pushed or popped
  tick call;
  tick ret;
};
/// In the order in which the thread did it.
using thread_log = std::vector<operation>;

/// What the structure promises.
struct fifo_rules {
  std::size_t capacity = 0;
  bool checks_full = true;  ///< false: holes or visitors that nobody has recorded may keep slots
  /// A push in the middle hides what was pushed behind it (true), or "empty" means that nothing was inside (false).
  bool pushes_hide = false;
  /// The same for "full" and a pop in the middle.
  bool pops_hold = false;
  tick slack = usual_slack;
};

enum class crime : std::uint8_t {
  never_pushed,
  doubled,
  lost,
  reordered,
  false_empty,
  false_full,
  overfull,
  torn,    ///< an element that is not what was pushed
  broken,  ///< another promise, see the text
  hung,
};
std::string to_string(crime c);

struct finding {
  crime what;
  std::uint64_t count = 1;  ///< how many of this kind
  std::string text;         ///< the first of them, with its operations
};

/// All that has been pushed has been popped, or it is lost: the structure was drained at the end.
std::vector<finding> check_fifo(std::span<const thread_log> threads, const fifo_rules& rules);

}  // namespace volley::stress
