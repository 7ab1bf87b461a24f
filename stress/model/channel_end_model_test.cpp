// SPDX-License-Identifier: MIT

// How a channel ends, in the model: close() against each thing that the other side may be doing, for each way in which it knows who is inside; and
// that each order of channel/admission.hpp is needed.

#include "channel_scenarios.hpp"

namespace {

using namespace model;
using namespace model::channels;

template <class Form>
class ChannelEndModel : public testing::Test {};
using ends = testing::Types<fenced<spsc, 1>, fenced<spsc, 2>, refused<spsc, 1>, shared<spsc, 1>, shared<spsc, 2>,
                            fenced<mpmc, 1>, fenced<mpmc, 2>, refused<mpmc, 1>, shared<mpmc, 2>>;
TYPED_TEST_SUITE(ChannelEndModel, ends);

TYPED_TEST(ChannelEndModel, CloseAgainstAPush) {
  holds_at_random<mix<TypeParam, closes, pushes<1>>>(10'000);
  holds_at_random<mix<TypeParam, closes, tries_to_push<2>>>(10'000);
  holds_at_random<mix<TypeParam, closes_late<1>, pushes<3>>>(10'000);
  EXPECT_TRUE((holds<mix<TypeParam, closes, pushes<3>>>(search::bounded(2))));  // more than fits: asleep
}
TYPED_TEST(ChannelEndModel, CloseAgainstAPop) {
  holds_at_random<mix<TypeParam, closes, drains>>(10'000);
  holds_at_random<mix<TypeParam, closes, tries_to_pop<2>>>(10'000);
  holds_at_random<mix<TypeParam, closes_late<1>, drains>>(10'000);
  EXPECT_TRUE((holds<mix<TypeParam, closes, drains>>(search::bounded(3))));
}
TYPED_TEST(ChannelEndModel, CloseAgainstAPushAndAPop) {
  holds_at_random<mix<TypeParam, closes, pushes<3>, drains>>(40'000);
  holds_at_random<mix<TypeParam, closes, tries_to_push<3>, drains>>(40'000);
  holds_at_random<mix<TypeParam, closes, tries_to_push<2>, tries_to_pop<3>>>();
  holds_at_random<mix<TypeParam, closes_late<2>, pushes<3>, drains>>();
  EXPECT_TRUE((holds<mix<TypeParam, closes, pushes<1>, drains>>(search::bounded(1))));
}

TYPED_TEST(ChannelEndModel, CloseAgainstATimeout) {
  holds_at_random<mix_with_a_tick<TypeParam, closes, pushes_until_the_tick<3>>>(10'000);
  holds_at_random<mix_with_a_tick<TypeParam, closes, pops_until_the_tick<2>>>(10'000);
  holds_at_random<mix_with_a_tick<TypeParam, closes, pushes_until_the_tick<2>, pops_until_the_tick<2>>>();
  holds_at_random<mix_with_a_tick<TypeParam, closes, pushes_until_the_tick<3>, drains>>();
  holds_at_random<mix_with_a_tick<TypeParam, closes, pushes<3>, pops_until_the_tick<2>>>();
}
TYPED_TEST(ChannelEndModel, CloseAgainstAStop) {
  holds_at_random<mix<TypeParam, closes, stops, pushes_until_stopped<3>>>(10'000);
  holds_at_random<mix<TypeParam, closes, stops, pops_until_stopped<2>>>(10'000);
  holds_at_random<mix<TypeParam, closes, stops, pushes_until_stopped<3>, drains>>();
  holds_at_random<mix<TypeParam, closes, stops, pushes<3>, pops_until_stopped<3>>>();
}
TYPED_TEST(ChannelEndModel, CloseAgainstBatchesAndLooks) {
  holds_at_random<mix<TypeParam, closes, pushes_at_once<3>, drains_at_once>>();
  holds_at_random<mix<TypeParam, closes, pushes<2>, waits_and_tries>>();
  holds_at_random<mix<TypeParam, closes, tries_to_push<3>, waits_and_tries>>();
}
TYPED_TEST(ChannelEndModel, TwoCloseAndParksReturnForNoReason) {
  holds_at_random<mix_with_spurious_wakes<TypeParam, closes, pushes<3>, drains>>();
  holds_at_random<mix<TypeParam, closes_again, closes_again, tries_to_push<2>, drains>>();
  holds_at_random<mix<TypeParam, and_closes<pushes<2>>, drains>>(10'000);
}

TEST(ChannelModel, EveryOrderIsNeeded) {
  EXPECT_TRUE(every_order_is_needed("volley/channel/admission.hpp",
                                    {recipe_of<mix<fenced<spsc, 2>, closes, tries_to_push<3>, drains>>(),
                                     recipe_of<mix<shared<spsc, 2>, closes, tries_to_push<3>, drains>>(),
                                     recipe_of<mix<shared<spsc, 1>, closes, tries_to_push<2>, drains>>(),
                                     recipe_of<mix<fenced<spmc, 1>, closes, tries_to_pop<1>, tries_to_pop<1>>>()},
                                    {search::random(20'000), search::random_held(20'000)}));
}

}  // namespace
