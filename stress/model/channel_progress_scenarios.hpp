// SPDX-License-Identifier: MIT
#pragma once

// What channels and their ends promise under Progress, as adapters for progress_model_test.cpp: post() and wait() are the two sides of one
// handover, try_it() is what never waits for its peer, or does so only where the header says.

#include <volley/channel/channel.hpp>
#include <volley/channel/pollable.hpp>
#include <volley/channel/waitable.hpp>

#include "byte_ring_scenarios.hpp"
#include "channel_scenarios.hpp"
#include "suspension_scenarios.hpp"

namespace model::channels {

template <class Ring, class Scope = volley::in_process>
struct one_channel {
  using channel_type = volley::channel<Ring, volley::park, Scope>;
  fence_words fences;
  channel_type ch;
  int out = 0;
};

/// Elements wait to be taken.
template <class Kind, class Scope = volley::in_process>
struct items_of : one_channel<typename Kind::template ring<2>, Scope> {
  void post() { require(this->ch.push(1) == status::ok, "there is room"); }
  void wait() { require(this->ch.pop(this->out) == status::ok, "it comes"); }
  void try_it() {
    (void)this->ch.is_drained();
    (void)this->ch.try_pop(this->out);
  }
};
/// And pushes for room: it is full.
template <class Kind, class Scope = volley::in_process>
struct room_of : one_channel<typename Kind::template ring<2>, Scope> {
  room_of() {
    for (int i = 0; i != 2; ++i) require(this->ch.push(i) == status::ok, "there is room");
  }
  void post() {
    int mine = 0;
    require(this->ch.pop(mine) == status::ok, "there are two");
  }
  void wait() { require(this->ch.push(2) == status::ok, "there is room in the end"); }
  void try_it() { (void)this->ch.try_push(2); }
};
/// And both for the close.
template <class Kind, class Scope = volley::in_process>
struct end_of : one_channel<typename Kind::template ring<2>, Scope> {
  void post() { this->ch.close(); }
  void wait() { require(this->ch.pop(this->out) == status::closed, "closed"); }
  void try_it() {
    (void)this->ch.is_closed();
    (void)this->ch.try_push(1);
    (void)this->ch.try_pop(this->out);
  }
};

struct channel_items : items_of<spsc> {
  static constexpr const char* name = "channel_items";
};
struct channel_room : room_of<spsc> {
  static constexpr const char* name = "channel_room";
};
struct channel_close : end_of<spsc> {
  static constexpr const char* name = "channel_close";
};
struct shared_channel_items : items_of<spsc, volley::between_processes> {
  static constexpr const char* name = "shared_channel_items";
};
struct shared_channel_room : room_of<spsc, volley::between_processes> {
  static constexpr const char* name = "shared_channel_room";
};
struct shared_channel_close : end_of<spsc, volley::between_processes> {
  static constexpr const char* name = "shared_channel_close";
};
struct crowded_channel_items : items_of<mpmc> {
  static constexpr const char* name = "crowded_channel_items";
};
struct crowded_channel_room : room_of<mpmc> {
  static constexpr const char* name = "crowded_channel_room";
};
struct crowded_channel_close : end_of<mpmc> {
  static constexpr const char* name = "crowded_channel_close";
};
struct lockfree_channel_items : items_of<lockfree> {
  static constexpr const char* name = "lockfree_channel_items";
};
struct lockfree_channel_room : room_of<lockfree> {
  static constexpr const char* name = "lockfree_channel_room";
};
struct lockfree_channel_close : end_of<lockfree> {
  static constexpr const char* name = "lockfree_channel_close";
};
/// Without taking it.
struct channel_look : items_of<spsc> {
  static constexpr const char* name = "channel_look";
  void wait() { require(ch.wait_ready() == status::ok, "it is told"); }
};

/// Two more are enrolled on each side, asleep for all that anybody can tell, and stay so.
template <class Channel>
struct beside_sleepers : Channel {
  beside_sleepers() {
    for (int i = 0; i != 2; ++i) {
      (void)volley::detail::items_side::event(this->ch).prepare();
      (void)volley::detail::room_side::event(this->ch).prepare();
    }
  }
};
struct channel_items_beside_sleepers : beside_sleepers<lockfree_channel_items> {
  static constexpr const char* name = "channel_items_beside_sleepers";
};
struct channel_room_beside_sleepers : beside_sleepers<lockfree_channel_room> {
  static constexpr const char* name = "channel_room_beside_sleepers";
};
struct channel_close_beside_sleepers : beside_sleepers<lockfree_channel_close> {
  static constexpr const char* name = "channel_close_beside_sleepers";
};

/// A pop waits for the end while the producer is inside.
struct channel_end_behind_a_push : one_channel<spsc::ring<2>> {
  static constexpr const char* name = "channel_end_behind_a_push";
  void post() { (void)ch.push(1); }
  void wait() {
    ch.close();
    while (ch.pop(out) == status::ok) {
    }
  }
};

// ---- records ----

struct one_channel_of_records : one_channel<byte_rings::mpsc_byte_ring<5>> {
  status push(std::size_t size) {
    return ch.push_with(size, [](std::span<std::byte> to) { model::write(to, 7); });
  }
  static void see(std::span<const std::byte> record) { require(model::read(record, 7), "whole"); }
};
struct record_items : one_channel_of_records {
  static constexpr const char* name = "record_items";
  void post() { require(push(8) == status::ok, "there is room"); }
  void wait() { require(ch.pop(see) == status::ok, "it comes"); }
  void try_it() { (void)ch.try_pop(see); }
};
struct record_room : one_channel_of_records {
  static constexpr const char* name = "record_room";
  record_room() {
    for (int i = 0; i != 2; ++i) require(push(8) == status::ok, "there is room");
  }
  void post() { require(ch.pop(see) == status::ok, "there are two"); }
  void wait() { require(push(8) == status::ok, "there is room in the end"); }
  void try_it() {
    (void)ch.try_push_with(8, [](std::span<std::byte> to) { model::write(to, 7); });
  }
};

// ---- who is told, and does not sleep ----

using pair_of_the_usual_env = spsc::ring<2, polled<near_wrap>>;

template <class End>
struct looked_at : End {
  using End::End;
  void await() {
    if constexpr (requires { this->ready(); }) {
      this->ready().wait();
    } else {
      this->bell().poll();
    }
  }
};
template <template <class> class End>
struct told_of_items : one_channel<pair_of_the_usual_env> {
  looked_at<End<channel_type>> end{ch};
  void post() { require(ch.push(1) == status::ok, "there is room"); }
  void wait() {
    while (end.try_pop(out) != status::ok) end.await();
  }
  void try_it() { (void)end.try_pop(out); }
  void wait_for_the_end() {
    for (status s = status::ok; s != status::closed; s = end.try_pop(out)) {
      require(s != status::ok || out == 1, "what is there");
      if (s == status::empty) end.await();
    }
  }
};
template <template <class> class End>
struct told_of_room : one_channel<pair_of_the_usual_env> {
  looked_at<End<channel_type>> end{ch};
  told_of_room() {
    for (int i = 0; i != 2; ++i) require(ch.push(i) == status::ok, "there is room");
  }
  void post() {
    int mine = 0;
    require(ch.pop(mine) == status::ok, "there are two");
  }
  void wait() {
    while (end.try_push(2) != status::ok) end.await();
  }
  void try_it() { (void)end.try_push(2); }
  void wait_for_the_end() {
    for (status s = status::ok; s != status::closed; s = end.try_push(2)) {
      if (s == status::full) end.await();
    }
  }
};
struct pollable_items : told_of_items<volley::pollable_pop> {
  static constexpr const char* name = "pollable_items";
};
struct pollable_room : told_of_room<volley::pollable_push> {
  static constexpr const char* name = "pollable_room";
};
struct waitable_items : told_of_items<volley::waitable_pop> {
  static constexpr const char* name = "waitable_items";
};
struct waitable_room : told_of_room<volley::waitable_push> {
  static constexpr const char* name = "waitable_room";
};
/// A coroutine, which goes on where it was suspended.
struct suspended {
  static constexpr const char* name = "suspended";
  fence_words fences;
  permits<usual_env> all;
  queue tasks;
  sleeping<usual_env> mine{all};
  bool done = false;

  void post() { all.give(); }
  void wait() {
    run([this] { tasks.run_until(done); });
  }
  void try_it() {
    run([] {});
  }

 private:
  template <class Until>
  void run(const Until& until) {
    auto* const made = sleeper<usual_env>::make(all.event, mine, going_on{&done}, posting(tasks));
    done = !made->sleep();
    until();
    made->end();
    (void)tasks.run_one();
  }
};

}  // namespace model::channels
