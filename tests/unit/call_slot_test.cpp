// SPDX-License-Identifier: MIT

// call_slot: calls and their answers, what is carried, deadlines and stops on both sides, and what becomes of a call that is given up.

#include "throwing.hpp"

#include <volley/handoff/call_slot.hpp>

#include <gtest/gtest.h>

#include "elements.hpp"
#include "policies.hpp"
#include "scale.hpp"

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <random>
#include <stop_token>
#include <thread>
#include <type_traits>
#include <utility>

namespace volley::testing {
namespace {

using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;
using time_point = clock::time_point;

template <std::size_t Size>
using bytes = std::array<unsigned char, Size>;
template <std::size_t Words>
using words = std::array<std::uint64_t, Words>;

static_assert(std::is_same_v<call_slot<int, int>::time_point, time_point>);
static_assert(!std::is_copy_constructible_v<call_slot<int, int>> && !std::is_move_constructible_v<call_slot<int, int>>);
static_assert(alignof(call_slot<char, char>) == cache_line);
static_assert(std::is_standard_layout_v<call_slot<int, long>>);
// One line, whatever the two are, as long as the larger one fits.
static_assert(sizeof(call_slot<char, char>) == cache_line);
static_assert(sizeof(call_slot<words<6>, char>) == cache_line);
static_assert(sizeof(call_slot<words<6>, words<6>>) == cache_line);
static_assert(sizeof(call_slot<bytes<48>, words<5>>) == cache_line);
static_assert(sizeof(call_slot<bytes<52>, bytes<52>, park, between_processes>) == cache_line);
static_assert(sizeof(call_slot<aligned<16>, words<6>>) == cache_line);
static_assert(sizeof(call_slot<words<7>, char>) == 2 * cache_line);
static_assert(alignof(call_slot<aligned<256>, char>) == 256);

constexpr auto plus_one = [](std::uint64_t&& n) { return n + 1; };

template <class Wait>
class CallSlot : public ::testing::Test {
 protected:
  using slot_type = call_slot<std::uint64_t, std::uint64_t, Wait>;

  /// Until there is a request.
  void until_asked() {
    until([this] { return (state_of(slot_) & 1) != 0; });
  }

  watchdog watch_{60};
  slot_type slot_;
};
TYPED_TEST_SUITE(CallSlot, policies, policy_names);

TYPED_TEST(CallSlot, EachCallGetsItsAnswer) {
  const std::size_t n = scaled(hops<TypeParam>(20'000));
  std::size_t wrong = 0;
  std::uint64_t served = 0;  // not atomic: the call guards it
  together(
      [&] {
        for (std::uint64_t i = 0; i != n; ++i) {
          const auto answer = this->slot_.call(i);
          if (!answer || *answer != i + 1 || served != i + 1) ++wrong;
        }
      },
      [&] {
        for (std::uint64_t i = 0; i != n; ++i) {
          this->slot_.serve([&](std::uint64_t&& number) {
            if (number != served++) ++wrong;
            return number + 1;
          });
        }
      });
  EXPECT_EQ(wrong, 0U);
}

TYPED_TEST(CallSlot, WhereNobodyCallsThereIsNothingToServe) {
  const auto never = [](std::uint64_t&&) -> std::uint64_t {
    ADD_FAILURE() << "nobody called";
    return 0;
  };
  EXPECT_FALSE(this->slot_.try_serve(never));
  const auto now = clock::now();
  for (const auto deadline : {time_point::min(), time_point{} - 1ns, time_point{}, now - 1h, now}) {
    EXPECT_EQ(this->slot_.serve(never, deadline), status::timeout);
  }
  const auto soon = clock::now() + 2ms;
  EXPECT_EQ(this->slot_.serve(never, soon), status::timeout);
  EXPECT_GE(clock::now(), soon);
  std::stop_source source;
  source.request_stop();
  EXPECT_EQ(this->slot_.serve(never, source.get_token()), status::stopped);
  EXPECT_EQ(this->slot_.serve(never, clock::now() + 1h, source.get_token()), status::stopped);
  EXPECT_EQ(state_of(this->slot_), 0U) << "a side that no longer waits is still marked as asleep";
}

TYPED_TEST(CallSlot, WhereNobodyServesACallTimesOutAndNeverWas) {
  const auto now = clock::now();
  for (const auto deadline : {time_point::min(), time_point{} - 1ns, time_point{}, now - 1h, now}) {
    EXPECT_EQ(this->slot_.call(1, deadline).why(), status::timeout);
    EXPECT_EQ(state_of(this->slot_), 0U);
  }
  for (const auto patience : {1ns, 20'000ns, 1'000'000ns, 3'000'000ns}) {
    const auto deadline = clock::now() + patience;
    EXPECT_EQ(this->slot_.call(1, deadline).why(), status::timeout);
    EXPECT_GE(clock::now(), deadline);
    EXPECT_EQ(state_of(this->slot_), 0U);
  }
  EXPECT_FALSE(this->slot_.try_serve(plus_one)) << "it was withdrawn";
}

TYPED_TEST(CallSlot, AStopThatWasRequestedAsksNothing) {
  std::stop_source source;
  source.request_stop();
  EXPECT_EQ(this->slot_.call(1, source.get_token()).why(), status::stopped);
  EXPECT_EQ(this->slot_.call(1, clock::now() + 1h, source.get_token()).why(), status::stopped);
  EXPECT_EQ(state_of(this->slot_), 0U);
}

TYPED_TEST(CallSlot, AStopEndsAWaitThatHasBegun) {
  for (int i = 0; i != 10; ++i) {
    std::stop_source source;
    std::thread stopper([&] {
      this->until_asked();
      if (TypeParam::parks) until([&] { return is_parked(this->slot_); });
      source.request_stop();
    });
    EXPECT_EQ(this->slot_.call(1, source.get_token()).why(), status::stopped);
    stopper.join();
    EXPECT_EQ(state_of(this->slot_), 0U);
    std::stop_source other;
    std::thread later([&] {
      if (TypeParam::parks) until([&] { return is_parked(this->slot_); });
      other.request_stop();
    });
    EXPECT_EQ(this->slot_.serve(plus_one, other.get_token()), status::stopped);
    later.join();
    EXPECT_EQ(state_of(this->slot_), 0U);
  }
}

TYPED_TEST(CallSlot, DeadlinesTooFarAwayToComeDoNotOverflow) {
  std::stop_source source;
  for (const auto deadline : {time_point::max(), time_point::max() - 1ns, clock::now() + 87'600h}) {
    std::thread server([&] { EXPECT_EQ(this->slot_.serve(plus_one, deadline, source.get_token()), status::ok); });
    EXPECT_EQ(*this->slot_.call(1, deadline, source.get_token()), 2U);
    server.join();
  }
}

// The server was faster: the caller's time is over, f runs to its end, and its answer is nobody's.
TYPED_TEST(CallSlot, ACallThatIsGivenUpWhileItIsServedKeepsTheSlotBusy) {
  counted::reset();
  {
    call_slot<counted, counted, TypeParam> slot;
    std::atomic<bool> inside{false};
    std::atomic<bool> go_on{false};
    std::thread server([&] {
      EXPECT_EQ(slot.serve(
                    [&](counted&& request) {
                      inside = true;
                      until([&] { return go_on.load(); });
                      return counted(request.value + 1);
                    },
                    clock::now() + 1h),
                status::ok);
      slot.serve([](counted&& request) { return counted(request.value + 1); });
    });
    std::stop_source source;
    std::thread stopper([&] {
      until([&] { return inside.load(); });
      source.request_stop();
    });
    EXPECT_EQ(slot.call(counted(1), source.get_token()).why(), status::stopped);
    stopper.join();
    EXPECT_EQ(slot.call(counted(10), clock::now() + 2ms).why(), status::timeout) << "the slot is busy";
    EXPECT_EQ(slot.call(counted(10), time_point{}).why(), status::timeout);
    EXPECT_EQ(slot.call(counted(10), source.get_token()).why(), status::stopped);
    std::thread releaser([&] {
      if (TypeParam::parks) until([&] { return is_parked(slot); });
      go_on = true;
    });
    const auto answer = slot.call(counted(20));
    releaser.join();
    server.join();
    ASSERT_TRUE(answer.has_value());
    EXPECT_EQ(answer->value, 21) << "its own answer, not that of the call that was given up";
  }
  EXPECT_TRUE(counted::alive.empty());
}

// LifoSem's remove against post, moodycamel's readjusting loop, swoole #6160: a timeout in the instant of the answer.
TYPED_TEST(CallSlot, ATimeoutThatTiesLosesNothingAndDoublesNothing) {
  const std::size_t rounds = scaled(hops<TypeParam>(8'000));
  std::uint64_t answered = 0;
  std::uint64_t timeouts = 0;
  std::uint64_t served = 0;
  std::uint64_t wrong = 0;
  constexpr std::uint64_t last = ~std::uint64_t{0};
  together(
      [&] {
        std::minstd_rand random(1);
        for (std::uint64_t i = 1; i <= rounds; ++i) {
          const auto answer = this->slot_.call(i, clock::now() + std::chrono::nanoseconds(random() % 40'000));
          if (answer.has_value()) {
            ++answered;
            if (*answer != i + 1) ++wrong;
          } else {
            ++timeouts;
            if (answer.why() != status::timeout) ++wrong;
          }
        }
        if (*this->slot_.call(last) != 0) ++wrong;
      },
      [&] {
        std::minstd_rand random(2);
        std::uint64_t before = 0;
        while (before != last) {
          const auto f = [&](std::uint64_t&& number) {
            if (number <= before) ++wrong;
            before = number;
            if (number != last) ++served;
            if (random() % 4 == 0) {
              for (const auto end = clock::now() + std::chrono::nanoseconds(random() % 40'000); clock::now() < end;) {
              }
            }
            return number + 1;
          };
          (void)this->slot_.serve(f, clock::now() + std::chrono::nanoseconds(random() % 40'000));
        }
      });
  EXPECT_EQ(wrong, 0U);
  EXPECT_EQ(answered + timeouts, rounds);
  EXPECT_GE(served, answered);
  this->RecordProperty("timeouts", std::to_string(timeouts));
  this->RecordProperty("served_for_nobody", std::to_string(served - answered));
}

TYPED_TEST(CallSlot, AnythingThatCanBeMovedIsCarried) {
  call_slot<std::unique_ptr<int>, picky, TypeParam> slot;
  std::thread server([&] {
    for (int i = 0; i != 100; ++i) slot.serve([](std::unique_ptr<int>&& p) { return picky(*p, 1); });
  });
  for (int i = 0; i != 100; ++i) EXPECT_EQ(slot.call(std::make_unique<int>(i))->sum(), i + 1);
  server.join();
  call_slot<sized<200>, aligned<128>, TypeParam> big;
  std::thread other([&] {
    for (unsigned i = 0; i != 100; ++i) {
      big.serve([&](const sized<200>& s) { return aligned<128>(s.is(i) ? 1 : 0); });
    }
  });
  for (unsigned i = 0; i != 100; ++i) EXPECT_EQ(big.call(sized<200>(i))->value, 1);
  other.join();
}

TYPED_TEST(CallSlot, NothingIsCopiedAndEachIsDestroyedOnce) {
  counted::reset();
  {
    call_slot<counted, counted, TypeParam> slot;
    std::thread server([&] {
      for (int i = 0; i != 100; ++i) slot.serve([](counted&& c) { return std::move(c); });
    });
    for (int i = 0; i != 100; ++i) EXPECT_EQ(slot.call(counted(i))->value, i);
    server.join();
    EXPECT_TRUE(counted::alive.empty());
    EXPECT_EQ(slot.call(counted(1), clock::now() + 1us).why(), status::timeout);
    EXPECT_TRUE(counted::alive.empty()) << "a request that was withdrawn is destroyed at once";
  }
  EXPECT_EQ(counted::copies, 0U);
}

// An exception of f passes through serve, and does not leave the caller waiting.
TYPED_TEST(CallSlot, ACallWhoseServiceThrowsIsClosed) {
  fragile::reset();
  call_slot<fragile, fragile, TypeParam> slot;
  for (const bool is_revocable : {false, true}) {
    std::thread server([&] {
      EXPECT_THROW(slot.serve([](fragile&&) -> fragile { throw_it(boom{}); }), boom);
      slot.serve([](fragile&& f) { return std::move(f); });
    });
    if (has_exceptions) {
      const auto answer = is_revocable ? slot.call(fragile(1), clock::now() + 1h) : slot.call(fragile(1));
      EXPECT_EQ(answer.why(), status::closed);
      EXPECT_EQ(slot.call(fragile(7))->value, 7) << "the next one is as good as any";
    }
    server.join();
  }
  EXPECT_TRUE(fragile::alive.empty());
}

TYPED_TEST(CallSlot, ARequestThatCannotBeMovedInIsNotAsked) {
  fragile::reset();
  call_slot<fragile, fragile, TypeParam> slot;
  fragile request(1);
  EXPECT_THROW(
      {
        fragile::explodes = fragile::act::move;
        (void)slot.call(std::move(request));
      },
      boom);
  fragile::explodes.reset();
  EXPECT_EQ(state_of(slot), 0U);
  EXPECT_EQ(fragile::alive.size(), 1U);
}

}  // namespace
}  // namespace volley::testing
