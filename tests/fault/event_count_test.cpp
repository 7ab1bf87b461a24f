// SPDX-License-Identifier: MIT

// event_count between processes, and asymmetric_event_count where a sandbox refuses its system call: from the beginning, or later.

#include "child.hpp"
#include "event_counts.hpp"
#include "sandbox.hpp"
#include "scale.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <thread>

namespace volley::testing {
namespace {

using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;

/// What two processes have in common: turns, and an event count for each.
template <class Wait>
struct two_sided {
  event_count<Wait, between_processes> of[2];
  std::atomic<std::uint64_t> turns{0};
  std::uint64_t counter = 0;  // plain

  auto my_turn(std::uint64_t i) {
    return [this, i] { return turns.load(std::memory_order_acquire) == i; };
  }
  std::size_t play(unsigned which, std::size_t n) {
    std::size_t wrong = 0;
    for (std::uint64_t i = which; i < 2 * n; i += 2) {
      of[which].await(my_turn(i));
      if (counter++ != i) ++wrong;
      turns.store(i + 1, std::memory_order_release);
      of[1 - which].notify_one();
    }
    return wrong;
  }
};

template <class Wait>
class EventCountBetweenProcesses : public ::testing::Test {
 protected:
  EventCountBetweenProcesses() { here_.make(); }
  /// A child in which f runs on a view of its own.
  template <class F>
  child with_view(const F& f) {
    return child([&] {
      const view<two_sided<Wait>> own(file_);
      return own.address() == here_.address() ? 99 : f(*own);
    });
  }

  watchdog watch_{60};
  memory_file file_;
  view<two_sided<Wait>> here_{file_};
};
TYPED_TEST_SUITE(EventCountBetweenProcesses, policies, policy_names);

// S88 and S89, atomic-wait #7: in shared memory at another address a private futex is nobody's.
TYPED_TEST(EventCountBetweenProcesses, NotifiesArriveAndGuardPlainData) {
  const std::size_t n = scaled(hops<TypeParam>(5'000));
  auto peer = this->with_view([&](auto& shared) { return shared.play(1, n) == 0 ? 0 : 1; });
  EXPECT_EQ(this->here_->play(0, n), 0U);
  EXPECT_EQ(peer.wait(), 0);
  EXPECT_EQ(this->here_->counter, 2 * n);
}

// OSRM #3911, glibc BZ 20973: killed asleep, it stays enrolled for ever; that costs wakes, and nobody else's sleep.
TYPED_TEST(EventCountBetweenProcesses, OneThatWasKilledInItsSleepKeepsNobodyAsleep) {
  if (!TypeParam::parks) return;
  auto dead = this->with_view([](auto& shared) {
    shared.of[1].await([] { return false; });
    return 1;
  });
  until([&] { return sleepers_of(this->here_->of[1]) == 1 && dead.is('S'); });
  dead.send(SIGKILL);
  EXPECT_EQ(dead.wait(), -SIGKILL);
  const std::size_t n = scaled(1'000);
  auto peer = this->with_view([&](auto& shared) { return shared.play(1, n) == 0 ? 0 : 1; });
  EXPECT_EQ(this->here_->play(0, n), 0U);
  EXPECT_EQ(peer.wait(), 0);
  EXPECT_EQ(this->here_->of[1].await([] { return false; }, clock::now() + 5ms), status::timeout);
}

/// Permits go one by one from one thread to another that sleeps for each. How many times the taker was late by more than 10 s: 0 or a hang.
template <class Event>
bool hands_over(Event& e, int n) {
  std::atomic<int> permits{0};
  bool in_time = true;
  std::thread taker([&] {
    for (int i = 0; i != n; ++i) {
      const auto take = [&] { return permits != 0 && (--permits, true); };
      in_time = e.await(take, clock::now() + 10s) == status::ok && in_time;
    }
  });
  for (int i = 0; i != n; ++i) {
    until([&] { return sleepers_of(e) != 0 || permits > 1; });
    ++permits;
    e.notify_one();
  }
  taker.join();
  return in_time && sleepers_of(e) == 0;
}

using parking = ::testing::Types<spin_park, park>;
TYPED_TEST_SUITE(Sandboxed, parking, policy_names);

TYPED_TEST(Sandboxed, RefusedBeforeItIsMadeItIsAnEventCountOfTheOtherForm) {
  this->expect_right([](unsigned error) {
    if (!forbid_membarrier(error)) return 77;
    asymmetric_event_count<TypeParam> e;
    if (e.is_asymmetric()) return 1;
    if (!hands_over(e, 500)) return 2;
    return e.bounded_parks() == 0 ? 0 : 3;
  });
}

TYPED_TEST(Sandboxed, RefusedLaterItSleepsForAMillisecondAtATime) {
  this->expect_right([](unsigned error) {
    asymmetric_event_count<TypeParam> e;
    if (!e.is_asymmetric()) return 4;
    if (!hands_over(e, 200) || e.bounded_parks() != 0) return 1;
    if (!forbid_membarrier(error)) return 77;
    if (!hands_over(e, 200)) return 2;
    const auto before = e.bounded_parks();
    const auto start = clock::now();
    if (e.await([] { return false; }, start + 20ms) != status::timeout || clock::now() < start + 20ms) return 5;
    const auto parks = e.bounded_parks() - before;
    if (parks == 0 || parks > 30) return 3;  // each of a millisecond, or more where the CPU was busy
    const status by_hand = e.wait(e.prepare(), clock::now() + 1h);  // nothing has happened: look again
    return by_hand == status::ok ? 0 : 6;
  });
}

// A child that was forked inherits the event count, and its registration or not: either way it works there.
TEST(AsymmetricEventCount, WorksInAChildThatWasForked) {
  const watchdog watch(60);
  asymmetric_event_count<> e;
  child forked([&] { return hands_over(e, 200) && e.bounded_parks() == 0 ? 0 : 1; });
  EXPECT_EQ(forked.wait(), 0);
}

}  // namespace
}  // namespace volley::testing
