// SPDX-License-Identifier: MIT
#pragma once

// Classic algorithms, each right and with the mistake that it is known for: the model must notice every mistake, and accuse no right one. They
// are nobody's code here; they show that what the searches see is what goes wrong elsewhere. This is what their tests have in common.

#include "engine.hpp"

namespace model::classic {

using volley::modelled;
using word = atomic<std::uint32_t>;
using enum std::memory_order;
using os = modelled::os;

enum class made : bool { right, wrong };
inline constexpr made right = made::right;
inline constexpr made wrong = made::wrong;

template <class Scenario>
testing::AssertionResult holds() {
  if (const auto r = model::holds<Scenario>(search::random(20'000)); !r) return r;
  if (const auto r = model::holds<Scenario>(search::random_held(20'000)); !r) return r;
  return model::holds<Scenario>(search::bounded(2));
}
template <class Scenario>
testing::AssertionResult is(rl::test_result_e why, const search& s = search::random(100'000)) {
  return model::fails<Scenario>(s, why);
}
inline constexpr auto asserted = rl::test_result_user_assert_failed;
inline constexpr auto race = rl::test_result_data_race;
inline constexpr auto deadlock = rl::test_result_deadlock;
inline constexpr auto livelock = rl::test_result_livelock;

}  // namespace model::classic
