// SPDX-License-Identifier: MIT

// wait_any in the model: by futex_waitv, and by the bells where the kernel refuses that.

#include "wait_any_scenarios.hpp"

namespace {

using namespace any_scenarios;  // NOLINT(google-build-using-namespace): its scenarios
using model::search;

struct bounded_searches {
  unsigned long long random;
  unsigned preemptions;
};
template <class Scenario>
testing::AssertionResult holds_all(const bounded_searches& s) {
  if (auto r = model::holds<Scenario>(search::random(s.random)); !r) return r;
  if (auto r = model::holds<Scenario>(search::random_held(s.random / 3)); !r) return r;
  return s.preemptions == 0 ? testing::AssertionSuccess() : model::holds<Scenario>(search::bounded(s.preemptions));
}

template <class Way>
class WaitAnyModel : public testing::Test {};
using ways =
    testing::Types<shipped<volley::park, false>, shipped<volley::park, true>, shipped<volley::spin_park, false>,
                   shipped<volley::spin_park, true>, shipped<volley::spin_yield, false>>;
TYPED_TEST_SUITE(WaitAnyModel, ways);

TYPED_TEST(WaitAnyModel, WhicheverComesIsTakenOnce) {
  EXPECT_TRUE((holds_all<one_comes<TypeParam>>({10'000, 2})));
  EXPECT_TRUE((holds_all<either<TypeParam>>({10'000, 0})));
  EXPECT_TRUE((holds_all<either<TypeParam, 1>>({5'000, 0})));
}

// Handoff row 19: the wake goes to one that leaves with something else.
TYPED_TEST(WaitAnyModel, AWakeThatWasMeantForAnotherGoesOn) {
  EXPECT_TRUE((holds_all<wake_of_another<TypeParam>>({20'000, 1})));
  EXPECT_TRUE((holds_all<wake_of_another<TypeParam, 2>>({10'000, 0})));
  EXPECT_TRUE((holds_all<permit_of_another<TypeParam>>({10'000, 0})));
  EXPECT_TRUE((holds_all<crosswise<TypeParam>>({10'000, 0})));
}

TYPED_TEST(WaitAnyModel, WhoGivesUpLosesNothing) {
  EXPECT_TRUE((holds_all<gives_up<TypeParam>>({15'000, 0})));
  EXPECT_TRUE((holds_all<stopped<TypeParam>>({15'000, 0})));
  EXPECT_TRUE((holds_all<only_a_stop<TypeParam>>({10'000, 2})));
}

TYPED_TEST(WaitAnyModel, AGateThatWasOpenedLetsItThrough) {
  if (!TypeParam::policy::parks) return;
  EXPECT_TRUE((holds_all<shut_again<TypeParam>>({10'000, 0})));
}

TYPED_TEST(WaitAnyModel, TheKernelMayRefuseAtAnyTime) {
  EXPECT_TRUE((holds_all<refused_later<TypeParam>>({15'000, 0})));
}

TEST(WaitAnyModel, EveryOrderIsNeeded) {
  using bell = shipped<volley::park, true>;
  EXPECT_TRUE(model::every_order_is_needed("volley/wait/bells.hpp",
                                           {model::recipe_of<one_comes<bell>>(), model::recipe_of<either<bell>>(),
                                            model::recipe_of<wake_of_another<bell>>()},
                                           {search::random(20'000), search::random_held(10'000), search::bounded(2)}));
}

}  // namespace
