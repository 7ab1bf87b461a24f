// SPDX-License-Identifier: MIT

// lockfree_mpmc_ring in the model: what its scenarios hold, and that each of its orders is needed. Peers that stop:
// lockfree_progress_model_test.cpp.

#include "lockfree_scenarios.hpp"

namespace {

using namespace model::lockfree;
using model::search;
namespace with = model::stamped;

template <class Scenario>
void holds_at_random(unsigned long long executions = 10'000) {
  EXPECT_TRUE(model::holds<Scenario>(search::random(executions)));
  EXPECT_TRUE(model::holds<Scenario>(search::random_held(executions / 2)));
}

template <unsigned Producers, unsigned Consumers, std::size_t Capacity, int Each>
using through = with::through<Producers, Consumers, Capacity, Each, ring_of<Capacity>>;
template <unsigned Producers, unsigned Consumers, std::size_t Capacity, int Tries>
using tries = with::tries<Producers, Consumers, Capacity, Tries, ring_of<Capacity>>;
template <std::size_t Capacity, std::size_t Reserved, std::size_t Kept, int Twice = 2>
using reserving = with::reserving<Capacity, Reserved, Kept, Twice, ring_of<Capacity>>;
using sealing = with::sealing<ring_of<2>>;

TEST(LockfreeMpmcRingModel, DeliversAllOnceAndInOrder) {
  holds_at_random<through<1, 1, 1, 4>>();
  holds_at_random<with::through<1, 1, 3, 7, ring_of<3, volley::basic_model<240>>>>();
  holds_at_random<through<2, 1, 1, 2>>();
  holds_at_random<through<1, 2, 2, 4>>();
  holds_at_random<through<2, 2, 1, 2>>();
  holds_at_random<through<2, 2, 2, 3>>();
}

TEST(LockfreeMpmcRingModel, DeliversAllUnderEveryScheduleOfFewPreemptions) {
  EXPECT_TRUE((model::holds<through<1, 1, 1, 3>>(search::bounded(2), 1'000)));
  EXPECT_TRUE((model::holds<through<2, 1, 1, 1>>(search::bounded(2), 1'000)));
  EXPECT_TRUE((model::holds<through<1, 2, 2, 2>>(search::bounded(1), 1'000)));
}

TEST(LockfreeMpmcRingModel, TriesLoseNothing) {
  EXPECT_TRUE((model::holds<tries<1, 1, 2, 3>>(search::bounded(1), 1'000)));
  EXPECT_TRUE((model::holds<tries<2, 1, 1, 1>>(search::bounded(2), 1'000)));
  holds_at_random<tries<1, 1, 2, 5>>();
  holds_at_random<tries<2, 1, 1, 3>>();
  holds_at_random<tries<2, 2, 1, 3>>();
  holds_at_random<tries<2, 2, 2, 3>>();
}

TEST(LockfreeMpmcRingModel, HasOneOrderForAllAndNoFalseFullOrEmpty) {
  holds_at_random<with::one_order_for_all<1, ring_of<1>>>();
  holds_at_random<with::one_order_for_all<2, ring_of<2>>>();
  holds_at_random<own_push_is_popped>();
  holds_at_random<own_pop_makes_room>();
  EXPECT_TRUE(model::holds<own_push_is_popped>(search::bounded(3), 1'000));
  EXPECT_TRUE(model::holds<own_pop_makes_room>(search::bounded(3), 1'000));
}

TEST(LockfreeMpmcRingModel, WhoPushedFindsOneAndWhoPoppedFindsRoom) {
  holds_at_random<with::push_then_pop<2, ring_of<2>>>();
  holds_at_random<with::push_then_pop<3, ring_of<3>>>();
  holds_at_random<with::pop_then_push<2, ring_of<2>>>();
  holds_at_random<with::pop_then_push<3, ring_of<3>>>();
}

TEST(LockfreeMpmcRingModel, BatchesLoseNothing) {
  holds_at_random<with::runs<1, 2, ring_of<2>>>();
  holds_at_random<with::runs<2, 3, ring_of<3>>>();
}

TEST(LockfreeMpmcRingModel, WhatIsReservedAndNotUsedIsFreeAgain) {
  holds_at_random<reserving<1, 1, 0>>();
  holds_at_random<reserving<2, 1, 0>>();
  holds_at_random<reserving<2, 2, 1>>();
  holds_at_random<given_back>();
  EXPECT_TRUE(model::holds<given_back>(search::bounded(2), 1'000));
}

TEST(LockfreeMpmcRingModel, NoPushSucceedsAfterTheSeal) {
  holds_at_random<sealing>();
  holds_at_random<sealed_behind_a_late_one>();
  holds_at_random<refused_means_full_or_sealed>();
  EXPECT_TRUE(model::holds<refused_means_full_or_sealed>(search::full(), 10));
  EXPECT_TRUE(model::holds<sealing>(search::bounded(1), 1'000));
}

TEST(LockfreeMpmcRingModel, EveryOrderIsNeeded) {
  const std::vector scenarios{model::recipe_of<own_push_is_popped>(),
                              model::recipe_of<through<1, 1, 1, 4>>(),
                              model::recipe_of<sealed_behind_a_late_one>(),
                              model::recipe_of<through<2, 1, 2, 2>>(),
                              model::recipe_of<sealing>(),
                              model::recipe_of<with::push_then_pop<2, ring_of<2>>>(),
                              model::recipe_of<refused_means_full_or_sealed>()};
  const std::vector searches{search::random(20'000), search::random_held(20'000), search::bounded(1)};
  EXPECT_TRUE(model::every_order_is_needed("volley/ring/index_queue.hpp", scenarios, searches));
  EXPECT_TRUE(model::every_order_is_needed("volley/ring/lockfree_mpmc_ring.hpp", scenarios, searches));
}

}  // namespace
