// SPDX-License-Identifier: MIT
#pragma once

// A FIFO of the numbers 0 .. N-1, each of which somebody holds or is inside once, for any number of threads: lock-free, one
// compare-and-swap to put a number in and one to get one out.
//
// Who: put(i) by the thread that holds i; get() makes its caller the holder of what it returns; the rest by any thread.
// Progress: lock-free. A thread that loses a compare-and-swap lost it to a put or a get that succeeded; it pauses a bounded time and tries
//   again. Alone, a call looks at one word, and at no more than 2N + 1 wherever others have stopped. put always succeeds.
// Memory: what the holder of a number did before it put the number in is visible to the thread that gets it.
//
// State: a word for each of N slots, and a hint for each end. A word is a stamp (ring/stamps.hpp) with a number for its position:
//   word   | lap | 0 | empty           the position of this slot in this lap is the next to be filled here; in all laps before it was taken
//          | lap | number | full       it holds this number; in all laps before it was taken
//          ... and sealed, of the first position that was not taken: it will not be, though it may be filled
//   tail, head   hints: all positions before it were filled, were taken. They may be old, and never lead.
//   I1: a position is filled after all before it were, and taken after all before it were: who fills or takes it has passed those.
//   I2: words alone decide. No two states of a word are alike until a lap comes again (2^62 positions), so that a compare-and-swap that
//       succeeds finds what was seen. A thread that stops anywhere leaves a queue that others go on with; at worst a hint is old.
//   I3: put finds a slot that is empty. N numbers, of which its own is not inside, cannot have filled the N positions before the next one:
//       one of them was taken since, and all before that; and whoever has the number, or saw what was filled, has seen that.
// Why hints go by plain stores: they move on each call, by whoever made the move, and a thread that wakes up late may set one back. The
// next call then passes what was passed before, at most a lap of it, because a word also says how far its lap is.
// Why the first pause after a loss is long already: here two CPUs seldom lose, as each call touches several lines and no two calls the same ones
// at the same time. They would pass all of them to and fro for ever, which was slower than one of them alone; a long pause gives one of them a spell.
// Source: C. Shann, T. Huang, C. Chen, "A practical nonblocking queue algorithm using compare-and-swap" (ICPADS 2000), as corrected by
// R. Colvin, L. Groves, "Formal verification of an array-based nonblocking queue" (ICECCS 2005). Laps in the words, ends that are only
// hints, and the seal are added here.
//
// Edges
//   put   put: word CAS -> get: word.load            what was done with the number          dies: LockfreeMpmcRingModel.EveryOrderIsNeeded
//   take  get: word CAS -> any: word.load            puts and gets before it                dies: LockfreeMpmcRingModel.EveryOrderIsNeeded
//   mark  seal: word CAS -> get: word.load           all that came before the seal          dies: LockfreeMpmcRingModel.EveryOrderIsNeeded
//   pass  put, get: hint store -> any: hint load     what was filled and taken before it    dies: LockfreeMpmcRingModel.EveryOrderIsNeeded

#include <volley/ring/back_off.hpp>

#include <atomic>
#include <cstddef>
#include <limits>

namespace volley::detail {

inline constexpr std::size_t no_number = (std::numeric_limits<std::size_t>::max)();
inline constexpr std::size_t sealed_number = no_number - 1;

/// The words and the laps of such a queue, for the length of a call. Words: a slot's number to its word.
template <class Env, class Stamps, class Words>
class index_queue {
  using enum std::memory_order;
  using index = typename Env::index;

 public:
  using word = typename Env::template atomic<index>;
  static constexpr index full = 1;
  static constexpr index sealed = 2;

  index_queue(const Stamps& at, Words words) noexcept : at_(at), words_(words) {}

  void put(word& tail, std::size_t number) noexcept {
    auto pause = back_off<Env>::for_long();
    for (;;) {
      const place here = find_tail(tail);
      index seen = here.seen;
      const auto filled = static_cast<index>(at_.numbered(seen, number) | (seen & sealed) | full);
      // -> put: what was done with the number; ~ hint(pass)
      if (words_(at_.slot(here.position)).compare_exchange_strong(seen, filled, release, relaxed)) {
        tail.store(at_.after(here.position), release);  // -> pass: this position was filled, and all before it
        return;
      }
      pause();
    }
  }

  /// The oldest number; no_number if it is empty, sealed_number if it is sealed.
  std::size_t get(word& head) noexcept {
    auto pause = back_off<Env>::for_long();
    for (;;) {
      const place here = find_head(head);
      if ((here.seen & sealed) != 0) return sealed_number;
      if (!is_full(here.seen)) return no_number;
      index seen = here.seen;
      // -> take: all that this thread put in and got before, for who only sees that this one was taken; ~ hint(pass)
      if (words_(at_.slot(here.position)).compare_exchange_strong(seen, emptied(seen), release, relaxed)) {
        head.store(at_.after(here.position), release);  // -> pass: this position was taken, and all before it
        return at_.number(seen);
      }
      pause();
    }
  }

  /// No get that begins after it succeeds. Lock-free.
  void seal(word& head) noexcept {
    for (;;) {
      const place here = find_head(head);
      if ((here.seen & sealed) != 0) return;
      index seen = here.seen;
      const auto marked = static_cast<index>(seen | sealed);
      // -> mark: all that came before the seal; ~ hint(pass)
      if (words_(at_.slot(here.position)).compare_exchange_strong(seen, marked, release, relaxed)) return;
    }
  }

  /// Whether a get would find a number.
  bool is_ready(const word& head) const noexcept { return is_full(find_head(head).seen); }

  /// The first position that was not taken.
  index head(const word& hint) const noexcept { return find_head(hint).position; }

 private:
  struct place {
    index position;
    index seen;
  };

  static constexpr bool is_full(index seen) noexcept { return (seen & full) != 0; }
  constexpr index emptied(index seen) const noexcept { return at_.first(at_.lap_after(seen)); }

  place find_tail(const word& hint) const noexcept {
    index p = hint.load(acquire);  // <- pass: all before it were filled
    for (;;) {
      // <- put, <- take: all that was filled before, and what was taken before that, so that this slot is not seen as it was a lap ago
      const index seen = words_(at_.slot(p)).load(acquire);
      if (!is_full(seen) && at_.same_lap(seen, p)) return {p, seen};
      p = at_.after(is_full(seen) ? at_.in_lap_of(seen, p) : at_.in_lap_before(seen, p));
    }
  }
  place find_head(const word& hint) const noexcept {
    index p = hint.load(acquire);  // <- pass: all before it were taken
    for (;;) {
      const index seen = words_(at_.slot(p)).load(acquire);  // <- put, <- take, <- mark: what was done before it
      if (at_.same_lap(seen, p)) return {p, seen};
      p = at_.after(at_.in_lap_before(seen, p));
    }
  }

  const Stamps& at_;
  Words words_;
};

}  // namespace volley::detail
