// SPDX-License-Identifier: MIT
#pragma once

// What must hold where several sleep and are woken in turn (volley/wait/epochs.hpp): one at a time, and nobody is left asleep beside something
// that nobody comes for. Each thing lies in a word of its own, as in a ring, so that who takes one need not see the next.

#include "watched_scenarios.hpp"

namespace model {

/// Whether who takes something and sees more passes it on.
enum class manners : bool { passes_on, keeps };

template <class Env, manners How = manners::passes_on>
struct with_a_row : with_fences<Env> {
  using cell = atomic<std::uint32_t>;
  permits<Env> on;
  volley::detail::watched_event<volley::park, Env>& event = on.event;
  cell there[4]{cell(0U), cell(0U), cell(0U), cell(0U)};
  cell taken{0};
  cell asleep{0};
  cell given{0};

  static void until(const cell& seen, std::uint32_t least) {
    while (seen.load(relaxed) < least) modelled::relax();
  }
  bool is_there() const { return there[taken.load(relaxed)].load(relaxed) != 0; }
  /// As a channel does it: what is left is passed on before the wait has ended.
  bool take() {
    for (std::uint32_t next = taken.load(relaxed); there[next].load(relaxed) != 0;) {
      if (!taken.compare_exchange_strong(next, next + 1, relaxed, relaxed)) continue;
      if (How == manners::passes_on && event.is_awaited() && is_there()) event.notify_one();
      return true;
    }
    return false;
  }
  void take_asleep() {
    int looks = 0;
    event.await([&] {
      const bool took = take();
      if (!took && ++looks == 2) asleep.fetch_add(1, relaxed);  // it is enrolled
      return took;
    });
    if (looks < 2) asleep.fetch_add(1, relaxed);
  }
  void give(int first, int end) {
    for (int i = first; i != end; ++i) {
      there[i].store(1, relaxed);
      event.notify_one();
    }
    given.store(1, relaxed);
  }
  void all_were_taken(std::uint32_t wanted) const {
    require(taken.load(relaxed) == wanted, "each was taken");
    require(!event.is_awaited(), "nobody is enrolled any more");
  }
};

/// Two sleep for one thing each; one gives both, at any time, or when both sleep.
template <class Env, comes When, manners How = manners::passes_on>
struct one_in_turn : with_a_row<Env, How> {
  static constexpr int threads = 3;

  void thread(unsigned which) override {
    if (which != 2) return this->take_asleep();
    if (When == comes::late) this->until(this->asleep, 2);
    this->give(0, 2);
  }
  void after() override { this->all_were_taken(2); }
};

/// Two sleep; the third has enrolled before them, takes the first thing in the look after that, and leaves when all is given.
template <class Env>
struct one_leaves_satisfied : with_a_row<Env> {
  static constexpr int threads = 4;

  void thread(unsigned which) override {
    if (which == 3) {
      this->give(0, 1);
      this->until(this->asleep, 2);
      return this->give(1, 3);
    }
    if (which != 0) {
      this->until(this->taken, 1);
      return this->take_asleep();
    }
    int looks = 0;
    this->event.await([&] {
      if (++looks == 1 || !this->take()) return false;
      this->until(this->asleep, 2);
      this->until(this->given, 1);
      return true;
    });
  }
  void after() override { this->all_were_taken(3); }
};

/// Two sleep; the third comes when all is given, and enrols beside who was woken. With Refusal the kernel makes no more fences by then.
enum class refusal : bool { none, later };
template <class Env, refusal Refusal>
struct one_enrols_beside : with_a_row<Env> {
  static constexpr int threads = 4;

  void thread(unsigned which) override {
    if (which == 3) {
      this->until(this->asleep, 2);
      if (Refusal == refusal::later) machine::refuses_fences = true;
      return this->give(0, 3);
    }
    if (which != 0) return this->take_asleep();
    this->until(this->asleep, 2);
    int looks = 0;
    this->event.await([&] {
      if (++looks != 1) return this->take();
      this->until(this->given, 1);
      return false;
    });
  }
  void after() override { this->all_were_taken(3); }
};
/// Two are enrolled when a notify is made, and both are satisfied by the look that they are in: so nobody comes for who enrols after that.
template <class Env>
struct one_enrols_when_nobody_comes : with_a_row<Env> {
  static constexpr int threads = 4;

  void be_satisfied() {
    int looks = 0;
    this->event.await([&] {
      if (++looks == 1) return false;
      this->asleep.fetch_add(1, relaxed);
      this->until(this->given, 1);
      return true;
    });
  }
  void thread(unsigned which) override {
    if (which < 2) return be_satisfied();
    if (which == 2) {
      this->until(this->given, 1);
      return this->take_asleep();
    }
    this->until(this->asleep, 2);
    this->event.notify_one();
    this->given.store(1, relaxed);
    this->until(this->asleep, 3);
    this->give(0, 1);
  }
  void after() override { require(this->taken.load(relaxed) == 1, "it was taken"); }
};
/// A sleep with a deadline lets all stores arrive, and is over then.
struct patient_env : usual_env {
  struct os : usual_env::os {
    template <class U>
    static bool park(const atomic<U>& w, std::uint32_t expected, volley::sharing s, time_point deadline,
                     place p = place::here()) {
      if (deadline == never) return usual_env::os::park(w, expected, s, deadline, p);
      machine::clock = std::max(machine::clock, std::int64_t{deadline.time_since_epoch().count()});
      fence_words::heavy(p);
      return true;
    }
  };
};

/// Two sleep; an end beside them arms when both things are given, finds something, and does not come back to it.
template <class Env>
struct one_arms_and_goes : with_a_row<Env> {
  static constexpr int threads = 4;
  struct side : permits_side {
    inline static one_arms_and_goes* here = nullptr;
    static void pass_on(permits<Env>&) {
      if (here->event.is_awaited() && here->is_there()) here->event.notify_one();
    }
  };
  struct armed_end : end<Env, side> {
    using end<Env, side>::end;
    using end<Env, side>::attempt;
  };
  armed_end mine{this->on};

  one_arms_and_goes() { side::here = this; }
  void thread(unsigned which) override {
    if (which == 3) {
      this->until(this->asleep, 2);
      return this->give(0, 2);
    }
    if (which != 0) return this->take_asleep();
    int looks = 0;
    (void)mine.attempt([&] {
      if (++looks == 1) {
        this->until(this->given, 1);
        return status::empty;
      }
      return this->is_there() ? status::ok : status::empty;
    });
  }
  void after() override { require(this->taken.load(relaxed) == 2, "each was taken"); }
};

}  // namespace model
