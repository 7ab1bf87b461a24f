// SPDX-License-Identifier: MIT

// Pollable ends and suspended coroutines in the model: nobody is left untold, with whoever leaves, closes or stops; and ways to get it wrong.

#include "channel_progress_scenarios.hpp"
#include "in_turn_scenarios.hpp"

namespace {

using namespace model;

template <class Env>
class WatchedModel : public testing::Test {};
using envs = testing::Types<usual_env, refused_env>;
struct env_names {
  template <class Env>
  static std::string GetName(int) {
    return Env::is_refused ? "fences_refused" : "fences_work";
  }
};
TYPED_TEST_SUITE(WatchedModel, envs, env_names);

// aya #294 and #629: the re-arming of an edge-triggered poll against a push. concurrentqueue #125.
TYPED_TEST(WatchedModel, WhoPollsMissesNothing) {
  EXPECT_TRUE((holds<one_polls<TypeParam>>(search::random(20'000))));
  EXPECT_TRUE((holds<one_polls<TypeParam>>(search::random_held(20'000))));
  EXPECT_TRUE((holds<one_polls<TypeParam, 1>>(search::bounded(2))));
}
TYPED_TEST(WatchedModel, NorDoTwo) {
  EXPECT_TRUE((holds<two_poll<TypeParam, comes::any_time>>(search::random(20'000))));
  EXPECT_TRUE((holds<two_poll<TypeParam, comes::late>>(search::random(20'000))));
  EXPECT_TRUE((holds<two_poll<TypeParam, comes::late>>(search::random_held(10'000))));
  EXPECT_TRUE((holds<one_sleeps<TypeParam>>(search::random(20'000))));
  EXPECT_TRUE((holds<one_sleeps<TypeParam>>(search::random_held(10'000))));
}
TYPED_TEST(WatchedModel, WhoWasToldAndLeavesPassesItOn) {
  EXPECT_TRUE((holds<one_leaves<TypeParam, other::polls, comes::any_time>>(search::random(30'000))));
  EXPECT_TRUE((holds<one_leaves<TypeParam, other::polls, comes::late>>(search::random(20'000))));
  EXPECT_TRUE((holds<one_leaves<TypeParam, other::polls, comes::late>>(search::random_held(10'000))));
  EXPECT_TRUE((holds<one_leaves<TypeParam, other::sleeps, comes::any_time>>(search::random(20'000))));
}
TYPED_TEST(WatchedModel, ACloseReachesAll) {
  EXPECT_TRUE((holds<all_close<TypeParam, comes::any_time>>(search::random(20'000))));
  EXPECT_TRUE((holds<all_close<TypeParam, comes::late>>(search::random(10'000))));
  EXPECT_TRUE((holds<all_close<TypeParam, comes::late>>(search::random_held(10'000))));
}

/// Of a real channel: two come, one by one, and then the close.
template <class End>
struct told_thrice : scenario {
  static constexpr int threads = 2;
  End e;
  atomic<std::uint32_t> has_two{0};

  void thread(unsigned which) override {
    for (int i = 0; i != 2; ++i) which == 0 ? e.post() : e.wait();
    if (which == 1) has_two.store(1, relaxed);
    while (has_two.load(relaxed) == 0) modelled::relax();  // who pushes gets both in before the close
    which == 0 ? e.ch.close() : e.wait_for_the_end();
  }
};
template <class End>
class EndsModel : public testing::Test {};
using ends = testing::Types<channels::pollable_items, channels::pollable_room, channels::waitable_items,
                            channels::waitable_room>;
struct end_names {
  template <class End>
  static std::string GetName(int) {
    return End::name;
  }
};
TYPED_TEST_SUITE(EndsModel, ends, end_names);

TYPED_TEST(EndsModel, EachIsToldOfAllThatComesAndOfTheClose) {
  EXPECT_TRUE((holds<told_thrice<TypeParam>>(search::random(20'000))));
  EXPECT_TRUE((holds<told_thrice<TypeParam>>(search::random_held(20'000))));
  EXPECT_TRUE((holds<told_thrice<TypeParam>>(search::bounded(1))));
}

template <class Env>
class SuspensionModel : public testing::Test {};
TYPED_TEST_SUITE(SuspensionModel, envs, env_names);

TYPED_TEST(SuspensionModel, ASuspendedCoroutineGoesOnOnceWithWhatItWaitedFor) {
  EXPECT_TRUE((holds<one_is_suspended<TypeParam, false>>(search::random(20'000))));
  EXPECT_TRUE((holds<one_is_suspended<TypeParam, false>>(search::random_held(10'000))));
  EXPECT_TRUE((holds<one_is_suspended<TypeParam, false>>(search::bounded(1))));
  EXPECT_TRUE((holds<one_is_suspended<TypeParam, true>>(search::random(20'000))));
  EXPECT_TRUE((holds<two_are_suspended<TypeParam, comes::any_time>>(search::random(20'000))));
  EXPECT_TRUE((holds<two_are_suspended<TypeParam, comes::late>>(search::random(20'000))));
}
TYPED_TEST(SuspensionModel, OneThatIsDestroyedDoesNotGoOnAndPassesItsWakeOn) {
  EXPECT_TRUE((holds<one_is_destroyed<TypeParam, comes::any_time>>(search::random(30'000))));
  EXPECT_TRUE((holds<one_is_destroyed<TypeParam, comes::any_time>>(search::random_held(10'000))));
  EXPECT_TRUE((holds<one_is_destroyed<TypeParam, comes::late>>(search::random(20'000))));
}
TYPED_TEST(SuspensionModel, AStopEndsItOnce) {
  EXPECT_TRUE((holds<one_is_stopped_or_told<TypeParam>>(search::random(30'000))));
  EXPECT_TRUE((holds<one_is_stopped_or_told<TypeParam>>(search::random_held(10'000))));
}

TEST(SuspensionModel, EveryOrderIsNeeded) {
  EXPECT_TRUE(every_order_is_needed(
      "volley/channel/suspension.hpp",
      {recipe_of<one_is_suspended<usual_env, true>>(), recipe_of<one_is_destroyed<usual_env, comes::any_time>>()},
      {search::random(30'000), search::random_held(30'000)}));
}

TYPED_TEST(WatchedModel, OneIsWokenInTurnAndNobodyIsLeftAsleep) {
  EXPECT_TRUE((holds<one_in_turn<TypeParam, comes::any_time>>(search::random(30'000))));
  EXPECT_TRUE((holds<one_in_turn<TypeParam, comes::late>>(search::random(30'000))));
  EXPECT_TRUE((holds<one_in_turn<TypeParam, comes::late>>(search::random_held(20'000))));
}
TYPED_TEST(WatchedModel, NorBesideWhoLeavesOrEnrolsOrArmsWhileHeComes) {
  EXPECT_TRUE((holds<one_leaves_satisfied<TypeParam>>(search::random(40'000))));
  EXPECT_TRUE((holds<one_enrols_beside<TypeParam, refusal::none>>(search::random(40'000))));
  EXPECT_TRUE((holds<one_enrols_beside<TypeParam, refusal::none>>(search::random_held(20'000))));
  EXPECT_TRUE((holds<one_arms_and_goes<TypeParam>>(search::random(40'000))));
  EXPECT_TRUE((holds<one_enrols_when_nobody_comes<TypeParam>>(search::random(10'000))));
}
// Seldom: with the fence after enrolling left out it takes some 90,000 executions.
TEST(WatchedModel, NorWhereTheKernelRefusesTheFenceMeanwhile) {
  EXPECT_TRUE((holds<one_enrols_beside<patient_env, refusal::later>>(search::random(200'000))));
}

// ---- wrong on purpose: the model must notice ----

TEST(WatchedModelMustFail, WhoKeepsAWakeToItself) {
  EXPECT_TRUE((fails<one_leaves<usual_env, other::polls, comes::late, selfish_side>>(search::random(50'000),
                                                                                     rl::test_result_deadlock)));
  EXPECT_TRUE((
      fails<one_is_destroyed<usual_env, comes::late, selfish_side>>(search::random(50'000), rl::test_result_deadlock)));
}

TEST(WatchedModelMustFail, WhoIsWokenInTurnAndPassesNothingOn) {
  EXPECT_TRUE(
      (fails<one_in_turn<usual_env, comes::late, manners::keeps>>(search::random(50'000), rl::test_result_deadlock)));
}

/// The kernel refuses the fence, and nobody notices.
struct unfenced : usual_env {
  struct os : usual_env::os {
    static bool heavy_fence() { return true; }
  };
};
TEST(WatchedModelMustFail, WithoutTheFence) {
  EXPECT_TRUE((fails<one_polls<unfenced>>(search::random(50'000), rl::test_result_deadlock)));
  EXPECT_TRUE((fails<one_is_suspended<unfenced, false>>(search::random(50'000), rl::test_result_deadlock)));
}

}  // namespace
