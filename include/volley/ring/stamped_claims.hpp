// SPDX-License-Identifier: MIT
#pragma once

// How threads claim the slots of a ring one by one or in runs, when a stamp in each slot says whose turn it is. mpmc_ring, mpsc_ring and
// spmc_ring are this, with ends of many threads or of one (ring/ends.hpp); their headers say who may call what, and what that promises.
//
// Progress: a claim takes a bounded number of steps but for peers that claim at the same time, of whom one succeeds, and for holes, at most a
//   lap of them. Nobody is waited for: a slot that a peer is in the middle of is not ready yet.
// Memory: what was done in a slot before publish is visible to who claims it full; before vacate, to who claims it free.
//
// State, for N slots; positions and stamps count laps too (ring/stamps.hpp):
//   tail_        the next position to fill. It goes back only over positions that nobody filled. Sealed: flagged, and moves no more
//   head_        the next position to take
//   slot.stamp   p: free, for who claims position p    full(p): holds its element    hole(p): never will; to be skipped
//   I1: head_ <= tail_ <= head_ + N     I2: who moved tail_ (or head_) over p owns the slot of p until it stores the next stamp there
//   I3: as long as tail_ (head_) is not past p, nobody changes a slot that shows p (full(p)). So slots that were seen ready one by one
//       are ready still when one move claims them all, for it succeeds only if nobody was past the first of them.
// Slots lie side by side, not one to a line: one transfer brings four of 16 bytes, and one CPU makes most claims in spells. A locked
//   instruction waits until the stamp before it has reached its line, and all that follows waits for it: so the end that is the slower one for
//   that, a head that is shared, or the tail where one thread pops, asks for the lines some way ahead of it (both ends at once would take
//   them from each other), and what follows a claim is computed from what was read before it, not from what its compare-and-swap returned.
// Source: D. Vyukov, "Bounded MPMC queue" (1024cores.net, 2010); laps of any length, runs, holes and the way back are added here.
//
// Edges
//   publish  push: stamp.store -> pop: stamp.load               construct before take      dies: MpmcRingModel.EveryOrderIsNeeded
//   vacate   pop: stamp.store -> push: stamp.load               destroy before construct   dies: MpmcRingModel.EveryOrderIsNeeded

#include <volley/config.hpp>
#include <volley/env/native.hpp>
#include <volley/ring/back_off.hpp>
#include <volley/ring/ends.hpp>
#include <volley/ring/stamps.hpp>
#include <volley/ring/storage.hpp>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <memory>
#include <utility>

namespace volley::detail {

/// Shape: the name of the ring, and its ends.
template <class T, class Storage, class Env, class Shape>
class stamped_claims {
  using enum std::memory_order;
  using stamps = detail::stamps<typename Env::index, slots_of<Storage>>;
  using tail_end = typename Shape::template tail<Env>;
  using head_end = typename Shape::template head<Env>;

 public:
  using value_type = T;
  using env = Env;
  using index = typename Env::index;

  struct slot {
    typename Env::template atomic<index> stamp{0};
    typename Env::template cell<T> value;
  };
  using memory = typename Storage::template array<slot>;
  static constexpr bool is_dynamic = Storage::is_dynamic;
  static constexpr const char* name = Shape::name;
  static constexpr bool one_producer = !tail_end::is_shared;
  static constexpr bool one_consumer = !head_end::is_shared;

  struct run {
    index first;
    std::size_t size;
  };

  stamped_claims() noexcept requires(!is_dynamic) { number_the_slots(); }
  explicit stamped_claims(memory&& slots) noexcept requires(is_dynamic) : slots_(std::move(slots)) {
    number_the_slots();
  }

  std::size_t capacity() const noexcept { return slots_.size(); }
  static constexpr std::size_t max_capacity() noexcept {
    return (std::min)(stamps::most_slots(), detail::most_slots<index, slot>());
  }
  std::size_t size() const noexcept {
    const index head = head_.now();
    return at_.between(head, tail_.now());
  }

  slot& at(index position) noexcept { return slots_[at_.slot(position)]; }
  index after(index position, std::size_t n) const noexcept { return at_.after(position, n); }

  run claim_free(std::size_t most) noexcept { return claim<&stamped_claims::try_claim_free>(most); }

  void publish(slot& s, index p) noexcept {
    s.stamp.store(stamps::full(p), release);  // -> publish: the slot holds its element
  }

  void give_back(run rest) noexcept {
    if (tail_.give_back(rest.first, after(rest.first, rest.size))) return;
    for (; rest.size != 0; rest = {after(rest.first, 1), rest.size - 1}) {
      slot& s = at(rest.first);
      s.stamp.store(stamps::hole(rest.first), release);  // -> publish: the slot holds nothing, and never will
    }
  }

  run claim_full(std::size_t most) noexcept { return claim<&stamped_claims::try_claim_full>(most); }

  bool is_ready() const noexcept {
    for (;;) {
      const index head = head_.now();
      const index seen = slots_[at_.slot(head)].stamp.load(relaxed);  // ~ hint(publish): a claim looks again
      if (seen == stamps::full(head) || seen == stamps::hole(head)) return true;
      if (stamps::is_before(seen, stamps::full(head))) return false;  // else the head has moved on
    }
  }

  /// For one consumer, whose claim moves nothing.
  void taken(const run& from, std::size_t n) noexcept requires(one_consumer) {
    head_.taken_before(after(from.first, n));
  }

  void vacate(slot& s, index p) noexcept {
    s.stamp.store(at_.lap_after(p), release);  // -> vacate: the slot holds nothing any more
  }

  void seal() noexcept { tail_.seal(); }
  bool is_sealed() const noexcept { return tail_.is_sealed(); }

 private:
  /// Slots of big elements hardly share a line with the next. With 64 bytes, asking ahead cost mpmc_ring half of what went through, where
  /// that was measured.
  static constexpr std::size_t per_line = cache_line / sizeof(slot);
  static constexpr bool share_lines = per_line >= 4;
  /// Three hide a transfer of 60 ns behind twelve pops. (Two and five were within the noise of it.)
  static constexpr std::size_t lines_ahead = 3;

  void number_the_slots() noexcept {
    static_assert(slots_of<Storage> <= max_capacity(),
                  "so many slots, and the laps beside them, do not fit into Env::index");
    index position = at_.first(Env::first_index);
    tail_.begin_at(position);
    head_.begin_at(position);
    for (std::size_t i = 0; i != capacity(); ++i, position = after(position, 1)) {
      at(position).stamp.store(position, relaxed);  // ~ init
    }
  }

  enum class attempt : unsigned char { over, lost, late };

  /// One attempt at a claim. over: mine is what was claimed, or of size 0 where nothing is ready. lost: another thread claimed at the same
  /// time. late: the end has moved on since it was read, or a hole was in the way.
  [[gnu::always_inline]] attempt try_claim_free(run& mine, std::size_t most) noexcept {
    index tail = tail_.now();
    index end = tail;
    index seen;
    std::size_t ready = 0;
    do {
      seen = at(end).stamp.load(acquire);  // <- vacate: the slot holds nothing any more
      if (seen != end) break;
      end = after(end, 1);
    } while (++ready != most);
    if (ready == 0) return stamps::is_before(seen, tail) ? attempt::over : attempt::late;
    index is_at = tail;
    if (!tail_.move(is_at, end)) return attempt::lost;
    if constexpr (one_consumer) {
      if (most == 1) ask_ahead_of(tail);
    }
    mine = {tail, ready};
    return attempt::over;
  }

  [[gnu::always_inline]] attempt try_claim_full(run& mine, std::size_t most) noexcept {
    index head = head_.now();
    index end = head;
    index seen;
    std::size_t ready = 0;
    do {
      seen = at(end).stamp.load(acquire);  // <- publish: the slot holds its element, or never will
      if (seen != stamps::full(end)) break;
      end = after(end, 1);
    } while (++ready != most);
    if (ready == 0) {
      if (seen == stamps::hole(head)) return skip(head);
      return stamps::is_before(seen, stamps::full(head)) ? attempt::over : attempt::late;
    }
    if constexpr (!one_consumer) {
      index is_at = head;
      if (!head_.move(is_at, end)) return attempt::lost;
      if (most == 1) ask_ahead_of(head);
    }
    mine = {head, ready};
    return attempt::over;
  }

  /// Takes the hole at this head out of the way, or sees that another one did.
  [[gnu::noinline]] attempt skip(index hole) noexcept {
    index head = hole;
    if (!head_.move(head, after(hole, 1))) return attempt::lost;
    vacate(at(hole), hole);
    return attempt::late;
  }

  /// Asks for a line of slots that will be claimed soon, when p is the first slot of a line.
  [[gnu::always_inline]] void ask_ahead_of([[maybe_unused]] index p) noexcept {
    constexpr std::size_t ahead = lines_ahead * per_line;
    if constexpr (share_lines) {
      if (at_.slot(p) % per_line != 0 || capacity() <= 2 * ahead) return;
      Env::soon_written(std::addressof(at(after(p, ahead))));
    }
  }

  /// The first attempt is all that most calls need; what comes after it is kept out of its way.
  template <attempt (stamped_claims::*Try)(run&, std::size_t)>
  run claim(std::size_t most) noexcept {
    run mine{0, 0};
    if (most == 0 || (this->*Try)(mine, most) == attempt::over) return mine;
    return claim_in_the_end<Try>(most);
  }
  template <attempt (stamped_claims::*Try)(run&, std::size_t)>
  [[gnu::noinline]] run claim_in_the_end(std::size_t most) noexcept {
    back_off<Env> pause;
    run mine{0, 0};
    for (attempt last; (last = (this->*Try)(mine, most)) != attempt::over;) {
      if (last == attempt::lost) pause();
    }
    return mine;
  }

  alignas(cache_line) tail_end tail_;
  alignas(cache_line) head_end head_;
  alignas(cache_line) alignas(memory) memory slots_;
  [[no_unique_address]] stamps at_{capacity()};
};

}  // namespace volley::detail
