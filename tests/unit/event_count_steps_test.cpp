// SPDX-License-Identifier: MIT

// event_count and asymmetric_event_count, step by step: before each step of a wait something happens that must not be missed.

#include <volley/env/hooked.hpp>

#include <gtest/gtest.h>

#include "event_counts.hpp"
#include "scale.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <stop_token>
#include <utility>

namespace volley::testing {
namespace {

using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;

/// Does something before the n-th step of this thread from now on.
struct interposer {
  static inline thread_local unsigned steps_before = 0;
  static inline thread_local std::function<void()> action;

  static void step(volley::step) {
    if (steps_before == 0 || --steps_before != 0) return;
    std::exchange(action, nullptr)();
  }
};
struct interposed : hooked<interposer> {
  static constexpr unsigned hot_polls = 2;
  static constexpr std::uint32_t longest_spin = 1;  // to the sleep within few steps
  static constexpr std::uint32_t shortest_spin = 1;
};

/// What became of an action that was to strike at a step: there was none such, or it came in time, or too late to matter.
enum class fate { none, struck, late };

template <class Form>
class EventCountStepByStep : public ::testing::Test {
 protected:
  using event = typename Form::template type<interposed>;

  /// One waits, and before its n-th step the action strikes: in good time, or when the deadline has come already. Whatever strikes in
  /// time ends the wait.
  template <class Wait, class Action>
  fate strike(unsigned n, const Wait& wait, const Action& action) {
    const auto deadline = clock::now() + 60ms;
    auto struck_at = deadline;
    interposer::steps_before = n;
    interposer::action = [&] {
      struck_at = clock::now();
      action();
    };
    wait(deadline);
    interposer::steps_before = 0;
    if (std::exchange(interposer::action, nullptr) != nullptr) return fate::none;
    if (struck_at > deadline - 30ms) return fate::late;
    EXPECT_LT(clock::now(), deadline) << "slept through it at step " << n;
    return fate::struck;
  }
  /// Calls f with 1, 2, ... until it says that there was no such step any more (who spins has no last one).
  template <class F>
  void for_each_step(const F& f) {
    for (unsigned n = 1; n != 200 && f(n) != fate::none && !::testing::Test::HasFailure(); ++n) {
    }
  }

  watchdog watch_{60};
};
TYPED_TEST_SUITE(EventCountStepByStep, event_counts, event_count_names);

TYPED_TEST(EventCountStepByStep, ANotifyBeforeAnyStepOfAnAwaitIsFound) {
  this->for_each_step([&](unsigned n) {
    typename TestFixture::event e;
    bool there = false;
    status s{};
    const auto end = this->strike(
        n, [&](auto deadline) { s = e.await([&] { return there; }, deadline); },
        [&] {
          there = true;
          e.notify_one();
        });
    if (end != fate::late) {
      EXPECT_EQ(s, end == fate::struck ? status::ok : status::timeout) << "step " << n;
    }
    EXPECT_EQ(sleepers_of(e), 0U) << "step " << n;
    return end;
  });
}

// The same by hand, where the first step of a wait is after the look.
TYPED_TEST(EventCountStepByStep, ANotifyBeforeAnyStepOfAWaitIsFound) {
  this->for_each_step([&](unsigned n) {
    typename TestFixture::event e;
    status s{};
    const auto k = e.prepare();
    const auto end = this->strike(
        n, [&](auto deadline) { s = e.wait(k, deadline); }, [&] { e.notify_all(); });
    if (end == fate::struck) {
      EXPECT_EQ(s, status::ok) << "step " << n;
    }
    EXPECT_EQ(sleepers_of(e), 0U) << "step " << n;
    return end;
  });
}

TYPED_TEST(EventCountStepByStep, AStopBeforeAnyStepOfAnAwaitIsFound) {
  for (const bool together_with_a_notify : {false, true}) {
    this->for_each_step([&](unsigned n) {
      typename TestFixture::event e;
      std::stop_source source;
      bool there = false;
      status s{};
      const auto end = this->strike(
          n, [&](auto deadline) { s = e.await([&] { return there; }, deadline, source.get_token()); },
          [&] {
            source.request_stop();
            there = together_with_a_notify;
            if (there) e.notify_one();
          });
      const status then = together_with_a_notify ? status::ok : status::stopped;
      if (end != fate::late) {
        EXPECT_EQ(s, end == fate::struck ? then : status::timeout) << "step " << n;
      }
      EXPECT_EQ(sleepers_of(e), 0U) << "step " << n;
      return end;
    });
  }
}

}  // namespace
}  // namespace volley::testing
