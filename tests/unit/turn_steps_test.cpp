// SPDX-License-Identifier: MIT

// turn: one side stops before each of its steps in turn, and there the other side does all of its own. What a stress run meets by
// chance, the pass or the stop in the one wrong instant, is met here each time.

#include <volley/env/hooked.hpp>
#include <volley/handoff/turn.hpp>

#include <gtest/gtest.h>

#include "policies.hpp"
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

/// Does something before the n-th step of this thread from now on, and notes what it has woken.
struct interposer {
  static inline thread_local unsigned steps_before = 0;
  static inline thread_local std::function<void()> action;
  static inline thread_local unsigned wakes = 0;

  static void step(volley::step s) {
    if (s == step::wake) ++wakes;
    if (steps_before == 0 || --steps_before != 0) return;
    std::exchange(action, nullptr)();
  }
  /// True if it has come to it.
  template <class F, class Action>
  static bool run(unsigned n, const F& f, Action a) {
    steps_before = n;
    action = std::move(a);
    wakes = 0;
    f();
    steps_before = 0;
    return std::exchange(action, nullptr) == nullptr;
  }
};
struct interposed : hooked<interposer> {
  static constexpr std::uint32_t longest_spin = 1;  // to the sleep within few steps
  static constexpr std::uint32_t shortest_spin = 1;
};

/// What became of an action that was to strike at a step: there was none such, or it came in time, or too late to matter.
enum class fate { none, struck, late };

template <class Wait>
class TurnStepByStep : public ::testing::Test {
 protected:
  using turn_type = turn<Wait, in_process, interposed>;

  /// Side 1 awaits, and before its n-th step the action strikes: in good time, or when the deadline has come already. Whatever
  /// strikes in time ends the wait.
  template <class Await, class Action>
  fate strike(unsigned n, const Await& await, const Action& action) {
    const auto deadline = clock::now() + 150ms;
    auto struck_at = deadline;
    const bool struck = interposer::run(
        n, [&] { await(deadline); },
        [&] {
          struck_at = clock::now();
          action();
        });
    if (!struck) return fate::none;
    if (struck_at > deadline - 75ms) return fate::late;
    EXPECT_LT(clock::now(), deadline) << "slept through it at step " << n;
    return fate::struck;
  }

  /// Calls f with 1, 2, ... until it says that there was no such step any more (who spins has no last one).
  template <class F>
  void for_each_step(const F& f) {
    for (unsigned n = 1; n != 400 && f(n) != fate::none && !::testing::Test::HasFailure(); ++n) {
    }
  }

  watchdog watch_{60};
};
TYPED_TEST_SUITE(TurnStepByStep, policies, policy_names);

// The pass comes before each step of an await, the sleep included, and is never missed.
TYPED_TEST(TurnStepByStep, APassBeforeAnyStepOfAnAwaitIsFound) {
  this->for_each_step([&](unsigned n) {
    typename TestFixture::turn_type t;
    status s{};
    const auto end = this->strike(
        n, [&](auto deadline) { s = t.side(1).await(deadline); }, [&] { t.side(0).pass(); });
    if (end != fate::late) {
      EXPECT_EQ(s, end == fate::struck ? status::ok : status::timeout) << "step " << n;
    }
    EXPECT_EQ(state_of(t), end == fate::none ? 0U : 1U) << "step " << n;
    return end;
  });
}

// So does the request to stop.
TYPED_TEST(TurnStepByStep, AStopBeforeAnyStepOfAnAwaitIsFound) {
  this->for_each_step([&](unsigned n) {
    typename TestFixture::turn_type t;
    std::stop_source source;
    status s{};
    const auto end = this->strike(
        n, [&](auto deadline) { s = t.side(1).await(deadline, source.get_token()); }, [&] { source.request_stop(); });
    if (end != fate::late) {
      EXPECT_EQ(s, end == fate::struck ? status::stopped : status::timeout) << "step " << n;
    }
    EXPECT_EQ(state_of(t), 0U) << "step " << n;
    return end;
  });
}

// And both at once: the turn is never lost to a stop.
TYPED_TEST(TurnStepByStep, AStopTogetherWithThePassLosesNothing) {
  this->for_each_step([&](unsigned n) {
    typename TestFixture::turn_type t;
    std::stop_source source;
    status s{};
    const auto end = this->strike(
        n, [&](auto deadline) { s = t.side(1).await(deadline, source.get_token()); },
        [&] {
          source.request_stop();
          t.side(0).pass();
        });
    if (end != fate::late) {
      EXPECT_EQ(s, end == fate::struck ? status::ok : status::timeout) << "step " << n;
    }
    EXPECT_EQ(t.side(1).try_await(), end != fate::none) << "step " << n;
    return end;
  });
}

// The waiter says that it sleeps before each step of a pass: either the pass has not happened yet, and wakes it, or it has, and the
// waiter's CAS fails. oneTBB #2136, brpc #3539: it said so in between, and nobody saw it.
TYPED_TEST(TurnStepByStep, AWaiterThatFallsAsleepDuringAPassIsWoken) {
  if constexpr (TypeParam::parks) {
    this->for_each_step([](unsigned n) {
      typename TestFixture::turn_type t;
      auto* const word = reinterpret_cast<std::uint32_t*>(&t);
      bool asleep = false;
      const bool within = interposer::run(
          n, [&] { t.side(0).pass(); },
          [&] {
            std::uint32_t seen = 0;
            asleep = __atomic_compare_exchange_n(word, &seen, 0x8000'0000U, false, __ATOMIC_RELAXED, __ATOMIC_RELAXED);
          });
      EXPECT_EQ(interposer::wakes, asleep ? 1U : 0U) << "step " << n;
      EXPECT_EQ(state_of(t), 1U);
      return within ? fate::struck : fate::none;
    });
  }
}

}  // namespace
}  // namespace volley::testing
