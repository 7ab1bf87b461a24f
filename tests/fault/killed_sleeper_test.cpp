// SPDX-License-Identifier: MIT

// A process that is killed while it sleeps stays in the kernel's queue until it next runs, and may take a wake with it. The next post makes
// that good for those who sleep on. So it does for the wake of a process that was killed between the two steps of its own post.

#include <volley/env/hooked.hpp>
#include <volley/handoff/auto_reset_event.hpp>
#include <volley/handoff/counting_semaphore.hpp>
#include <volley/handoff/manual_reset_event.hpp>
#include <volley/handoff/parker.hpp>

#include "child.hpp"
#include "mapped.hpp"
#include "scale.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstddef>
#include <memory>
#include <thread>
#include <vector>

namespace volley::testing {
namespace {

using namespace std::chrono_literals;

/// One of `sleepers` processes that sleep is killed, and `posts` posts follow. True when all the others have ended within two seconds.
template <class Object, class Take, class Post>
bool others_end(std::size_t sleepers, std::size_t posts, const Take& take, const Post& post) {
  const memory_file file;
  const view<Object> here(file);
  here.make();
  std::vector<std::unique_ptr<child>> asleep;
  for (std::size_t i = 0; i != sleepers; ++i) {
    asleep.push_back(std::make_unique<child>([&] {
      const view<Object> own(file);
      take(*own);
      return 0;
    }));
    until([&] { return asleep[i]->is('S'); });
    std::this_thread::sleep_for(5ms);  // on the object, not on its way there: in the order of their numbers
  }
  asleep[0]->send(SIGKILL);
  for (std::size_t i = 0; i != posts; ++i) post(*here);
  for (int patience = 0; patience != 2'000; ++patience) {
    std::size_t ended = 0;
    for (std::size_t i = 1; i != sleepers; ++i) ended += asleep[i]->is('Z') ? 1U : 0U;
    if (ended + 1 == sleepers) return true;
    std::this_thread::sleep_for(1ms);
  }
  return false;
}

TEST(KilledSleeper, OfAnEventTakesNoMoreThanOneSetWithIt) {
  const watchdog watch(60);
  using event = auto_reset_event<park, between_processes>;
  for (std::size_t i = 0; i != scaled(10); ++i) {
    ASSERT_TRUE((others_end<event>(
        2, 2, [](event& e) { e.wait(); }, [](event& e) { e.set(); })));
  }
}

TEST(KilledSleeper, OfASemaphoreLeavesNoPermitBesideOneWhoSleeps) {
  const watchdog watch(60);
  using semaphore = counting_semaphore<park, between_processes>;
  for (std::size_t i = 0; i != scaled(10); ++i) {
    ASSERT_TRUE((others_end<semaphore>(
        3, 2, [](semaphore& s) { s.acquire(); }, [](semaphore& s) { s.release(); })));
  }
}

/// Kills its own process before it wakes, once that is wanted.
struct kill_before_wake {
  static inline bool now = false;

  static void step(volley::step s) noexcept {
    if (now && s == volley::step::wake) (void)std::raise(SIGKILL);
  }
};
using deadly = hooked<kill_before_wake>;

/// True once a process has slept for five milliseconds: on the object, not on its way there.
bool sleeps_on(const child& c) {
  if (!c.is('S')) return false;
  std::this_thread::sleep_for(5ms);
  return c.is('S');
}

/// Processes sleep; another one posts, and is killed before its wake; then this one posts. They sleep through the first, and all end
/// with the second. Then left(object) is to be true.
template <class Object, class Take, class Post, class Left>
void killed_before_its_wake(std::size_t sleepers, const Take& take, const Post& post, const Left& left) {
  const memory_file file;
  const view<Object> here(file);
  here.make();
  std::vector<std::unique_ptr<child>> asleep;
  for (std::size_t i = 0; i != sleepers; ++i) {
    asleep.push_back(std::make_unique<child>([&] {
      const view<Object> own(file);
      take(*own);
      return 0;
    }));
    until([&] { return sleeps_on(*asleep[i]); });
  }
  child poster([&] {
    const view<Object> own(file);
    kill_before_wake::now = true;
    post(*own);
    return 0;
  });
  ASSERT_EQ(poster.wait(), -SIGKILL) << "there was nobody to wake";
  std::this_thread::sleep_for(5ms);
  for (const auto& one : asleep) ASSERT_TRUE(one->is('S')) << "it was woken all the same";

  post(*here);
  const auto has_ended = [](const auto& one) { return one->is('Z'); };
  const auto all_end = [&] { return std::all_of(asleep.begin(), asleep.end(), has_ended); };
  for (int patience = 0; patience != 2'000 && !all_end(); ++patience) std::this_thread::sleep_for(1ms);
  ASSERT_TRUE(all_end()) << "somebody sleeps on";
  for (const auto& one : asleep) EXPECT_EQ(one->wait(), 0);
  EXPECT_TRUE(left(*here));
}

TEST(KilledPoster, BeforeItsWakeLosesNoPermit) {
  const watchdog watch(60);
  using semaphore = counting_semaphore<park, between_processes, deadly>;
  const auto acquire = [](semaphore& s) { s.acquire(); };
  const auto release = [](semaphore& s) { s.release(); };
  for (std::size_t i = 0; i != scaled(10); ++i) {
    killed_before_its_wake<semaphore>(1, acquire, release,
                                      [](semaphore& s) { return s.try_acquire() && !s.try_acquire(); });
    killed_before_its_wake<semaphore>(2, acquire, release, [](semaphore& s) { return !s.try_acquire(); });
    if (HasFatalFailure()) return;
  }
}

TEST(KilledPoster, BeforeItsWakeLosesNoSet) {
  const watchdog watch(60);
  using event = auto_reset_event<park, between_processes, deadly>;
  for (std::size_t i = 0; i != scaled(10) && !HasFatalFailure(); ++i) {
    killed_before_its_wake<event>(
        1, [](event& e) { e.wait(); }, [](event& e) { e.set(); }, [](event& e) { return !e.try_wait(); });
  }
}

TEST(KilledPoster, BeforeItsWakeKeepsNobodyAtTheGate) {
  const watchdog watch(60);
  using gate = manual_reset_event<park, between_processes, deadly>;
  for (std::size_t i = 0; i != scaled(10) && !HasFatalFailure(); ++i) {
    killed_before_its_wake<gate>(
        2, [](gate& g) { g.wait(); }, [](gate& g) { g.set(); }, [](gate& g) { return g.is_set(); });
  }
}

TEST(KilledPoster, BeforeItsWakeLosesNoUnpark) {
  const watchdog watch(60);
  using seat = parker<park, between_processes, deadly>;
  for (std::size_t i = 0; i != scaled(10) && !HasFatalFailure(); ++i) {
    killed_before_its_wake<seat>(
        1, [](seat& s) { s.park(); }, [](seat& s) { s.unpark(); }, [](seat& s) { return !s.try_park(); });
  }
}

}  // namespace
}  // namespace volley::testing
