// SPDX-License-Identifier: MIT

// channel, step by step: whatever ends a wait comes before each of its steps in turn, also between its last look and its sleep.

#include "channels.hpp"
#include "interposed.hpp"

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <stop_token>
#include <utility>

namespace volley::testing {
namespace {

using namespace std::chrono_literals;

/// Notes whether a sleep that began after the other had done its part lasted until its deadline: then nobody woke it.
struct overslept : interposed {
  static inline bool slept_through = false;

  struct os : interposed::os {
    template <class U>
    static bool park(const hooked<interposing>::atomic<U>& w, std::uint32_t expected, sharing scope,
                     time_point deadline) noexcept {
      const bool was_done = interposing::action == nullptr;
      const bool is_late = interposed::os::park(w, expected, scope, deadline);
      if (was_done && is_late) slept_through = true;
      return is_late;
    }
  };
};

template <class Kind>
class ChannelStepByStep : public ::testing::Test {
 protected:
  /// wait(channel, deadline, token) -> status, with act(channel) before its n-th step, for every n before its deadline. It ends as `end`
  /// says, or, when the act came too late, by its deadline.
  template <class Wait, class Act>
  static void strike_at_each_step(bool full, const Wait& wait, const Act& act, status end) {
    bool is_late = false;
    for (unsigned n = 1; !is_late && !::testing::Test::HasFailure(); ++n) {
      const auto ch = Kind::template make<int, 2, overslept>();
      while (full && ch->try_push(0) == status::ok) {
      }
      std::stop_source source;
      const auto deadline = steady::now() + 30ms;
      auto struck_at = steady::time_point::max();
      status got{};
      overslept::slept_through = false;
      const bool struck = interposing::run(
          n, [&] { got = wait(*ch, deadline, source.get_token()); },
          [&] {
            act(*ch, source);
            struck_at = steady::now();
          });
      is_late = !struck || struck_at >= deadline;
      EXPECT_FALSE(overslept::slept_through && !is_late) << "nobody woke it: step " << n;
      EXPECT_TRUE(got == end || (is_late && got == status::timeout)) << to_string(got) << " at step " << n;
      EXPECT_GT(n, is_late ? 5U : 0U) << "so soon nothing was tried";
    }
  }
  watchdog watch_{60};
};
TYPED_TEST_SUITE(ChannelStepByStep, each_channel, channel_names);

const auto pops = [](auto& ch, auto deadline, const auto&) { return ch.pop_until(deadline).why(); };
const auto looks = [](auto& ch, auto deadline, const auto&) { return ch.wait_ready_until(deadline); };
const auto pushes = [](auto& ch, auto deadline, const auto&) { return ch.push_until(7, deadline); };
const auto closes = [](auto& ch, auto&) { ch.close(); };
const auto stops = [](auto&, std::stop_source& source) { source.request_stop(); };
constexpr bool full = true;
constexpr bool empty = false;

// S9, S20, S21: each pair of a wait and what it waits for.
TYPED_TEST(ChannelStepByStep, APushBeforeAnyStepOfAPopIsFound) {
  const auto push = [](auto& ch, auto&) { EXPECT_EQ(ch.try_push(1), status::ok); };
  this->strike_at_each_step(empty, pops, push, status::ok);
  this->strike_at_each_step(empty, looks, push, status::ok);
}
TYPED_TEST(ChannelStepByStep, ABatchBeforeAnyStepOfAPopIsFound) {
  const auto push = [](auto& ch, auto&) { EXPECT_TRUE(ch.try_push_n(std::array{1, 2})); };
  this->strike_at_each_step(empty, pops, push, status::ok);
}
TYPED_TEST(ChannelStepByStep, APopBeforeAnyStepOfAPushIsFound) {
  const auto pop = [](auto& ch, auto&) { EXPECT_TRUE(ch.try_pop()); };
  this->strike_at_each_step(full, pushes, pop, status::ok);
  const auto pop_all = [](auto& ch, auto&) {
    std::array<int, 2> out{};
    EXPECT_TRUE(ch.try_pop_n(out));
  };
  this->strike_at_each_step(full, pushes, pop_all, status::ok);
}

// S40: a close is as good as an element.
TYPED_TEST(ChannelStepByStep, ACloseBeforeAnyStepOfAWaitIsFound) {
  this->strike_at_each_step(empty, pops, closes, status::closed);
  this->strike_at_each_step(empty, looks, closes, status::closed);
  this->strike_at_each_step(full, pushes, closes, status::closed);
}

// S38: also one that comes in the middle of its own registration.
TYPED_TEST(ChannelStepByStep, AStopBeforeAnyStepOfAWaitIsFound) {
  const auto pop = [](auto& ch, auto deadline, const auto& stop) { return ch.pop_until(deadline, stop).why(); };
  const auto push = [](auto& ch, auto deadline, const auto& stop) { return ch.push_until(7, deadline, stop); };
  this->strike_at_each_step(empty, pop, stops, status::stopped);
  this->strike_at_each_step(full, push, stops, status::stopped);
}

// S41, helio #600: a close before each step of a push that has room, and a look at once. What the push says is what is delivered; and S32: who
// closes or looks does not wait for it.
TYPED_TEST(ChannelStepByStep, ACloseBeforeAnyStepOfAPushAgreesWithItsStatus) {
  for (unsigned n = 1;; ++n) {
    const auto ch = TypeParam::template make<int, 2, overslept>();
    status said{};
    status meanwhile = status::empty;
    const bool struck = interposing::run(
        n, [&] { said = ch->try_push(1); },
        [&] {
          ch->close();
          meanwhile = ch->try_pop().why();
        });
    ASSERT_NE(meanwhile, said == status::ok ? status::closed : status::ok) << "step " << n;
    ASSERT_TRUE(said == status::ok || (struck && said == status::closed)) << to_string(said) << " at step " << n;
    ASSERT_EQ(all_in(*ch).size(), said == status::ok && meanwhile != status::ok ? 1U : 0U) << "step " << n;
    ASSERT_EQ(ch->is_drained(), struck);
    if (!struck) break;
  }
}

// And before each step of a pop that finds something: nobody says that it is over while there is an element.
TYPED_TEST(ChannelStepByStep, ACloseBeforeAnyStepOfAPopTakesNothingFromIt) {
  for (unsigned n = 1;; ++n) {
    const auto ch = TypeParam::template make<int, 2, overslept>();
    ASSERT_EQ(ch->push(1), status::ok);
    int out = 0;
    const bool struck = interposing::run(
        n, [&] { ASSERT_EQ(ch->pop(out), status::ok); }, [&] { ch->close(); });
    ASSERT_EQ(out, 1);
    ASSERT_EQ(ch->try_pop().why(), struck ? status::closed : status::empty);
    if (!struck) break;
  }
}

}  // namespace
}  // namespace volley::testing
