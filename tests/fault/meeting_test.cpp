// SPDX-License-Identifier: MIT

// exchanger, rendezvous, seqlock and triple_buffer between processes, at two addresses; exchanger and rendezvous with too few CPUs.

#include <volley/handoff/exchanger.hpp>
#include <volley/handoff/rendezvous.hpp>
#include <volley/handoff/seqlock.hpp>
#include <volley/handoff/triple_buffer.hpp>

#include <gtest/gtest.h>

#include <pthread.h>
#include <sched.h>

#include "child.hpp"
#include "mapped.hpp"
#include "policies.hpp"
#include "scale.hpp"

#include <array>
#include <chrono>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <thread>

namespace volley::testing {
namespace {

using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;

using number = std::uint64_t;

/// What two processes have in common, each at an address of its own.
template <class Wait, class Scope = between_processes>
struct meetings {
  volley::exchanger<number, Wait, Scope> exchanger;
  volley::rendezvous<number, Wait, Scope> there;
  volley::rendezvous<number, Wait, Scope> back;
  volley::seqlock<std::array<number, 4>> lock;
  volley::triple_buffer<std::array<number, 4>> buffer;
};

template <class Wait>
class MeetingBetweenProcesses : public ::testing::Test {
 protected:
  using table_type = meetings<Wait>;

  MeetingBetweenProcesses() { here_.make(); }

  /// A child in which f runs on a view of its own.
  template <class F>
  child with_view(const F& f) {
    return child([&] {
      const view<table_type> own(file_);
      return own.address() == here_.address() ? 99 : f(*own);
    });
  }

  watchdog watch_{60};
  memory_file file_;
  view<table_type> here_{file_};
};
TYPED_TEST_SUITE(MeetingBetweenProcesses, policies, policy_names);

// S88 and S89, atomic-wait #7: in shared memory at another address a private futex is nobody's.
TYPED_TEST(MeetingBetweenProcesses, TheySwap) {
  const number n = scaled(hops<TypeParam>(10'000));
  auto peer = this->with_view([&](auto& shared) {
    for (number i = 0; i != n; ++i) {
      if (*shared.exchanger.exchange(2 * i) != 2 * i + 1) return 1;
    }
    return 0;
  });
  for (number i = 0; i != n; ++i) ASSERT_EQ(*this->here_->exchanger.exchange(2 * i + 1), 2 * i);
  EXPECT_EQ(peer.wait(), 0);
}

TYPED_TEST(MeetingBetweenProcesses, TheyGiveAndTake) {
  const number n = scaled(hops<TypeParam>(10'000));
  auto peer = this->with_view([&](auto& shared) {
    for (number i = 0; i != n; ++i) shared.back.give(*shared.there.take() + 1);
    return 0;
  });
  for (number i = 0; i != n; ++i) {
    this->here_->there.give(number{i});
    ASSERT_EQ(*this->here_->back.take(), i + 1);
  }
  EXPECT_EQ(peer.wait(), 0);
}

TYPED_TEST(MeetingBetweenProcesses, ADeadlinePassesAndTheMeetingComesLater) {
  auto peer = this->with_view([](auto& shared) {
    number mine = 5;
    if (shared.exchanger.exchange(std::move(mine), clock::now() + 1ms).why() != status::timeout || mine != 5) return 1;
    if (shared.there.take(clock::now() + 1ms).why() != status::timeout) return 2;
    shared.back.give(number{1});
    return *shared.exchanger.exchange(std::move(mine)) == 6 ? 0 : 3;
  });
  EXPECT_EQ(*this->here_->back.take(), 1U);
  EXPECT_EQ(*this->here_->exchanger.exchange(6), 5U);
  EXPECT_EQ(peer.wait(), 0);
}

// OSRM #3911, glibc BZ 20973, iceoryx #1546: who waits is killed. Its value is there still, and taken; its partner's place is lost with
// it, and then nobody comes any further, but each deadline holds.
TYPED_TEST(MeetingBetweenProcesses, TheDeathOfWhoWaitsIsATimeoutToTheNext) {
  auto& shared = *this->here_;
  {
    auto peer = this->with_view([](auto& table) {
      table.there.give(number{7});
      return 1;
    });
    std::this_thread::sleep_for(5ms);
    const auto got = shared.there.take(clock::now() + 10s);
    ASSERT_TRUE(got);
    EXPECT_EQ(*got, 7U);
    EXPECT_EQ(peer.wait(), 1);
  }
  {
    auto peer = this->with_view([](auto& table) {
      table.back.give(number{1});
      table.there.give(number{8});
      return 1;
    });
    EXPECT_EQ(*shared.back.take(), 1U);
    std::this_thread::sleep_for(20ms);
    peer.send(SIGKILL);
    EXPECT_EQ(peer.wait(), -SIGKILL);
  }
  const auto got = shared.there.try_take();
  if (got) {
    EXPECT_EQ(*got, 8U);
  }
  EXPECT_EQ(shared.there.take(clock::now() + 5ms).why(), status::timeout);
}

using LatestValueBetweenProcesses = MeetingBetweenProcesses<spin_park>;

TEST_F(LatestValueBetweenProcesses, TheOtherProcessSeesTheLatestAndNothingTorn) {
  const number last = scaled(500'000);
  auto peer = with_view([&](auto& shared) {
    for (number i = 1; i <= last; ++i) {
      shared.lock.store({i, i, i, i});
      shared.buffer.publish(std::array<number, 4>{i, i, i, i});
    }
    return 0;
  });
  std::size_t torn = 0;
  number locked = 0;
  number buffered = 0;
  while (locked != last || buffered != last) {
    for (const auto& seen : {here_->lock.load(), here_->buffer.read().value}) {
      if (seen != std::array{seen[0], seen[0], seen[0], seen[0]}) ++torn;
    }
    locked = here_->lock.load()[0];
    buffered = here_->buffer.read().value[0];
    std::this_thread::yield();
  }
  EXPECT_EQ(torn, 0U);
  EXPECT_EQ(peer.wait(), 0);
}

/// Binds the calling thread to the first CPU that it may use.
void pin_to_first_cpu() {
  cpu_set_t allowed;
  CPU_ZERO(&allowed);
  ASSERT_EQ(::sched_getaffinity(0, sizeof allowed, &allowed), 0);
  std::size_t first = 0;
  while (!CPU_ISSET(first, &allowed)) ++first;
  CPU_ZERO(&allowed);
  CPU_SET(first, &allowed);
  ASSERT_EQ(::sched_setaffinity(0, sizeof allowed, &allowed), 0);
}

template <class Wait>
class MeetingOnOneCpu : public ::testing::Test {
 protected:
  watchdog watch_{60};
};
TYPED_TEST_SUITE(MeetingOnOneCpu, policies, policy_names);

// S95, crossbeam #821, atomic_queue #59: two that spin on one CPU.
TYPED_TEST(MeetingOnOneCpu, TwoThreadsGoOn) {
  const number n = std::is_same_v<TypeParam, busy_spin> ? scaled(20) : scaled(5'000);
  exchanger<number, TypeParam> x;
  rendezvous<number, TypeParam> r;
  const auto play = [&](number which) {
    pin_to_first_cpu();
    for (number i = 0; i != n; ++i) {
      EXPECT_EQ(*x.exchange(2 * i + which), 2 * i + 1 - which);
      if (which == 0) r.give(number{i});
      if (which == 1) {
        EXPECT_EQ(*r.take(), i);
      }
    }
  };
  together([&] { play(0); }, [&] { play(1); });
}

}  // namespace
}  // namespace volley::testing
