// SPDX-License-Identifier: MIT

// mpsc_ring and spmc_ring in the model: what they are beyond mpmc_ring, which shares all but their ends.

#include "one_sided_scenarios.hpp"
#include "stopped_scenarios.hpp"

namespace {

using namespace model::stamped;
using model::search;

template <class Scenario>
void holds_at_random(unsigned long long executions = 30'000) {
  EXPECT_TRUE(model::holds<Scenario>(search::random(executions)));
  EXPECT_TRUE(model::holds<Scenario>(search::random_held(executions / 2)));
}

TEST(MpscRingModel, DeliversAllOnceAndInOrder) {
  holds_at_random<through<1, 1, 1, 4, mpsc::ring<1>>>();
  holds_at_random<through<2, 1, 2, 3, mpsc::ring<2>>>();
  holds_at_random<through<3, 1, 3, 2, mpsc::ring<3, volley::basic_model<240>>>>();
  EXPECT_TRUE((model::holds<through<2, 1, 1, 1, mpsc::ring<1>>>(search::bounded(3), 1'000)));
}
TEST(MpscRingModel, TriesAndRunsLoseNothing) {
  EXPECT_TRUE((model::holds<tries<1, 1, 1, 1, mpsc::ring<1>>>(search::full(), 100)));
  EXPECT_TRUE((model::holds<tries<2, 1, 1, 1, mpsc::ring<1>>>(search::bounded(2), 1'000)));
  holds_at_random<tries<2, 1, 2, 3, mpsc::ring<2>>>();
  holds_at_random<runs<1, 2, mpsc::ring<2>>>();
}
TEST(MpscRingModel, WhatIsReservedAndNotUsedIsGivenBackOrSkipped) {
  holds_at_random<reserving<2, 1, 0, 2, mpsc::ring<2>>>();
  holds_at_random<reserving<3, 2, 1, 2, mpsc::ring<3>>>();
}
TEST(MpscRingModel, WhatIsPeekedAndNotReleasedStays) {
  holds_at_random<peek_and_leave<mpsc::ring<2>>>();
  EXPECT_TRUE(model::holds<peek_and_leave<mpsc::ring<3>>>(search::bounded(2), 1'000));
}
TEST(MpscRingModel, NoPushSucceedsAfterTheSeal) {
  holds_at_random<sealing<mpsc::ring<2>>>();
  holds_at_random<the_producer_seals<mpsc::ring<1>>>();
}

TEST(SpmcRingModel, DeliversAllOnceAndInOrder) {
  holds_at_random<through<1, 1, 1, 4, spmc::ring<1>>>();
  holds_at_random<through<1, 2, 2, 4, spmc::ring<2>>>();
  holds_at_random<through<1, 3, 3, 6, spmc::ring<3, volley::basic_model<240>>>>();
  EXPECT_TRUE((model::holds<through<1, 2, 1, 2, spmc::ring<1>>>(search::bounded(2), 1'000)));
}
TEST(SpmcRingModel, TriesLoseNothing) {
  EXPECT_TRUE((model::holds<tries<1, 1, 1, 1, spmc::ring<1>>>(search::full(), 100)));
  EXPECT_TRUE((model::holds<tries<1, 2, 1, 1, spmc::ring<1>>>(search::bounded(2), 1'000)));
  holds_at_random<tries<1, 2, 2, 3, spmc::ring<2>>>();
}
TEST(SpmcRingModel, WhatIsReservedAndNotUsedIsFreeAtOnce) {
  holds_at_random<reserve_and_leave<spmc::ring<2>>>();
  EXPECT_TRUE(model::holds<reserve_and_leave<spmc::ring<3>>>(search::bounded(2), 1'000));
}
TEST(SpmcRingModel, NoPushSucceedsAfterTheSeal) {
  holds_at_random<another_one_seals<spmc::ring<2>>>();
  holds_at_random<the_producer_seals<spmc::ring<1>>>();
}

// ---- a peer that stops for ever ----

TEST(MpscRingModel, NoCallWaitsForAStoppedPeer) {
  for (int victim : {0, 1, 2}) {
    EXPECT_TRUE((model::others_go_on_without(
        victim, model::recipe_of<next_to_a_stopped_one<mpsc::ring<2>, 2, true, false>>(), search::random(1'000))));
  }
}
TEST(MpscRingModel, AProducerThatStopsInTheMiddleHidesWhatIsBehindIt) {
  EXPECT_TRUE((model::others_wait_for(0, model::recipe_of<next_to_a_stopped_peer<mpsc::ring<2>, true>>(),
                                      search::random(3'000))));
}
TEST(SpmcRingModel, NoCallWaitsForAStoppedPeer) {
  for (int victim : {0, 1, 2}) {
    EXPECT_TRUE((model::others_go_on_without(
        victim, model::recipe_of<next_to_a_stopped_one<spmc::ring<2>, 2, false, true>>(), search::random(1'000))));
  }
}
TEST(SpmcRingModel, AConsumerThatStopsInTheMiddleTakesItsSlotAway) {
  EXPECT_TRUE((model::others_wait_for(0, model::recipe_of<next_to_a_stopped_peer<spmc::ring<2>, false>>(),
                                      search::random(3'000))));
}

}  // namespace
