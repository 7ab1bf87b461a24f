// SPDX-License-Identifier: MIT

// mpmc_ring in the model: what its scenarios hold, that each of its orders is needed, and what a peer that stops may do and may not.

#include "one_sided_scenarios.hpp"
#include "stopped_scenarios.hpp"

namespace {

using namespace model::stamped;
using model::require;
using model::search;

template <class Scenario>
void holds_at_random(unsigned long long executions = 60'000) {
  EXPECT_TRUE(model::holds<Scenario>(search::random(executions)));
  EXPECT_TRUE(model::holds<Scenario>(search::random_held(executions / 2)));
}

TEST(MpmcRingModel, DeliversAllOnceAndInOrder) {
  holds_at_random<through<1, 1, 1, 4>>();
  holds_at_random<through<1, 1, 3, 7, ring_of<3, volley::basic_model<240>>>>();
  holds_at_random<through<2, 1, 1, 2>>();
  holds_at_random<through<2, 1, 2, 3>>();
  holds_at_random<through<1, 2, 2, 4>>();
  holds_at_random<through<2, 2, 1, 2>>();
  holds_at_random<through<2, 2, 2, 3>>();
  holds_at_random<through<2, 2, 3, 4, ring_of<3, volley::basic_model<240>>>>();
}

TEST(MpmcRingModel, DeliversAllUnderEveryScheduleOfFewPreemptions) {
  EXPECT_TRUE((model::holds<through<1, 1, 1, 3>>(search::bounded(3), 1'000)));
  EXPECT_TRUE((model::holds<through<2, 1, 1, 1>>(search::bounded(3), 1'000)));
  EXPECT_TRUE((model::holds<through<1, 2, 2, 2>>(search::bounded(2), 1'000)));
  EXPECT_TRUE((model::holds<through<2, 2, 1, 1>>(search::bounded(1), 1'000)));
}

TEST(MpmcRingModel, TriesLoseNothing) {
  EXPECT_TRUE((model::holds<tries<1, 1, 1, 1>>(search::full(), 100)));
  EXPECT_TRUE((model::holds<tries<1, 1, 2, 3>>(search::bounded(2), 1'000)));
  EXPECT_TRUE((model::holds<tries<2, 1, 1, 1>>(search::bounded(2), 1'000)));
  EXPECT_TRUE((model::holds<tries<1, 2, 1, 1>>(search::bounded(2), 1'000)));
  holds_at_random<tries<1, 1, 2, 5>>();
  holds_at_random<tries<2, 1, 1, 3>>();
  holds_at_random<tries<2, 2, 1, 3>>();
  holds_at_random<tries<2, 2, 2, 3>>();
}

TEST(MpmcRingModel, HasOneOrderForAllAndNoFalseFullOrEmpty) {
  holds_at_random<one_order_for_all<1>>();
  holds_at_random<one_order_for_all<2>>();
  EXPECT_TRUE(model::holds<one_order_for_all<2>>(search::bounded(1), 1'000));
}

TEST(MpmcRingModel, RunsAreClaimedWholeAndLoseNothing) {
  holds_at_random<runs<1, 1>>();
  holds_at_random<runs<1, 2>>();
  holds_at_random<runs<2, 2>>();
  holds_at_random<runs<2, 3>>();
  EXPECT_TRUE(model::holds<two_runs>(search::bounded(3), 1'000));
}

TEST(MpmcRingModel, WhatIsReservedAndNotUsedIsGivenBackOrSkipped) {
  holds_at_random<reserving<1, 1, 0>>();
  holds_at_random<reserving<2, 1, 0>>();
  holds_at_random<reserving<2, 2, 1>>();
  holds_at_random<reserving<3, 2, 1>>();
  holds_at_random<reserving<3, 3, 3>>();
  EXPECT_TRUE((model::holds<reserving<2, 1, 0, 1>>(search::bounded(2), 1'000)));
  EXPECT_TRUE((model::holds<reserving<2, 2, 1, 1>>(search::bounded(1), 1'000)));
}

TEST(MpmcRingModel, ThereIsOneForEachBehindAHole) {
  EXPECT_TRUE(model::holds<one_for_each>(search::full(), 1'000));
  holds_at_random<one_for_each>();
}

TEST(MpmcRingModel, NoPushSucceedsAfterTheSeal) {
  holds_at_random<sealing<>>();
  holds_at_random<sealed_while_reserved>();
  EXPECT_TRUE(model::holds<sealing<>>(search::bounded(1), 1'000));
  EXPECT_TRUE(model::holds<sealed_while_reserved>(search::bounded(3), 10));
}

const std::vector<search> random_and_held{search::random(20'000), search::random_held(20'000)};

TEST(MpmcRingModel, EveryOrderIsNeeded) {
  EXPECT_TRUE(
      (model::every_order_is_needed("volley/ring/stamped_claims.hpp",
                                    {model::recipe_of<through<1, 1, 1, 4>>(), model::recipe_of<through<2, 1, 2, 3>>(),
                                     model::recipe_of<reserving<2, 1, 0>>(), model::recipe_of<reserving<1, 1, 0>>()},
                                    random_and_held)));
}
TEST(MpmcRingModel, EveryOrderOfItsEndsIsNeeded) {
  EXPECT_TRUE((model::every_order_is_needed(
      "volley/ring/ends.hpp",
      {model::recipe_of<reserving<2, 1, 0>>(), model::recipe_of<reserving<1, 1, 0>>(), model::recipe_of<sealing<>>(),
       model::recipe_of<another_one_seals<spmc::ring<2>>>(), model::recipe_of<peek_and_leave<mpsc::ring<2>>>(),
       model::recipe_of<reserve_and_leave<spmc::ring<2>>>()},
      random_and_held)));
}

// ---- a peer that stops for ever ----

TEST(MpmcRingModel, NoCallWaitsForAStoppedPeer) {
  for (int victim : {0, 1, 2}) {
    EXPECT_TRUE(model::others_go_on_without(victim, model::recipe_of<next_to_a_stopped_one<ring_of<2>, 2>>(),
                                            search::random(2'000)));
    EXPECT_TRUE(model::others_go_on_without(victim, model::recipe_of<next_to_a_stopped_one<ring_of<2>, 1>>(),
                                            search::bounded(1)));
  }
}

TEST(MpmcRingModelMustFail, AProducerThatStopsInTheMiddleHidesWhatIsBehindIt) {
  using scenario = next_to_a_stopped_peer<ring_of<2>, true>;
  EXPECT_TRUE(model::holds<scenario>(search::random(5'000)));
  EXPECT_TRUE(model::others_wait_for(0, model::recipe_of<scenario>(), search::random(3'000)));
}
TEST(MpmcRingModelMustFail, AConsumerThatStopsInTheMiddleTakesItsSlotAway) {
  using scenario = next_to_a_stopped_peer<ring_of<2>, false>;
  EXPECT_TRUE(model::holds<scenario>(search::random(5'000)));
  EXPECT_TRUE(model::others_wait_for(0, model::recipe_of<scenario>(), search::random(3'000)));
}

}  // namespace
