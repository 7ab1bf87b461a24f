// SPDX-License-Identifier: MIT
#pragma once

// What must hold of those who poll for a notify. Everything of the user's is relaxed, the descriptor too: the event count and
// its list must see to it that nobody is left untold.

#include <volley/channel/pollable.hpp>

#include "engine.hpp"

namespace model {

using volley::modelled;
using volley::status;
using enum std::memory_order;

/// The model's Env, with a descriptor that one thread can poll.
template <class Base>
struct polled : Base {
  struct os : Base::os {
    class descriptor {
     public:
      static int get() { return 0; }
      void make_readable() {
        readable_.store(1, relaxed);
        Base::os::wake(&readable_, volley::detail::everybody, volley::sharing::in_process);
        ++written_;
      }
      void clear() { readable_.store(0, relaxed); }
      void poll() const {
        while (readable_.load(relaxed) == 0)
          (void)Base::os::park(readable_, 0, volley::sharing::in_process, Base::os::never);
      }
      int written() const { return written_; }

     private:
      atomic<std::uint32_t> readable_{1};
      int written_ = 0;
    };
  };
};

/// A channel as far as its watchers see it: permits to be taken, in the place of elements.
template <class Env>
struct permits {
  struct ring_type {
    using env = Env;
  };
  volley::detail::watched_event<volley::park, Env> event{0xffff'ffffU};
  atomic<std::uint32_t> left{0};
  atomic<std::uint32_t> closed{0};

  void give(std::uint32_t n = 1) {
    left.fetch_add(n, relaxed);
    event.notify_one();
  }
  void close() {
    closed.store(1, relaxed);
    event.notify_all();
  }
  status take() {
    for (std::uint32_t seen = left.load(relaxed); seen != 0;) {
      if (left.compare_exchange_strong(seen, seen - 1, relaxed, relaxed)) return status::ok;
    }
    return closed.load(relaxed) != 0 ? status::closed : status::empty;
  }
  void take_asleep() {
    event.await([this] { return take() == status::ok; });
  }
  void pass_on() {
    if (event.is_awaited() && left.load(relaxed) != 0) event.notify_one();
  }
};

struct permits_side {
  static constexpr status not_yet = status::empty;
  template <class Env>
  static auto& event(permits<Env>& p) {
    return p.event;
  }
  template <class Env>
  static void pass_on(permits<Env>& p) {
    p.pass_on();
  }
};
/// Who was told and leaves keeps it to itself.
struct selfish_side : permits_side {
  template <class Env>
  static void pass_on(permits<Env>&) {}
};

template <class Env>
struct with_fences : scenario {
  struct fences_refused {
    fences_refused() { machine::refuses_fences = Env::is_refused; }
  };
  fence_words fences;
  fences_refused made_first;
};

struct usual_env : polled<modelled> {
  static constexpr bool is_refused = false;
};
struct refused_env : polled<modelled> {
  static constexpr bool is_refused = true;
};

template <class Env, class Side = permits_side>
class end : public volley::detail::pollable_end<permits<Env>, Side> {
  using base = volley::detail::pollable_end<permits<Env>, Side>;

 public:
  explicit end(permits<Env>& p) : base(p) {}
  status try_take() {
    return base::attempt([this] { return base::channel().take(); });
  }
  status take() {
    const status s = try_take();
    return s == status::empty ? take_when_readable() : s;
  }
  status take_when_readable() {
    for (;;) {
      base::bell().poll();
      if (const status s = try_take(); s != status::empty) return s;
    }
  }
  int written() { return base::bell().written(); }
};

/// One gives so many, one by one; another polls for as many.
template <class Env, int Permits = 2>
struct one_polls : with_fences<Env> {
  static constexpr int threads = 2;
  permits<Env> all;
  end<Env> mine{all};

  void thread(unsigned which) override {
    for (int i = 0; i != Permits; ++i) {
      if (which == 0) all.give();
      if (which == 1) require(mine.take() == status::ok, "a permit");
    }
  }
  void after() override {
    require(all.left.load(relaxed) == 0, "each was taken");
    require(mine.written() <= 2 * Permits, "one write a notify, and one a permit that came just before, at most");
    require(!all.event.is_awaited(), "nobody is enrolled any more: a notify costs nothing");
  }
};

/// When what is awaited comes: at any time, or when two are armed, who then leave, if they do, when it has come.
enum class comes : bool { any_time, late };

template <class Env, comes When>
struct with_two : with_fences<Env> {
  permits<Env> all;
  end<Env> mine[2]{end<Env>(all), end<Env>(all)};
  atomic<std::uint32_t> armed{0};
  atomic<std::uint32_t> given{0};

  void wait_for_two() const {
    while (When == comes::late && armed.load(relaxed) != 2) modelled::relax();
  }
  void give() {
    wait_for_two();
    all.give();
    given.store(1, relaxed);
  }
  void stay_armed() {
    armed.fetch_add(1, relaxed);
    while (When == comes::late && given.load(relaxed) == 0) modelled::relax();
  }
  void poll_for(status what, end<Env>& from) {
    status s = from.try_take();
    armed.fetch_add(1, relaxed);
    if (s == status::empty) s = from.take_when_readable();
    require(s == what, "what it polled for");
    from.disarm();  // what it was told meanwhile is for the other one
  }
};

/// Two poll for one each; one gives both.
template <class Env, comes When>
struct two_poll : with_two<Env, When> {
  static constexpr int threads = 3;

  void thread(unsigned which) override {
    for (int i = 0; which == 2 && i != 2; ++i) this->give();
    if (which != 2) this->poll_for(status::ok, this->mine[which]);
  }
};

/// One polls and one sleeps, for one each.
template <class Env>
struct one_sleeps : with_fences<Env> {
  static constexpr int threads = 3;
  permits<Env> all;
  end<Env> mine{all};

  void thread(unsigned which) override {
    for (int i = 0; which == 2 && i != 2; ++i) all.give();
    if (which == 1) all.take_asleep();
    if (which != 0) return;
    require(mine.take() == status::ok, "a permit");
    mine.disarm();
  }
};

/// How the other one waits: who sleeps is woken beside who is told, who polls is not.
enum class other : bool { sleeps, polls };
/// One arms, and then is no more, told or not; another waits for the only permit, and gets it.
template <class Env, other How, comes When, class Side = permits_side>
struct one_leaves : with_two<Env, When> {
  static constexpr int threads = 3;

  void thread(unsigned which) override {
    if (which == 2) this->give();
    if (which == 1 && How == other::sleeps) this->all.take_asleep();
    if (which == 1 && How == other::polls) this->poll_for(status::ok, this->mine[0]);
    if (which != 0) return;
    bool took = false;
    {
      end<Env, Side> leaver(this->all);
      took = leaver.try_take() == status::ok;
      if (!took) this->stay_armed();
    }
    if (took) this->all.give();
  }
};

/// The close alone ends the wait of both.
template <class Env, comes When>
struct all_close : with_two<Env, When> {
  static constexpr int threads = 3;

  void thread(unsigned which) override {
    if (which != 2) return this->poll_for(status::closed, this->mine[which]);
    this->wait_for_two();
    this->all.close();
  }
};

}  // namespace model
