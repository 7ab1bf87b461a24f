// SPDX-License-Identifier: MIT

// counting_semaphore and spin_barrier: what they ask of the kernel, and how many locked instructions they take. "No wake syscall unless
// somebody is parked."

#include <volley/env/counting.hpp>
#include <volley/handoff/counting_semaphore.hpp>
#include <volley/handoff/spin_barrier.hpp>

#include <gtest/gtest.h>

#include <linux/futex.h>
#include <pthread.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "policies.hpp"
#include "scale.hpp"

#include <atomic>
#include <chrono>
#include <climits>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <thread>
#include <vector>

namespace volley::testing {
namespace {

using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;

template <class Wait>
using semaphore = counting_semaphore<Wait, in_process, counting>;
template <class Wait>
using barrier = spin_barrier<Wait, in_process, counting>;

/// What `action` costs the calling thread.
template <class Action>
step_tally cost_of(const Action& action) {
  counting::tally() = {};
  action();
  return counting::tally();
}

template <class Wait>
std::uint64_t sleepers_on(const semaphore<Wait>& s) {
  return __atomic_load_n(reinterpret_cast<const std::uint64_t*>(&s), __ATOMIC_RELAXED) >> 22 & 0x3fff;
}
template <class Wait>
std::uint64_t sleepers_on(const barrier<Wait>& b) {
  return __atomic_load_n(reinterpret_cast<const std::uint64_t*>(&b), __ATOMIC_RELAXED) >> 27 & 0x1fff;
}
/// All sleepers asleep, as far as can be seen from outside: they have said so, and had the time.
template <class Object>
void until_asleep(const Object& o, std::uint64_t n) {
  until([&] { return sleepers_on(o) == n; });
  std::this_thread::sleep_for(1ms);
}

template <class Wait>
class SemaphoreCost : public ::testing::Test {
 protected:
  watchdog watch_{60};
  semaphore<Wait> s_;
};
TYPED_TEST_SUITE(SemaphoreCost, policies, policy_names);

TYPED_TEST(SemaphoreCost, NothingEntersTheKernelWhileNobodyNeedsToWait) {
  EXPECT_EQ(cost_of([&] { EXPECT_FALSE(this->s_.try_acquire()); }).syscalls(), 0U);
  EXPECT_EQ(cost_of([&] { EXPECT_EQ(this->s_.acquire(clock::time_point{}), status::timeout); }).syscalls(), 0U);
  EXPECT_EQ(cost_of([&] { EXPECT_EQ(this->s_.acquire(clock::now()), status::timeout); }).syscalls(), 0U);
  EXPECT_EQ(cost_of([&] { this->s_.release(3); }).syscalls(), 0U);
  EXPECT_EQ(cost_of([&] { this->s_.acquire(); }).syscalls(), 0U);
}

TYPED_TEST(SemaphoreCost, AReleaseIsOneLockedInstructionAndSoIsAnAcquireThatNeedNotWait) {
  this->s_.release();  // what is noted beside the word is noted
  this->s_.acquire();
  const auto release = cost_of([&] { this->s_.release(); });
  EXPECT_EQ(release.locked(), 1U);
  EXPECT_LE(release.steps(), 3U);
  const auto acquire = cost_of([&] { this->s_.acquire(); });
  EXPECT_EQ(acquire.locked(), 1U);
  EXPECT_EQ(acquire.steps(), 2U);
  EXPECT_EQ(cost_of([&] { EXPECT_FALSE(this->s_.try_acquire()); }).locked(), 0U);
}

// GCC 12's semaphore wakes with every release from 0, whether or not anybody sleeps (handoff row 17).
TYPED_TEST(SemaphoreCost, AReleaseToAWaiterThatIsAwakeWakesNobody) {
  const std::size_t n = scaled(hops<TypeParam>(5'000));
  semaphore<TypeParam> back;
  std::uint64_t syscalls[2] = {};
  const auto play = [&](unsigned me, auto& mine, auto& other) {
    for (std::size_t i = 0; i != n; ++i) {
      if (me == 0) syscalls[me] += cost_of([&] { other.release(); }).syscalls();
      until([&] { return mine.try_acquire(); });
      if (me == 1) syscalls[me] += cost_of([&] { other.release(); }).syscalls();
    }
  };
  together([&] { play(0, back, this->s_); }, [&] { play(1, this->s_, back); });
  EXPECT_EQ(syscalls[0] + syscalls[1], 0U);
}

TYPED_TEST(SemaphoreCost, AReleaseAfterATimeoutWakesNobody) {
  for (int i = 0; i != 20; ++i) {
    EXPECT_EQ(this->s_.acquire(clock::now() + 300us), status::timeout);
    EXPECT_EQ(cost_of([&] { this->s_.release(); }).syscalls(), 0U);
    EXPECT_TRUE(this->s_.try_acquire());
  }
}

template <class Wait>
using SemaphoreThatParks = SemaphoreCost<Wait>;
using parking_policies = ::testing::Types<spin_park, park>;
TYPED_TEST_SUITE(SemaphoreThatParks, parking_policies, policy_names);

TYPED_TEST(SemaphoreThatParks, AReleaseOfManyIsOneWake) {
  for (std::size_t round = 0; round != scaled(20); ++round) {
    std::atomic<std::uint64_t> parks{0};
    const auto sleep = [&] { parks += cost_of([&] { this->s_.acquire(); })[step::park]; };
    together(sleep, sleep, sleep, [&] {
      until_asleep(this->s_, 3);
      EXPECT_EQ(cost_of([&] { this->s_.release(2); })[step::wake], 1U);
      until([&] { return sleepers_on(this->s_) == 1; });
      const auto last = cost_of([&] { this->s_.release(5); });  // more than there are sleepers
      EXPECT_EQ(last[step::wake], 1U);
      EXPECT_EQ(last.syscalls(), 1U);
    });
    EXPECT_LE(parks, 3U + 2U)
        << "one each; and whom the kernel did not let sleep, because of a release that came, once more";
    for (int i = 0; i != 4; ++i) EXPECT_TRUE(this->s_.try_acquire());
  }
}

// EINTR, and wakes that mean nothing (snmalloc #739, swoole #2351): taken for a permit, or looped on.
TYPED_TEST(SemaphoreThatParks, SignalsAndWakesThatMeanNothingAreInvisible) {
  struct sigaction interrupt {};
  struct sigaction before {};
  static std::atomic<unsigned> handled;
  handled = 0;
  interrupt.sa_handler = [](int) { ++handled; };  // and no SA_RESTART
  ::sigaction(SIGUSR1, &interrupt, &before);
  std::atomic<pthread_t> waiter{};
  std::atomic<bool> started{false};
  constexpr unsigned times = 200;
  together(
      [&] {
        waiter = ::pthread_self();
        started = true;
        const auto cost = cost_of([&] { this->s_.acquire(); });
        EXPECT_LE(cost[step::park], 2 * times + 1);
      },
      [&] {
        until([&] { return started.load(); });
        until_asleep(this->s_, 1);
        for (unsigned i = 0; i != times; ++i) {
          ::pthread_kill(waiter, SIGUSR1);
          until([&] { return handled == i + 1; });
          ::syscall(SYS_futex, reinterpret_cast<std::uint32_t*>(&this->s_) + 1, FUTEX_WAKE | FUTEX_PRIVATE_FLAG,
                    INT_MAX, nullptr, nullptr, 0);
        }
        EXPECT_EQ(sleepers_on(this->s_), 1U);
        this->s_.release();
      });
  ::sigaction(SIGUSR1, &before, nullptr);
  EXPECT_EQ(handled, times);
}

/// A machine on which each thread says where it runs.
struct placed : counting {
  struct os : counting::os {
    inline static thread_local std::uint16_t here = 0;
    static std::uint16_t cpu() noexcept { return here; }
  };
};

/// Two threads at a barrier, in an order that is given; who comes first waits. Whether the second round's first gives way to the other.
std::uint64_t yields_of_the_first(std::uint16_t cpu_of_0, std::uint16_t cpu_of_1, unsigned first_in_round_1) {
  spin_barrier<spin_park, in_process, placed> b(2);
  std::atomic<unsigned> arrived{0};
  std::uint64_t yields = 0;
  const auto round = [&](unsigned which, unsigned first, unsigned after) {
    if (which == first) {
      if (after == 2) counting::tally() = {};
      until([&] { return arrived == after; });
      ++arrived;
      b.arrive_and_wait();
      if (after == 2) yields = counting::tally()[step::yield];
    } else {
      until([&] { return arrived == after + 1; });
      std::this_thread::sleep_for(2ms);
      ++arrived;
      b.arrive_and_wait();
    }
  };
  const auto play = [&](unsigned which, std::uint16_t cpu) {
    placed::os::here = cpu;
    round(which, 0, 0);
    round(which, first_in_round_1, 2);
  };
  together([&] { play(0, cpu_of_0); }, [&] { play(1, cpu_of_1); });
  return yields;
}

// Whoever came last in one phase is often the first in the next, and is not its own peer.
TEST(BarrierOnOneCpu, TheFirstGivesWayOnlyIfAllWereLastSeenOnItsCpu) {
  const watchdog watch(60);
  for (const unsigned first : {0U, 1U}) {
    EXPECT_EQ(yields_of_the_first(1, 1, first), 2U) << first;
    EXPECT_EQ(yields_of_the_first(1, 2, first), 0U) << first;
  }
}

template <class Wait>
class BarrierCost : public ::testing::Test {
 protected:
  watchdog watch_{60};
};
TYPED_TEST_SUITE(BarrierCost, policies, policy_names);

TYPED_TEST(BarrierCost, AnArrivalIsOneLockedInstructionAndAWithdrawalOneMore) {
  barrier<TypeParam> one(1);
  const auto last = cost_of([&] { one.arrive_and_wait(); });
  EXPECT_EQ(last.locked(), 1U);
  EXPECT_EQ(last.syscalls(), 0U);
  barrier<TypeParam> two(2);
  const auto withdrawn = cost_of([&] { EXPECT_EQ(two.arrive_and_wait(clock::time_point{}), status::timeout); });
  EXPECT_EQ(withdrawn.locked(), 2U);
  EXPECT_EQ(withdrawn.syscalls(), 0U);
}

TYPED_TEST(BarrierCost, OnePhaseIsOneWakeAtMostAndNoneIfNobodySleeps) {
  constexpr unsigned n = 4;
  const std::size_t rounds = scaled(hops<TypeParam>(1'000));
  barrier<TypeParam> b(n);
  step_tally cost[n];
  const auto play = [&](unsigned me) {
    cost[me] = cost_of([&] {
      for (std::size_t i = 0; i != rounds; ++i) b.arrive_and_wait();
    });
  };
  together([&] { play(0); }, [&] { play(1); }, [&] { play(2); }, [&] { play(3); });
  std::uint64_t wakes = 0;
  std::uint64_t parks = 0;
  for (const auto& one : cost) {
    wakes += one[step::wake];
    parks += one[step::park];
    if (!TypeParam::yields && !TypeParam::parks) {
      EXPECT_EQ(one.syscalls(), 0U);
    }
  }
  EXPECT_LE(wakes, rounds);
  if (!TypeParam::parks) {
    EXPECT_EQ(wakes + parks, 0U);
  }
  EXPECT_EQ(sleepers_on(b), 0U);
}

}  // namespace
}  // namespace volley::testing
