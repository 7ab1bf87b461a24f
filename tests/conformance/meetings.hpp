// SPDX-License-Identifier: MIT
#pragma once

// exchanger and rendezvous behind one set of verbs, each seen from who comes: to swap, to give or to take. When the two have met, what
// each of them had (or had not) is the other's.

#include <volley/handoff/exchanger.hpp>
#include <volley/handoff/rendezvous.hpp>

#include <gtest/gtest.h>

#include "policies.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>

namespace volley::testing {

/// What is handed over: moves only, and empty when it has gone. Who has nothing to bring has an empty one.
using gift = std::unique_ptr<int>;
inline gift gift_of(int n) { return std::make_unique<int>(n); }
inline bool is(const gift& g, int n) { return g != nullptr && *g == n; }

namespace verbs {

template <class Object, class... Until>
status swap(Object& x, gift& g, const Until&... until) {
  auto got = x.exchange(std::move(g), until...);
  if (got) g = *std::move(got);
  return got.why();
}
template <class Object, class... Until>
status give(Object& r, gift& g, const Until&... until) {
  if constexpr (sizeof...(Until) == 0) {
    r.give(std::move(g));
    return status::ok;
  } else {
    return r.give(std::move(g), until...);
  }
}
template <class Object, class... Until>
status take(Object& r, gift& g, const Until&... until) {
  auto got = r.take(until...);
  if (got) g = *std::move(got);
  return got.why();
}
template <class Object>
bool try_swap(Object& x, gift& g) {
  auto got = x.try_exchange(std::move(g));
  if (got) g = *std::move(got);
  return got.has_value();
}
template <class Object>
bool try_take(Object& r, gift& g) {
  auto got = r.try_take();
  if (got) g = *std::move(got);
  return got.has_value();
}

}  // namespace verbs

template <class Wait>
struct swapping {
  using policy = Wait;
  template <class Env, class Scope = in_process>
  using with = exchanger<gift, Wait, Scope, Env>;
  static constexpr const char* name = "swap_";
  static constexpr bool brings = true;
  static constexpr bool partner_brings = true;
  static constexpr std::size_t meeting_at = 16;

  static status come(auto& x, gift& g, const auto&... until) { return verbs::swap(x, g, until...); }
  static status join(auto& x, gift& g, const auto&... until) { return verbs::swap(x, g, until...); }
  static bool try_come(auto& x, gift& g) { return verbs::try_swap(x, g); }
};
template <class Wait>
struct giving {
  using policy = Wait;
  template <class Env, class Scope = in_process>
  using with = rendezvous<gift, Wait, Scope, Env>;
  static constexpr const char* name = "give_";
  static constexpr bool brings = true;
  static constexpr bool partner_brings = false;
  static constexpr std::size_t meeting_at = 32;

  static status come(auto& r, gift& g, const auto&... until) { return verbs::give(r, g, until...); }
  static status join(auto& r, gift& g, const auto&... until) { return verbs::take(r, g, until...); }
  static bool try_come(auto& r, gift& g) { return r.try_give(std::move(g)); }
};
template <class Wait>
struct taking {
  using policy = Wait;
  template <class Env, class Scope = in_process>
  using with = rendezvous<gift, Wait, Scope, Env>;
  static constexpr const char* name = "take_";
  static constexpr bool brings = false;
  static constexpr bool partner_brings = true;
  static constexpr std::size_t meeting_at = 32;

  static status come(auto& r, gift& g, const auto&... until) { return verbs::take(r, g, until...); }
  static status join(auto& r, gift& g, const auto&... until) { return verbs::give(r, g, until...); }
  static bool try_come(auto& r, gift& g) { return verbs::try_take(r, g); }
};

struct side_names {
  template <class Side>
  static std::string GetName(int) {
    return Side::name + policy_names::GetName<typename Side::policy>(0);
  }
};
template <template <class> class... Side>
struct of_each_side {
  using type = ::testing::Types<Side<busy_spin>..., Side<spin_yield>..., Side<spin_park>..., Side<park>...>;
  using parking = ::testing::Types<Side<spin_park>..., Side<park>...>;
};
using each_side = of_each_side<swapping, giving, taking>::type;
using each_parking_side = of_each_side<swapping, giving, taking>::parking;

/// The word of the meeting, read from outside: where it lies, and what is in it, is the layout.
template <class Side, class Object>
const std::uint32_t& meeting_word(const Object& object) {
  static_assert(std::is_standard_layout_v<Object>);
  return *reinterpret_cast<const std::uint32_t*>(reinterpret_cast<const std::byte*>(&object) + Side::meeting_at);
}
/// True while one is inside and waits for another; and once it sleeps, or is about to.
template <class Side, class Object>
bool somebody_waits(const Object& object) {
  return (__atomic_load_n(&meeting_word<Side>(object), __ATOMIC_RELAXED) & 3) != 0;
}
template <class Side, class Object>
bool somebody_sleeps(const Object& object) {
  return __atomic_load_n(&meeting_word<Side>(object), __ATOMIC_RELAXED) >> 31 != 0;
}

}  // namespace volley::testing
