// SPDX-License-Identifier: MIT

// exchanger and rendezvous: what they ask of the kernel and of the bus. "No wake syscall unless somebody is parked."

#include <volley/env/counting.hpp>

#include <gtest/gtest.h>

#include "interposed.hpp"
#include "meetings.hpp"
#include "scale.hpp"

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <stop_token>
#include <thread>

namespace volley::testing {
namespace {

using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;
using time_point = clock::time_point;

/// What `action` costs the calling thread.
template <class Action>
step_tally cost_of(const Action& action) {
  counting::tally() = {};
  action();
  return counting::tally();
}

template <class Side>
class MeetingCost : public ::testing::Test {
 protected:
  using object = typename Side::template with<counting>;

  static gift mine() { return Side::brings ? gift_of(1) : nullptr; }
  static gift theirs() { return Side::partner_brings ? gift_of(2) : nullptr; }

  /// One comes, and when `ready` another joins: the costs of both.
  template <class Ready>
  void meet(const Ready& ready, step_tally& comes, step_tally& joins) {
    together(
        [&] {
          gift g = mine();
          comes = cost_of([&] { EXPECT_EQ(Side::come(object_, g), status::ok); });
        },
        [&] {
          until([&] { return ready(object_); });
          gift h = theirs();
          joins = cost_of([&] { EXPECT_EQ(Side::join(object_, h), status::ok); });
        });
  }

  watchdog watch_{60};
  object object_;
};
TYPED_TEST_SUITE(MeetingCost, each_side, side_names);

TYPED_TEST(MeetingCost, ACallThatFindsNobodyAndMayNotWaitDoesNotEnterTheKernel) {
  gift g = this->mine();
  const auto tried = cost_of([&] { EXPECT_FALSE(TypeParam::try_come(this->object_, g)); });
  EXPECT_EQ(tried.steps(), 1U) << "one look";
  const auto late = cost_of([&] { EXPECT_EQ(TypeParam::come(this->object_, g, time_point{}), status::timeout); });
  EXPECT_EQ(late.syscalls(), 0U);
  EXPECT_EQ(late.locked(), 4U) << "in at the door, there, gone again, out at the door";
}

TYPED_TEST(MeetingCost, AMeetingIsSixLockedInstructionsTogether) {
  step_tally comes;
  step_tally joins;
  this->meet(somebody_waits<TypeParam, typename TestFixture::object>, comes, joins);
  // In at the door, the meeting, out at the door; a taker that came first gives back both places.
  const std::uint64_t least = TypeParam::brings ? 3 : 4;
  EXPECT_EQ(joins.locked(), 6 - least);
  EXPECT_EQ(joins[step::park] + joins[step::yield], 0U) << "its partner is there";
  EXPECT_LE(joins[step::wake], TypeParam::policy::parks ? 1U : 0U);
  EXPECT_GE(comes.locked(), least);
  EXPECT_LE(comes.locked(), TypeParam::policy::parks ? least + 1 : least) << "and one to say that it sleeps";
  if (!TypeParam::policy::parks && !TypeParam::policy::yields) {
    EXPECT_EQ(comes.syscalls() + joins.syscalls(), 0U);
  }
}

// Whoever timed out or was stopped is not there any more, and is not woken.
TYPED_TEST(MeetingCost, NobodyIsWokenWhoHasGivenUp) {
  for (int i = 0; i != 20; ++i) {
    gift g = this->mine();
    EXPECT_EQ(TypeParam::come(this->object_, g, clock::now() + 300us), status::timeout);
    gift h = this->theirs();
    const auto late = cost_of([&] { EXPECT_EQ(TypeParam::join(this->object_, h, time_point{}), status::timeout); });
    EXPECT_EQ(late.syscalls(), 0U);
  }
}

template <class Side>
using MeetingThatParks = MeetingCost<Side>;
TYPED_TEST_SUITE(MeetingThatParks, each_parking_side, side_names);

TYPED_TEST(MeetingThatParks, EachSleepIsOneParkAndOneWake) {
  for (std::size_t i = 0; i != scaled(200); ++i) {
    step_tally comes;
    step_tally joins;
    this->meet(somebody_sleeps<TypeParam, typename TestFixture::object>, comes, joins);
    EXPECT_EQ(joins.syscalls(), 1U);
    EXPECT_EQ(joins[step::wake], 1U);
    EXPECT_EQ(comes[step::park], 1U);
    EXPECT_EQ(comes[step::wake], 0U);
    EXPECT_LE(comes[step::yield], TypeParam::policy::spins ? 2U : 0U);
  }
}

/// A machine on which each thread says where it runs.
struct placed : counting {
  struct os : counting::os {
    inline static thread_local std::uint16_t here = 0;
    static std::uint16_t cpu() noexcept { return here; }
  };
};

/// How often the one who comes first yields when the last meeting was between threads on these two CPUs.
std::uint64_t yields_after(std::uint16_t comes, std::uint16_t joins, std::uint16_t comes_next) {
  exchanger<gift, spin_park, in_process, placed> x;
  together(
      [&] {
        placed::os::here = comes;
        (void)x.exchange(gift_of(1));
      },
      [&] {
        placed::os::here = joins;
        until([&] { return somebody_waits<swapping<spin_park>>(x); });
        (void)x.exchange(gift_of(2));
      });
  placed::os::here = comes_next;
  return cost_of([&] { EXPECT_FALSE(x.exchange(gift_of(3), clock::now() + 1ms)); })[step::yield];
}

// Both roles are anybody's here: that the last post came from this CPU says nothing, for it may have been this thread's own.
TEST(MeetingOnOneCpu, OnlyWhoSharedItsCpuWithItsPartnerGivesWay) {
  const watchdog watch(60);
  EXPECT_EQ(yields_after(1, 1, 1), 2U) << "both were here";
  EXPECT_EQ(yields_after(1, 1, 2), 0U) << "both were there";
  EXPECT_EQ(yields_after(1, 2, 1), 0U) << "one was here: perhaps this very thread";
  EXPECT_EQ(yields_after(2, 1, 1), 0U);
}

// ---- step by step ----

/// One comes, and before its n-th step the other does all of its own, or a stop is requested, or both.
template <class Side>
class MeetingStepByStep : public ::testing::Test {
 protected:
  using object = typename Side::template with<interposed>;
  enum class happens { join, stop, both };

  /// False when it takes fewer steps than n.
  bool strike(unsigned n, happens what) {
    object x;
    gift g = Side::brings ? gift_of(1) : nullptr;
    gift h = Side::partner_brings ? gift_of(2) : nullptr;
    std::stop_source source;
    status mine{};
    status theirs = status::timeout;
    const auto deadline = clock::now() + 20ms;
    auto struck_at = deadline;
    const bool struck = interposing::run(
        n, [&] { mine = Side::come(x, g, deadline, source.get_token()); },
        [&] {
          struck_at = clock::now();
          if (what != happens::join) source.request_stop();
          if (what != happens::stop) theirs = Side::join(x, h, time_point{});
        });
    EXPECT_EQ(mine == status::ok, theirs == status::ok) << "step " << n << ": both or none";
    EXPECT_TRUE(mine == status::ok ? holds(h, Side::brings, 1) && holds(g, Side::partner_brings, 2)
                                   : holds(g, Side::brings, 1) && holds(h, Side::partner_brings, 2))
        << "step " << n;
    if (mine != status::ok && struck && struck_at < deadline - 10ms) {
      EXPECT_EQ(mine, what == happens::join ? status::timeout : status::stopped) << "step " << n;
    }
    if (struck_at < deadline - 10ms && (mine == status::ok || what != happens::join)) {
      EXPECT_LT(clock::now(), deadline) << "slept through it at step " << n;
    }
    EXPECT_FALSE(somebody_waits<Side>(x));
    gift next = Side::brings ? gift_of(1) : nullptr;
    EXPECT_EQ(Side::come(x, next, time_point{}), status::timeout) << "and the places are free again";
    return struck;
  }
  void strike_at_each_step(happens what) {
    for (unsigned n = 1; n != 28 && strike(n, what) && !::testing::Test::HasFailure(); ++n) {
    }
  }
  static bool holds(const gift& g, bool any, int n) { return any ? is(g, n) : g == nullptr; }

  /// One tries to meet another who is stopped, and leaves, before the n-th step. False when it takes fewer.
  bool try_while_the_other_leaves(unsigned n) {
    object x;
    gift g = Side::brings ? gift_of(1) : nullptr;
    gift h = Side::partner_brings ? gift_of(2) : nullptr;
    std::stop_source source;
    status theirs{};
    std::atomic<bool> has_left{false};
    std::thread other([&] {
      theirs = Side::join(x, h, source.get_token());
      has_left = true;
    });
    until([&] { return somebody_waits<Side>(x); });
    bool met = false;
    const bool struck = interposing::run(
        n, [&] { met = Side::try_come(x, g); },
        [&] {  // who has been met already stays until that is done
          source.request_stop();
          for (const auto late = clock::now() + 20ms; !has_left && clock::now() < late;) std::this_thread::yield();
        });
    source.request_stop();
    other.join();
    EXPECT_EQ(met, theirs == status::ok) << "step " << n << ": both or none";
    gift mine = Side::brings ? gift_of(3) : nullptr;
    gift next = Side::partner_brings ? gift_of(4) : nullptr;
    together([&] { EXPECT_EQ(Side::come(x, mine, clock::now() + 2s), status::ok) << "a place was kept at step " << n; },
             [&] { EXPECT_EQ(Side::join(x, next, clock::now() + 2s), status::ok); });
    return struck;
  }

  watchdog watch_{60};
};
TYPED_TEST_SUITE(MeetingStepByStep, each_side, side_names);

TYPED_TEST(MeetingStepByStep, APartnerThatComesBeforeAnyStepIsMetOrHasSeenNobody) {
  this->strike_at_each_step(TestFixture::happens::join);
}
TYPED_TEST(MeetingStepByStep, AStopBeforeAnyStepIsFound) { this->strike_at_each_step(TestFixture::happens::stop); }
TYPED_TEST(MeetingStepByStep, AStopTogetherWithAPartnerLosesNothing) {
  this->strike_at_each_step(TestFixture::happens::both);
}
TYPED_TEST(MeetingStepByStep, ATryThatComesTooLateKeepsNoPlace) {
  for (unsigned n = 1; n != 28 && this->try_while_the_other_leaves(n) && !this->HasFailure(); ++n) {
  }
}

}  // namespace
}  // namespace volley::testing
