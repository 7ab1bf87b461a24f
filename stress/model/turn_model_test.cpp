// SPDX-License-Identifier: MIT

// turn in the model: every policy, deadlines, spurious wake-ups, destruction straight after the wait, and ways to get it wrong.

#include <volley/handoff/turn.hpp>

#include "engine.hpp"
#include "stop.hpp"

namespace {

using model::futex;
using model::machine;
using model::require;
using model::search;
using volley::modelled;
using volley::status;

template <class Wait, class Env = modelled>
using turn_of = volley::turn<Wait, volley::in_process, Env>;

constexpr modelled::os::time_point after_ticks(int n) { return modelled::os::time_point(modelled::os::duration(n)); }

/// What the scenario's machine is like.
struct two_cpus {
  static void set() {}
};
struct one_cpu {
  static void set() { machine::one_cpu = true; }
};
struct small_quota {
  static void set() { machine::quota_is_one = true; }
};
struct spurious {
  static void set() { machine::spurious_left = 2; }
};

/// Two sides change a plain variable by turns, `Rounds` times each.
template <class Wait, int Rounds = 2, class Machine = two_cpus, class Env = modelled>
struct rally : model::scenario {
  static constexpr int threads = 2;
  turn_of<Wait, Env> t;
  model::plain<int> ball{0};

  rally() { Machine::set(); }
  void thread(unsigned which) override {
    const auto side = t.side(which);
    for (int round = 0; round != Rounds; ++round) {
      side.await();
      const int seen = ball.get();
      require(seen == 2 * round + static_cast<int>(which), "the sides take turns");
      ball.set(seen + 1);
      side.pass();
    }
  }
  void after() override {
    require(ball.get() == 2 * Rounds, "every turn was taken");
    require(futex::wakes() <= futex::parks(), "no wake without a sleeper");
    if (!Wait::parks) require(futex::wakes() + futex::parks() == 0, "a policy that does not park makes no futex call");
  }
};

/// Side 1 waits with a deadline that may come at any moment, and once more without if it did.
template <class Wait, class Machine = two_cpus>
struct impatient : model::scenario {
  static constexpr int threads = 2;
  turn_of<Wait> t;
  model::plain<int> ball{0};

  impatient() {
    Machine::set();
    machine::ticks_left = 1;
  }
  void thread(unsigned which) override {
    const auto side = t.side(which);
    if (which == 0) {
      ball.set(1);
      side.pass();
      return;
    }
    const status s = side.await(after_ticks(1));
    require(s == status::ok || s == status::timeout, "ok or timeout, nothing else");
    if (s == status::timeout) {
      require(machine::clock >= 1, "no timeout before the deadline");
      side.await();
    }
    require(ball.get() == 1, "a timeout loses nothing");
  }
};

/// Side 1 gives up and stays away: the pass that follows must not pay for a sleeper that is gone.
template <class Wait>
struct gave_up : model::scenario {
  static constexpr int threads = 2;
  turn_of<Wait> t;
  model::atomic<std::uint32_t> gone{0};
  model::plain<int> wakes{0};

  gave_up() { machine::ticks_left = 1; }
  void thread(unsigned which) override {
    if (which == 1) {
      if (t.side(1).await(after_ticks(1)) == status::timeout) gone.store(1, std::memory_order::release);
      return;
    }
    const bool was_gone = gone.load(std::memory_order::acquire) == 1;
    t.side(0).pass();
    if (was_gone) require(futex::wakes() == 0, "whoever gave up took its bit back");
  }
};

/// A third thread asks side 1 to stop, at any moment; if it does, it waits once more without a token.
template <class Wait, class Machine = two_cpus>
struct stopped : model::scenario {
  static constexpr int threads = 3;
  turn_of<Wait> t;
  model::stop_source source;
  model::plain<int> ball{0};

  stopped() { Machine::set(); }
  void thread(unsigned which) override {
    if (which == 2) return source.request_stop();
    const auto side = t.side(which);
    if (which == 0) {
      ball.set(1);
      return side.pass();
    }
    const status s = side.await(model::stop_token(source));
    require(s == status::ok || s == status::stopped, "ok or stopped, nothing else");
    if (s == status::stopped) {
      require(source.stop_requested(), "stopped only if asked to");
      side.await();
    }
    require(ball.get() == 1, "a stop loses nothing");
  }
};

/// A stop that comes while the turn is passed: for a moment both sides sleep on one word, one of them without its bit.
template <class Wait, class Env = modelled>
struct stop_while_both_sleep : model::scenario {
  static constexpr int threads = 3;
  turn_of<Wait, Env> t;
  model::stop_source source;

  void thread(unsigned which) override {
    if (which == 2) return source.request_stop();
    const auto side = t.side(which);
    if (which == 0) {
      side.pass();
      return side.await();
    }
    if (side.await(model::stop_token(source)) != status::ok) side.await();
    side.pass();
  }
};

/// Nobody ever passes: only the stop ends the wait.
template <class Wait, class Machine = two_cpus>
struct only_a_stop : model::scenario {
  static constexpr int threads = 2;
  turn_of<Wait> t;
  model::stop_source source;

  only_a_stop() { Machine::set(); }
  void thread(unsigned which) override {
    if (which == 0) return source.request_stop();
    require(t.side(1).await(model::stop_token(source)) == status::stopped, "it ends, and says why");
  }
};

/// The side whose wait ended destroys the turn; the other may still be inside pass().
template <class Wait>
struct destroyed_by_the_waiter : model::scenario {
  static constexpr int threads = 2;
  std::optional<turn_of<Wait>> t{std::in_place};

  destroyed_by_the_waiter() { machine::spurious_left = 1; }
  void thread(unsigned which) override {
    const auto side = t->side(which);
    if (which == 0) return side.pass();
    side.await();
    t.reset();
  }
};

/// pass() in so many atomic steps at most, whatever the other side does.
template <class Wait>
struct counted_pass : model::scenario {
  static constexpr int threads = 2;
  turn_of<Wait> t;

  void thread(unsigned which) override {
    const auto side = t.side(which);
    if (which == 1) return side.await();
    const unsigned before = model::steps::taken();
    side.pass();
    require(model::steps::taken() - before <= 3, "pass: the seat's note, and one exchange");
  }
};

template <class Wait>
class TurnModel : public testing::Test {};
using policies = testing::Types<volley::busy_spin, volley::spin_yield, volley::spin_park, volley::park>;
TYPED_TEST_SUITE(TurnModel, policies);

TYPED_TEST(TurnModel, SidesAlternate) {
  EXPECT_TRUE((model::holds<rally<TypeParam>>(search::random(100'000))));
  EXPECT_TRUE((model::holds<rally<TypeParam>>(search::random_held(50'000))));
  EXPECT_TRUE((model::holds<rally<TypeParam>>(search::bounded(2))));
  EXPECT_TRUE((model::holds<rally<TypeParam>>(search::bounded(3))));
  EXPECT_TRUE((model::holds<rally<TypeParam, 1>>(search::full())));
}

TYPED_TEST(TurnModel, SidesAlternateOnOneCpu) {
  EXPECT_TRUE((model::holds<rally<TypeParam, 2, one_cpu>>(search::random(50'000))));
  EXPECT_TRUE((model::holds<rally<TypeParam, 2, one_cpu>>(search::bounded(2))));
  EXPECT_TRUE((model::holds<rally<TypeParam, 2, small_quota>>(search::random(50'000))));
}

TYPED_TEST(TurnModel, SpuriousWakeUpsAreInvisible) {
  EXPECT_TRUE((model::holds<rally<TypeParam, 2, spurious>>(search::random(100'000))));
  EXPECT_TRUE((model::holds<rally<TypeParam, 2, spurious>>(search::bounded(2))));
}

TYPED_TEST(TurnModel, ATimeoutLosesNothing) {
  EXPECT_TRUE((model::holds<impatient<TypeParam>>(search::random(100'000))));
  EXPECT_TRUE((model::holds<impatient<TypeParam>>(search::random_held(50'000))));
  EXPECT_TRUE((model::holds<impatient<TypeParam>>(search::bounded(3))));
  EXPECT_TRUE((model::holds<impatient<TypeParam, one_cpu>>(search::random(50'000))));
  EXPECT_TRUE((model::holds<impatient<TypeParam, spurious>>(search::random(50'000))));
  EXPECT_TRUE((model::holds<impatient<TypeParam>>(search::full())));
}

TYPED_TEST(TurnModel, WhoeverGaveUpCostsNoWake) {
  EXPECT_TRUE((model::holds<gave_up<TypeParam>>(search::random(50'000))));
  EXPECT_TRUE((model::holds<gave_up<TypeParam>>(search::full())));
}

TYPED_TEST(TurnModel, AStopEndsTheWaitAndLosesNothing) {
  EXPECT_TRUE((model::holds<only_a_stop<TypeParam>>(search::random(50'000))));
  EXPECT_TRUE((model::holds<only_a_stop<TypeParam>>(search::bounded(3))));
  EXPECT_TRUE((model::holds<only_a_stop<TypeParam, one_cpu>>(search::random(20'000))));
  EXPECT_TRUE((model::holds<only_a_stop<TypeParam, spurious>>(search::random(20'000))));
  EXPECT_TRUE((model::holds<stopped<TypeParam>>(search::random(100'000))));
  EXPECT_TRUE((model::holds<stopped<TypeParam>>(search::random_held(20'000))));
  EXPECT_TRUE((model::holds<stopped<TypeParam>>(search::bounded(1))));
}

TYPED_TEST(TurnModel, AStopWakesTheSideThatItIsFor) {
  EXPECT_TRUE((model::holds<stop_while_both_sleep<TypeParam>>(search::random(50'000))));
  if (std::is_same_v<TypeParam, volley::park>) {
    EXPECT_TRUE((model::holds<stop_while_both_sleep<TypeParam>>(search::bounded(3))));
  }
}

TYPED_TEST(TurnModel, TheWaiterMayDestroyIt) {
  EXPECT_TRUE((model::holds<destroyed_by_the_waiter<TypeParam>>(search::random(50'000))));
  EXPECT_TRUE((model::holds<destroyed_by_the_waiter<TypeParam>>(search::full())));
  EXPECT_TRUE((model::holds<destroyed_by_the_waiter<TypeParam>>(search::random_held(50'000))));
}

TYPED_TEST(TurnModel, PassIsWaitFree) {
  EXPECT_TRUE((model::holds<counted_pass<TypeParam>>(search::random(20'000))));
  EXPECT_TRUE((model::holds<counted_pass<TypeParam>>(search::full())));
}

TEST(TurnModel, EveryOrderIsNeeded) {
  EXPECT_TRUE(model::every_order_is_needed(
      "volley/wait/wait_on.hpp",
      {model::recipe_of<rally<volley::busy_spin>>(), model::recipe_of<rally<volley::spin_park>>(),
       model::recipe_of<rally<volley::park>>(), model::recipe_of<impatient<volley::park>>(),
       model::recipe_of<only_a_stop<volley::park>>()},
      {search::random(20'000), search::random_held(20'000), search::bounded(2)}));
}

// Alternation cannot be lock-free, and the header says so.
TEST(TurnModel, ASideThatStopsStopsTheOther) {
  EXPECT_TRUE(model::others_wait_for(0, model::recipe_of<rally<volley::busy_spin, 1>>(), search::random(1'000)));
  EXPECT_TRUE(model::others_wait_for(0, model::recipe_of<rally<volley::park, 1>>(), search::random(1'000)));
}

// ---- wrong on purpose: the model must notice ----

/// A kernel that loses wakes.
struct no_wake : modelled {
  struct os : modelled::os {
    template <class Word>
    static void wake(const Word*, int, volley::sharing) {}
  };
};

/// A kernel that goes to sleep without looking at the word again.
struct no_compare : modelled {
  struct os : modelled::os {
    template <class Word>
    static bool park(const Word& w, std::uint32_t expected, volley::sharing, time_point) {
      return futex::wait(w, expected, false, futex::compare::never, model::place::here());
    }
  };
};

TEST(TurnModelMustFail, ALostWakeUpIsADeadlock) {
  EXPECT_TRUE(
      (model::fails<rally<volley::park, 2, two_cpus, no_wake>>(search::random(10'000), rl::test_result_deadlock)));
  EXPECT_TRUE(
      (model::fails<rally<volley::spin_park, 2, two_cpus, no_wake>>(search::random(10'000), rl::test_result_deadlock)));
  EXPECT_TRUE((model::fails<rally<volley::park, 2, two_cpus, no_wake>>(search::bounded(2), rl::test_result_deadlock)));
}

TEST(TurnModelMustFail, SleepingWithoutComparingIsADeadlock) {
  EXPECT_TRUE(
      (model::fails<rally<volley::park, 2, two_cpus, no_compare>>(search::random(10'000), rl::test_result_deadlock)));
  EXPECT_TRUE(
      (model::fails<rally<volley::park, 2, two_cpus, no_compare>>(search::bounded(2), rl::test_result_deadlock)));
}

/// A kernel that wakes one where all were meant.
struct one_for_all : modelled {
  struct os : modelled::os {
    template <class Word>
    static void wake(const Word* w, int, volley::sharing scope) {
      modelled::os::wake(w, 1, scope);
    }
  };
};

TEST(TurnModelMustFail, AStopThatWakesOnlyOneLeavesTheOtherAsleep) {
  EXPECT_TRUE(
      (model::fails<stop_while_both_sleep<volley::park, one_for_all>>(search::bounded(3), rl::test_result_deadlock)));
}

/// The same wait, and posts that classic implementations got wrong.
enum class mistake { look_then_store, store_then_look, touch_after_post };

template <mistake Mistake>
struct wrong_post : model::scenario {
  static constexpr int threads = 2;
  using waiting = volley::detail::wait_on<modelled, volley::park, volley::in_process>;
  struct state {
    model::atomic<std::uint32_t> word{0};
    volley::detail::seat<modelled> seats[2];
  };
  std::optional<state> s{std::in_place};

  void post() {
    using enum std::memory_order;
    auto& w = s->word;
    std::uint32_t seen = 0;
    if constexpr (Mistake == mistake::look_then_store) {
      seen = w.load(relaxed);
      w.store(1, release);
    } else if constexpr (Mistake == mistake::store_then_look) {
      w.store(1, release);
      seen = w.load(relaxed);  // the bit is gone: the store overwrote it
    } else {
      seen = w.exchange(1, release);
      seen |= w.load(relaxed) & waiting::parked;
    }
    if ((seen & waiting::parked) != 0) modelled::os::wake(&w, 1, volley::sharing::in_process);
  }
  void thread(unsigned which) override {
    if (which == 0) return post();
    const auto posted = [](std::uint32_t v) { return (v & 1) == 1; };
    const volley::never_stopped none;
    const volley::detail::patience<modelled, volley::never_stopped> forever{modelled::os::never, none};
    (void)waiting::until(s->word, posted, s->seats[1], s->seats[0], forever);
    if (Mistake == mistake::touch_after_post) s.reset();
  }
};

TEST(TurnModelMustFail, APostThatLooksBeforeItStoresLosesAWakeUp) {
  EXPECT_TRUE(model::fails<wrong_post<mistake::look_then_store>>(search::random(10'000), rl::test_result_deadlock));
}
TEST(TurnModelMustFail, APostThatOverwritesTheBitLosesAWakeUp) {
  EXPECT_TRUE(model::fails<wrong_post<mistake::store_then_look>>(search::random(10'000), rl::test_result_deadlock));
}
TEST(TurnModelMustFail, APostThatTouchesTheWordOnceMoreMayFindItDestroyed) {
  EXPECT_TRUE(
      model::fails<wrong_post<mistake::touch_after_post>>(search::random(10'000), rl::test_result_user_assert_failed));
}

}  // namespace
