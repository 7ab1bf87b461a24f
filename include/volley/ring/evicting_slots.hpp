// SPDX-License-Identifier: MIT
#pragma once

// The slots of a ring whose producer takes the oldest element out when there is no room: the algorithm of overwrite_ring.
//
// Who, elements, errors: see <volley/ring/overwrite_ring.hpp>.
// Progress: wait-free, both sides, wherever the other one stops: a push takes at most 13 steps, taking at most 5.
// Memory: what the producer did before push is visible to the consumer that takes that element; what the consumer did with an element
//   is visible to the producer that next uses its cell.
//
// State, for capacity N. Positions count on without a wrap; L = N + 1 slots take them in turn. Beside each slot lies a cell, and there is
// one cell more. So there is room for N elements, for one that goes in before the oldest goes out, and for one in the consumer's hand.
//   slot.stamp   the position whose element it last held            slot.where  the number of the cell that holds it. The producer's, both
//   spare_       the cell that no slot names                        lent_  the position whose element the consumer has in hand in that cell
//   tail_        the next position to fill                          head_  the next to take: who moves it over p has taken p, alone
//   done_        the position behind the last one that the consumer has finished with
//   I1: tail_ - N <= head_ <= tail_; in the middle of a push N + 1 may be inside, of which that one does not count yet
//   I2: the consumer has at most one position in hand: the last one that it took, until done_ has passed it
//   I3: the producer moves head_ only where N + 1 are inside. So what the consumer once saw to be not empty stays so until it takes one
//       itself, and a fetch_add is enough; and the producer's compare-and-swap fails only if the consumer took the oldest: then
//       there is room, and nothing to evict. Neither side ever tries twice.
// When the producer comes to a slot whose element of a lap ago the consumer still has in hand, the consumer keeps that cell, which will be
// the spare one, and the slot goes on with what was the spare one: free, because the consumer has one in hand, and it is not that.
// Source: ours; a producer that takes from the consumer's end is folklore (SoFi in Eclipse iceoryx, with a loop, for trivial elements).
//
// Edges
//   publish  fill: slot.stamp.store -> take: slot.stamp.load       construct before take      dies: OverwriteRingModel.EveryOrderIsNeeded
//   vacate   ~in_hand: done_.store -> look_for_room: done_.load    destroy before construct   dies: OverwriteRingModel.EveryOrderIsNeeded
//   evict    evict: head_ goes on -> take: head_.fetch_add         what is inside then        dies: OverwriteRingModel.EveryOrderIsNeeded
//   claim    take: head_.fetch_add -> evict: head_ has gone on     the last one is finished   dies: OverwriteRingModel.EveryOrderIsNeeded
//   lend     swap: lent_.store -> cell_of: lent_.load              the cell that is lent      dies: OverwriteRingModel.EveryOrderIsNeeded
//   replace  swap: slot.where.store -> cell_of: slot.where.load    that the old one is lent   dies: OverwriteRingModel.EveryOrderIsNeeded
//   close    seal: seal_.store -> is_sealed: seal_.load            all that came before seal  dies: OverwriteRingModel.EveryOrderIsNeeded

#include <volley/config.hpp>
#include <volley/ring/stamps.hpp>
#include <volley/ring/storage.hpp>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <optional>
#include <utility>

namespace volley::detail {

/// A storage with room for more slots than it says; one that is dynamic is asked for more.
template <class Storage, std::size_t More>
struct grown {
  using type = Storage;
};
template <std::size_t N, std::size_t More>
struct grown<inline_slots<N>, More> {
  using type = inline_slots<N + More>;
};

template <class T, class Storage, class Env>
class evicting_slots {
  using enum std::memory_order;
  using index = typename Env::index;
  using word = typename Env::template atomic<index>;
  using position = stamps<index, 1>;

  struct slot {
    word stamp{0};
    word where{0};
    typename Env::template cell<T> cell;  // whose element it holds is another matter
  };

 public:
  static constexpr bool is_dynamic = Storage::is_dynamic;
  static constexpr std::size_t spare_cells = 2;
  using memory = typename grown<Storage, spare_cells>::type::template array<slot>;

  evicting_slots() noexcept requires(!is_dynamic) { number_the_slots(); }
  explicit evicting_slots(memory&& slots) noexcept requires(is_dynamic) : slots_(std::move(slots)) {
    number_the_slots();
  }

  std::size_t capacity() const noexcept { return slots_.size() - spare_cells; }
  static constexpr std::size_t max_capacity() noexcept { return most_slots<index, slot>() - spare_cells; }
  std::size_t size() const noexcept {
    const index head = head_.load(relaxed);  // ~ count
    const index tail = tail_.load(relaxed);  // ~ count
    if (position::is_before(tail, head)) return 0;
    return (std::min)(std::size_t{static_cast<index>(tail - head)}, capacity());
  }

  void seal() noexcept { seal_.store(1, release); }  // -> close: all that came before it
  bool is_sealed() const noexcept {
    return seal_.load(acquire) != 0;  // <- close: it was sealed
  }

  /// Producer. The new element is in, and the oldest comes back if there was no room; or, sealed, the new one comes back.
  template <class... Args>
  std::optional<T> push(Args&&... args) {
    [[maybe_unused]] const auto acting = producer_.act();
    const index sealed = seal_.load(relaxed);  // ~ hint(close)
    if (sealed != 0) return std::optional<T>(std::in_place, std::forward<Args>(args)...);
    const index tail = tail_.load(relaxed);  // ~ own
    if (position::is_before(tail, room_) || look_for_room(tail)) {
      fill(tail, std::forward<Args>(args)...);
      return std::nullopt;
    }
    clear_the_slot(tail);
    fill(tail, std::forward<Args>(args)...);
    return evict(static_cast<index>(tail - capacity()));
  }

  /// Consumer. f(T&) for the oldest element; false when empty.
  template <class F>
  bool take(const F& f) {
    [[maybe_unused]] const auto acting = consumer_.act();
    const index stamp = slots_[next_slot_].stamp.load(acquire);  // <- publish: next_ is in, or a later one
    if (position::is_before(stamp, next_)) return false;
    // <- evict, -> claim: the oldest is in; what was taken before is finished with
    const index mine = head_.fetch_add(1, acq_rel);
    const std::size_t at = slot_after(next_slot_, static_cast<index>(mine - next_));
    next_ = static_cast<index>(mine + 1);
    next_slot_ = slot_after(at, 1);
    const in_hand element{*this, next_, cell_of(slots_[at], mine)};
    f(element.cell.value());
    return true;
  }

 private:
  std::size_t lap() const noexcept { return slots_.size() - 1; }

  void number_the_slots() noexcept {
    if constexpr (!is_dynamic)
      static_assert(memory::size() <= max_capacity() + spare_cells, "more slots than the index can count");
    for (std::size_t i = 0; i != slots_.size(); ++i) {
      slots_[i].stamp.store(static_cast<index>(first + i - lap()), relaxed);  // ~ init
      slots_[i].where.store(static_cast<index>(i), relaxed);                  // ~ init
    }
    spare_.store(static_cast<index>(lap()), relaxed);  // ~ init
    room_ = static_cast<index>(first + capacity());
  }

  /// The slot that many positions behind this one.
  std::size_t slot_after(std::size_t from, index positions) const noexcept {
    const std::size_t to = from + positions;
    if (to < lap()) return to;
    return to - lap() < lap() ? to - lap() : to % lap();  // the division: for a consumer that was lapped
  }

  /// Producer. Learns how far the consumer is. True if there is room at this tail; then its slot is clear as well.
  bool look_for_room(index tail) noexcept {
    const index done = done_.load(acquire);  // <- vacate: the cells of what came before hold nothing any more
    room_ = static_cast<index>(done + capacity());
    return position::is_before(tail, room_);
  }

  /// Producer. Lets the consumer keep the cell of what was in the slot of this position a lap ago, if it still has that in hand.
  void clear_the_slot(index tail) noexcept {
    if (tail == clear_ || tail == room_) return;  // evicted; or taken, and finished with
    slot& s = slots_[tail_slot_];
    const index lent = s.where.load(relaxed);                // ~ own
    const index spare = spare_.load(relaxed);                // ~ own
    spare_.store(lent, relaxed);                             // ~ hint(lend)
    lent_.store(static_cast<index>(tail - lap()), release);  // -> lend: spare_ is the cell of this position
    s.where.store(spare, release);                           // -> replace: the cell that was named here is lent
    clear_ = tail;
  }

  /// Producer. Puts an element into the slot of a position.
  template <class... Args>
  void fill(index tail, Args&&... args) {
    slot& s = slots_[tail_slot_];
    const index where = s.where.load(relaxed);  // ~ own
    slots_[where].cell.construct(std::forward<Args>(args)...);
    tail_slot_ = slot_after(tail_slot_, 1);
    tail_.store(static_cast<index>(tail + 1), relaxed);  // ~ own
    s.stamp.store(tail, release);                        // -> publish: the cell holds the element of this position
  }

  /// Producer. Takes the oldest element, whose slot is the next to fill, unless the consumer was faster.
  std::optional<T> evict(index oldest) noexcept {
    std::optional<T> evicted;
    index head = oldest;
    const auto next = static_cast<index>(oldest + 1);
    // -> evict: all that are inside now; <- claim: the consumer has finished with all but the last that it took
    if (head_.compare_exchange_strong(head, next, release, acquire)) {
      clear_ = static_cast<index>(oldest + lap());
      const index where = slots_[tail_slot_].where.load(relaxed);  // ~ own
      auto& cell = slots_[where].cell;
      evicted.emplace(std::move(cell.value()));
      cell.destroy();
    }
    return evicted;
  }

  /// What the consumer has taken: destroyed at the end, also when moving it out threw.
  struct in_hand {
    evicting_slots& slots;
    index end;
    typename Env::template cell<T>& cell;

    ~in_hand() {
      cell.destroy();
      slots.done_.store(end, release);  // -> vacate: the cell holds nothing any more
    }
  };

  /// Consumer. The cell of the position that it has just taken. By now its slot may name another one.
  auto& cell_of(slot& s, index mine) noexcept {
    index where = s.where.load(acquire);             // <- replace: if this is another cell, the right one is lent
    const index lent = lent_.load(acquire);          // <- lend: spare_ is the cell of that position
    if (lent == mine) where = spare_.load(relaxed);  // ~ hint(lend)
    return slots_[where].cell;
  }

  static constexpr index first = Env::first_index;

  // The producer's
  alignas(cache_line) word tail_{first};
  index room_ = first;   // the position at which it may be full, as far as the producer knows
  index clear_ = first;  // the last position whose slot the producer itself has cleared
  std::size_t tail_slot_ = 0;
  [[no_unique_address]] typename Env::role producer_{"overwrite_ring", "producer"};
  // The consumer's, except that the producer moves head_ when it evicts
  alignas(cache_line) word head_{first};
  word done_{first};
  index next_ = first;  // where this side left head_
  std::size_t next_slot_ = 0;
  [[no_unique_address]] typename Env::role consumer_{"overwrite_ring", "consumer"};
  // Seldom written, by the producer or whoever seals
  alignas(cache_line) word spare_{0};
  word lent_{static_cast<index>(first - 1)};
  word seal_{0};
  alignas(cache_line) alignas(memory) memory slots_;
};

}  // namespace volley::detail
