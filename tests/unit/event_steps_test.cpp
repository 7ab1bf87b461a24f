// SPDX-License-Identifier: MIT

// parker, auto_reset_event and manual_reset_event: one thread stops before each of its steps in turn, and there another does all of its own.

#include <gtest/gtest.h>

#include "events.hpp"
#include "interposed.hpp"
#include "scale.hpp"

#include <chrono>
#include <cstdint>
#include <stop_token>
#include <type_traits>

namespace volley::testing {
namespace {

using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;

/// What became of an action that was to strike at a step: there was none such, or it came in time, or too late to matter.
enum class fate { none, struck, late };

template <class Kind>
class EventStepByStep : public ::testing::Test {
 protected:
  using event = typename Kind::template with<interposed>;

  /// A wait, before whose n-th step the action strikes: in good time, or when the deadline has come already. Whatever strikes in time
  /// ends the wait.
  template <class Wait, class Action>
  fate strike(unsigned n, const Wait& wait, const Action& action) {
    const auto deadline = clock::now() + 60ms;
    auto struck_at = deadline;
    const bool struck = interposing::run(
        n, [&] { wait(deadline); },
        [&] {
          struck_at = clock::now();
          action();
        });
    if (!struck) return fate::none;
    if (struck_at > deadline - 30ms) return fate::late;
    EXPECT_LT(clock::now(), deadline) << "slept through it at step " << n;
    return fate::struck;
  }

  /// Calls f with 1, 2, ... until it says that there was no such step any more (who spins has no last one).
  template <class F>
  void for_each_step(const F& f) {
    for (unsigned n = 1; n != 40 && f(n) != fate::none && !::testing::Test::HasFailure(); ++n) {
    }
  }

  watchdog watch_{60};
};
TYPED_TEST_SUITE(EventStepByStep, each_event, event_names);

// The set comes before each step of a wait, the sleep included, and is never missed.
TYPED_TEST(EventStepByStep, ASetBeforeAnyStepOfAWaitIsFound) {
  this->for_each_step([&](unsigned n) {
    typename TestFixture::event e;
    status s{};
    const auto end = this->strike(
        n, [&](auto deadline) { s = wait(e, deadline); }, [&] { set(e); });
    if (end != fate::late) {
      EXPECT_EQ(s, end == fate::struck ? status::ok : status::timeout) << "step " << n;
      EXPECT_EQ(try_wait(e), TypeParam::stays && end == fate::struck) << "step " << n;
    }
    EXPECT_EQ(sleepers_on(e), 0U) << "step " << n;
    return end;
  });
}

TYPED_TEST(EventStepByStep, AStopBeforeAnyStepOfAWaitIsFound) {
  this->for_each_step([&](unsigned n) {
    typename TestFixture::event e;
    std::stop_source source;
    status s{};
    const auto end = this->strike(
        n, [&](auto deadline) { s = wait(e, deadline, source.get_token()); }, [&] { source.request_stop(); });
    if (end != fate::late) {
      EXPECT_EQ(s, end == fate::struck ? status::stopped : status::timeout) << "step " << n;
    }
    EXPECT_EQ(sleepers_on(e), 0U) << "step " << n;
    return end;
  });
}

// And both at once: the set is never lost to a stop.
TYPED_TEST(EventStepByStep, AStopTogetherWithTheSetLosesNothing) {
  this->for_each_step([&](unsigned n) {
    typename TestFixture::event e;
    std::stop_source source;
    status s{};
    const auto end = this->strike(
        n, [&](auto deadline) { s = wait(e, deadline, source.get_token()); },
        [&] {
          source.request_stop();
          set(e);
        });
    if (end == fate::struck) {
      EXPECT_EQ(s, status::ok) << "step " << n;
      EXPECT_EQ(try_wait(e), TypeParam::stays) << "step " << n;
    }
    return end;
  });
}

// The gate opens and shuts again before a step of the wait: who has looked is let through, who has not yet waits.
TYPED_TEST(EventStepByStep, ASetThatAResetFollowsAtOnceIsFoundByWhoHasLooked) {
  if constexpr (TypeParam::stays) {
    this->for_each_step([&](unsigned n) {
      typename TestFixture::event e;
      status s{};
      const auto twice = [&] {
        e.set();
        e.reset();
      };
      if (n == 1) {  // before the first look
        EXPECT_TRUE(interposing::run(
            1, [&] { s = e.wait(clock::now() + 5ms); }, twice));
        EXPECT_EQ(s, status::timeout);
        return fate::struck;
      }
      const auto end = this->strike(
          n, [&](auto deadline) { s = e.wait(deadline); }, twice);
      if (end != fate::late) {
        EXPECT_EQ(s, end == fate::struck ? status::ok : status::timeout) << "step " << n;
      }
      EXPECT_FALSE(e.is_set());
      return end;
    });
  }
}

/// Says on the event, from outside, that this thread is about to sleep, if it is not set; true if it could.
template <class W, class S, class E>
bool fall_asleep(parker<W, S, E>& p) {
  std::uint32_t seen = 0;
  auto* const word = reinterpret_cast<std::uint32_t*>(&p);
  return __atomic_compare_exchange_n(word, &seen, 0x8000'0000U, false, __ATOMIC_RELAXED, __ATOMIC_RELAXED);
}
template <class Event>
bool fall_asleep(Event& e) {
  constexpr bool counts = requires { e.reset(); };
  std::uint64_t seen = 0;
  auto* const word = reinterpret_cast<std::uint64_t*>(&e);
  return __atomic_compare_exchange_n(word, &seen, std::uint64_t{1} << (counts ? 26 : 1), false, __ATOMIC_RELAXED,
                                     __ATOMIC_RELAXED);
}

// The waiter says that it sleeps before each step of a set: either the set has not happened yet, and wakes it, or it has, and the waiter's
// CAS fails. oneTBB #2136, brpc #3539: it said so in between, and nobody saw it.
TYPED_TEST(EventStepByStep, AWaiterThatFallsAsleepDuringASetIsWoken) {
  if constexpr (TypeParam::policy::parks) {
    this->for_each_step([](unsigned n) {
      typename TestFixture::event e;
      bool asleep = false;
      const bool within = interposing::run(
          n, [&] { set(e); }, [&] { asleep = fall_asleep(e); });
      EXPECT_EQ(interposing::wakes, asleep ? 1U : 0U) << "step " << n;
      EXPECT_TRUE(try_wait(e));
      return within ? fate::struck : fate::none;
    });
  }
}

// Another takes the set before any step of the wait that it was meant for: it is gone, and the waiter waits on.
template <class Wait>
class AutoResetEventStepByStep : public EventStepByStep<event_kind<auto_reset_event, Wait>> {};
TYPED_TEST_SUITE(AutoResetEventStepByStep, policies, policy_names);

TYPED_TEST(AutoResetEventStepByStep, ASetThatAnotherTookIsNotTakenTwice) {
  this->for_each_step([&](unsigned n) {
    typename TestFixture::event e;
    status s{};
    const bool struck = interposing::run(
        n, [&] { s = e.wait(clock::now() + 2ms); },
        [&] {
          e.set();
          EXPECT_TRUE(e.try_wait());
        });
    EXPECT_EQ(s, status::timeout) << "step " << n;
    EXPECT_FALSE(e.try_wait());
    EXPECT_EQ(sleepers_on(e), 0U);
    return struck ? fate::struck : fate::none;
  });
}

}  // namespace
}  // namespace volley::testing
