// SPDX-License-Identifier: MIT

// Channels in the model, nobody closing: each wait ends though nothing else ends it, with every policy, and with several on each side. The rule by
// which wakes are passed on (channel/waiting_ring.hpp) stands here by name; channel_bad_test.cpp has what happens without it.

#include "channel_scenarios.hpp"

namespace {

using namespace model;
using namespace model::channels;

template <class Scenario>
void holds_at_random(unsigned long long executions = 20'000) {
  EXPECT_TRUE(model::holds<Scenario>(search::random(executions)));
  EXPECT_TRUE(model::holds<Scenario>(search::random_held(executions / 2)));
}

template <class Wait>
class ChannelModel_ : public testing::Test {};
using policies = testing::Types<volley::busy_spin, volley::spin_yield, volley::spin_park, volley::park>;
TYPED_TEST_SUITE(ChannelModel_, policies);

TYPED_TEST(ChannelModel_, AllGoesThroughAndNobodyIsLeftAsleep) {
  holds_at_random<mix<fenced<spsc, 1, TypeParam>, pushes<3>, pops<3>>>();
  holds_at_random<mix<fenced<mpmc, 1, TypeParam>, pushes<3>, pops<3>>>();
  holds_at_random<mix<refused<spsc, 1, TypeParam>, pushes<3>, pops<3>>>(10'000);
  holds_at_random<mix<shared<mpmc, 2, TypeParam>, pushes<3>, pops<3>>>(10'000);
  holds_at_random<mix<fenced<mpmc, 1, TypeParam>, pushes<1>, pushes<1>, pops<1>, pops<1>>>();
  EXPECT_TRUE((holds<mix<fenced<spsc, 1, TypeParam>, pushes<2>, pops<2>>>(search::bounded(1))));
}
TYPED_TEST(ChannelModel_, CloseEndsEveryWait) {
  holds_at_random<mix<fenced<spsc, 1, TypeParam>, closes, pushes<3>, drains>>();
  holds_at_random<mix<fenced<mpmc, 1, TypeParam>, closes, pushes<2>, drains, drains>>();
}

}  // namespace
