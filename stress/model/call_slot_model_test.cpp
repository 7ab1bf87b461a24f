// SPDX-License-Identifier: MIT

// call_slot in the model: every policy, withdrawal by deadline and stop, spurious wake-ups, destruction straight after the answer, and
// ways to get it wrong.

#include <volley/handoff/call_slot.hpp>

#include "call_scenarios.hpp"
#include "engine.hpp"
#include "stop.hpp"

namespace {

using namespace model::calls;
using model::futex;
using model::machine;
using model::require;
using model::search;
using volley::modelled;
using volley::status;

template <class Wait, class Env = modelled>
using slot_of = volley::call_slot<parcel, parcel, Wait, volley::in_process, Env>;

/// `Calls` calls, each answered.
template <class Wait, int Calls = 2, class Machine = two_cpus, class Env = modelled>
struct talk : model::scenario {
  static constexpr int threads = 2;
  parcels all;
  slot_of<Wait, Env> s;

  talk() { Machine::set(); }
  void thread(unsigned which) override {
    for (int i = 0; i != Calls; ++i) {
      if (which == 1) {
        s.serve(twice);
        continue;
      }
      auto answer = s.call(parcel(i + 1));
      require(answer.has_value() && answer->number() == 2 * (i + 1), "its own answer");
    }
  }
  void after() override {
    require(futex::wakes() <= futex::parks(), "no wake without a sleeper");
    if (!Wait::parks) require(futex::wakes() + futex::parks() == 0, "a policy that does not park makes no futex call");
  }
};

/// Calls that may time out at any moment, then one that does not: each is answered to who waits for it, served and given up, or never
/// served.
template <class Wait, class Machine = two_cpus, class Env = modelled>
struct impatient : model::scenario {
  static constexpr int threads = 2;
  parcels all;
  slot_of<Wait, Env> s;
  int answers = 0;  // for after()
  int served = 0;

  impatient() {
    Machine::set();
    machine::ticks_left = 1;
  }
  void thread(unsigned which) override {
    if (which == 1) {
      int number = 0;
      while (number != last) {
        s.serve([&](parcel&& p) {
          require(p.number() > number, "no call is served twice, nor after a later one");
          number = p.number();
          ++served;
          return twice(std::move(p));
        });
      }
      return;
    }
    const auto first = s.call(parcel(1), after_ticks(1));
    require(first.has_value() || first.why() == status::timeout, "an answer or timeout, nothing else");
    if (first.has_value()) require(first->number() == 2, "its own answer");
    answers += first.has_value() ? 1 : 0;
    const auto second = s.call(parcel(last));
    require(second.has_value() && second->number() == 2 * last, "the next call gets its own answer");
    ++answers;
  }
  void after() override { require(served >= answers, "no answer without a service"); }

 private:
  static constexpr int last = 2;
};

/// A call that times out, and the next one looks just like it: the server may have seen the first and take the second.
template <class Wait>
struct asked_anew : model::scenario {
  static constexpr int threads = 2;
  parcels all;
  slot_of<Wait> s;

  asked_anew() { machine::ticks_left = 1; }
  void thread(unsigned which) override {
    if (which == 1) {
      int number = 0;
      while (number != 2) {
        s.serve([&](parcel&& p) {
          number = p.number();
          return twice(std::move(p));
        });
      }
      return;
    }
    (void)s.call(parcel(1), after_ticks(1));
    machine::ticks_left = 0;
    const auto second = s.call(parcel(2), after_ticks(9));
    require(second.has_value() && second->number() == 4, "it gets its own answer");
  }
};

/// A third thread asks the caller to stop, at any moment.
template <class Wait, class Machine = two_cpus>
struct stopped : model::scenario {
  static constexpr int threads = 3;
  parcels all;
  slot_of<Wait> s;
  model::stop_source source;

  stopped() { Machine::set(); }
  void thread(unsigned which) override {
    if (which == 2) return source.request_stop();
    if (which == 1) {
      bool last = false;
      while (!last) {
        s.serve([&](parcel&& p) {
          last = p.number() == 2;
          return twice(std::move(p));
        });
      }
      return;
    }
    const auto first = s.call(parcel(1), model::stop_token(source));
    require(first.has_value() || first.why() == status::stopped, "an answer or stopped, nothing else");
    if (!first.has_value()) require(source.stop_requested(), "stopped only if asked to");
    const auto second = s.call(parcel(2));
    require(second.has_value() && second->number() == 4, "the next call gets its own answer");
  }
};

/// The server's wait is stopped or times out: it takes nothing, the call is served by the next one.
template <class Wait, bool ByStop>
struct server_gives_up : model::scenario {
  static constexpr int threads = ByStop ? 3 : 2;
  parcels all;
  slot_of<Wait> s;
  model::stop_source source;

  server_gives_up() { machine::ticks_left = ByStop ? 0 : 1; }
  void thread(unsigned which) override {
    if (which == 2) return source.request_stop();
    if (which == 0) {
      const auto answer = s.call(parcel(1));
      require(answer.has_value() && answer->number() == 2, "the call is not lost");
      return;
    }
    const status end = ByStop ? s.serve(twice, model::stop_token(source)) : s.serve(twice, after_ticks(1));
    require(end == status::ok || end == (ByStop ? status::stopped : status::timeout), "ok, or why not");
    if (end != status::ok) s.serve(twice);
  }
};

/// Nobody ever serves: only the deadline or the stop ends the call, and the request with it.
template <class Wait>
struct nobody_serves : model::scenario {
  static constexpr int threads = 2;
  parcels all;
  slot_of<Wait> s;
  model::stop_source source;

  void thread(unsigned which) override {
    if (which == 0) return source.request_stop();
    require(s.call(parcel(1), model::stop_token(source)).why() == status::stopped, "it ends, and says why");
    require(s.call(parcel(1), model::stop_token(source)).why() == status::stopped, "and does not even ask");
    require(!s.try_serve(twice), "nothing is left to be served");
  }
};

/// The caller whose call was answered destroys the slot; the server may still be inside serve().
template <class Wait, bool Revocable>
struct destroyed_by_the_caller : model::scenario {
  static constexpr int threads = 2;
  parcels all;
  std::optional<slot_of<Wait>> s{std::in_place};

  destroyed_by_the_caller() { machine::spurious_left = 1; }
  void thread(unsigned which) override {
    if (which == 1) return s->serve(twice);
    const auto answer = Revocable ? s->call(parcel(1), after_ticks(1)) : s->call(parcel(1));
    require(answer.has_value(), "no time passes here");
    s.reset();
  }
};

template <class Wait>
class CallSlotModel : public testing::Test {};
using policies = testing::Types<volley::busy_spin, volley::spin_yield, volley::spin_park, volley::park>;
TYPED_TEST_SUITE(CallSlotModel, policies);

/// Those whose waits have so few steps that all schedules can be gone through in a test.
template <class Wait>
constexpr bool is_small = !Wait::parks && !Wait::yields;

TYPED_TEST(CallSlotModel, EachCallGetsItsAnswer) {
  EXPECT_TRUE((model::holds<talk<TypeParam>>(search::random(50'000))));
  EXPECT_TRUE((model::holds<talk<TypeParam>>(search::random_held(20'000))));
  EXPECT_TRUE((model::holds<talk<TypeParam>>(search::bounded(2))));
  if (is_small<TypeParam>) {
    EXPECT_TRUE((model::holds<talk<TypeParam, 1>>(search::full())));
  }
  EXPECT_TRUE((model::holds<talk<TypeParam, 2, one_cpu>>(search::random(20'000))));
  EXPECT_TRUE((model::holds<talk<TypeParam, 2, small_quota>>(search::random(20'000))));
}

TYPED_TEST(CallSlotModel, SpuriousWakeUpsAreInvisible) {
  EXPECT_TRUE((model::holds<talk<TypeParam, 2, spurious>>(search::random(30'000))));
  EXPECT_TRUE((model::holds<impatient<TypeParam, spurious>>(search::random(30'000))));
}

TYPED_TEST(CallSlotModel, ACallThatTimesOutIsServedOnceOrNever) {
  EXPECT_TRUE((model::holds<impatient<TypeParam>>(search::random(100'000))));
  EXPECT_TRUE((model::holds<impatient<TypeParam>>(search::random_held(30'000))));
  EXPECT_TRUE((model::holds<impatient<TypeParam>>(search::bounded(TypeParam::spins && TypeParam::parks ? 1 : 2))));
  EXPECT_TRUE((model::holds<impatient<TypeParam, one_cpu>>(search::random(20'000))));
  EXPECT_TRUE((model::holds<asked_anew<TypeParam>>(search::random(50'000))));
  EXPECT_TRUE((model::holds<asked_anew<TypeParam>>(search::random_held(20'000))));
}

TYPED_TEST(CallSlotModel, ACallThatIsStoppedIsServedOnceOrNever) {
  EXPECT_TRUE((model::holds<stopped<TypeParam>>(search::random(50'000))));
  EXPECT_TRUE((model::holds<stopped<TypeParam>>(search::random_held(20'000))));
  EXPECT_TRUE((model::holds<stopped<TypeParam, spurious>>(search::random(20'000))));
  EXPECT_TRUE((model::holds<nobody_serves<TypeParam>>(search::random(20'000))));
  EXPECT_TRUE((model::holds<nobody_serves<TypeParam>>(search::bounded(2))));
}

TYPED_TEST(CallSlotModel, AServerThatGivesUpTakesNothing) {
  EXPECT_TRUE((model::holds<server_gives_up<TypeParam, false>>(search::random(30'000))));
  EXPECT_TRUE((model::holds<server_gives_up<TypeParam, false>>(search::bounded(3))));
  EXPECT_TRUE((model::holds<server_gives_up<TypeParam, true>>(search::random(30'000))));
  EXPECT_TRUE((model::holds<server_gives_up<TypeParam, true>>(search::bounded(1))));
}

TYPED_TEST(CallSlotModel, TheCallerMayDestroyIt) {
  EXPECT_TRUE((model::holds<destroyed_by_the_caller<TypeParam, false>>(search::random(20'000))));
  if (is_small<TypeParam>) {
    EXPECT_TRUE((model::holds<destroyed_by_the_caller<TypeParam, false>>(search::full())));
  }
  EXPECT_TRUE((model::holds<destroyed_by_the_caller<TypeParam, true>>(search::random(20'000))));
  EXPECT_TRUE((model::holds<destroyed_by_the_caller<TypeParam, true>>(search::random_held(20'000))));
}

TEST(CallSlotModel, EveryOrderIsNeeded) {
  EXPECT_TRUE(model::every_order_is_needed(
      "volley/handoff/one_call.hpp",
      {model::recipe_of<impatient<volley::park>>(), model::recipe_of<asked_anew<volley::busy_spin>>()},
      {search::random(60'000), search::random_held(20'000), search::bounded(2)}));
}

TEST(CallSlotModel, ASideThatStopsStopsTheOther) {
  EXPECT_TRUE(model::others_wait_for(0, model::recipe_of<talk<volley::busy_spin, 1>>(), search::random(1'000)));
  EXPECT_TRUE(model::others_wait_for(1, model::recipe_of<talk<volley::park, 1>>(), search::random(1'000)));
}

// ---- wrong on purpose: the model must notice ----

/// A CAS that is a look and a store.
struct torn_cas : modelled {
  template <class T>
  struct atomic : modelled::atomic<T> {
    using modelled::atomic<T>::atomic;
    bool compare_exchange_strong(T& expected, T value, std::memory_order, std::memory_order) {
      const T seen = this->load(std::memory_order::acquire);
      if (seen == expected) this->store(value, std::memory_order::release);
      return std::exchange(expected, seen) == seen;
    }
  };
};
struct no_wake : modelled {
  struct os : modelled::os {
    template <class Word>
    static void wake(const Word*, int, volley::sharing) {}
  };
};

TEST(CallSlotModelMustFail, ACasInTwoStepsIsNoCas) {
  EXPECT_FALSE(
      model::explore(model::recipe_of<impatient<volley::busy_spin, two_cpus, torn_cas>>(), search::random(20'000))
          .passed);
}
TEST(CallSlotModelMustFail, ALostWakeUpIsADeadlock) {
  EXPECT_TRUE(
      (model::fails<talk<volley::park, 2, two_cpus, no_wake>>(search::random(10'000), rl::test_result_deadlock)));
}

/// The same words and waits, and sides that go on where they should look first.
enum class mistake {
  none,
  take_by_looking,
  answer_over_abandoned,
  leave_without_withdrawing,
  ask_while_busy,
  look_after_answering
};

using one_call = volley::detail::one_call<parcel, parcel, volley::park, volley::in_process, modelled>;
struct state {
  one_call::word word{0};
  volley::detail::seat<modelled> seats[2];
  one_call::storage held;
};

template <mistake Mistake>
struct wrong_side : model::scenario {
  static constexpr int threads = 2;
  using accepted = one_call::accepted;
  static constexpr bool is_revocable = Mistake != mistake::look_after_answering;
  parcels all;
  std::optional<state> s{std::in_place};
  volley::never_stopped none;
  volley::detail::patience<modelled, volley::never_stopped> forever{modelled::os::never, none};
  volley::detail::patience<modelled, volley::never_stopped> a_tick{after_ticks(1), none};

  wrong_side() { machine::ticks_left = is_revocable ? 1 : 0; }
  void thread(unsigned which) override {
    one_call c(s->word, s->held);
    if (which == 1) {
      for (int number = 0; number != 2;) serve(c, number);
      return;
    }
    bool answered = false;
    if (is_revocable) {
      c.ask(parcel(1), one_call::request | one_call::revocable);
      answered = c.template until<one_call::done>(s->seats[0], s->seats[1], a_tick) == status::ok;
      if (!answered && Mistake != mistake::leave_without_withdrawing) answered = !c.give_up();
      if (answered) require(c.take()->number() == 2, "its own answer");
      if (Mistake != mistake::ask_while_busy) (void)c.until_idle(s->seats[0], s->seats[1], forever);
    }
    c.ask(parcel(2), one_call::request);
    (void)c.template until<one_call::done>(s->seats[0], s->seats[1], forever);
    require(c.take()->number() == 4, "its own answer");
    s.reset();
  }
  void serve(one_call c, int& number) {
    (void)c.template until<one_call::request>(s->seats[1], s->seats[0], forever);
    accepted how = accepted::for_good;
    if (Mistake != mistake::take_by_looking) how = c.accept();
    if (how == accepted::nothing) return;
    if (Mistake == mistake::answer_over_abandoned) how = accepted::for_good;
    const auto f = [&number](parcel&& p) {
      number = p.number();
      return twice(std::move(p));
    };
    c.answer(f, how);
    if (Mistake == mistake::look_after_answering) (void)c.look();
  }
};

template <mistake Mistake>
bool is_caught() {
  const auto e = model::explore(model::recipe_of<wrong_side<Mistake>>(), search::random(30'000));
  return !e.passed;
}

TEST(CallSlotModelMustFail, ButNotTheRightSides) {
  EXPECT_TRUE(model::holds<wrong_side<mistake::none>>(search::random(100'000)));
  EXPECT_TRUE(model::holds<wrong_side<mistake::none>>(search::bounded(2)));
}
// Handoff rows 10 and 11: a side that has given up, or was never there, taken for one that waits.
TEST(CallSlotModelMustFail, AServerThatTakesByLookingReadsWhatWasWithdrawn) {
  EXPECT_TRUE(is_caught<mistake::take_by_looking>());
}
TEST(CallSlotModelMustFail, AnAnswerToNobodyIsTakenForTheNext) {
  EXPECT_TRUE(is_caught<mistake::answer_over_abandoned>());
}
TEST(CallSlotModelMustFail, ACallerThatLeavesWithoutWithdrawingLeavesItsRequest) {
  EXPECT_TRUE(is_caught<mistake::leave_without_withdrawing>());
}
TEST(CallSlotModelMustFail, ACallerThatDoesNotWaitForTheAbandonedCallMeetsTheServerInIt) {
  EXPECT_TRUE(is_caught<mistake::ask_while_busy>());
}
// Handoff row 8: glibc BZ 12674, brpc #54, stdexec #2051.
TEST(CallSlotModelMustFail, AServerThatLooksOnceMoreMayFindTheSlotDestroyed) {
  EXPECT_TRUE((model::fails<wrong_side<mistake::look_after_answering>>(search::random(10'000),
                                                                       rl::test_result_user_assert_failed)));
}

}  // namespace
