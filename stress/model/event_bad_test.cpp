// SPDX-License-Identifier: MIT

// auto_reset_event and manual_reset_event got wrong on purpose: the model must notice. On the same crowd that ships (its own mistakes are in
// the tests of wait/crowd.hpp), with operations that classic implementations got wrong.

#include <volley/handoff/auto_reset_event.hpp>
#include <volley/handoff/manual_reset_event.hpp>

#include "event_crowd_scenarios.hpp"

namespace {

using namespace event_scenarios;

template <class Env>
using auto_on = volley::auto_reset_event<volley::park, volley::in_process, Env>;
template <class Env>
using manual_on = volley::manual_reset_event<volley::park, volley::in_process, Env>;

TEST(EventModelMustFail, ALostWakeUpIsADeadlock) {
  EXPECT_TRUE((model::fails<handed_over<auto_on<no_wake>>>(search::random(10'000), rl::test_result_deadlock)));
  EXPECT_TRUE((model::fails<handed_over<manual_on<no_wake>>>(search::random(10'000), rl::test_result_deadlock)));
}
TEST(EventModelMustFail, AGateThatWakesOnlyOneLeavesTheOthersAsleep) {
  EXPECT_TRUE((model::fails<all_through<manual_on<one_for_all>>>(search::random(10'000), rl::test_result_deadlock)));
}

enum class mistake {
  none,
  writes_only_if_not_set,
  takes_by_a_store,
  wakes_nobody_if_none_slept_before,
  wakes_without_counting,
  shuts_out,
  touches_it_afterwards,
};

/// An event that is wrong in one way. Gate: as the manual one, and else as the automatic one.
template <bool Gate, mistake Mistake>
struct wrong_event {
  using crowd = volley::detail::crowd<modelled, volley::park, volley::in_process, 26, 13>;
  using bits = crowd::bits;
  static constexpr int to_wake = Gate ? volley::detail::everybody : 1;
  crowd c{0};
  model::atomic<std::uint32_t> slept{0};

  void set() {
    const auto with_it = [](bits seen) {
      const bits more = Gate && Mistake != mistake::shuts_out ? 3 : 1;
      const bits tick = Mistake == mistake::wakes_without_counting ? 0 : crowd::one_tick;
      return (seen & 1) != 0 ? seen : seen + more + tick;
    };
    // A set that finds it set already and leaves it at that hands nothing over (what Rust's unpark, and SaturatingSemaphore, take care of).
    if (Mistake == mistake::writes_only_if_not_set && (c.look() & 1) != 0) return;
    // oneTBB #2136, brpc #3539: looks at a count of sleepers of its own, on another word, before it publishes.
    const bool nobody = slept.load(std::memory_order::relaxed) == 0;
    c.replace(with_it, Mistake == mistake::wakes_nobody_if_none_slept_before && nobody ? 0 : to_wake);
    if (Mistake == mistake::touches_it_afterwards) (void)c.look();
  }
  void wait() {
    const bits first = c.look();
    if ((first & 1) != 0 && Gate) return;
    const auto let_through = [first](bits seen) -> std::optional<bits> {
      if (Gate && crowd::value_of(seen) != crowd::value_of(first)) return seen;
      if (!Gate && (seen & 1) != 0) return Mistake == mistake::takes_by_a_store ? seen : seen - 1;
      return std::nullopt;
    };
    const volley::never_stopped none;
    const volley::detail::patience<modelled, volley::never_stopped> forever{modelled::os::never, none};
    if (Mistake == mistake::wakes_nobody_if_none_slept_before) slept.fetch_add(1, std::memory_order::relaxed);
    (void)c.wait(let_through, forever);
    // Consumes what it saw, in a second step: a set that came in between is gone.
    const auto unset = [](bits seen) -> std::optional<bits> { return seen & ~bits{1}; };
    if (Mistake == mistake::takes_by_a_store) (void)c.try_take(unset);
  }
  bool try_wait() {
    return c.try_take([](bits seen) -> std::optional<bits> {
      if ((seen & 1) == 0) return std::nullopt;
      return seen - 1;
    });
  }
  bool is_set() const requires Gate { return (c.look() & 1) != 0; }
  void reset() { (void)try_wait(); }
};

/// The twin without a mistake, or nothing below would mean anything.
TEST(EventModelMustFail, WithoutTheMistakeTheyPass) {
  EXPECT_TRUE((model::holds<two_set<wrong_event<false, mistake::none>>>(search::random(20'000))));
  EXPECT_TRUE((model::holds<two_set<wrong_event<true, mistake::none>>>(search::random(20'000))));
  EXPECT_TRUE((model::holds<passed_on<wrong_event<false, mistake::none>>>(search::random(20'000))));
  EXPECT_TRUE((model::holds<shut_again<wrong_event<true, mistake::none>>>(search::random(20'000))));
  EXPECT_TRUE((model::holds<handed_over<wrong_event<false, mistake::none>>>(search::random(20'000))));
  EXPECT_TRUE((model::holds<destroyed_by_the_waiter<wrong_event<false, mistake::none>>>(search::random(20'000))));
}

TEST(EventModelMustFail, ASetThatFindsItSetMustWriteItAllTheSame) {
  EXPECT_TRUE((model::fails<two_set<wrong_event<false, mistake::writes_only_if_not_set>>>(search::random(50'000),
                                                                                          rl::test_result_deadlock)));
  EXPECT_TRUE((model::fails<two_set<wrong_event<true, mistake::writes_only_if_not_set>>>(search::random(50'000),
                                                                                         rl::test_result_deadlock)));
}
TEST(EventModelMustFail, ASetThatIsSeenAndThenTakenLetsTwoThrough) {
  EXPECT_FALSE(model::explore(model::recipe_of<passed_on<wrong_event<false, mistake::takes_by_a_store>>>(),
                              search::random(20'000))
                   .passed);
}
TEST(EventModelMustFail, ACountOfSleepersOnAnotherWordLosesAWakeUp) {
  using wrong = handed_over<wrong_event<false, mistake::wakes_nobody_if_none_slept_before>>;
  EXPECT_TRUE(model::fails<wrong>(search::random(20'000), rl::test_result_deadlock));
}
TEST(EventModelMustFail, ASetThatDoesNotTickLosesAWakeUp) {
  using wrong = handed_over<wrong_event<false, mistake::wakes_without_counting>>;
  EXPECT_TRUE(model::fails<wrong>(search::random(20'000), rl::test_result_deadlock));
}
// PulseEvent, and every gate that is one bit.
TEST(EventModelMustFail, AGateThatDoesNotCountItsSetsShutsOutWhoWaited) {
  EXPECT_TRUE((model::fails<shut_again<wrong_event<true, mistake::shuts_out>>>(search::random(20'000),
                                                                               rl::test_result_deadlock)));
}
TEST(EventModelMustFail, ASetThatTouchesTheWordOnceMoreMayFindItDestroyed) {
  using wrong = destroyed_by_the_waiter<wrong_event<false, mistake::touches_it_afterwards>>;
  EXPECT_TRUE(model::fails<wrong>(search::random(10'000), rl::test_result_user_assert_failed));
}

/// Where the right to destroy ends: another waiter has not returned yet.
template <class Event>
struct destroyed_by_the_first : model::scenario {
  static constexpr int threads = 3;
  std::optional<Event> e{std::in_place};
  model::atomic<std::uint32_t> through{0};

  void thread(unsigned which) override {
    if (which == 0) return e->set();
    e->wait();
    if (through.fetch_add(1, std::memory_order::relaxed) == 0) e.reset();
  }
};
/// Or it has ended by its deadline: whoever sets it has not heard of that.
template <class Event>
struct destroyed_after_a_timeout : model::scenario {
  static constexpr int threads = 2;
  std::optional<Event> e{std::in_place};

  destroyed_after_a_timeout() { machine::ticks_left = 1; }
  void thread(unsigned which) override {
    if (which == 0) return e->set();
    (void)e->wait(after_ticks(1));
    e.reset();
  }
};
TEST(EventModelMustFail, OneOfSeveralWaitersMayNotDestroyIt) {
  EXPECT_TRUE((model::fails<destroyed_by_the_first<manual_on<modelled>>>(search::random(10'000),
                                                                         rl::test_result_user_assert_failed)));
}
TEST(EventModelMustFail, AWaiterThatTimedOutMayNotDestroyIt) {
  EXPECT_TRUE((model::fails<destroyed_after_a_timeout<auto_on<modelled>>>(search::random(10'000),
                                                                          rl::test_result_user_assert_failed)));
  EXPECT_TRUE((model::fails<destroyed_after_a_timeout<manual_on<modelled>>>(search::random(10'000),
                                                                            rl::test_result_user_assert_failed)));
}

}  // namespace
