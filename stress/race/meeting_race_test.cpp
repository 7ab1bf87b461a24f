// SPDX-License-Identifier: MIT

// exchanger and rendezvous under real threads: what goes in comes out once, whole, by whatever way the call ended, and no wake-up is lost.
// Built plain and for ThreadSanitizer.

#include <volley/env/chaos.hpp>
#include <volley/env/counting.hpp>

#include <gtest/gtest.h>

#include "meetings.hpp"
#include "scale.hpp"

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <random>
#include <stop_token>
#include <thread>
#include <type_traits>
#include <vector>

namespace volley::testing {
namespace {

using clock = std::chrono::steady_clock;

/// What one thread has brought and got: the sums over all threads must agree.
struct account {
  std::uint64_t brought = 0;
  std::uint64_t got = 0;
  std::uint64_t meetings = 0;
  std::size_t broken = 0;
};

bool balances(const account* first, const account* last) {
  account all;
  for (; first != last; ++first) {
    all.brought += first->brought;
    all.got += first->got;
    all.broken += first->broken;
  }
  return all.brought == all.got && all.broken == 0;
}

/// Any number swap with a stop token, by deadlines, and by looking, until there were n meetings. A gift of one thread names no other.
template <class Exchanger>
void swap_in_a_crowd(unsigned threads, std::uint64_t n) {
  Exchanger x;
  std::stop_source enough;
  std::atomic<std::uint64_t> meetings{0};
  std::vector<account> accounts(threads);
  std::vector<std::thread> crowd;
  for (unsigned which = 0; which != threads; ++which) {
    crowd.emplace_back([&, which] {
      std::minstd_rand random(which + 1);
      account& mine = accounts[which];
      for (int i = 0; !enough.stop_requested(); ++i) {
        const int number = i * 16 + static_cast<int>(which);
        gift g = gift_of(number);
        bool met = false;
        if (random() % 8 == 0) {
          met = verbs::try_swap(x, g);
        } else if (random() % 2 == 0) {
          const auto deadline = clock::now() + std::chrono::nanoseconds(random() % 50'000);
          met = verbs::swap(x, g, deadline, enough.get_token()) == status::ok;
        } else {
          met = verbs::swap(x, g, enough.get_token()) == status::ok;
        }
        if (g == nullptr || met == (static_cast<unsigned>(*g % 16) == which)) {
          ++mine.broken;
        } else if (met) {
          mine.brought += static_cast<std::uint64_t>(number);
          mine.got += static_cast<std::uint64_t>(*g);
          if (meetings.fetch_add(1) + 1 >= n) enough.request_stop();
        } else if (!is(g, number)) {
          ++mine.broken;
        }
      }
    });
  }
  for (auto& thread : crowd) thread.join();
  EXPECT_TRUE(balances(accounts.data(), accounts.data() + threads));
  EXPECT_EQ(meetings % 2, 0U);
}

/// Givers and takers, as many of the one as of the other; `Impatient` ones by deadlines that often pass.
template <class Rendezvous, bool Impatient = false>
void give_in_a_crowd(unsigned pairs, std::size_t n) {
  Rendezvous r;
  std::vector<account> accounts(2 * std::size_t{pairs});
  std::vector<std::thread> crowd;
  const auto patience = [](auto& random) { return clock::now() + std::chrono::nanoseconds(random() % 50'000); };
  for (unsigned which = 0; which != 2 * pairs; ++which) {
    crowd.emplace_back([&, which] {
      std::minstd_rand random(which + 1);
      account& mine = accounts[which];
      for (std::size_t i = 0; i != n; ++i) {
        gift g = which % 2 == 0 ? gift_of(static_cast<int>(i)) : nullptr;
        if (which % 2 == 0) {
          mine.brought += i;
          if (!Impatient) r.give(std::move(g));
          while (Impatient && verbs::give(r, g, patience(random)) != status::ok) mine.broken += is(g, int(i)) ? 0U : 1U;
          mine.broken += g == nullptr ? 0U : 1U;
        } else {
          while ((Impatient ? verbs::take(r, g, patience(random)) : verbs::take(r, g)) != status::ok) {
          }
          mine.got += static_cast<std::uint64_t>(*g);
        }
      }
    });
  }
  for (auto& thread : crowd) thread.join();
  EXPECT_TRUE(balances(accounts.data(), accounts.data() + accounts.size()));
}

template <class Wait>
class MeetingRace : public ::testing::Test {
 protected:
  template <class Env = native, class Scope = in_process>
  using exchanger_type = exchanger<gift, Wait, Scope, Env>;
  template <class Env = native, class Scope = in_process>
  using rendezvous_type = rendezvous<gift, Wait, Scope, Env>;

  static std::size_t some(std::size_t n) { return scaled(hops<Wait>(n)); }
  /// Where more threads spin than there are CPUs, each step of busy_spin may take a time slice.
  static std::size_t crowded(std::size_t n) { return std::is_same_v<Wait, busy_spin> ? scaled(n / 400 + 1) : some(n); }

  watchdog watch_{100};
};
TYPED_TEST_SUITE(MeetingRace, policies, policy_names);

TYPED_TEST(MeetingRace, WhatIsSwappedComesOutOnce) {
  swap_in_a_crowd<typename TestFixture::template exchanger_type<>>(2, this->some(20'000));
  swap_in_a_crowd<typename TestFixture::template exchanger_type<>>(5, this->crowded(4'000));
}

TYPED_TEST(MeetingRace, WhatIsGivenIsTakenOnce) {
  give_in_a_crowd<typename TestFixture::template rendezvous_type<>>(1, this->some(12'000));
  give_in_a_crowd<typename TestFixture::template rendezvous_type<>>(3, this->crowded(1'000));
}

TYPED_TEST(MeetingRace, HoweverTheDeadlinesFall) {
  give_in_a_crowd<typename TestFixture::template rendezvous_type<>, true>(1, this->some(3'000));
  give_in_a_crowd<typename TestFixture::template rendezvous_type<>, true>(2, this->crowded(1'000));
}

TYPED_TEST(MeetingRace, NothingDependsOnHowFastASideIs) {
  swap_in_a_crowd<typename TestFixture::template exchanger_type<chaos>>(4, this->crowded(2'000));
  give_in_a_crowd<typename TestFixture::template rendezvous_type<chaos>, true>(2, this->crowded(500));
}

TYPED_TEST(MeetingRace, TheScopeBetweenProcessesServesThreadsToo) {
  swap_in_a_crowd<typename TestFixture::template exchanger_type<native, between_processes>>(2, this->some(3'000));
  give_in_a_crowd<typename TestFixture::template rendezvous_type<native, between_processes>>(2, this->crowded(1'000));
}

/// Never lets a waiter spin, so that spin_park goes the way of its parking at each wait.
struct sleepy : counting {
  static constexpr unsigned hot_polls = 1;
  static constexpr unsigned polls_per_look = 1;
  static constexpr std::uint32_t longest_spin = 1;
  static constexpr std::uint32_t shortest_spin = 1;
};

template <class Side>
class LostWakeups : public ::testing::Test {
 protected:
  watchdog watch_{100};
};
TYPED_TEST_SUITE(LostWakeups, each_parking_side, side_names);

// oneTBB #2136, brpc #3539, bun #28907, LLVM #109290, JDK-6822370: who joins does not see that the other one sleeps, and that one does not
// see that it was joined. It would hang here, and the watchdog say so.
TYPED_TEST(LostWakeups, ManyMeetingsWithASleeperAllTakePlace) {
  typename TypeParam::template with<sleepy> x;
  const std::uint64_t wanted = scaled(sleeps<typename TypeParam::policy>(100'000));
  std::uint64_t woken = 0;
  std::size_t broken = 0;
  together(
      [&] {
        for (std::uint64_t i = 0; i != 2 * wanted; ++i) {
          gift g = TypeParam::brings ? gift_of(1) : nullptr;
          (void)TypeParam::come(x, g);
          if (TypeParam::partner_brings ? !is(g, 2) : g != nullptr) ++broken;
        }
      },
      [&] {
        std::minstd_rand random(1);
        for (std::uint64_t i = 0; i != 2 * wanted; ++i) {
          // Mostly just when the other one has said that it will sleep, and else as it comes.
          if (random() % 4 != 0) until([&] { return somebody_sleeps<TypeParam>(x); });
          gift h = TypeParam::partner_brings ? gift_of(2) : nullptr;
          counting::tally() = {};
          (void)TypeParam::join(x, h);
          woken += counting::tally()[step::wake];
        }
      });
  EXPECT_EQ(broken, 0U);
  EXPECT_GE(woken, wanted) << "too few of them found somebody asleep";
}

}  // namespace
}  // namespace volley::testing
