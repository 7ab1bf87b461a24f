// SPDX-License-Identifier: MIT
#pragma once

// A bounded FIFO from any number of producers to any number of consumers, one order for all: lock-free in the strict sense.
//
// Who: any thread may call anything at any time; construction and destruction: alone. A guard belongs to one thread at a time.
//   T's own operations and f may call the ring as any other thread would, in the middle of their own push or pop.
// Progress: lock-free. Any threads may stop for ever at any instruction, in the middle of T's operations too, and all the others go on:
//   each one that stopped takes away the cell that it had claimed (those of its guard), which is one of the capacity, and if it was
//   popping, or had not yet pushed, the element in it; no element and no room beside that. Of those that claim at the same time one succeeds,
//   the others try again after a while (ring/back_off.hpp). Alone, try_push and try_pop look at two words each, and wherever others
//   stopped at no more than 2 * capacity() + 1 of each queue. seal() and sizes are lock-free too,
//   is_sealed() is wait-free; where a thread stopped in the middle of seal(), it is true from the next push or seal() on. A producer that stops in the middle keeps a sealed ring from being called empty; a consumer does not.
// Memory: what the producer did before try_push returned true is visible to the consumer whose try_pop returned that element;
//   what the consumer did with an element is visible to the producer that next uses its cell.
// Elements: any nothrow-destructible T; move-only, not default-constructible and over-aligned ones too. When a constructor throws, its cell is
//   free again. If moving out throws, that element is destroyed, its cell is free, and the exception goes on.
// Errors: the constructor throws std::invalid_argument (capacity 0 or above max_capacity()) or std::bad_alloc; make() returns null
//   instead. False from a push: it is sealed, or at some moment of the call, as far as this thread could see (release/acquire promises
//   no more), each cell held an element or was claimed by a peer. False from a pop: at such a moment no element was inside.
// Guards: they span at most most_in_guard cells. An open one delays nobody: what is pushed or popped meanwhile passes by it. What is
//   committed goes in then, behind that; what is peeked was taken. Batches are claimed one by one: those of others may come in between.
// Sizes count what is on its way in, an open reservation too, so that sealed and then empty is so for ever.
// Between processes: fixed capacity only (no pointer inside); constructed by one of them before the other uses it.
//
// State, for N cells:
//   slots_[i].value   a cell, of whoever holds its number i
//   free_             the queue of the numbers of cells that hold nothing      words in slots_[].free     (ring/index_queue.hpp)
//   full_             the queue of those that hold an element, in FIFO order   words in slots_[].full
//   given_back_       how many were taken from free_ and went back to it without having been in full_
//   sealed_           free_ is sealed: no cell will ever be claimed
//   I1: each number is inside one of the queues once, or held by one thread, which may do with its cell what it likes.
//   I2: cells claimed so far - given back - taken from full_ = elements inside or on their way in. The seal fixes the first of these.
// A push is get from free_, construct, put into full_; a pop is get from full_, move out, destroy, put into free_. Both queues begin in step,
// so that while threads go one by one a push, and then the pop of its element, find both words and the cell in one slot: one line.
// Source: see ring/index_queue.hpp. Cells that queues of their numbers pass on: R. Nikolaev, "A scalable, portable, and memory-efficient
// lock-free FIFO queue" (DISC 2019); there a consumer that stops after its fetch-and-add owns an element that is pushed later.
//
// Edges
//   close    seal: sealed_.store -> is_sealed: sealed_.load    all that came before seal   dies: LockfreeMpmcRingModel.EveryOrderIsNeeded

#include <volley/config.hpp>
#include <volley/env/native.hpp>
#include <volley/ring/claiming_ring.hpp>
#include <volley/ring/index_queue.hpp>
#include <volley/ring/stamps.hpp>
#include <volley/ring/storage.hpp>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <memory>
#include <type_traits>
#include <utility>

namespace volley {
namespace detail {

template <class T, class Storage, class Env>
class lockfree_claims {
  using enum std::memory_order;
  using stamp = typename Env::index;
  using stamps = detail::stamps<stamp, slots_of<Storage>>;
  using word = typename Env::template atomic<stamp>;

 public:
  using value_type = T;
  using env = Env;
  using index = std::size_t;  // of a cell

  struct slot {
    word free{0};
    word full{0};
    typename Env::template cell<T> value;
  };
  using memory = typename Storage::template array<slot>;
  static constexpr bool is_dynamic = Storage::is_dynamic;
  static constexpr const char* name = "lockfree_mpmc_ring";
  static constexpr bool one_producer = false;
  static constexpr bool one_consumer = false;
  static constexpr std::size_t most_in_guard = 16;

  struct run {
    index first;
    std::size_t size;  // 0 or 1
  };

  lockfree_claims() noexcept requires(!is_dynamic) { fill_the_queue(); }
  explicit lockfree_claims(memory&& slots) noexcept requires(is_dynamic) : slots_(std::move(slots)) {
    fill_the_queue();
  }

  std::size_t capacity() const noexcept { return slots_.size(); }
  static constexpr std::size_t max_capacity() noexcept {
    return (std::min)(stamps::most_slots(), detail::most_slots<stamp, slot>());
  }
  std::size_t size() const noexcept {
    const stamp taken = full_words(*this).head(full_head_);
    const stamp given_back = given_back_.load(relaxed);  // ~ count
    const stamp claimed = free_words(*this).head(free_head_);
    return at_.rest(at_.distance(taken, claimed), at_.distance(at_.first(Env::first_index), given_back));
  }

  slot& at(index cell) noexcept { return slots_[cell]; }

  run claim_free(std::size_t most) noexcept {
    if (most == 0) return {0, 0};
    const std::size_t cell = free_words(*this).get(free_head_);
    if (cell != sealed_number) return one(cell);
    sealed_.store(true, release);  // -> close: all that came before it; who sealed may have stopped before saying so
    return {0, 0};
  }
  void publish(slot&, index cell) noexcept { full_words(*this).put(full_tail_, cell); }
  void give_back(run rest) noexcept {
    stamp before = given_back_.load(relaxed);  // ~ count
    // ~ count; ~ count
    while (!given_back_.compare_exchange_strong(before, at_.after(before), relaxed, relaxed)) {
    }
    free_words(*this).put(free_tail_, rest.first);
  }

  run claim_full(std::size_t most) noexcept { return most == 0 ? run{0, 0} : one(full_words(*this).get(full_head_)); }
  bool is_ready() const noexcept { return full_words(*this).is_ready(full_head_); }
  void vacate(slot&, index cell) noexcept { free_words(*this).put(free_tail_, cell); }

  void seal() noexcept {
    free_words(*this).seal(free_head_);
    sealed_.store(true, release);  // -> close: all that came before it, and that no cell will be claimed
  }
  bool is_sealed() const noexcept {
    return sealed_.load(acquire);  // <- close: it was sealed
  }

 private:
  /// From the number of a slot to its word in one of the queues.
  template <class Slots, word slot::*Which>
  struct words_in {
    Slots& slots;
    auto& operator()(std::size_t i) const noexcept { return slots[i].*Which; }
  };
  template <word slot::*Which, class Self>
  static auto words(Self& self) noexcept {
    using slots = std::remove_reference_t<decltype((self.slots_))>;
    using of = words_in<slots, Which>;
    return index_queue<Env, stamps, of>(self.at_, of{self.slots_});
  }
  template <class Self>
  static auto free_words(Self& self) noexcept {
    return words<&slot::free>(self);
  }
  template <class Self>
  static auto full_words(Self& self) noexcept {
    return words<&slot::full>(self);
  }

  static run one(std::size_t cell) noexcept { return {cell, cell == no_number ? std::size_t{0} : std::size_t{1}}; }

  void fill_the_queue() noexcept {
    static_assert(slots_of<Storage> <= max_capacity(),
                  "so many cells, and the laps beside their numbers, do not fit into Env::index");
    const stamp begin = at_.first(Env::first_index);
    for (std::size_t i = 0; i != capacity(); ++i) {
      slots_[i].free.store(static_cast<stamp>(at_.numbered(begin, i) | 1U), relaxed);  // ~ init
      slots_[i].full.store(begin, relaxed);                                            // ~ init
    }
    free_head_.store(begin, relaxed);                 // ~ init
    free_tail_.store(at_.lap_after(begin), relaxed);  // ~ init
    full_head_.store(begin, relaxed);                 // ~ init
    full_tail_.store(begin, relaxed);                 // ~ init
    given_back_.store(begin, relaxed);                // ~ init
  }

  // What producers write, what consumers write, and what hardly anybody writes.
  alignas(cache_line) word free_head_{0};
  word full_tail_{0};
  word given_back_{0};
  alignas(cache_line) word full_head_{0};
  word free_tail_{0};
  typename Env::template atomic<bool> sealed_{false};
  alignas(cache_line) alignas(memory) memory slots_;
  [[no_unique_address]] stamps at_{capacity()};
};

}  // namespace detail

template <class T, class Storage, class Env>
using basic_lockfree_mpmc_ring = detail::claiming_ring<detail::lockfree_claims<T, Storage, Env>>;

/// The ring: of fixed capacity, or of one chosen at run time.
template <class T, std::size_t Capacity = dynamic_capacity, class Env = native, class Allocator = std::allocator<T>>
using lockfree_mpmc_ring = basic_lockfree_mpmc_ring<T, typename detail::storage_of<T, Capacity, Allocator>::type, Env>;

}  // namespace volley
