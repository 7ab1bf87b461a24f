// SPDX-License-Identifier: MIT
#pragma once

// Programs for the model in which threads swap values or hand them over, and what must hold then: each value goes to one thread, once, or
// is still with who brought it.

#include <volley/handoff/exchanger.hpp>
#include <volley/handoff/rendezvous.hpp>

#include "engine.hpp"
#include "stop.hpp"

#include <utility>

namespace model::meeting {

using volley::modelled;
using volley::status;

constexpr modelled::os::time_point after_ticks(int n) { return modelled::os::time_point(modelled::os::duration(n)); }

/// What the scenario's machine is like.
struct two_cpus {
  static void set() {}
};
struct one_cpu {
  static void set() { machine::one_cpu = true; }
};
struct spurious {
  static void set() { machine::spurious_left = 2; }
};

/// What is handed over: it moves only, and is empty when it has gone.
class gift {
 public:
  static constexpr int gone = -1;

  explicit gift(int number) noexcept : number_(number) {}
  gift(gift&& other) noexcept : number_(std::exchange(other.number_, gone)) {}
  gift& operator=(gift&& other) noexcept {
    number_ = std::exchange(other.number_, gone);
    return *this;
  }
  ~gift() = default;

  int number() const noexcept { return number_; }

 private:
  int number_;
};

template <class Wait, class Env = modelled>
using exchanger_of = volley::exchanger<gift, Wait, volley::in_process, Env>;
template <class Wait, class Env = modelled>
using rendezvous_of = volley::rendezvous<gift, Wait, volley::in_process, Env>;

/// Who has what. Each thread makes a note before it calls, and looks at the note of its partner after.
class book {
 public:
  static constexpr int most = 8;
  static constexpr int nobody = -1;

  book() {
    for (int& i : went_to_) i = nobody;
  }
  void note(int mine) { notes_[mine].set(mine); }
  /// The caller brought `mine`, or nothing, and has got this.
  void enter(const gift& got, int mine) {
    const int number = got.number();
    require(number != gift::gone, "a value, not what is left of one");
    require(went_to_[number] == nobody, "nothing is handed over twice");
    require(notes_[number].get() == number, "what the other did before is visible");
    went_to_[number] = mine;
  }
  int of(int number) const { return went_to_[number]; }

 private:
  struct note_cell : plain<int> {
    note_cell() : plain(0) {}
  };
  note_cell notes_[most];
  int went_to_[most];
};

/// Futex calls as a policy should make them.
template <class Wait>
void check_calls() {
  if (!Wait::parks) require(futex::wakes() + futex::parks() == 0, "a policy that does not park makes no futex call");
}

/// Threads swap `Rounds` times each.
template <class Wait, int Threads = 2, int Rounds = 1, class Machine = two_cpus, class Env = modelled>
struct swaps : scenario {
  static constexpr int threads = Threads;
  exchanger_of<Wait, Env> x;
  book b;

  swaps() { Machine::set(); }
  void thread(unsigned which) override {
    for (int round = 0; round != Rounds; ++round) {
      const int mine = static_cast<int>(which) * Rounds + round;
      b.note(mine);
      const auto got = x.exchange(gift(mine));
      require(got.has_value(), "for ever is for ever");
      b.enter(*got, mine);
    }
  }
  void after() override {
    for (int i = 0; i != Threads * Rounds; ++i) {
      const int to = b.of(i);
      require(to != book::nobody && to / Rounds != i / Rounds && b.of(to) == i, "each has what its partner brought");
    }
    check_calls<Wait>();
  }
};

/// How a call that may be given up ends it: by a deadline that may come at any time, or by a stop, which another thread requests.
struct by_deadline {
  static constexpr int threads = 0;
  static constexpr status end = status::timeout;
  by_deadline() { machine::ticks_left = 1; }
  template <class Call>
  auto run(const Call& call) {
    return call(after_ticks(1));
  }
  void request_stop() {}
};
struct by_stop {
  static constexpr int threads = 1;
  static constexpr status end = status::stopped;
  stop_source source;
  template <class Call>
  auto run(const Call& call) {
    return call(stop_token(source));
  }
  void request_stop() { source.request_stop(); }
};

/// The first `Impatient` of the threads give up, perhaps, and then swap after all.
template <class Wait, class End, int Threads = 2, int Impatient = 1, class Machine = two_cpus>
struct swaps_in_two_tries : scenario {
  static constexpr int threads = Threads + End::threads;
  exchanger_of<Wait> x;
  End end;
  book b;

  swaps_in_two_tries() { Machine::set(); }
  void thread(unsigned which) override {
    if (which == Threads) return end.request_stop();
    const int mine = static_cast<int>(which);
    b.note(mine);
    gift g(mine);
    if (mine < Impatient) {
      const auto got = end.run([&](const auto& until) { return x.exchange(std::move(g), until); });
      if (got) return b.enter(*got, mine);
      require(got.why() == End::end && g.number() == mine, "given up: the value is back");
    }
    const auto got = x.exchange(std::move(g));
    require(got.has_value(), "for ever is for ever");
    b.enter(*got, mine);
  }
  void after() override {
    for (int i = 0; i != Threads; ++i) {
      const int to = b.of(i);
      require(to != book::nobody && b.of(to) == i, "each has what its partner brought");
    }
  }
};

/// One looks whether somebody is there, and if so comes once more, for the other one.
template <class Wait>
struct tries_to_swap : scenario {
  static constexpr int threads = 3;
  exchanger_of<Wait> x;
  book b;

  void thread(unsigned which) override {
    const int mine = static_cast<int>(which);
    b.note(mine);
    if (which != 2) return b.enter(*x.exchange(gift(mine)), mine);
    gift g(mine);
    const auto got = x.try_exchange(std::move(g));
    require(got.has_value() == (g.number() == gift::gone), "on false the argument is what it was");
    if (!got) return;
    b.enter(*got, mine);
    b.note(3);
    b.enter(*x.exchange(gift(3)), 3);
  }
};

/// `Givers` give `Each`, and what they give is taken by the rest in equal parts.
template <class Wait, int Givers = 1, int Takers = 1, int Each = 1, class Machine = two_cpus, class Env = modelled,
          class Place = rendezvous_of<Wait, Env>>
struct gives : scenario {
  static constexpr int threads = Givers + Takers;
  static constexpr int all = Givers * Each;
  Place r;
  book b;

  gives() { Machine::set(); }
  void thread(unsigned which) override {
    const int me = static_cast<int>(which);
    if (me < Givers) {
      for (int i = 0; i != Each; ++i) {
        b.note(me * Each + i);
        r.give(gift(me * Each + i));
      }
      return;
    }
    for (int i = 0; i != all / Takers; ++i) {
      const auto got = r.take();
      require(got.has_value(), "for ever is for ever");
      b.enter(*got, me);
    }
  }
  void after() override {
    for (int i = 0; i != all; ++i) require(b.of(i) != book::nobody, "all that was given was taken");
    check_calls<Wait>();
  }
};

/// The giver gives up, perhaps, or the taker, or both; and then they meet after all.
template <class Wait, class End, bool Giver, bool Taker, class Machine = two_cpus, class Place = rendezvous_of<Wait>>
struct gives_in_two_tries : scenario {
  static constexpr int threads = 2 + End::threads;
  Place r;
  End end;
  book b;

  gives_in_two_tries() { Machine::set(); }
  void thread(unsigned which) override {
    if (which == 2) return end.request_stop();
    if (which == 0) return give();
    b.enter(take(), 1);
  }
  void give() {
    b.note(0);
    gift g(0);
    if (Giver) {
      const status s = end.run([&](const auto& until) { return r.give(std::move(g), until); });
      require((s == status::ok) == (g.number() == gift::gone), "given, or back");
      if (s == status::ok) return;
      require(s == End::end, "it says why");
    }
    r.give(std::move(g));
  }
  gift take() {
    if (Taker) {
      auto got = end.run([&](const auto& until) { return r.take(until); });
      if (got) return *std::move(got);
      require(got.why() == End::end, "it says why");
    }
    return *r.take();
  }
  void after() override { require(b.of(0) == 1, "nothing is lost"); }
};

/// Two givers that may be stopped, and then give after all; a third thread takes both, and a fourth requests the stop. While one of the
/// givers is on its way out, the other one may already sleep where that one slept.
template <class Wait>
struct two_give_in_two_tries : scenario {
  static constexpr int threads = 4;
  rendezvous_of<Wait> r;
  stop_source source;
  book b;

  void thread(unsigned which) override {
    if (which == 3) return source.request_stop();
    if (which == 2) {
      b.enter(*r.take(), 2);
      return b.enter(*r.take(), 2);
    }
    const int mine = static_cast<int>(which);
    b.note(mine);
    gift g(mine);
    if (r.give(std::move(g), stop_token(source)) != status::ok) r.give(std::move(g));
  }
  void after() override { require(b.of(0) == 2 && b.of(1) == 2, "nothing is lost"); }
};

/// One who looks whether its partner is there: what it then does is done, and else nothing is.
template <class Wait, bool Giver>
struct tries_to_give : scenario {
  static constexpr int threads = 2;
  rendezvous_of<Wait> r;
  book b;
  int met = 0;

  void thread(unsigned which) override {
    if ((which == 0) == Giver) return Giver ? try_to_give() : try_to_take();
    if (Giver) return b.enter(*r.take(), 1);
    b.note(0);
    r.give(gift(0));
  }
  void try_to_give() {
    b.note(0);
    gift g(0);
    const bool given = r.try_give(std::move(g));
    require(given == (g.number() == gift::gone), "on false the argument is what it was");
    if (!given) r.give(std::move(g));
  }
  void try_to_take() {
    auto got = r.try_take();
    if (got) return b.enter(*got, 1);
    b.enter(*r.take(), 1);
  }
  void after() override { require(b.of(0) == 1, "handed over once"); }
};

}  // namespace model::meeting
