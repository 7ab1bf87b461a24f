// SPDX-License-Identifier: MIT
#pragma once

// The gap of which channel/waiting_ring.hpp tells: a slot that is claimed and not ready, and behind it one that is.

#include "channel_scenarios.hpp"

namespace model::channels {

/// An element that may take its time where it goes in, or comes out, until the others have nothing more to do.
struct late {
  enum class where : unsigned char { nowhere, going_in, coming_out };
  int value = 0;
  where dawdles = where::nowhere;

  late() = default;
  late(int v, where w) : value(v), dawdles(w) {}
  late(const late& other) : value(other.value), dawdles(other.dawdles) { dawdle(where::going_in); }
  late& operator=(const late& other) {
    value = other.value;
    dawdles = other.dawdles;
    dawdle(where::coming_out);
    return *this;
  }
  ~late() = default;

 private:
  void dawdle(where here) {
    if (dawdles != here) return;
    dawdles = where::nowhere;
    for (int i = 0; i != 40 && futex::parks() < 3; ++i) modelled::relax();
  }
};

/// Two slots are claimed, and the second one is published first; two wait for what is in them. Form: of a channel of two `late`.
template <class Form>
struct behind_a_gap : scenario {
  static constexpr int threads = 4;
  struct machine_first {
    machine_first() { machine::refuses_fences = Form::refused; }
  };
  fence_words fences;
  machine_first set;
  typename Form::channel ch;
  std::array<zero, 2> out;

  void thread(unsigned which) override {
    if (which < 2) {
      const late one(static_cast<int>(which), which == 0 ? late::where::going_in : late::where::nowhere);
      return require(ch.push(one) == status::ok, "there is room");
    }
    late got;
    require(ch.pop(got) == status::ok, "there is one for each");
    auto& mark = out[static_cast<std::size_t>(got.value)];
    require(mark.get() == 0, "each once");
    mark.set(1);
  }
};
/// The same of a full channel: two are taken out, the second one sooner, and two wait for the room.
template <class Form>
struct room_behind_a_gap : behind_a_gap<Form> {
  room_behind_a_gap() {
    for (int i = 0; i != 2; ++i)
      require(this->ch.push(late(i, i == 0 ? late::where::coming_out : late::where::nowhere)) == status::ok, "room");
  }
  void thread(unsigned which) override {
    late other;
    require((which < 2 ? this->ch.pop(other) : this->ch.push(other)) == status::ok, "one for each");
  }
};

}  // namespace model::channels
