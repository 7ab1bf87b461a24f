// SPDX-License-Identifier: MIT

// overwrite_ring in the model: every element on one side once, exactness, bounded steps, what a third thread sees, a stopped peer, and
// the need for each order.

#include "overwrite_scenarios.hpp"

namespace {

using model::recipe_of;
using model::search;
using namespace model::overwrite;

TEST(OverwriteRingModel, EachElementIsPoppedOrEvictedOrInsideOnce) {
  EXPECT_TRUE((model::holds<shared_out<1, 6, 4>>(search::random(60'000))));
  EXPECT_TRUE((model::holds<shared_out<2, 8, 4>>(search::random(60'000))));
  EXPECT_TRUE((model::holds<shared_out<3, 11, 4>>(search::random(30'000))));
  EXPECT_TRUE((model::holds<shared_out<1, 6, 4>>(search::random_held(40'000))));
  EXPECT_TRUE((model::holds<shared_out<2, 8, 4>>(search::random_held(40'000))));
}

TEST(OverwriteRingModel, EvictsExactlyWhenFullAndIsNeverFalselyEmpty) {
  EXPECT_TRUE((model::holds<exact<1, 5, 4>>(search::random(50'000))));
  EXPECT_TRUE((model::holds<exact<2, 7, 4>>(search::random(50'000))));
  EXPECT_TRUE((model::holds<exact<1, 5, 4>>(search::random_held(30'000))));
  EXPECT_TRUE((model::holds<exact<1, 4, 3>>(search::bounded(3), 1'000)));
}

TEST(OverwriteRingModel, TheConsumerFindsItsCellHoweverFarTheProducerIs) {
  EXPECT_TRUE(model::holds<lending<2>>(search::full(), 1'000));
  EXPECT_TRUE(model::holds<lending<5>>(search::bounded(2), 1'000));
}

TEST(OverwriteRingModel, AWatcherSeesSizesThatCanBe) {
  EXPECT_TRUE(model::holds<watched>(search::random(50'000)));
  EXPECT_TRUE(model::holds<watched>(search::bounded(2), 1'000));
}

TEST(OverwriteRingModel, ASealKeepsAllOut) {
  EXPECT_TRUE(model::holds<sealing>(search::random(50'000)));
  EXPECT_TRUE(model::holds<sealing>(search::bounded(2), 1'000));
}

TEST(OverwriteRingModel, AStoppedConsumerDelaysNothing) {
  EXPECT_TRUE(model::others_go_on_without(1, recipe_of<stopped_consumer<1>>(), search::random(4'000)));
  EXPECT_TRUE(model::others_go_on_without(1, recipe_of<stopped_consumer<2>>(), search::random(4'000)));
  EXPECT_TRUE(model::others_go_on_without(1, recipe_of<stopped_consumer<1>>(), search::bounded(1)));
}

TEST(OverwriteRingModel, AStoppedProducerDelaysNothing) {
  EXPECT_TRUE(model::others_go_on_without(0, recipe_of<stopped_producer>(), search::random(4'000)));
  EXPECT_TRUE(model::others_go_on_without(0, recipe_of<stopped_producer>(), search::bounded(1)));
}

TEST(OverwriteRingModel, EveryOrderIsNeeded) {
  EXPECT_TRUE(
      (model::every_order_is_needed("volley/ring/evicting_slots.hpp",
                                    {recipe_of<lending<5>>(), recipe_of<shared_out<1, 6, 4>>(),
                                     recipe_of<shared_out<2, 8, 4>>(), recipe_of<sealing>()},
                                    {search::random(30'000), search::random_held(20'000), search::bounded(2)})));
}

}  // namespace
