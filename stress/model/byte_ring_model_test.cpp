// SPDX-License-Identifier: MIT

// byte_ring in the model: rings of 1 to 5 grains across many laps, short commits, aborts, peeks, a seal, a third thread that looks, and a
// stopped peer.

#include "byte_ring_scenarios.hpp"

namespace {

using namespace model::byte_rings;
using model::require;
using model::search;

template <class Scenario>
void holds_at_random(unsigned long long executions = 20'000) {
  EXPECT_TRUE(model::holds<Scenario>(search::random(executions)));
  EXPECT_TRUE(model::holds<Scenario>(search::random_held(executions / 2)));
}

TEST(ByteRingModel, DeliversAllInOrder) {
  holds_at_random<stream<byte_ring<1>, 4>>();
  holds_at_random<stream<byte_ring<2>, 5>>();
  holds_at_random<stream<byte_ring<3>, 6>>();
  holds_at_random<stream<byte_ring<4>, 6>>();
  holds_at_random<stream<byte_ring<5>, 7, way::whole, 3>>();
}

TEST(ByteRingModel, DeliversAllUnderEveryScheduleOfFewPreemptions) {
  EXPECT_TRUE((model::holds<stream<byte_ring<1>, 3>>(search::bounded(3), 1'000)));
  EXPECT_TRUE((model::holds<stream<byte_ring<3>, 4>>(search::bounded(2), 1'000)));
  EXPECT_TRUE((model::holds<stream<byte_ring<4>, 5, way::whole, 2>>(search::bounded(2), 1'000)));
  EXPECT_TRUE((model::holds<stream<byte_ring<1>, 1>>(search::full(), 100)));
}

TEST(ByteRingModel, WhatIsCommittedShortOrAbortedLeavesNoTrace) {
  holds_at_random<stream<byte_ring<3>, 5, way::fewer>>();
  holds_at_random<stream<byte_ring<5>, 5, way::fewer, 2>>();
  holds_at_random<stream<byte_ring<3>, 5, way::with_aborts>>();
  holds_at_random<stream<byte_ring<4>, 5, way::with_aborts, 2>>();
  EXPECT_TRUE((model::holds<stream<byte_ring<3>, 3, way::fewer>>(search::bounded(2), 1'000)));
  EXPECT_TRUE((model::holds<stream<byte_ring<3>, 3, way::with_aborts>>(search::bounded(2), 1'000)));
}

TEST(ByteRingModel, APeekThatIsNotReleasedTakesNothing) {
  holds_at_random<stream<byte_ring<1>, 3, way::whole, 0>>();
  holds_at_random<stream<byte_ring<3>, 5, way::whole, 0>>();
}

TEST(ByteRingModel, TriesAreWaitFreeAndLoseNothing) {
  EXPECT_TRUE((model::holds<tries<byte_ring<1>, 2, 12>>(search::full(), 100)));
  EXPECT_TRUE((model::holds<tries<byte_ring<3>, 4, 12>>(search::bounded(3), 1'000)));
  holds_at_random<tries<byte_ring<1>, 4, 12>>();
  holds_at_random<tries<byte_ring<2>, 5, 12>>();
  holds_at_random<tries<byte_ring<3>, 6, 12>>();
  holds_at_random<tries<byte_ring<4>, 6, 12>>();
  holds_at_random<tries<byte_ring<5>, 6, 12>>();
}

TEST(ByteRingModel, TheSizeStaysWithinBounds) {
  holds_at_random<watched<byte_ring<3>>>();
  EXPECT_TRUE(model::holds<watched<byte_ring<3>>>(search::bounded(2), 1'000));
}

TEST(ByteRingModel, NoClaimSucceedsAfterTheSeal) {
  holds_at_random<sealing<byte_ring<3>>>();
  EXPECT_TRUE(model::holds<sealing<byte_ring<3>>>(search::bounded(1), 1'000));
}

TEST(ByteRingModel, EveryOrderIsNeeded) {
  EXPECT_TRUE((model::every_order_is_needed(
      "volley/ring/record_claims.hpp",
      {model::recipe_of<stream<byte_ring<1>, 4>>(), model::recipe_of<stream<byte_ring<3>, 6>>()},
      {search::random(20'000), search::random_held(20'000)})));
}

/// One side stops for ever somewhere; the other makes all the claims that there is room for, or takes what is there.
struct stopped_peer : model::scenario {
  static constexpr int threads = 2;
  byte_ring<3> ring;

  void thread(unsigned which) override {
    unsigned next = 0;
    if (which == 1) {
      for (int i = 0; i != 3; ++i) (void)take(ring, next, 2);
      return;
    }
    require(put(ring, 0, 0) == volley::claim_error::none && put(ring, 0, 1) == volley::claim_error::none,
            "there is room for two, wherever the consumer stopped");
    (void)put(ring, 0, 2);
  }
};

TEST(ByteRingModel, AStoppedPeerDelaysNothing) {
  for (int victim : {0, 1}) {
    EXPECT_TRUE(model::others_go_on_without(victim, model::recipe_of<stopped_peer>(), search::random(2'000)));
    EXPECT_TRUE(model::others_go_on_without(victim, model::recipe_of<stopped_peer>(), search::bounded(2)));
  }
}

}  // namespace
