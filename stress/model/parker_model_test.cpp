// SPDX-License-Identifier: MIT

// parker in the model: every policy, two threads that unpark, deadlines, stops, spurious wake-ups, destruction straight after the wait, and
// ways to get it wrong.

#include <volley/handoff/parker.hpp>

#include "event_scenarios.hpp"

namespace {

using namespace event_scenarios;

template <class Wait, class Env = modelled>
using parker_of = volley::parker<Wait, volley::in_process, Env>;

/// Two threads leave data and unpark; the third parks until it has seen both. A permit that stands for both brings both.
template <class Wait, class Parker = parker_of<Wait>, class Machine = two_cpus>
struct two_unpark : model::scenario {
  static constexpr int threads = 3;
  Parker p;
  model::atomic<std::uint32_t> data[2]{model::atomic<std::uint32_t>{0}, model::atomic<std::uint32_t>{0}};

  two_unpark() { Machine::set(); }
  void thread(unsigned which) override {
    using enum std::memory_order;
    if (which != 2) {
      data[which].store(1, relaxed);
      return p.unpark();
    }
    while (data[0].load(relaxed) + data[1].load(relaxed) != 2) p.park();
  }
  void after() override { require(futex::wakes() <= futex::parks() + 1, "one wake each, or one that came late"); }
};

/// One permit for one park: what is unparked twice before anybody looks is one.
template <class Wait>
struct permits_are_one : model::scenario {
  static constexpr int threads = 2;
  parker_of<Wait> p;
  int parks = 0;

  void thread(unsigned which) override {
    if (which == 0) {
      p.unpark();
      return p.unpark();
    }
    p.park();
    ++parks;
    if (p.try_park()) ++parks;
  }
  void after() override {
    if (p.try_park()) ++parks;
    require(parks == 1 || parks == 2, "at least the one, and no more than were given");
    require(!p.try_park(), "and none is left");
  }
};

template <class Wait>
class ParkerModel : public testing::Test {};
TYPED_TEST_SUITE(ParkerModel, policies);

TYPED_TEST(ParkerModel, WhatCameBeforeAnUnparkIsThereAfterThePark) {
  using pair = handed_over<parker_of<TypeParam>>;
  EXPECT_TRUE((model::holds<pair>(search::random(50'000))));
  EXPECT_TRUE((model::holds<pair>(search::random_held(20'000))));
  EXPECT_TRUE((model::holds<pair>(search::bounded(2))));
  EXPECT_TRUE((model::holds<handed_over<parker_of<TypeParam>, one_cpu>>(search::random(20'000))));
  EXPECT_TRUE((model::holds<handed_over<parker_of<TypeParam>, spurious>>(search::random(20'000))));
  EXPECT_TRUE((model::holds<two_unpark<TypeParam>>(search::random(50'000))));
  EXPECT_TRUE((model::holds<two_unpark<TypeParam>>(search::random_held(20'000))));
  EXPECT_TRUE((model::holds<two_unpark<TypeParam>>(search::bounded(2))));
}

TYPED_TEST(ParkerModel, PermitsAreOne) {
  EXPECT_TRUE((model::holds<permits_are_one<TypeParam>>(search::random(50'000))));
  EXPECT_TRUE((model::holds<permits_are_one<TypeParam>>(search::bounded(3))));
}

TYPED_TEST(ParkerModel, ATimeoutLosesNothing) {
  EXPECT_TRUE((model::holds<impatient<parker_of<TypeParam>>>(search::random(50'000))));
  EXPECT_TRUE((model::holds<impatient<parker_of<TypeParam>>>(search::random_held(20'000))));
  EXPECT_TRUE((model::holds<impatient<parker_of<TypeParam>>>(search::full())));
  EXPECT_TRUE((model::holds<impatient<parker_of<TypeParam>, spurious>>(search::random(20'000))));
}

TYPED_TEST(ParkerModel, AStopLosesNothing) {
  EXPECT_TRUE((model::holds<stopped<parker_of<TypeParam>>>(search::random(50'000))));
  EXPECT_TRUE((model::holds<stopped<parker_of<TypeParam>>>(search::random_held(20'000))));
  EXPECT_TRUE((model::holds<stopped<parker_of<TypeParam>>>(search::bounded(1))));
  EXPECT_TRUE((model::holds<only_a_stop<parker_of<TypeParam>>>(search::bounded(2))));
}

TYPED_TEST(ParkerModel, WhoParkedMayDestroyIt) {
  EXPECT_TRUE((model::holds<destroyed_by_the_waiter<parker_of<TypeParam>>>(search::random(30'000))));
  EXPECT_TRUE((model::holds<destroyed_by_the_waiter<parker_of<TypeParam>>>(search::random_held(20'000))));
  EXPECT_TRUE((model::holds<destroyed_by_the_waiter<parker_of<TypeParam>>>(search::full())));
}

TYPED_TEST(ParkerModel, UnparkIsWaitFree) {
  EXPECT_TRUE((model::holds<counted_set<parker_of<TypeParam>, 3>>(search::random(20'000))));
  EXPECT_TRUE((model::holds<counted_set<parker_of<TypeParam>, 3>>(search::full())));
}

TEST(ParkerModel, EveryOrderIsNeeded) {
  EXPECT_TRUE(model::every_order_is_needed(
      "volley/handoff/parker.hpp",
      {model::recipe_of<two_unpark<volley::park>>(), model::recipe_of<two_unpark<volley::busy_spin>>()},
      {search::random(20'000), search::random_held(20'000), search::bounded(2)}));
}

// ---- wrong on purpose: the model must notice ----

TEST(ParkerModelMustFail, ALostWakeUpIsADeadlock) {
  using lossy = parker_of<volley::park, no_wake>;
  EXPECT_TRUE((model::fails<handed_over<lossy>>(search::random(10'000), rl::test_result_deadlock)));
}

/// A parker that is wrong in one way.
enum class mistake { looks_first, takes_by_a_store, wakes_before_it_gives, touches_it_afterwards };

template <mistake Mistake>
struct wrong_parker {
  using enum std::memory_order;
  using waiting = volley::detail::wait_on<modelled, volley::park, volley::in_process>;
  model::atomic<std::uint32_t> word{0};
  volley::detail::seat<modelled> seats[2];

  void unpark() {
    // Rust's Parker, before: a permit that is there already is not written again, and who gives it again hands nothing over.
    if (Mistake == mistake::looks_first && word.load(relaxed) == 1) return;
    // JDK-6822370, oneTBB #2136: looks for a sleeper first, and publishes afterwards.
    if (Mistake == mistake::wakes_before_it_gives) {
      if ((word.load(relaxed) & waiting::parked) != 0) modelled::os::wake(&word, 1, volley::sharing::in_process);
      word.store(1, release);
      return;
    }
    waiting::post(word, 1, seats[0]);
    // glibc BZ 12674: looks at the object once more, which may be gone.
    if (Mistake == mistake::touches_it_afterwards) (void)word.load(relaxed);
  }
  void park() {
    const auto permitted = [](std::uint32_t v) { return v == 1; };
    const volley::never_stopped none;
    const volley::detail::patience<modelled, volley::never_stopped> forever{modelled::os::never, none};
    (void)waiting::until(word, permitted, seats[1], seats[0], forever);
    // A plain store overwrites an unpark that has come since, and its data was never acquired.
    if (Mistake == mistake::takes_by_a_store) {
      word.store(0, relaxed);
    } else {
      (void)word.exchange(0, acquire);
    }
  }
};

TEST(ParkerModelMustFail, APermitThatIsThereAlreadyMustBeWrittenAgain) {
  using wrong = two_unpark<volley::park, wrong_parker<mistake::looks_first>>;
  EXPECT_TRUE(model::fails<wrong>(search::random(20'000), rl::test_result_deadlock));
}
TEST(ParkerModelMustFail, APermitTakenByAStoreLosesAnUnpark) {
  using wrong = two_unpark<volley::park, wrong_parker<mistake::takes_by_a_store>>;
  EXPECT_TRUE(model::fails<wrong>(search::random(20'000), rl::test_result_deadlock));
}
TEST(ParkerModelMustFail, AnUnparkThatLooksForASleeperFirstLosesIt) {
  using wrong = handed_over<wrong_parker<mistake::wakes_before_it_gives>>;
  EXPECT_TRUE(model::fails<wrong>(search::random(20'000), rl::test_result_deadlock));
}
TEST(ParkerModelMustFail, AnUnparkThatTouchesTheWordOnceMoreMayFindItDestroyed) {
  using wrong = destroyed_by_the_waiter<wrong_parker<mistake::touches_it_afterwards>>;
  EXPECT_TRUE(model::fails<wrong>(search::random(10'000), rl::test_result_user_assert_failed));
}

}  // namespace
