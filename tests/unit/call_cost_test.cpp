// SPDX-License-Identifier: MIT

// call_slot and call_ring: what a call costs in locked instructions and in system calls, on both sides.

#include <volley/env/counting.hpp>
#include <volley/handoff/call_ring.hpp>
#include <volley/handoff/call_slot.hpp>

#include <gtest/gtest.h>

#include <pthread.h>

#include "policies.hpp"
#include "scale.hpp"

#include <atomic>
#include <chrono>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <thread>

namespace volley::testing {
namespace {

using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;

template <class Wait>
using counted_slot = call_slot<std::uint64_t, std::uint64_t, Wait, in_process, counting>;
template <class Wait>
using counted_ring = call_ring<std::uint64_t, std::uint64_t, 4, Wait, in_process, counting>;

constexpr auto plus_one = [](std::uint64_t&& n) { return n + 1; };

/// What `action` costs the calling thread.
template <class Action>
step_tally cost_of(const Action& action) {
  counting::tally() = {};
  action();
  return counting::tally();
}

template <class Wait>
class CallCost : public ::testing::Test {
 protected:
  bool is_asked() const { return (state_of(slot_) & 1) != 0; }

  watchdog watch_{60};
  counted_slot<Wait> slot_;
  counted_ring<Wait> ring_;
};
TYPED_TEST_SUITE(CallCost, policies, policy_names);

// S30, concurrentqueue #210; handoff row 17, GCC 12's semaphore: wakes with nobody there.
TYPED_TEST(CallCost, NothingEntersTheKernelWhileNobodyNeedsToWait) {
  EXPECT_EQ(cost_of([&] { EXPECT_FALSE(this->slot_.try_serve(plus_one)); }).syscalls(), 0U);
  EXPECT_EQ(cost_of([&] { EXPECT_EQ(this->slot_.serve(plus_one, clock::now()), status::timeout); }).syscalls(), 0U);
  EXPECT_EQ(cost_of([&] { EXPECT_EQ(this->slot_.call(1, clock::now()).why(), status::timeout); }).syscalls(), 0U);
  EXPECT_EQ(cost_of([&] { EXPECT_EQ(this->ring_.collect().why(), status::empty); }).syscalls(), 0U);
  EXPECT_EQ(cost_of([&] { EXPECT_EQ(this->ring_.post(1), status::ok); }).syscalls(), 0U);
  EXPECT_EQ(cost_of([&] { EXPECT_EQ(this->ring_.collect(clock::now()).why(), status::timeout); }).syscalls(), 0U);
  EXPECT_EQ(cost_of([&] { this->ring_.serve(plus_one); }).syscalls(), 0U);
  EXPECT_EQ(cost_of([&] { EXPECT_EQ(*this->ring_.collect(), 2U); }).syscalls(), 0U);
}

TYPED_TEST(CallCost, ACallInTheRingIsOneLockedInstructionOnEachSideWhereOneMayParkElseAStore) {
  const auto post = cost_of([&] { (void)this->ring_.post(1); });
  EXPECT_EQ(post.locked(), TypeParam::parks ? 1U : 0U);
  EXPECT_EQ(post.steps(), 1U);
  const auto serve = cost_of([&] { this->ring_.serve(plus_one); });
  EXPECT_EQ(serve.locked(), TypeParam::parks ? 1U : 0U);
  EXPECT_LE(serve.steps(), 3U);
  const auto collect = cost_of([&] { (void)this->ring_.collect(); });
  EXPECT_EQ(collect.locked(), 0U);
  EXPECT_LE(collect.steps(), 2U);
}

// A call that cannot be withdrawn: one on each side. One that can: two CAS at the server. Neither wakes a server that is awake.
TYPED_TEST(CallCost, ACallIsOneLockedInstructionOnEachSide) {
  for (const bool is_revocable : {false, true}) {
    for (int i = 0; i != 100; ++i) {
      step_tally served;
      std::thread server([&] {
        until([this] { return this->is_asked(); });
        served = cost_of([this] { this->slot_.serve(plus_one); });
      });
      const auto called = cost_of([&] {
        const auto answer = is_revocable ? this->slot_.call(1, clock::now() + 1h) : this->slot_.call(1);
        EXPECT_EQ(*answer, 2U);
      });
      server.join();
      const std::uint64_t parks = called[step::park];
      EXPECT_LE(called.locked(),
                1U + 1U * (parks != 0 ? parks + 1 : 2));  // and the CAS of who goes to sleep, if it came to that
      EXPECT_LE(served.locked(), is_revocable ? 6U : 1U);
      EXPECT_EQ(called[step::wake], 0U);
      EXPECT_LE(served[step::wake], 1U);
      EXPECT_EQ(served[step::park] + served[step::yield], 0U);
    }
  }
}

// A caller that gave up took its mark back: who serves later does not wake nobody.
TYPED_TEST(CallCost, WhoeverGaveUpCostsNoWake) {
  for (int i = 0; i != 20; ++i) {
    EXPECT_EQ(this->slot_.call(1, clock::now() + 500us).why(), status::timeout);
    EXPECT_EQ(this->slot_.serve(plus_one, clock::now() + 500us), status::timeout);
    EXPECT_EQ(cost_of([&] { (void)this->slot_.call(1, clock::time_point{}); }).syscalls(), 0U);
  }
  EXPECT_EQ(this->ring_.serve(plus_one, clock::now() + 500us), status::timeout);
  EXPECT_EQ(cost_of([&] { (void)this->ring_.post(1); }).syscalls(), 0U);
  EXPECT_EQ(this->ring_.collect(clock::now() + 500us).why(), status::timeout);
  EXPECT_EQ(cost_of([&] { this->ring_.serve(plus_one); }).syscalls(), 0U);
}

// In a whole conversation: who never parks is never woken, and nobody is woken more often than somebody went to sleep.
TYPED_TEST(CallCost, NobodyIsWokenWhoDidNotSleep) {
  const std::size_t n = scaled(hops<TypeParam>(5'000));
  step_tally caller;
  step_tally server;
  together(
      [&] {
        caller = cost_of([&] {
          for (std::size_t i = 0; i != n; ++i) (void)this->slot_.call(i);
        });
      },
      [&] {
        server = cost_of([&] {
          for (std::size_t i = 0; i != n; ++i) this->slot_.serve(plus_one);
        });
      });
  EXPECT_LE(caller[step::wake], server[step::park]);
  EXPECT_LE(server[step::wake], caller[step::park]);
  EXPECT_LE(caller[step::park], n + server[step::wake]);
  EXPECT_LE(server[step::park], n + caller[step::wake]);
  if (!TypeParam::parks) {
    EXPECT_EQ(caller[step::park] + server[step::park], 0U);
  }
  if (!TypeParam::parks && !TypeParam::yields) {
    EXPECT_EQ(caller.syscalls() + server.syscalls(), 0U);
  }
}

template <class Wait>
using CallThatParks = CallCost<Wait>;
using parking_policies = ::testing::Types<spin_park, park>;
TYPED_TEST_SUITE(CallThatParks, parking_policies, policy_names);

TYPED_TEST(CallThatParks, EachSleepIsOneParkAndOneWake) {
  for (std::size_t i = 0; i != scaled(200); ++i) {
    step_tally called;
    std::thread caller([&] { called = cost_of([&] { EXPECT_EQ(*this->slot_.call(1), 2U); }); });
    until([&] { return this->is_asked() && is_parked(this->slot_); });
    const auto served = cost_of([&] { this->slot_.serve(plus_one); });
    caller.join();
    EXPECT_EQ(served.syscalls(), 1U);
    EXPECT_EQ(served[step::wake], 1U);
    EXPECT_EQ(served.locked(), 1U);
    EXPECT_LE(called[step::park], 1U);
    EXPECT_EQ(called[step::wake], 0U);
  }
}

// S27, concurrentqueue d40e4e7, 07e22ec, #98, #173: EINTR taken for success, or looped on. snmalloc #739, swoole #2351: a wake for an
// event.
TYPED_TEST(CallThatParks, SignalsAreInvisible) {
  struct sigaction interrupt {};
  struct sigaction before {};
  static std::atomic<unsigned> handled;
  handled = 0;
  interrupt.sa_handler = [](int) { ++handled; };  // and no SA_RESTART
  ::sigaction(SIGUSR1, &interrupt, &before);
  std::thread caller([&] { EXPECT_EQ(*this->slot_.call(1), 2U); });
  until([&] { return this->is_asked() && is_parked(this->slot_); });
  for (unsigned i = 0; i != 200; ++i) {
    ::pthread_kill(caller.native_handle(), SIGUSR1);
    until([&] { return handled == i + 1; });
  }
  EXPECT_TRUE(this->is_asked());
  const auto served = cost_of([&] { this->slot_.serve(plus_one); });
  caller.join();
  ::sigaction(SIGUSR1, &before, nullptr);
  EXPECT_LE(served.syscalls(), 1U);
}

}  // namespace
}  // namespace volley::testing
