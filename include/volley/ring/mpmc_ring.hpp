// SPDX-License-Identifier: MIT
#pragma once

// A bounded FIFO from any number of producers to any number of consumers, one order for all: the fast one.
//
// Who: any thread may call anything at any time; construction and destruction: alone. A guard belongs to one thread at a time.
//   T's own operations and f may call the ring as any other thread would, in the middle of their own push or pop.
// Progress: no call waits for a peer, but this is not lock-free. A thread that stops between its claim of a slot and the end of its
//   operation keeps that slot: if it was pushing, consumers that come to the slot say "empty", and what was pushed behind it comes out
//   only when it goes on; if it was popping, producers that come to the slot a lap later say "full". Of those that claim at the same
//   time one succeeds, the others try again after a while (ring/back_off.hpp).
// Memory: what the producer did before try_push returned true is visible to the consumer whose try_pop returned that element;
//   what the consumer did with an element is visible to the producer that next uses its slot.
// Elements: any nothrow-destructible T; move-only, not default-constructible and over-aligned ones too. When a constructor throws, its slot is
//   given back, or, where other producers are already past it, becomes a hole: consumers skip it, and it counts as occupied until
//   then. If moving out throws, that element is destroyed, its slot is free, and the exception goes on.
// Errors: the constructor throws std::invalid_argument (capacity 0 or above max_capacity()) or std::bad_alloc; make() returns null
//   instead. False from a push: it is sealed, or at some moment of the call, as far as this thread could see (release/acquire promises
//   no more), the slot whose turn it was held an element or a peer in the middle of its pop. False from a pop: at such a moment
//   the slot whose turn it was held nothing, or a peer in the middle of its push.
// Guards: an open reservation is a push in the middle, an open peek a pop in the middle: both delay others as a stopped peer does.
// Between processes: fixed capacity only (no pointer inside); constructed by one of them before the other uses it.
//
// State, for N slots; positions and stamps count laps too (ring/stamps.hpp):
//   tail_        the next position to fill. It goes back only over positions that nobody filled. Sealed: flagged, and moves no more
//   head_        the next position to take
//   slot.stamp   p: free, for who claims position p    full(p): holds its element    hole(p): never will; to be skipped
//   I1: head_ <= tail_ <= head_ + N     I2: who moved tail_ (or head_) over p owns the slot of p until it stores the next stamp there
//   I3: as long as tail_ (head_) is not past p, nobody changes a slot that shows p (full(p)). So slots that were seen ready one by one
//       are ready still when one compare-and-swap claims them all, for that succeeds only if nobody was past the first of them.
// Slots lie side by side, not one to a line: one transfer brings four of 16 bytes, and one CPU makes most claims in spells.
// Source: D. Vyukov, "Bounded MPMC queue" (1024cores.net, 2010); laps of any length, runs, holes and the way back are added here.
//
// Edges
//   publish  push: stamp.store -> pop: stamp.load               construct before take      dies: MpmcRingModel.EveryOrderIsNeeded
//   vacate   pop: stamp.store -> push: stamp.load               destroy before construct   dies: MpmcRingModel.EveryOrderIsNeeded
//   retract  give_back: tail_ goes back -> push: tail_ goes on  what was tried in there    dies: MpmcRingModel.EveryOrderIsNeeded
//   close    seal: tail_.fetch_or -> is_sealed: tail_.load      all that came before seal  dies: MpmcRingModel.EveryOrderIsNeeded

#include <volley/config.hpp>
#include <volley/env/native.hpp>
#include <volley/ring/back_off.hpp>
#include <volley/ring/claiming_ring.hpp>
#include <volley/ring/stamps.hpp>
#include <volley/ring/storage.hpp>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <memory>
#include <utility>

namespace volley {
namespace detail {

template <class T, class Storage, class Env>
class mpmc_claims {
  using enum std::memory_order;
  using stamps = detail::stamps<typename Env::index, slots_of<Storage>>;
  using end_of_ring = typename Env::template atomic<typename Env::index>;

 public:
  using value_type = T;
  using index = typename Env::index;

  struct slot {
    typename Env::template atomic<index> stamp{0};
    typename Env::template cell<T> value;
  };
  using memory = typename Storage::template array<slot>;
  static constexpr bool is_dynamic = Storage::is_dynamic;

  struct run {
    index first;
    std::size_t size;
  };

  mpmc_claims() noexcept requires(!is_dynamic) { number_the_slots(); }
  explicit mpmc_claims(memory&& slots) noexcept requires(is_dynamic) : slots_(std::move(slots)) { number_the_slots(); }

  std::size_t capacity() const noexcept { return slots_.size(); }
  static constexpr std::size_t max_capacity() noexcept {
    return (std::min)(stamps::most_slots(), detail::most_slots<index, slot>());
  }
  std::size_t size() const noexcept {
    const index head = head_.load(relaxed);  // ~ count
    const index tail = tail_.load(relaxed);  // ~ count
    return at_.between(head, tail);
  }

  slot& at(index position) noexcept { return slots_[at_.slot(position)]; }
  index after(index position, std::size_t n) const noexcept { return at_.after(position, n); }

  run claim_free(std::size_t most) noexcept { return claim<&mpmc_claims::try_claim_free>(most); }

  void publish(slot& s, index p) noexcept {
    s.stamp.store(stamps::full(p), release);  // -> publish: the slot holds its element
  }

  void give_back(run rest) noexcept {
    index end = after(rest.first, rest.size);
    // -> retract: what was done in these slots; ~ hint(vacate)
    if (tail_.compare_exchange_strong(end, rest.first, release, relaxed)) return;
    for (; rest.size != 0; rest = {after(rest.first, 1), rest.size - 1}) {
      slot& s = at(rest.first);
      s.stamp.store(stamps::hole(rest.first), release);  // -> publish: the slot holds nothing, and never will
    }
  }

  run claim_full(std::size_t most) noexcept { return claim<&mpmc_claims::try_claim_full>(most); }

  void vacate(slot& s, index p) noexcept {
    s.stamp.store(at_.lap_after(p), release);  // -> vacate: the slot holds nothing any more
  }

  void seal() noexcept { tail_.fetch_or(stamps::sealed, release); }  // -> close: all that came before it
  bool is_sealed() const noexcept {
    return (tail_.load(acquire) & stamps::sealed) != 0;  // <- close: it was sealed
  }

 private:
  void number_the_slots() noexcept {
    static_assert(slots_of<Storage> <= max_capacity(),
                  "so many slots, and the laps beside them, do not fit into Env::index");
    index position = at_.first(Env::first_index);
    tail_.store(position, relaxed);  // ~ init
    head_.store(position, relaxed);  // ~ init
    for (std::size_t i = 0; i != capacity(); ++i, position = after(position, 1)) {
      at(position).stamp.store(position, relaxed);  // ~ init
    }
  }

  enum class attempt : unsigned char { over, lost, late };

  /// One attempt at a claim. over: mine is what was claimed, or of size 0 where nothing is ready. lost: another thread claimed at the same
  /// time. late: the end has moved on since it was read, or a hole was in the way.
  [[gnu::always_inline]] attempt try_claim_free(run& mine, std::size_t most) noexcept {
    index tail = tail_.load(relaxed);  // ~ hint(vacate)
    index end = tail;
    index seen;
    std::size_t ready = 0;
    do {
      seen = at(end).stamp.load(acquire);  // <- vacate: the slot holds nothing any more
      if (seen != end) break;
      end = after(end, 1);
    } while (++ready != most);
    if (ready == 0) return stamps::is_before(seen, tail) ? attempt::over : attempt::late;
    // <- retract: who gave these slots back has left them; ~ hint(vacate)
    if (!tail_.compare_exchange_strong(tail, end, acquire, relaxed)) return attempt::lost;
    mine = {tail, ready};
    return attempt::over;
  }

  [[gnu::always_inline]] attempt try_claim_full(run& mine, std::size_t most) noexcept {
    index head = head_.load(relaxed);  // ~ hint(publish)
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
    // ~ hint(publish); ~ hint(publish)
    if (!head_.compare_exchange_strong(head, end, relaxed, relaxed)) return attempt::lost;
    mine = {head, ready};
    return attempt::over;
  }

  /// Takes the hole at this head out of the way, or sees that another one did.
  attempt skip(index hole) noexcept {
    index head = hole;
    // ~ hint(publish); ~ hint(publish)
    if (!head_.compare_exchange_strong(head, after(hole, 1), relaxed, relaxed)) return attempt::lost;
    vacate(at(hole), hole);
    return attempt::late;
  }

  /// The first attempt is all that most calls need; what comes after it is kept out of its way, which makes 15 % of the throughput.
  template <attempt (mpmc_claims::*Try)(run&, std::size_t)>
  run claim(std::size_t most) noexcept {
    run mine{0, 0};
    if (most == 0 || (this->*Try)(mine, most) == attempt::over) return mine;
    return claim_in_the_end<Try>(most);
  }
  template <attempt (mpmc_claims::*Try)(run&, std::size_t)>
  [[gnu::noinline]] run claim_in_the_end(std::size_t most) noexcept {
    back_off<Env> pause;
    run mine{0, 0};
    for (attempt last; (last = (this->*Try)(mine, most)) != attempt::over;) {
      if (last == attempt::lost) pause();
    }
    return mine;
  }

  alignas(cache_line) end_of_ring tail_{0};
  alignas(cache_line) end_of_ring head_{0};
  alignas(cache_line) alignas(memory) memory slots_;
  [[no_unique_address]] stamps at_{capacity()};
};

}  // namespace detail

template <class T, class Storage, class Env>
using basic_mpmc_ring = detail::claiming_ring<detail::mpmc_claims<T, Storage, Env>>;

/// The ring: of fixed capacity, or of one chosen at run time.
template <class T, std::size_t Capacity = dynamic_capacity, class Env = native, class Allocator = std::allocator<T>>
using mpmc_ring = basic_mpmc_ring<T, typename detail::storage_of<T, Capacity, Allocator>::type, Env>;

}  // namespace volley
