// SPDX-License-Identifier: MIT

// asymmetric_event_count in the model, and the pair of fences that it stands on; where the kernel refuses them; and ways to get it wrong.

#include "event_count_scenarios.hpp"

namespace {

using namespace model;

// ---- the pair ----

struct light {
  static void fence() { modelled::os::light_fence(); }
};
struct heavy {
  static void fence() { (void)modelled::os::heavy_fence(); }
};
struct no_fence {
  static void fence() {}
};

/// Store buffering: each stores, has its fence, and looks at the other's word.
template <class First, class Second>
struct store_and_look : scenario {
  static constexpr int threads = 2;
  fence_words fences;
  atomic<std::uint32_t> x{0}, y{0};
  std::uint32_t read[2] = {1, 1};

  store_and_look() { machine::refuses_fences = false; }
  void thread(unsigned which) override {
    (which == 0 ? x : y).store(1, relaxed);
    which == 0 ? First::fence() : Second::fence();
    read[which] = (which == 0 ? y : x).load(relaxed);
  }
  void after() override { require(read[0] + read[1] != 0, "neither saw the other"); }
};

TEST(FencePair, OfTwoWhoStoreAndThenLookOneSeesTheOther) {
  EXPECT_TRUE((holds<store_and_look<light, heavy>>(search::random(50'000))));
  EXPECT_TRUE((holds<store_and_look<light, heavy>>(search::random_held(50'000))));
  EXPECT_TRUE((holds<store_and_look<light, heavy>>(search::full())));
  EXPECT_TRUE((holds<store_and_look<heavy, heavy>>(search::full())));
}

// Without either, and of two that are light: as on the machine, where a light one is no instruction at all.
TEST(FencePairMustFail, OneAloneOrTwoLightOnesOrderNothing) {
  constexpr auto seen = rl::test_result_user_assert_failed;
  EXPECT_TRUE((fails<store_and_look<no_fence, heavy>>(search::random(10'000), seen)));
  EXPECT_TRUE((fails<store_and_look<light, no_fence>>(search::random(10'000), seen)));
  EXPECT_TRUE((fails<store_and_look<light, light>>(search::random(10'000), seen)));
  EXPECT_TRUE((fails<store_and_look<light, light>>(search::full(), seen)));
}

// ---- the event count ----

template <class Wait>
class AsymmetricEventCountModel : public testing::Test {};
using policies = testing::Types<volley::busy_spin, volley::spin_yield, volley::spin_park, volley::park>;
TYPED_TEST_SUITE(AsymmetricEventCountModel, policies);

// taskflow #518 and #560: it begins just before its wrap.
TYPED_TEST(AsymmetricEventCountModel, NobodySleepsThroughWhatHeWaitsFor) {
  using form = asymmetric<TypeParam>;
  EXPECT_TRUE((holds<one_by_one<form>>(search::random(50'000))));
  EXPECT_TRUE((holds<one_by_one<form>>(search::random_held(50'000))));
  EXPECT_TRUE((holds<one_by_one<form>>(search::bounded(2))));
  EXPECT_TRUE((holds<one_by_one<form, 2, of_one_cpu>>(search::random(10'000))));
  EXPECT_TRUE((holds<one_by_one<form, 2, spurious>>(search::random(20'000))));
}

// poco #5213, PoissonRecon #6: notify_all before the waiter is there.
TYPED_TEST(AsymmetricEventCountModel, NorByHand) {
  using form = asymmetric<TypeParam>;
  EXPECT_TRUE((holds<by_hand<form>>(search::random(20'000))));
  EXPECT_TRUE((holds<by_hand<form>>(search::random_held(20'000))));
  EXPECT_TRUE((holds<by_hand<form, spurious>>(search::bounded(2))));
  EXPECT_TRUE((holds<timeout_by_hand<form>>(search::random(20'000))));
  EXPECT_TRUE((holds<stop_by_hand<form>>(search::random(20'000))));
  EXPECT_TRUE((holds<plain_data<form>>(search::random(20'000))));
}

TYPED_TEST(AsymmetricEventCountModel, EachOfTwoGetsItsPermit) {
  using form = asymmetric<TypeParam>;
  EXPECT_TRUE((holds<two_wait<form, false>>(search::random(30'000))));
  EXPECT_TRUE((holds<two_wait<form, true>>(search::random(20'000))));
  EXPECT_TRUE((holds<two_wait<form, false, spurious>>(search::random(10'000))));
  EXPECT_TRUE((holds<two_give<form>>(search::random(30'000))));
  EXPECT_TRUE((holds<two_give<form>>(search::random_held(10'000))));
  EXPECT_TRUE((holds<two_give<form>>(search::bounded(1))));
}

TYPED_TEST(AsymmetricEventCountModel, ATimeoutOrAStopLosesNothing) {
  using form = asymmetric<TypeParam>;
  EXPECT_TRUE((holds<one_gives_up<form>>(search::random(30'000))));
  EXPECT_TRUE((holds<one_gives_up<form>>(search::random_held(10'000))));
  EXPECT_TRUE((holds<only_a_stop<form>>(search::random(10'000))));
  EXPECT_TRUE((holds<one_is_stopped<form, true>>(search::random(10'000))));
  EXPECT_TRUE((holds<one_is_stopped<form, false>>(search::random(10'000))));
}

TYPED_TEST(AsymmetricEventCountModel, WhereTheKernelRefusesFromTheBeginningItIsAnEventCount) {
  using form = fallen_back<TypeParam>;
  EXPECT_TRUE((holds<one_by_one<form>>(search::random(20'000))));
  EXPECT_TRUE((holds<one_by_one<form>>(search::random_held(20'000))));
  EXPECT_TRUE((holds<one_by_one<form>>(search::bounded(2))));
  EXPECT_TRUE((holds<by_hand<form>>(search::random(10'000))));
  EXPECT_TRUE((holds<plain_data<form>>(search::random(10'000))));
  EXPECT_TRUE((holds<two_wait<form, false>>(search::random(10'000))));
  EXPECT_TRUE((holds<two_give<form>>(search::random(10'000))));
  EXPECT_TRUE((holds<one_gives_up<form>>(search::random(10'000))));
}

/// A clock on which every deadline comes, sooner or later.
struct punctual : modelled {
  struct os : modelled::os {
    template <class Word>
    static bool park(const Word& w, std::uint32_t expected, volley::sharing, time_point deadline,
                     place p = place::here()) {
      const bool expired = futex::wait(w, expected, deadline != never, futex::compare::as_the_kernel_does, p);
      if (expired) machine::clock = std::max(machine::clock, std::int64_t{deadline.time_since_epoch().count()});
      return expired;
    }
  };
};

/// The kernel refuses once the event count is there.
struct refused_later {
  static void set() { machine::ticks_left = 100; }
};
template <class Form>
struct refused_meanwhile : one_by_one<Form, 1, refused_later> {
  refused_meanwhile() { machine::refuses_fences = true; }
};

// Notifies go unseen, and the clock makes up for it.
TYPED_TEST(AsymmetricEventCountModel, WhereTheKernelRefusesLaterTheSleeperLooksAgain) {
  EXPECT_TRUE((holds<refused_meanwhile<asymmetric<TypeParam, punctual>>>(search::random(20'000))));
  EXPECT_TRUE((holds<refused_meanwhile<asymmetric<TypeParam, punctual>>>(search::random_held(20'000))));
}

TEST(AsymmetricEventCountModel, EveryOrderIsNeeded) {
  EXPECT_TRUE(every_order_is_needed(
      "volley/handoff/asymmetric_event_count.hpp",
      {recipe_of<one_by_one<asymmetric<volley::park>>>(), recipe_of<by_hand<asymmetric<volley::park>>>()},
      {search::random(50'000), search::random_held(50'000)}));
}

// ---- wrong on purpose: the model must notice ----

/// What others have put in the place of the pair.
enum class mistake { no_light, no_heavy, no_bounds, rmw_on_other_words };

template <mistake Mistake>
struct wrong : punctual {
  struct os : punctual::os {
    static void light_fence(place p = place::here()) {
      if (Mistake != mistake::no_light) modelled::os::light_fence(p);
    }
    static bool heavy_fence(place p = place::here()) {
      if (Mistake == mistake::no_heavy || Mistake == mistake::no_bounds) return true;
      if (Mistake == mistake::rmw_on_other_words) {
        fence_words::light(p);  // of this thread: the notifier's is another
        return true;
      }
      return modelled::os::heavy_fence(p);
    }
  };
};
template <mistake Mistake>
using with_mistake = asymmetric<volley::park, wrong<Mistake>>;

// oneTBB #2136, brpc #3539, bun #28907, LLVM #109290, JDK-6822370: the change, the look for sleepers, and between them nothing.
TEST(AsymmetricEventCountModelMustFail, WithoutEitherFenceAWakeIsLost) {
  constexpr auto deadlock = rl::test_result_deadlock;
  EXPECT_TRUE((fails<one_by_one<with_mistake<mistake::no_light>>>(search::random(50'000), deadlock)));
  EXPECT_TRUE((fails<one_by_one<with_mistake<mistake::no_heavy>>>(search::random(50'000), deadlock)));
}
TEST(AsymmetricEventCountModelMustFail, AnRmwOnAnotherWordIsNoFence) {
  EXPECT_TRUE(
      (fails<one_by_one<with_mistake<mistake::rmw_on_other_words>>>(search::random(50'000), rl::test_result_deadlock)));
}
// A refusal that is taken for a fence: the sleep without bounds.
TEST(AsymmetricEventCountModelMustFail, ARefusalThatIsIgnoredLosesAWake) {
  EXPECT_TRUE(
      (fails<refused_meanwhile<with_mistake<mistake::no_bounds>>>(search::random(50'000), rl::test_result_deadlock)));
}

}  // namespace
