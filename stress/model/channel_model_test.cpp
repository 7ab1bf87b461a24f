// SPDX-License-Identifier: MIT

// Channels in the model, nobody closing: each wait ends though nothing else ends it, with every policy, and with several on each side. The rule by
// which wakes are passed on (channel/waiting_ring.hpp) stands here by name; channel_bad_test.cpp has what happens without it.

#include "channel_gap_scenarios.hpp"

namespace {

using namespace model;
using namespace model::channels;

template <class Wait>
class ChannelPolicyModel : public testing::Test {};
using policies = testing::Types<volley::busy_spin, volley::spin_yield, volley::spin_park, volley::park>;
TYPED_TEST_SUITE(ChannelPolicyModel, policies);

TYPED_TEST(ChannelPolicyModel, AllGoesThroughAndNobodyIsLeftAsleep) {
  holds_at_random<mix<fenced<spsc, 1, TypeParam>, pushes<3>, pops<3>>>();
  holds_at_random<mix<fenced<mpmc, 1, TypeParam>, pushes<3>, pops<3>>>();
  holds_at_random<mix<refused<spsc, 1, TypeParam>, pushes<3>, pops<3>>>(10'000);
  holds_at_random<mix<shared<mpmc, 2, TypeParam>, pushes<3>, pops<3>>>(10'000);
  holds_at_random<mix<fenced<mpmc, 1, TypeParam>, pushes<1>, pushes<1>, pops<1>, pops<1>>>();
  EXPECT_TRUE((holds<mix<fenced<spsc, 1, TypeParam>, pushes<2>, pops<2>>>(search::bounded(1))));
}
TYPED_TEST(ChannelPolicyModel, CloseEndsEveryWait) {
  holds_at_random<mix<fenced<spsc, 1, TypeParam>, closes, pushes<3>, drains>>();
  holds_at_random<mix<fenced<mpmc, 1, TypeParam>, closes, pushes<2>, drains, drains>>();
}

// ---- the rule by which wakes are passed on ----

// Two producers claim a slot each; the later one is published first, and wakes one of two sleepers for nothing, for it is behind the other.
// When that is published it wakes one, who takes it, sees that there is more, and wakes the other.
TEST(ChannelPassOnModel, ASlotThatWasPublishedBehindAnUnpublishedOneWakesSomebodyInTheEnd) {
  holds_at_random<mix<fenced<mpmc, 2>, pushes<1>, pushes<1>, pops<1>, pops<1>>>(100'000);
  holds_at_random<mix<refused<mpmc, 2>, pushes<1>, pushes<1>, pops<1>, pops<1>>>(40'000);
  holds_at_random<mix<shared<mpmc, 2>, pushes<1>, pushes<1>, pops<1>, pops<1>>>(40'000);
  holds_at_random<mix<fenced<lockfree, 2>, pushes<1>, pushes<1>, pops<1>, pops<1>>>(40'000);
}

template <class Form>
class ChannelPassOnModelOf : public testing::Test {};
using gaps = testing::Types<
    form<volley::mpmc_ring<late, 2, near_wrap>>,
    form<volley::mpmc_ring<late, 2, near_wrap>, volley::park, volley::in_process, kernel::refuses_fences>,
    form<volley::mpmc_ring<late, 2, near_wrap>, volley::park, volley::between_processes>,
    form<volley::mpmc_ring<late, 2, near_wrap>, volley::spin_park>,
    form<volley::lockfree_mpmc_ring<late, 2, near_wrap>>>;
TYPED_TEST_SUITE(ChannelPassOnModelOf, gaps);

// The same where the gap is there for sure, and the first one who was woken sleeps again.
TYPED_TEST(ChannelPassOnModelOf, AGapThatLastsKeepsNobodyAsleep) { holds_at_random<behind_a_gap<TypeParam>>(40'000); }
TYPED_TEST(ChannelPassOnModelOf, NorDoesOneInTheRoom) { holds_at_random<room_behind_a_gap<TypeParam>>(40'000); }

/// The same of a full channel: two take, two wait for room.
template <class World>
struct filled : World {
  filled() {
    auto& last = this->nobody;
    for (int v = 3, n = 0; n != static_cast<int>(this->ch.capacity()); ++n, v += 4)  // of the last thread, who pushes
      this->pushed(v, this->ch.try_push(v));
    last = nothing_yet;
  }
};
template <int N>
struct pushes_more {  // behind those that it finds
  template <class World>
  static void run(World& w, unsigned me) {
    for (int i = 2; i != 2 + N; ++i) w.pushed(value_of(me, i), w.ch.push(value_of(me, i)));
  }
};
TEST(ChannelPassOnModel, ASlotThatWasVacatedBehindOneThatWasNotWakesSomebodyInTheEnd) {
  holds_at_random<filled<mix<fenced<mpmc, 2>, pops<1>, pops<1>, pushes<1>, pushes_more<1>>>>(100'000);
  holds_at_random<filled<mix<refused<mpmc, 2>, pops<1>, pops<1>, pushes<1>, pushes_more<1>>>>(40'000);
  holds_at_random<filled<mix<shared<mpmc, 2>, pops<1>, pops<1>, pushes<1>, pushes_more<1>>>>(40'000);
  holds_at_random<filled<mix<fenced<lockfree, 2>, pops<1>, pops<1>, pushes<1>, pushes_more<1>>>>(40'000);
}

// A batch wakes one, who wakes the next.
TEST(ChannelPassOnModel, ABatchIsForAllWhoWait) {
  holds_at_random<mix<fenced<spmc, 2>, pushes_at_once<2>, pops<1>, pops<1>>>(40'000);
  holds_at_random<mix<fenced<mpmc, 2>, pushes_at_once<3>, pops<1>, pops<1>, pops<1>>>();
  holds_at_random<filled<mix<fenced<mpmc, 2>, drains_once, pushes<1>, nothing, pushes_more<1>>>>(40'000);
  holds_at_random<filled<mix<fenced<mpsc, 2>, drains_once, pushes<1>, nothing, pushes_more<1>>>>(40'000);
}

// Who was woken and takes nothing wakes another: by a look, or because its time is over just then. (The one that needs it closes when it has it.)
TEST(ChannelPassOnModel, WhoLeavesAfterItWasChosenPassesTheWakeOn) {
  holds_at_random<mix<fenced<mpmc, 1>, pushes<1>, waits_and_leaves, and_closes<pops<1>>>>(40'000);
  holds_at_random<mix<shared<mpmc, 1>, pushes<1>, waits_and_leaves, and_closes<pops<1>>>>(40'000);
  holds_at_random<mix<fenced<spmc, 1>, pushes<1>, waits_and_leaves, and_closes<pops<1>>, waits_and_leaves>>(40'000);
  holds_at_random<
      mix_with_a_tick<fenced<mpmc, 2>, pushes<1>, pushes<1>, takes_until_the_tick_and_gives, and_closes<pops<2>>>>(
      100'000);
  holds_at_random<mix<fenced<mpmc, 1>, and_stops<pushes<1>>, takes_until_stopped_and_gives, pops<1>>>(40'000);
  holds_at_random<mix<shared<mpmc, 1>, and_stops<pushes<1>>, takes_until_stopped_and_gives, pops<1>>>(40'000);
}
TEST(ChannelPassOnModel, AndSoDoesWhoWaitsForRoom) {
  holds_at_random<
      filled<mix_with_a_tick<fenced<mpmc, 1>, pops<1>, makes_room_again<false>, nothing, and_closes<pushes_more<1>>>>>(
      40'000);
  holds_at_random<filled<mix<fenced<mpmc, 1>, and_stops<pops<1>>, makes_room_again<true>, nothing, pushes_more<1>>>>(
      40'000);
}

}  // namespace
