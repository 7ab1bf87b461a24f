// SPDX-License-Identifier: MIT
#pragma once

// The ends of a ring with stamped slots: the tail, where elements go in, and the head, where they come out. An end that many threads share
// moves by compare-and-swap, so that of all who claim the same slots one gets them; an end of one thread moves by a plain store.
//
//   now()               the stamp it is at. A sealed tail is flagged, so that no slot is free for it
//   move(from, to)      claims the positions from .. to: true, or `from` is where the end is instead
//   give_back(to, from) goes back over positions that were claimed last and not used; false when others are past them already
//   taken_before(p)     of a head of one: there it goes when the elements were taken; it is moved by nothing else but a hole
//   seal(), is_sealed() of a tail. One of one thread keeps the seal beside its position, not in it: a push that looked before the seal
//                       may still go in after it
// Progress: each is one step, or two; a move or a give_back of a shared end fails only where another thread's succeeded.
// Memory: what was done in slots before they were given back is visible to who claims them next; what was done before the seal to who sees it.
//
// Edges
//   retract  tail_of_many: give_back -> tail_of_many: move      what was tried in there    dies: MpmcRingModel.EveryOrderOfItsEndsIsNeeded
//   close    seal: fetch_or or store -> is_sealed: load         all that came before seal  dies: MpmcRingModel.EveryOrderOfItsEndsIsNeeded

#include <volley/ring/stamps.hpp>

#include <atomic>

namespace volley::detail {

template <class Env>
class tail_of_many {
  using enum std::memory_order;
  using index = typename Env::index;

 public:
  static constexpr bool is_shared = true;

  void begin_at(index p) noexcept { at_.store(p, relaxed); }  // ~ init
  index now() const noexcept { return at_.load(relaxed); }    // ~ hint(retract): move decides
  bool move(index& from, index to) noexcept {
    // <- retract: who gave these slots back has left them; ~ hint(retract)
    return at_.compare_exchange_strong(from, to, acquire, relaxed);
  }
  bool give_back(index to, index from) noexcept {
    // -> retract: what was done in these slots; ~ hint(retract)
    return at_.compare_exchange_strong(from, to, release, relaxed);
  }
  void seal() noexcept { at_.fetch_or(sealed_stamp, release); }  // -> close: all that came before it
  bool is_sealed() const noexcept {
    return (at_.load(acquire) & sealed_stamp) != 0;  // <- close: it was sealed
  }

 private:
  typename Env::template atomic<index> at_{0};
};

template <class Env>
class tail_of_one {
  using enum std::memory_order;
  using index = typename Env::index;

 public:
  static constexpr bool is_shared = false;

  void begin_at(index p) noexcept { at_.store(p, relaxed); }  // ~ init
  index now() const noexcept {
    const index seal = seal_.load(relaxed);               // ~ hint(close)
    return static_cast<index>(at_.load(relaxed) | seal);  // ~ own
  }
  bool move(index&, index to) noexcept {
    at_.store(to, relaxed);  // ~ own
    return true;
  }
  bool give_back(index to, index) noexcept {
    at_.store(to, relaxed);  // ~ own
    return true;
  }
  void seal() noexcept { seal_.store(sealed_stamp, release); }  // -> close: all that came before it
  bool is_sealed() const noexcept {
    return seal_.load(acquire) != 0;  // <- close: it was sealed
  }

 private:
  typename Env::template atomic<index> at_{0};
  typename Env::template atomic<index> seal_{0};
};

template <class Env>
class head_of_many {
  using enum std::memory_order;
  using index = typename Env::index;

 public:
  static constexpr bool is_shared = true;

  void begin_at(index p) noexcept { at_.store(p, relaxed); }  // ~ init
  index now() const noexcept { return at_.load(relaxed); }    // ~ count: a hint; move decides
  bool move(index& from, index to) noexcept {
    // ~ count; ~ count: the stamps of the slots say what may be read
    return at_.compare_exchange_strong(from, to, relaxed, relaxed);
  }

 private:
  typename Env::template atomic<index> at_{0};
};

template <class Env>
class head_of_one {
  using enum std::memory_order;
  using index = typename Env::index;

 public:
  static constexpr bool is_shared = false;

  void begin_at(index p) noexcept { at_.store(p, relaxed); }  // ~ init
  index now() const noexcept { return at_.load(relaxed); }    // ~ own
  bool move(index&, index to) noexcept {
    at_.store(to, relaxed);  // ~ own
    return true;
  }
  void taken_before(index p) noexcept { at_.store(p, relaxed); }  // ~ own

 private:
  typename Env::template atomic<index> at_{0};
};

}  // namespace volley::detail
