// SPDX-License-Identifier: MIT

// lockfree_mpmc_ring next to peers that stop for ever, before each of their steps, in the model. Many that stop at once:
// tests/unit/lockfree_progress_test.cpp.

#include "lockfree_scenarios.hpp"

namespace {

using namespace model::lockfree;
using model::search;

template <class Scenario>
void expect_progress(unsigned long long executions = 1'000) {
  for (int victim = 0; victim != Scenario::threads - 1; ++victim) {
    EXPECT_TRUE(model::others_go_on_without(victim, model::recipe_of<Scenario>(), search::random(executions)));
  }
}
/// The bound holds for two rounds after each lost compare-and-swap that the victims can cause, and for their hints.
template <std::size_t Capacity, std::size_t Inside, act... Acts>
using next_to = next_to_victims<ring_of<Capacity>, Inside, 3, 40, Acts...>;

TEST(LockfreeMpmcRingProgress, AStoppedProducerTakesAwayOneCellAndNothingElse) {
  expect_progress<next_to<2, 0, act::push>>();
  expect_progress<next_to<2, 0, act::reserve>>();
  expect_progress<next_to<3, 0, act::push, act::reserve>>();
  expect_progress<next_to<4, 0, act::push, act::push, act::reserve>>(500);
  EXPECT_TRUE(model::others_go_on_without(0, model::recipe_of<next_to<2, 0, act::push>>(), search::bounded(1)));
}

TEST(LockfreeMpmcRingProgress, AStoppedConsumerTakesAwayOneElementAndItsCell) {
  expect_progress<next_to<2, 1, act::pop>>();
  expect_progress<next_to<2, 1, act::peek>>();
  expect_progress<next_to<3, 2, act::pop, act::peek>>();
  expect_progress<next_to<4, 3, act::pop, act::pop, act::peek>>(500);
  EXPECT_TRUE(model::others_go_on_without(0, model::recipe_of<next_to<2, 1, act::pop>>(), search::bounded(1)));
}

TEST(LockfreeMpmcRingProgress, EitherOfBothMayStop) {
  expect_progress<next_to<3, 1, act::push, act::pop>>();
  expect_progress<next_to<4, 2, act::push, act::pop, act::peek>>(500);
}

TEST(LockfreeMpmcRingProgress, WithOneCell) {
  expect_progress<one_cell>();
  expect_progress<one_element>();
  EXPECT_TRUE(model::others_go_on_without(0, model::recipe_of<one_cell>(), search::bounded(1)));
  EXPECT_TRUE(model::others_go_on_without(0, model::recipe_of<one_element>(), search::bounded(1)));
}

// The same program over mpmc_ring: right as long as nobody stops for good.
template <std::size_t Inside, act Act>
using next_to_mpmc = next_to_victims<model::stamped::ring_of<2>, Inside, 3, 40, Act>;

TEST(LockfreeMpmcRingProgressMustFail, AClaimOfAPositionIsNotEnough) {
  EXPECT_FALSE(model::others_go_on_without(0, model::recipe_of<next_to_mpmc<0, act::push>>(), search::random(1'000)));
  EXPECT_FALSE(model::others_go_on_without(0, model::recipe_of<next_to_mpmc<1, act::pop>>(), search::random(1'000)));
}

}  // namespace
