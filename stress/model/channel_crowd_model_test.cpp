// SPDX-License-Identifier: MIT

// Channels in the model with several on a side, of whom one closes: for rings with one producer, with one consumer, and with any number of both.

#include "channel_scenarios.hpp"

namespace {

using namespace model;
using namespace model::channels;

// ---- several on each side, and somebody closes ----

template <class Form>
class ChannelCrowdModel : public testing::Test {};
using crowds = testing::Types<fenced<mpmc, 1>, fenced<mpmc, 2>, refused<mpmc, 1>, shared<mpmc, 2>, fenced<lockfree, 1>,
                              fenced<lockfree, 2>>;
TYPED_TEST_SUITE(ChannelCrowdModel, crowds);

TYPED_TEST(ChannelCrowdModel, CloseAgainstTwoWhoPush) {
  holds_at_random<mix<TypeParam, closes, pushes<2>, pushes<2>>>();
  holds_at_random<mix<TypeParam, closes_late<2>, pushes<2>, pushes<2>>>();
  holds_at_random<mix<TypeParam, closes, pushes<2>, pushes<1>, drains>>(30'000);
  holds_at_random<mix<TypeParam, closes, tries_to_push<1>, pushes<2>, waits_and_tries>>();
}
TYPED_TEST(ChannelCrowdModel, CloseAgainstTwoWhoPop) {
  holds_at_random<mix<TypeParam, closes, drains, drains>>();
  holds_at_random<mix<TypeParam, closes_late<3>, drains, drains, waits_and_leaves>>();
  holds_at_random<mix<TypeParam, closes, pushes<2>, drains, drains>>(30'000);
  holds_at_random<mix<TypeParam, closes, pushes<2>, drains, waits_and_leaves>>();
  holds_at_random<mix<TypeParam, closes, pushes_at_once<3>, drains, drains_at_once>>();
  holds_at_random<mix<TypeParam, and_closes<pushes<2>>, drains, drains, tries_to_pop<1>>>();
}
TYPED_TEST(ChannelCrowdModel, CloseAgainstTwoOfWhichOneIsGivenUp) {
  holds_at_random<mix_with_a_tick<TypeParam, closes, pushes<1>, pops_until_the_tick<1>, drains>>();
  holds_at_random<mix_with_a_tick<TypeParam, closes, pushes_until_the_tick<2>, pushes<2>, drains>>();
  holds_at_random<mix<TypeParam, and_closes<stops>, pushes<1>, pops_until_stopped<2>, drains>>();
  holds_at_random<mix<TypeParam, and_closes<stops>, pushes_until_stopped<2>, pushes<2>, drains>>();
}

template <class Form>
class ChannelOneSidedModel : public testing::Test {};
using one_sided = testing::Types<fenced<spmc, 1>, fenced<spmc, 2>, refused<spmc, 1>, shared<spmc, 1>>;
TYPED_TEST_SUITE(ChannelOneSidedModel, one_sided);

TYPED_TEST(ChannelOneSidedModel, CloseAgainstOneWhoPushesAndTwoWhoPop) {
  holds_at_random<mix<TypeParam, closes, drains, drains>>();
  holds_at_random<mix<TypeParam, closes_late<3>, drains, drains, waits_and_leaves>>();
  holds_at_random<mix<TypeParam, closes, pushes<2>, drains, drains>>(40'000);
  holds_at_random<mix<TypeParam, closes, tries_to_push<2>, drains, drains>>(40'000);
  holds_at_random<mix<TypeParam, closes, tries_to_push<2>, drains, waits_and_leaves>>();
  holds_at_random<mix_with_a_tick<TypeParam, closes, tries_to_push<2>, drains, pops_until_the_tick<1>>>();
  holds_at_random<mix<TypeParam, and_closes<pushes<2>>, drains, drains, tries_to_pop<1>>>();
}
TEST(ChannelOneSidedModel, CloseAgainstTwoWhoPushAndOneWhoPops) {
  holds_at_random<mix<fenced<mpsc, 1>, closes, pushes<2>, pushes<1>, drains>>(40'000);
  holds_at_random<mix<fenced<mpsc, 2>, closes, tries_to_push<2>, pushes<2>, drains>>(40'000);
  holds_at_random<mix<shared<mpsc, 1>, closes, pushes<2>, pushes<1>, waits_and_tries>>();
}

}  // namespace
