// SPDX-License-Identifier: MIT

// spin_barrier: who goes on when, what a deadline or a stop takes back, and how many may take part.

#include <volley/handoff/spin_barrier.hpp>

#include <gtest/gtest.h>

#include "interposed.hpp"
#include "mapped.hpp"
#include "policies.hpp"
#include "scale.hpp"
#include "throwing.hpp"

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <random>
#include <stdexcept>
#include <stop_token>
#include <thread>
#include <type_traits>
#include <vector>

namespace volley::testing {
namespace {

using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;
using time_point = clock::time_point;

static_assert(std::is_same_v<spin_barrier<>::time_point, time_point>);
static_assert(!std::is_copy_constructible_v<spin_barrier<>> && !std::is_copy_assignable_v<spin_barrier<>>);
static_assert(!std::is_convertible_v<std::uint32_t, spin_barrier<>>);
static_assert(sizeof(spin_barrier<>) == cache_line && alignof(spin_barrier<>) == cache_line);
static_assert(sizeof(spin_barrier<busy_spin>) == sizeof(spin_barrier<park, between_processes>));
static_assert(std::is_standard_layout_v<spin_barrier<>> && std::is_trivially_destructible_v<spin_barrier<>>);
static_assert(spin_barrier<>::max() == 8191);

/// Its word, read from outside: | ticks 24 | sleepers 13 | phase 14 | arrived 13 |.
template <class Barrier>
std::uint64_t word_of(const Barrier& b) {
  return __atomic_load_n(reinterpret_cast<const std::uint64_t*>(&b), __ATOMIC_RELAXED);
}
template <class Barrier>
std::uint64_t arrived_at(const Barrier& b) {
  return word_of(b) & 0x1fff;
}
template <class Barrier>
std::uint64_t sleepers_on(const Barrier& b) {
  return word_of(b) >> 27 & 0x1fff;
}

template <class Wait>
class SpinBarrier : public ::testing::Test {
 protected:
  watchdog watch_{60};
};
TYPED_TEST_SUITE(SpinBarrier, policies, policy_names);

TYPED_TEST(SpinBarrier, IsForOneToMaxParticipants) {
  using barrier = spin_barrier<TypeParam>;
  expect_refused<barrier, std::invalid_argument>(std::uint32_t{0});
  expect_refused<barrier, std::invalid_argument>(barrier::max() + 1);
  expect_refused<barrier, std::invalid_argument>(~std::uint32_t{0});
  for (const std::uint32_t n : {std::uint32_t{1}, std::uint32_t{2}, barrier::max()}) {
    const barrier direct(n);
    const auto made = barrier::make(n);
    ASSERT_NE(made, nullptr);
    EXPECT_EQ(direct.participants(), n);
    EXPECT_EQ(made->participants(), n);
  }
}

TYPED_TEST(SpinBarrier, OneParticipantIsAlwaysTheLast) {
  spin_barrier<TypeParam> b(1);
  for (int i = 0; i != 40'000; ++i) {  // over the lap of the phases
    b.arrive_and_wait();
    ASSERT_EQ(b.arrive_and_wait(time_point{}), status::ok);
  }
  EXPECT_EQ(sleepers_on(b), 0U);
}

/// Each of n threads counts its rounds where the others see it. How often one saw another that was not in its round or about to leave it.
template <class Wait, class Arrive>
std::size_t out_of_step(unsigned n, std::size_t rounds, const Arrive& arrive) {
  spin_barrier<Wait> b(n);
  std::vector<std::size_t> at[2] = {std::vector<std::size_t>(n),
                                    std::vector<std::size_t>(n)};  // not atomic: the barrier orders them
  std::atomic<std::size_t> wrong{0};
  std::vector<std::thread> threads;
  for (unsigned me = 0; me != n; ++me) {
    threads.emplace_back([&, me] {
      std::minstd_rand random(me + 1);
      for (std::size_t round = 1; round <= rounds; ++round) {
        auto& now = at[round % 2];
        now[me] = round;
        arrive(b, random);
        for (const auto one : now) wrong += one == round ? 0 : 1;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(arrived_at(b), 0U);
  EXPECT_EQ(sleepers_on(b), 0U);
  return wrong;
}

constexpr auto plainly = [](auto& b, auto&) { b.arrive_and_wait(); };
constexpr auto impatiently = [](auto& b, auto& random) {
  while (b.arrive_and_wait(clock::now() + std::chrono::nanoseconds(random() % 60'000)) != status::ok) {
  }
};

TYPED_TEST(SpinBarrier, NobodyGoesOnBeforeAllHaveArrived) {
  EXPECT_EQ(out_of_step<TypeParam>(2, scaled(hops<TypeParam>(40'000)), plainly), 0U);
  EXPECT_EQ(out_of_step<TypeParam>(3, scaled(hops<TypeParam>(2'000)), plainly), 0U);
  EXPECT_EQ(out_of_step<TypeParam>(8, scaled(std::is_same_v<TypeParam, busy_spin> ? 10 : 500), plainly), 0U);
}

// A timeout in the instant of the last arrival, again and again: it counts for all or for none.
TYPED_TEST(SpinBarrier, NobodyGoesOnBeforeAllHaveArrivedHoweverTheDeadlinesFall) {
  EXPECT_EQ(out_of_step<TypeParam>(2, scaled(hops<TypeParam>(8'000)), impatiently), 0U);
  EXPECT_EQ(out_of_step<TypeParam>(3, scaled(hops<TypeParam>(2'000)), impatiently), 0U);
}

TYPED_TEST(SpinBarrier, ADeadlineInThePastIsOneLookAndLeavesNothingBehind) {
  spin_barrier<TypeParam> b(2);
  const auto now = clock::now();
  for (const auto deadline : {time_point::min(), time_point{} - 1ns, time_point{}, time_point{} + 1ns, now - 1h, now}) {
    EXPECT_EQ(b.arrive_and_wait(deadline), status::timeout);
    EXPECT_EQ(word_of(b), 0U);
  }
  together([&] { b.arrive_and_wait(); },
           [&] {
             until([&] { return arrived_at(b) == 1; });
             EXPECT_EQ(b.arrive_and_wait(time_point{}), status::ok) << "the last has nothing to wait for";
           });
}

TYPED_TEST(SpinBarrier, ATimeoutNeverComesBeforeItsDeadline) {
  spin_barrier<TypeParam> b(2);
  for (const auto patience : {1ns, 20'000ns, 100'000ns, 3'000'000ns}) {
    const auto deadline = clock::now() + patience;
    EXPECT_EQ(b.arrive_and_wait(deadline), status::timeout);
    EXPECT_GE(clock::now(), deadline);
    EXPECT_EQ(word_of(b), 0U);
  }
}

TYPED_TEST(SpinBarrier, AStopWithdrawsTheArrival) {
  for (int i = 0; i != 20; ++i) {
    spin_barrier<TypeParam> b(3);
    std::stop_source source;
    std::atomic<bool> withdrawn{false};
    together([&] { b.arrive_and_wait(); },
             [&] {
               EXPECT_EQ(b.arrive_and_wait(source.get_token()), status::stopped);
               EXPECT_EQ(b.arrive_and_wait(clock::now() + 1h, source.get_token()), status::stopped);
               withdrawn = true;
               b.arrive_and_wait();
             },
             [&] {
               until([&] { return arrived_at(b) == 2; });
               if (TypeParam::parks) until([&] { return sleepers_on(b) == 2; });
               source.request_stop();
               until([&] { return withdrawn.load(); });
               b.arrive_and_wait();
             });
    EXPECT_EQ(arrived_at(b), 0U);
    EXPECT_EQ(sleepers_on(b), 0U);
  }
}

// Two arrivals make a phase, whoever they come from: four threads for two places.
TYPED_TEST(SpinBarrier, MoreThreadsThanParticipantsGoThroughInPairs) {
  const std::size_t enough = scaled(hops<TypeParam>(8'000));
  spin_barrier<TypeParam> b(2);
  std::atomic<std::size_t> through{0};
  const auto play = [&] {
    while (through < enough) through += b.arrive_and_wait(clock::now() + 1ms) == status::ok ? 1U : 0U;
  };
  together(play, play, play, play);
  EXPECT_EQ(through % 2, 0U);
  EXPECT_EQ(arrived_at(b), 0U);
  EXPECT_EQ(sleepers_on(b), 0U);
}

// The last arrival before each step of a wait, the sleep and the withdrawal included: found, or the arrival was taken back.
TYPED_TEST(SpinBarrier, TheLastArrivalBeforeAnyStepIsFound) {
  using barrier = spin_barrier<TypeParam, in_process, interposed>;
  bool within = true;
  for (unsigned n = 1; n != 200 && within; ++n) {
    barrier b(2);
    status mine{};
    status other = status::timeout;
    const auto deadline = clock::now() + 150ms;
    auto came_at = deadline;
    within = interposing::run(
        n, [&] { mine = b.arrive_and_wait(deadline); },
        [&] {
          came_at = clock::now();
          other = b.arrive_and_wait(time_point{});
        });
    EXPECT_EQ(mine, other) << n;
    if (other == status::ok && came_at < deadline - 75ms) {
      EXPECT_LT(clock::now(), deadline) << "slept through it at step " << n;
    }
    EXPECT_EQ(arrived_at(b), 0U) << n;
    EXPECT_EQ(sleepers_on(b), 0U) << n;
  }
}

/// Before which step of its call a thread has just arrived.
template <class Barrier>
unsigned step_after_arrival() {
  for (unsigned step = 1;; ++step) {
    Barrier b(2);
    bool has_arrived = false;
    interposing::run(
        step, [&] { (void)b.arrive_and_wait(time_point{}); }, [&] { has_arrived = arrived_at(b) == 1; });
    if (has_arrived) return step;
  }
}

/// What so many phases leave behind in a barrier at which nobody waits.
template <class Barrier>
void as_if_phases(Barrier& b, std::uint64_t times) {
  static_assert(std::is_standard_layout_v<Barrier>);
  const std::uint64_t word = word_of(b);
  const std::uint64_t phase = (word / (1U << 13) + times) % (1U << 14);
  const std::uint64_t ticks = (word >> 40) + times;
  const std::uint64_t sleepers = sleepers_on(b);
  __atomic_store_n(reinterpret_cast<std::uint64_t*>(&b), ticks << 40 | sleepers << 27 | phase << 13 | arrived_at(b),
                   __ATOMIC_RELAXED);
}

// H4: the phase wraps. Who looks away from its arrival on for as many phases as there are numbers takes the new one for its own.
TYPED_TEST(SpinBarrier, OnlyAnExactLapOfPhasesIsMissedByWhoLookedAwayForAllOfIt) {
  using barrier = spin_barrier<TypeParam, in_process, interposed>;
  constexpr unsigned lap = 1U << 14;
  const unsigned step = step_after_arrival<barrier>();
  barrier counted(1);
  for (unsigned i = 0; i != 3; ++i) counted.arrive_and_wait();
  barrier poked(1);
  as_if_phases(poked, 3);
  EXPECT_EQ(word_of(poked), word_of(counted)) << "this test knows the layout";
  for (const unsigned phases : {lap / 2, lap - 1, lap, lap + 1}) {
    barrier b(2);
    const auto go_on = [&] {
      b.arrive_and_wait();  // the last of the first phase
      as_if_phases(b, phases - 1);
    };
    std::atomic<bool> has_gone_on{false};
    std::atomic<bool> has_ended{false};
    const auto one_more_phase = [&] {
      if (phases != lap) return;
      until([&] { return has_gone_on.load(); });
      if (TypeParam::parks) {
        until([&] { return sleepers_on(b) == 1; });
        EXPECT_FALSE(has_ended);
      }
      const auto other = [&] { b.arrive_and_wait(); };
      together(other, other);
    };
    together(
        [&] {
          EXPECT_TRUE(interposing::run(
              step, [&] { b.arrive_and_wait(); },
              [&] {
                go_on();
                has_gone_on = true;
              }));
          has_ended = true;
        },
        one_more_phase);
    EXPECT_EQ(arrived_at(b), 0U);
  }
}

TEST(SpinBarrierLayout, WorksAtTwoAddressesAtOnce) {
  const memory_file file;
  const view<spin_barrier<park, between_processes>> here(file);
  const view<spin_barrier<park, between_processes>> there(file);
  here.make(2U);
  for (int i = 0; i != 20; ++i) {
    together([&] { here->arrive_and_wait(); }, [&] { there->arrive_and_wait(); });
    EXPECT_EQ(there->arrive_and_wait(time_point{}), status::timeout);
  }
}

}  // namespace
}  // namespace volley::testing
