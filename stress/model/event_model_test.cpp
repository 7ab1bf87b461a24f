// SPDX-License-Identifier: MIT

// auto_reset_event and manual_reset_event in the model: every policy, several setters and waiters, deadlines, stops, spurious wake-ups, a reset
// straight after the set, destruction straight after the wait. What is wrong on purpose is in event_bad_test.cpp.

#include <volley/handoff/auto_reset_event.hpp>
#include <volley/handoff/manual_reset_event.hpp>

#include "event_crowd_scenarios.hpp"

namespace {

using namespace event_scenarios;

template <class Wait, class Env = modelled>
using auto_of = volley::auto_reset_event<Wait, volley::in_process, Env>;
template <class Wait, class Env = modelled>
using manual_of = volley::manual_reset_event<Wait, volley::in_process, Env>;

template <class Event>
class EventModel : public testing::Test {};
using each = testing::Types<auto_of<volley::busy_spin>, auto_of<volley::spin_yield>, auto_of<volley::spin_park>,
                            auto_of<volley::park>, manual_of<volley::busy_spin>, manual_of<volley::spin_yield>,
                            manual_of<volley::spin_park>, manual_of<volley::park>>;
TYPED_TEST_SUITE(EventModel, each);

TYPED_TEST(EventModel, WhatCameBeforeASetIsThereAfterTheWait) {
  EXPECT_TRUE((model::holds<handed_over<TypeParam>>(search::random(30'000))));
  EXPECT_TRUE((model::holds<handed_over<TypeParam>>(search::random_held(10'000))));
  EXPECT_TRUE((model::holds<handed_over<TypeParam>>(search::bounded(2))));
  EXPECT_TRUE((model::holds<handed_over<TypeParam, one_cpu>>(search::random(10'000))));
  EXPECT_TRUE((model::holds<handed_over<TypeParam, spurious>>(search::random(20'000))));
}

TYPED_TEST(EventModel, SetsThatAreOneBringWhatCameBeforeEach) {
  EXPECT_TRUE((model::holds<two_set<TypeParam>>(search::random(30'000))));
  EXPECT_TRUE((model::holds<two_set<TypeParam>>(search::random_held(10'000))));
  EXPECT_TRUE((model::holds<two_set<TypeParam>>(search::bounded(2))));
}

TYPED_TEST(EventModel, ATimeoutLosesNothing) {
  EXPECT_TRUE((model::holds<impatient<TypeParam>>(search::random(30'000))));
  EXPECT_TRUE((model::holds<impatient<TypeParam>>(search::random_held(10'000))));
  EXPECT_TRUE((model::holds<impatient<TypeParam>>(search::bounded(3))));
  EXPECT_TRUE((model::holds<impatient<TypeParam, spurious>>(search::random(10'000))));
}

TYPED_TEST(EventModel, AStopLosesNothing) {
  EXPECT_TRUE((model::holds<stopped<TypeParam>>(search::random(30'000))));
  EXPECT_TRUE((model::holds<stopped<TypeParam>>(search::random_held(10'000))));
  EXPECT_TRUE((model::holds<stopped<TypeParam>>(search::bounded(1))));
  EXPECT_TRUE((model::holds<only_a_stop<TypeParam>>(search::random(10'000))));
  EXPECT_TRUE((model::holds<only_a_stop<TypeParam>>(search::bounded(2))));
}

TYPED_TEST(EventModel, ItsOnlyWaiterMayDestroyIt) {
  EXPECT_TRUE((model::holds<destroyed_by_the_waiter<TypeParam>>(search::random(20'000))));
  EXPECT_TRUE((model::holds<destroyed_by_the_waiter<TypeParam>>(search::random_held(10'000))));
  EXPECT_TRUE((model::holds<destroyed_by_the_waiter<TypeParam>>(search::full())));
}

// Whatever a waiter does and wherever it stops for ever, who sets is done within a bound, as is another waiter with a set of its own.
TYPED_TEST(EventModel, AWaiterThatStopsForEverStopsNobody) {
  EXPECT_TRUE((model::others_go_on_without(1, model::recipe_of<counted_set<TypeParam, 12>>(), search::random(1'000))));
}

template <class Wait>
class AutoResetEventModel : public testing::Test {};
TYPED_TEST_SUITE(AutoResetEventModel, policies);

TYPED_TEST(AutoResetEventModel, EachSetLetsOneThrough) {
  using event = auto_of<TypeParam>;
  EXPECT_TRUE((model::holds<passed_on<event>>(search::random(30'000))));
  EXPECT_TRUE((model::holds<passed_on<event>>(search::random_held(10'000))));
  EXPECT_TRUE((model::holds<passed_on<event>>(search::bounded(2))));
  EXPECT_TRUE((model::holds<passed_on<event, spurious>>(search::random(20'000))));
  EXPECT_TRUE((model::holds<taken_away<event>>(search::random(30'000))));
  EXPECT_TRUE((model::holds<taken_away<event>>(search::bounded(2))));
}

// Row 19 of the field's list, GCC's PR 104928: two wait, one set, and the one that was chosen leaves.
TYPED_TEST(AutoResetEventModel, ASetIsNotLostWithAWaiterThatLeaves) {
  using event = auto_of<TypeParam>;
  EXPECT_TRUE((model::holds<one_leaves<event, by_deadline>>(search::random(50'000))));
  EXPECT_TRUE((model::holds<one_leaves<event, by_deadline>>(search::random_held(10'000))));
  EXPECT_TRUE((model::holds<one_leaves<event, by_deadline>>(search::bounded(1))));
  EXPECT_TRUE((model::holds<one_leaves<event, by_stop>>(search::random(50'000))));
}

template <class Wait>
class ManualResetEventModel : public testing::Test {};
TYPED_TEST_SUITE(ManualResetEventModel, policies);

TYPED_TEST(ManualResetEventModel, ASetLetsAllThrough) {
  using event = manual_of<TypeParam>;
  EXPECT_TRUE((model::holds<all_through<event>>(search::random(30'000))));
  EXPECT_TRUE((model::holds<all_through<event>>(search::random_held(10'000))));
  EXPECT_TRUE((model::holds<all_through<event>>(search::bounded(2))));
  EXPECT_TRUE((model::holds<all_through<event, spurious>>(search::random(20'000))));
}

TYPED_TEST(ManualResetEventModel, WhoWaitedIsLetThroughAlsoWhenAResetFollowsAtOnce) {
  using event = manual_of<TypeParam>;
  if (!TypeParam::parks) return;  // who only looks is seen in the unit tests, step by step
  EXPECT_TRUE((model::holds<shut_again<event>>(search::random(30'000))));
  EXPECT_TRUE((model::holds<shut_again<event>>(search::random_held(10'000))));
  EXPECT_TRUE((model::holds<shut_again<event>>(search::bounded(1))));
  EXPECT_TRUE((model::holds<shut_again<event, 1, spurious>>(search::random(20'000))));
}

}  // namespace
