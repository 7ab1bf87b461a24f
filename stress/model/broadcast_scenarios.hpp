// SPDX-License-Identifier: MIT
#pragma once

// What a broadcast ring is put through in the model; for the ring itself, and for wrong ones that have as much of its face as they need.

#include <volley/ring/broadcast_ring.hpp>

#include "engine.hpp"

#include <cstddef>
#include <memory>
#include <optional>
#include <type_traits>

namespace model::broadcast {

using volley::modelled;

/// A number that is destroyed: the cells see who reads it then, and this how many there are.
struct item {
  inline static int alive = 0;

  item(int n) : number(n) { ++alive; }  // NOLINT(google-explicit-constructor): it stands for an int
  item(const item& other) : number(other.number) { ++alive; }
  item& operator=(const item&) = default;
  ~item() { --alive; }
  operator int() const { return number; }  // NOLINT(google-explicit-constructor)
  int number;
};

template <std::size_t Capacity, class T = item, std::size_t Readers = 2>
using ring_of = volley::broadcast_ring<T, Capacity, modelled, std::allocator<T>, Readers>;

template <class Ring>
using reader_of = decltype(std::declval<Ring&>().subscribe());

template <class Ring>
void push(Ring& ring, int n) {
  while (!ring.try_emplace(n)) modelled::relax();
}
/// The next element; 0 when there is none.
template <class Reader>
int next(Reader& reader) {
  int got = 0;
  const bool any = reader.try_read([&got](const auto& value) { got = value; });
  require(any == (got != 0), "an element, or none");
  return got;
}
template <class Reader>
int await(Reader& reader) {
  for (;; modelled::relax()) {
    if (const int got = next(reader)) return got;
  }
}

/// Everything to each of those who were there from the start.
template <std::size_t Readers, std::size_t Capacity, int Items, class T = item, class Ring = ring_of<Capacity, T>>
struct to_all : scenario {
  static constexpr int threads = 1 + static_cast<int>(Readers);
  Ring ring;
  std::optional<reader_of<Ring>> readers[Readers];

  to_all() {
    item::alive = 0;
    for (auto& r : readers) r.emplace(ring.subscribe());
  }
  void thread(unsigned which) override {
    for (int i = 1; i <= Items; ++i) {
      if (which == 0) {
        push(ring, i);
      } else {
        require(await(*readers[which - 1]) == i, "in order, each once");
      }
    }
  }
  void after() override {
    require(item::alive == 0, "all have left all: nothing lives on");
    require(ring.size_approx() == 0, "the size is exact when all is quiet");
  }
};

/// Thread 1 is there from the start, and gets all; thread 2 comes in between: what it gets begins with no later an element than the first
/// that is pushed after it has said that it is there, and goes on without a gap.
template <std::size_t Capacity, class Ring = ring_of<Capacity>>
struct comes_later : scenario {
  static constexpr int threads = 3;
  static constexpr int items = 3;
  Ring ring;
  std::optional<reader_of<Ring>> first;
  std::optional<reader_of<Ring>> late;
  atomic<int> is_there{0};
  int due = items + 1;  // the first element that was pushed for sure after it came
  int last = 0;         // of those that the late one got

  comes_later() { first.emplace(ring.subscribe()); }
  void thread(unsigned which) override {
    if (which == 0) {
      for (int i = 1; i <= items; ++i) {
        if (is_there.load(std::memory_order_acquire) != 0 && due > items) due = i;
        push(ring, i);
      }
    } else if (which == 1) {
      for (int i = 1; i <= items; ++i) require(await(*first) == i, "in order, each once");
    } else {
      late.emplace(ring.subscribe());
      require(bool(*late), "there are two seats");
      is_there.store(1, std::memory_order_release);
      while (last != items && due <= items) look();
      for (int tries = 0; last != items && tries != 2; ++tries) look();
      if (last != items) late->unsubscribe();  // it may be that nothing comes any more
    }
  }
  void look() {
    const int got = next(*late);
    if (got == 0) return modelled::relax();
    require(last == 0 ? got <= due : got == last + 1, "from when it came, without a gap");
    last = got;
  }
};

/// There is room, so that the producer looks at the seats only because it has heard that somebody came.
struct is_heard : scenario {
  static constexpr int threads = 2;
  static constexpr int items = 4;
  ring_of<4> ring;
  std::optional<reader_of<ring_of<4>>> first{ring.subscribe()};  // that is news too
  std::optional<reader_of<ring_of<4>>> late;
  atomic<int> is_there{0};
  int due = items + 1;  // the first element that was pushed for sure after it came

  void thread(unsigned which) override {
    if (which == 1) {
      late.emplace(ring.subscribe());
      return is_there.store(1, std::memory_order_release);
    }
    for (int i = 1; i <= items; ++i) {
      if (is_there.load(std::memory_order_acquire) != 0 && due > items) due = i;
      require(ring.try_emplace(i), "there is room for all");
    }
  }
  void after() override {
    const int got = next(*late);
    require(due > items || (got != 0 && got <= due), "what is pushed after it came is for it");
  }
};

/// Thread 1 gets all; thread 2 goes after one element, with others unread; then a third one comes for what is left.
template <std::size_t Capacity, class Ring = ring_of<Capacity>>
struct goes : scenario {
  static constexpr int threads = 3;
  static constexpr int items = 4;
  Ring ring;
  std::optional<reader_of<Ring>> readers[2];

  goes() {
    item::alive = 0;
    for (auto& r : readers) r.emplace(ring.subscribe());
  }
  void thread(unsigned which) override {
    if (which == 0) {
      for (int i = 1; i <= items; ++i) push(ring, i);
    } else if (which == 1) {
      for (int i = 1; i <= items; ++i) require(await(*readers[0]) == i, "in order, each once");
    } else {
      require(await(*readers[1]) == 1, "in order, each once");
      readers[1].reset();
    }
  }
  void after() override {
    require(item::alive <= static_cast<int>(Capacity), "what the one that went did not leave is in the ring, at most");
    for (int i = 0; i != 2 * static_cast<int>(Capacity); ++i) {
      push(ring, 9);
      require(await(*readers[0]) == 9, "in order, each once");
    }
    require(item::alive == 0, "and goes when its slot is used again");
  }
};

/// The producer has been through two laps, with a reader of its own, when another one begins: at a position whose slot said the same thing
/// two laps ago.
template <class Ring>
struct after_two_laps_of : scenario {
  static constexpr int threads = 2;
  Ring ring;

  void thread(unsigned which) override {
    if (which == 1) {
      auto mine = ring.subscribe();
      int last = 0;
      for (int i = 0; i != 3; ++i) {
        const int got = next(mine);
        require(got == 0 || last == 0 || got == last + 1, "in order, each once");
        if (got != 0) last = got;
      }
      return;
    }
    {
      auto own = ring.subscribe();
      for (int i = 1; i <= 2; ++i) {
        if (!ring.try_emplace(i)) return;  // the other one is behind
        require(next(own) == i, "in order, each once");
      }
    }
    (void)ring.try_emplace(3);
    (void)ring.try_emplace(4);
  }
};
using after_two_laps = after_two_laps_of<ring_of<1>>;

/// There is one seat: two readers take it in turns, and what one of them has just read is overwritten for the other.
template <class T, class Ring = ring_of<1, T, 1>>
struct one_seat : scenario {
  static constexpr int threads = 3;
  Ring ring;

  void thread(unsigned which) override {
    if (which == 0) {
      for (int i = 1; i <= 5; ++i) (void)ring.try_emplace(i);
      return;
    }
    int last = 0;
    for (int round = 0; round != 2; ++round) {
      auto mine = ring.subscribe();
      for (int i = 0; i != 2; ++i) {
        const int got = mine ? next(mine) : 0;
        require(got == 0 || got > last, "in order, each once");
        if (got != 0) last = got;
      }
    }
  }
};

/// The reader looks at what is there, moves on past nothing, and goes: what it looked at is overwritten.
struct looks_and_goes : scenario {
  static constexpr int threads = 2;
  ring_of<1, int> ring;
  std::optional<reader_of<ring_of<1, int>>> reader{ring.subscribe()};

  void thread(unsigned which) override {
    if (which == 0) {
      for (int i = 1; i <= 4; ++i) (void)ring.try_emplace(i);
      return;
    }
    if (auto front = reader->try_peek(1)) require(front[0] == 1, "the first");
    reader.reset();
  }
};

/// One element comes and goes: nobody may ever count two.
struct one_at_most : scenario {
  static constexpr int threads = 3;
  ring_of<2> ring;
  std::optional<reader_of<ring_of<2>>> reader{ring.subscribe()};

  void thread(unsigned which) override {
    if (which == 0) require(ring.try_emplace(1), "there is room");
    if (which == 1) (void)(next(*reader) || next(*reader));
    for (int i = 0; which == 2 && i != 6; ++i) require(ring.size_approx() <= 1, "there never was more than one");
  }
};

/// Two elements, then the seal: who sees it and then finds nothing has had both.
struct sealing : scenario {
  static constexpr int threads = 2;
  ring_of<2> ring;
  std::optional<reader_of<ring_of<2>>> reader{ring.subscribe()};

  void thread(unsigned which) override {
    if (which == 0) {
      require(ring.try_emplace(1) && ring.try_emplace(2), "there is room");
      ring.seal();
      require(!ring.try_emplace(3) && ring.is_sealed(), "sealed");
      return;
    }
    int last = 0;
    for (int i = 0; i != 3; ++i) {
      const bool sealed = ring.is_sealed();
      const int got = next(*reader);
      require(got == 0 || got == last + 1, "in order, each once");
      require(!sealed || got != 0 || last == 2, "nothing was lost");
      if (got != 0) last = got;
    }
  }
};

/// The producer pushes in batches, as far as there is room.
struct in_batches : scenario {
  static constexpr int threads = 2;
  ring_of<2, int> ring;
  reader_of<ring_of<2, int>> reader{ring.subscribe()};

  void thread(unsigned which) override {
    constexpr int items[] = {1, 2, 3};
    for (std::size_t done = 0; which == 0 && done != 3;) {
      const std::size_t some = ring.try_push_n(std::span(items).subspan(done));
      require(some <= ring.capacity(), "no more than there is room for");
      done += some;
      if (some == 0) modelled::relax();
    }
    for (int i = 1; which == 1 && i <= 3; ++i) require(await(reader) == i, "in order, each once");
  }
};

/// Reserved two at a time, of which the first time one is given back; peeked two at a time, of which one is released.
struct in_place : scenario {
  static constexpr int threads = 3;
  ring_of<2> ring;
  std::optional<reader_of<ring_of<2>>> readers[2];

  in_place() {
    item::alive = 0;
    for (auto& r : readers) r.emplace(ring.subscribe());
  }
  void thread(unsigned which) override {
    if (which == 0) {
      for (int done = 0; done != 3;) {
        auto mine = ring.try_reserve(2);
        while (mine.constructed() != mine.size()) mine.construct(done + 1 + static_cast<int>(mine.constructed()));
        const std::size_t kept = done == 0 || mine.size() < 2 || done == 2 ? std::min<std::size_t>(1, mine.size()) : 2;
        mine.commit(kept);
        done += static_cast<int>(kept);
        if (kept == 0) modelled::relax();
      }
      return;
    }
    for (int last = 0; last != 3;) {
      auto front = readers[which - 1]->try_peek(2);
      for (std::size_t i = 0; i != front.size(); ++i) {
        require(front[i] == last + 1 + static_cast<int>(i), "in order, each once");
      }
      if (front) {
        ++last;
        front.release(1);
      } else {
        modelled::relax();
      }
    }
  }
  void after() override { require(item::alive == 0, "all have left all"); }
};

/// Thread 2 reads, or comes: it may stop anywhere. There is room for a lap, and thread 1 gets it.
template <bool Comes>
struct beside : scenario {
  static constexpr int threads = 3;
  ring_of<2> ring;
  std::optional<reader_of<ring_of<2>>> readers[2];

  beside() {
    readers[0].emplace(ring.subscribe());
    if (!Comes) readers[1].emplace(ring.subscribe());
  }
  void thread(unsigned which) override {
    if (which == 0) {
      require(ring.try_emplace(1) && ring.try_emplace(2), "there is room for two, wherever the other one stopped");
      const unsigned before = steps::taken();
      (void)ring.try_emplace(3);
      require(steps::taken() - before < 16, "a push is wait-free");
    } else if (which == 1) {
      require(await(*readers[0]) == 1 && await(*readers[0]) == 2, "in order, each once");
    } else {
      if (Comes) readers[1].emplace(ring.subscribe());
      for (int i = 0; i != 3; ++i) (void)next(*readers[1]);
      readers[1].reset();
    }
  }
};
using beside_a_reader = beside<false>;
using beside_a_subscriber = beside<true>;

/// Readers do nothing that waits for the producer.
struct beside_a_producer : scenario {
  static constexpr int threads = 3;
  ring_of<2> ring;

  void thread(unsigned which) override {
    if (which == 0) {
      for (int i = 1; i <= 4; ++i) (void)ring.try_emplace(i);
      return;
    }
    const unsigned before = steps::taken();
    auto mine = ring.subscribe();
    require(bool(mine), "there are two seats");
    for (int i = 0; i != 2; ++i) (void)next(mine);
    mine.unsubscribe();
    require(steps::taken() - before < 40, "all is wait-free");
  }
};

}  // namespace model::broadcast
