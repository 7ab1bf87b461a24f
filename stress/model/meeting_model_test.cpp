// SPDX-License-Identifier: MIT

// exchanger and rendezvous in the model: every policy, partners that give up, any number of threads, and the need for each order.

#include "meeting_scenarios.hpp"

namespace {

using model::recipe_of;
using model::search;
using namespace model::meeting;

template <class Wait>
class MeetingModel : public testing::Test {};
using policies = testing::Types<volley::busy_spin, volley::spin_yield, volley::spin_park, volley::park>;
TYPED_TEST_SUITE(MeetingModel, policies);

/// For 2 threads, and small; what polls takes many more steps.
template <class Scenario>
void holds_everywhere(unsigned long long executions, unsigned preemptions) {
  EXPECT_TRUE(model::holds<Scenario>(search::random(executions)));
  EXPECT_TRUE(model::holds<Scenario>(search::random_held(executions / 2)));
  EXPECT_TRUE(model::holds<Scenario>(search::bounded(preemptions)));
}

template <class Wait>
constexpr unsigned few = Wait::spins ? 1 : 2;

TYPED_TEST(MeetingModel, TwoSwap) {
  holds_everywhere<swaps<TypeParam, 2, 1>>(10'000, few<TypeParam>);
  holds_everywhere<swaps<TypeParam, 2, 2>>(10'000, few<TypeParam>);
  EXPECT_TRUE((model::holds<swaps<TypeParam, 2, 3>>(search::random(10'000))));
  if (!TypeParam::spins) {
    EXPECT_TRUE((model::holds<swaps<TypeParam, 2, 1>>(search::bounded(3))));
  }
  EXPECT_TRUE((model::holds<swaps<TypeParam, 2, 1, one_cpu>>(search::random(10'000))));
  EXPECT_TRUE((model::holds<swaps<TypeParam, 2, 2, spurious>>(search::random(10'000))));
}

TYPED_TEST(MeetingModel, FourSwapInPairs) {
  EXPECT_TRUE((model::holds<swaps<TypeParam, 4, 1>>(search::random(10'000))));
  EXPECT_TRUE((model::holds<swaps<TypeParam, 4, 1, spurious>>(search::random(10'000))));
  EXPECT_TRUE((model::holds<swaps<TypeParam, 4, 1>>(search::random_held(10'000))));
}

TYPED_TEST(MeetingModel, WhoGivesUpASwapHasItsValueBack) {
  holds_everywhere<swaps_in_two_tries<TypeParam, by_deadline>>(10'000, few<TypeParam>);
  holds_everywhere<swaps_in_two_tries<TypeParam, by_deadline, 2, 2>>(10'000, few<TypeParam>);
  EXPECT_TRUE((model::holds<swaps_in_two_tries<TypeParam, by_deadline, 4, 2>>(search::random(10'000))));
  EXPECT_TRUE((model::holds<swaps_in_two_tries<TypeParam, by_stop>>(search::random(10'000))));
  EXPECT_TRUE((model::holds<swaps_in_two_tries<TypeParam, by_stop, 2, 2, spurious>>(search::random(10'000))));
  EXPECT_TRUE((model::holds<swaps_in_two_tries<TypeParam, by_stop>>(search::bounded(1))));
}

TYPED_TEST(MeetingModel, WhoTriesToSwapDoesSoWithOneWhoWaits) {
  EXPECT_TRUE((model::holds<tries_to_swap<TypeParam>>(search::random(10'000))));
  EXPECT_TRUE((model::holds<tries_to_swap<TypeParam>>(search::bounded(1))));
}

TYPED_TEST(MeetingModel, OneGivesToAnother) {
  holds_everywhere<gives<TypeParam, 1, 1, 1>>(10'000, few<TypeParam>);
  holds_everywhere<gives<TypeParam, 1, 1, 2>>(10'000, few<TypeParam>);
  EXPECT_TRUE((model::holds<gives<TypeParam, 1, 1, 3>>(search::random(10'000))));
  if (!TypeParam::spins) {
    EXPECT_TRUE((model::holds<gives<TypeParam, 1, 1, 1>>(search::bounded(3))));
  }
  EXPECT_TRUE((model::holds<gives<TypeParam, 1, 1, 2, one_cpu>>(search::random(10'000))));
  EXPECT_TRUE((model::holds<gives<TypeParam, 1, 1, 2, spurious>>(search::random(10'000))));
}

TYPED_TEST(MeetingModel, ManyGiveToMany) {
  EXPECT_TRUE((model::holds<gives<TypeParam, 2, 1, 1>>(search::random(10'000))));
  EXPECT_TRUE((model::holds<gives<TypeParam, 1, 2, 2>>(search::random(10'000))));
  EXPECT_TRUE((model::holds<gives<TypeParam, 2, 2, 1>>(search::random(10'000))));
  EXPECT_TRUE((model::holds<gives<TypeParam, 2, 2, 1>>(search::random_held(10'000))));
  EXPECT_TRUE((model::holds<gives<TypeParam, 2, 1, 1>>(search::bounded(1))));
}

TYPED_TEST(MeetingModel, WhoGivesUpAGiveHasItsValueBackAndWhoGivesUpATakeHasTakenNothing) {
  holds_everywhere<gives_in_two_tries<TypeParam, by_deadline, true, false>>(10'000, few<TypeParam>);
  holds_everywhere<gives_in_two_tries<TypeParam, by_deadline, false, true>>(10'000, few<TypeParam>);
  holds_everywhere<gives_in_two_tries<TypeParam, by_deadline, true, true>>(10'000, few<TypeParam>);
  EXPECT_TRUE((model::holds<gives_in_two_tries<TypeParam, by_stop, true, false>>(search::random(10'000))));
  EXPECT_TRUE((model::holds<gives_in_two_tries<TypeParam, by_stop, false, true>>(search::random(10'000))));
  EXPECT_TRUE((model::holds<gives_in_two_tries<TypeParam, by_stop, true, true, spurious>>(search::random(10'000))));
  EXPECT_TRUE((model::holds<gives_in_two_tries<TypeParam, by_stop, true, true>>(search::bounded(1))));
}

TYPED_TEST(MeetingModel, AStopDoesNotDisturbWhoComesAfter) {
  EXPECT_TRUE((model::holds<two_give_in_two_tries<TypeParam>>(search::random(20'000))));
  EXPECT_TRUE((model::holds<two_give_in_two_tries<TypeParam>>(search::random_held(10'000))));
}

TYPED_TEST(MeetingModel, WhoTriesToGiveOrToTakeDoesSoWithOneWhoWaits) {
  holds_everywhere<tries_to_give<TypeParam, true>>(10'000, few<TypeParam>);
  holds_everywhere<tries_to_give<TypeParam, false>>(10'000, few<TypeParam>);
}

TEST(MeetingModel, EveryOrderIsNeeded) {
  EXPECT_TRUE(
      (model::every_order_is_needed("volley/handoff/meeting.hpp",
                                    {recipe_of<swaps<volley::park, 2, 2>>(), recipe_of<gives<volley::park, 1, 1, 2>>(),
                                     recipe_of<swaps_in_two_tries<volley::park, by_deadline>>(),
                                     recipe_of<gives_in_two_tries<volley::park, by_deadline, true, true>>()},
                                    {search::random(20'000), search::random_held(20'000), search::bounded(2)})));
}

// A handoff needs two, and the headers say so.
TEST(MeetingModel, WhoStopsKeepsItsPartnerWaiting) {
  EXPECT_TRUE((model::others_wait_for(0, recipe_of<swaps<volley::park>>(), search::random(1'000))));
  EXPECT_TRUE((model::others_wait_for(0, recipe_of<gives<volley::park>>(), search::random(1'000))));
}

}  // namespace
