// SPDX-License-Identifier: MIT
#pragma once

// Seats from which readers hold back a producer, as a lock gate holds the water: a reader's seat says where it stands, in a cache line of
// its own, and the producer goes no further than a lap beyond the slowest. Readers come and go at any time.
//
// Who: one thread is the producer (heard_of_all, look); each taken seat has one reader (begin, move, leave); the rest is for any thread.
// Progress: everything is wait-free: at most one pass over the seats, and one compare-and-swap on each.
// Memory: what a reader did before it moved on, or left, is visible to the producer that looked and saw it; what the producer did before
//   it let a reader in is visible to the reader that has begun.
//
//   seat    free -> wanted (subscribe) -> a position (look: the producer lets it in) -> later positions (move) -> free (leave)
//   news_   counts who came and went, so that the producer looks only if somebody has; and whether it is sealed
// It is the producer that lets a reader in, at the position that it is about to fill. So there is no moment at which a reader has chosen a
// position and the producer, who does not know it yet, runs past it; and nobody waits: the elements of a reader begin with the first push
// that begins after subscribe() returned, since that push hears the news.
// Source: the gating sequences of the Disruptor (M. Thompson, D. Farley, M. Barker, P. Gee, A. Stewart, 2011); the admission is ours.
//
// Edges
//   news    subscribe, leave: news_.fetch_add -> look: news_.load   who wants in          dies: BroadcastModel.EveryOrderIsNeeded
//   admit   look: seats_.compare_exchange -> begin: at.load   no slot's older phase        dies: BroadcastModel.EveryOrderIsNeeded
//   vacate  move, leave: at.store -> look, subscribe: at      read before overwrite        dies: BroadcastModel.EveryOrderIsNeeded
//   close   seal: news_.fetch_or -> is_sealed: news_.load     all that came before seal    dies: BroadcastModel.EveryOrderIsNeeded

#include <volley/config.hpp>
#include <volley/ring/laps.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>

namespace volley::detail {

template <class Env, std::size_t Seats>
class gates {
  using enum std::memory_order;
  using lap_positions = laps<typename Env::index>;

 public:
  using index = typename Env::index;

  /// Any thread. A seat of one's own, or Seats when there is none.
  std::size_t subscribe() noexcept {
    for (std::size_t i = 0; i != Seats; ++i) {
      auto& at = seats_[i].at;
      index seen = at.load(relaxed);  // ~ hint(vacate)
      // <- vacate: what who sat there before has read, for the producer that hears of this one only when it has left; ~ hint(vacate)
      if (seen == free && at.compare_exchange_strong(seen, wanted, acquire, relaxed)) {
        tell();
        return i;
      }
    }
    return Seats;
  }

  /// Reader. Where its elements begin, once the producer has let it in.
  std::optional<index> begin(std::size_t seat) const noexcept {
    const index at =
        seats_[seat].at.load(acquire);  // <- admit: each slot as it is a lap before this position, or later
    return at == wanted ? std::nullopt : std::optional(at);
  }
  /// Reader. It is done with all before this position.
  void move(std::size_t seat, index position) noexcept {
    seats_[seat].at.store(position, release);  // -> vacate: all before this position was read
  }
  /// Reader. It is done with everything.
  void leave(std::size_t seat) noexcept {
    seats_[seat].at.store(free, release);  // -> vacate: all was read
    tell();
  }

  /// Producer. False when somebody came or went, or it was sealed, since it last looked.
  bool heard_of_all() const noexcept { return news_.load(relaxed) == heard_; }  // ~ hint(news)
  /// Producer. Lets in who wants to, at the tail, and counts the readers; the position of the slowest, the tail if there is none.
  index look(index tail, std::size_t slots) noexcept {
    heard_ = news_.load(acquire) & ~sealed;  // <- news: who wants in
    readers_ = 0;
    index slowest = tail;
    for (line& s : seats_) {
      index at = s.at.load(acquire);  // <- vacate: what was there was read
      // -> admit: all that was done in the slots; ~ hint(vacate)
      if (at == wanted && s.at.compare_exchange_strong(at, tail, release, relaxed)) at = tail;
      if (at == wanted || at == free) continue;
      ++readers_;
      if (lap_positions::between(at, tail, slots) > lap_positions::between(slowest, tail, slots)) slowest = at;
    }
    return slowest;
  }
  /// Producer. How many it saw when it last looked.
  std::size_t readers() const noexcept { return readers_; }

  /// Any thread. From now on the producer never has heard of all.
  void seal() noexcept { news_.fetch_or(sealed, release); }  // -> close: all that came before it
  bool is_sealed() const noexcept {
    return (news_.load(acquire) & sealed) != 0;  // <- close: it was sealed
  }

  /// Any thread. How far the slowest reader is behind; a guess while anybody moves.
  template <class Tail>
  std::size_t farthest_behind(const Tail& tail, std::size_t slots) const noexcept {
    std::size_t most = 0;
    for (const line& s : seats_) {
      const index at = s.at.load(acquire);  // <- vacate, <- admit: an older tail is not seen any more
      if (at == wanted || at == free) continue;
      const std::size_t behind = lap_positions::between(at, tail(), slots);
      if (behind > most) most = behind;
    }
    return most;
  }

 private:
  static constexpr index free = (std::numeric_limits<index>::max)();  // no position: those are below twice max / 2
  static constexpr index wanted = free - 1;
  static constexpr std::uint64_t sealed = 1;
  static constexpr std::uint64_t one_more = 2;

  void tell() noexcept { news_.fetch_add(one_more, release); }  // -> news: a seat was taken, or left

  struct alignas(cache_line) line {
    typename Env::template atomic<index> at{free};
  };
  alignas(cache_line) typename Env::template atomic<std::uint64_t> news_{0};
  alignas(cache_line) std::uint64_t heard_ = 0;  // the producer's own, as is readers_
  std::size_t readers_ = 0;
  line seats_[Seats];
};

}  // namespace volley::detail
