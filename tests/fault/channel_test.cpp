// SPDX-License-Identifier: MIT

// Channels in a hostile world: stops, deadlines and signals that tie with pushes, one CPU, membarrier refused before they are made or later, and
// between two processes that map them at different addresses.

#include <volley/channel/channel.hpp>
#include <volley/ring/mpmc_ring.hpp>
#include <volley/ring/spsc_ring.hpp>

#include "child.hpp"
#include "policies.hpp"
#include "sandbox.hpp"
#include "scale.hpp"

#include <gtest/gtest.h>

#include <pthread.h>
#include <sched.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <random>
#include <stop_token>
#include <thread>

namespace volley::testing {
namespace {

using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;

/// What went in must come out, once and in order; who gave up did neither.
struct tally {
  std::uint64_t in = 0;
  std::uint64_t out = 0;
  std::uint64_t wrong = 0;
};

template <class Channel>
void push_all(Channel& ch, std::uint64_t n, tally& t) {
  std::minstd_rand random(1);
  while (t.in < n) {
    const auto soon = clock::now() + std::chrono::nanoseconds(random() % 30'000);
    if (ch.push_until(t.in, soon) == status::ok) ++t.in;
  }
}
template <class Channel>
void pop_all(Channel& ch, tally& t) {
  std::minstd_rand random(2);
  std::uint64_t got = 0;
  for (status s = status::ok; s != status::closed;) {
    s = ch.pop_until(got, clock::now() + std::chrono::nanoseconds(random() % 30'000));
    if (s == status::ok && got != t.out++) ++t.wrong;
  }
}
template <class Channel>
void expect_all_through(Channel& ch, std::uint64_t n) {
  tally pushed;
  tally popped;
  std::thread producer([&] {
    push_all(ch, n, pushed);
    ch.close();
  });
  pop_all(ch, popped);
  producer.join();
  EXPECT_EQ(pushed.in, n);
  EXPECT_EQ(popped.out, n);
  EXPECT_EQ(popped.wrong, 0U);
}

template <class Wait>
class ChannelFaults : public ::testing::Test {
 protected:
  watchdog watch_{60};
};
using parking = ::testing::Types<spin_park, park>;
TYPED_TEST_SUITE(ChannelFaults, parking, policy_names);

TYPED_TEST(ChannelFaults, DeadlinesThatTieWithPushesAndPopsLoseNothing) {
  channel<spsc_ring<std::uint64_t, 1>, TypeParam> pair;
  expect_all_through(pair, scaled(5'000));
  channel<mpmc_ring<std::uint64_t, 2>, TypeParam> crowd;
  expect_all_through(crowd, scaled(5'000));
}

// Each wait of both sides has a stop of its own, which comes while an element does.
TYPED_TEST(ChannelFaults, StopsThatTieWithPushesAndPopsLoseNothing) {
  channel<spsc_ring<std::uint64_t, 1>, TypeParam> ch;
  const std::uint64_t n = scaled(3'000);
  std::atomic<std::stop_source*> current[2] = {nullptr, nullptr};
  std::atomic<bool> over{false};
  std::thread storm([&] {
    until([&] {
      for (auto& c : current) {
        std::stop_source* const s = c.exchange(nullptr);
        if (s == nullptr) continue;
        s->request_stop();
        c = s;  // given back: its owner waits for that
        until([&] { return c != s || over; });
      }
      return over.load();
    });
  });
  const auto with_stop = [&](unsigned which, const auto& wait) {
    std::stop_source source;
    current[which] = &source;
    const status s = wait(source.get_token());
    until([&] {
      std::stop_source* mine = &source;
      return current[which].compare_exchange_strong(mine, nullptr);
    });
    return s;
  };
  std::thread producer([&] {
    for (std::uint64_t i = 0; i != n;)
      if (with_stop(0, [&](const auto& stop) { return ch.push(i, stop); }) == status::ok) ++i;
    ch.close();
  });
  std::uint64_t next = 0;
  std::uint64_t wrong = 0;
  for (status s = status::ok; s != status::closed;) {
    std::uint64_t got = 0;
    s = with_stop(1, [&](const auto& stop) { return ch.pop(got, stop); });
    if (s == status::ok && got != next++) ++wrong;
  }
  producer.join();
  over = true;
  storm.join();
  EXPECT_EQ(next, n);
  EXPECT_EQ(wrong, 0U);
}

// EINTR: a signal ends the futex call, and not the wait.
TYPED_TEST(ChannelFaults, SignalsEndNoWait) {
  struct sigaction quiet {};
  struct sigaction before {};
  quiet.sa_handler = [](int) {};  // without SA_RESTART
  ASSERT_EQ(::sigaction(SIGUSR1, &quiet, &before), 0);
  channel<spsc_ring<std::uint64_t, 1>, TypeParam> ch;
  const std::uint64_t n = scaled(2'000);
  std::uint64_t wrong = 0;
  std::uint64_t next = 0;
  std::atomic<bool> over{false};
  std::thread consumer([&] {
    for (std::uint64_t got = 0; ch.pop(got) == status::ok;) wrong += got == next++ ? 0U : 1U;
    until([&] { return over.load(); });
  });
  std::atomic<bool> stop{false};
  std::thread shots([&, target = consumer.native_handle()] {
    until([&] {
      ::pthread_kill(target, SIGUSR1);
      return stop.load();
    });
  });
  for (std::uint64_t i = 0; i != n; ++i) EXPECT_EQ(ch.push(i), status::ok);
  ch.close();
  stop = true;
  shots.join();
  over = true;
  consumer.join();
  ::sigaction(SIGUSR1, &before, nullptr);
  EXPECT_EQ(next, n);
  EXPECT_EQ(wrong, 0U);
}

TYPED_TEST(ChannelFaults, OneCpuIsEnough) {
  cpu_set_t all;
  ASSERT_EQ(::sched_getaffinity(0, sizeof all, &all), 0);
  child on_one_cpu([&] {
    cpu_set_t one;
    CPU_ZERO(&one);
    for (std::size_t cpu = 0; cpu != CPU_SETSIZE; ++cpu) {
      if (!CPU_ISSET(cpu, &all)) continue;
      CPU_SET(cpu, &one);
      break;
    }
    if (::sched_setaffinity(0, sizeof one, &one) != 0) return 2;
    channel<mpmc_ring<std::uint64_t, 2>, TypeParam> ch;
    std::atomic<std::uint64_t> sum{0};
    const auto push = [&] {
      for (std::uint64_t i = 1; i <= 2'000; ++i) (void)ch.push(i);
    };
    const auto pop = [&] {
      for (std::uint64_t got = 0; ch.pop(got) == status::ok;) sum += got;
    };
    std::thread consumers[] = {std::thread(pop), std::thread(pop), std::thread(pop)};
    together(push, push);
    ch.close();
    for (auto& c : consumers) c.join();
    return sum == 2 * 2'000 * 2'001 / 2 ? 0 : 1;
  });
  EXPECT_EQ(on_one_cpu.wait(), 0);
}

// ---- a sandbox that refuses membarrier ----

template <class Channel>
bool all_through_and_closed(Channel& ch, std::uint64_t n) {
  std::uint64_t next = 0;
  bool right = true;
  std::thread consumer([&] {
    for (std::uint64_t got = 0; ch.pop(got) == status::ok;) right = got == next++ && right;
  });
  for (std::uint64_t i = 0; i != n; ++i) right = ch.push(i) == status::ok && right;
  ch.close();
  consumer.join();
  return right && next == n && ch.is_drained() && ch.push(n) == status::closed;
}

template <class Wait>
using SandboxedChannel = Sandboxed<Wait>;
TYPED_TEST_SUITE(SandboxedChannel, parking, policy_names);

TYPED_TEST(SandboxedChannel, RefusedBeforeItIsMadeItCostsRmws) {
  this->expect_right([](unsigned error) {
    if (!forbid_membarrier(error)) return 77;
    channel<spsc_ring<std::uint64_t, 1>, TypeParam> pair;
    if (pair.is_asymmetric()) return 1;
    if (!all_through_and_closed(pair, 2'000)) return 2;
    channel<mpmc_ring<std::uint64_t, 1>, TypeParam> crowd;
    return all_through_and_closed(crowd, 2'000) ? 0 : 3;
  });
}
TYPED_TEST(SandboxedChannel, RefusedLaterItGoesOnAndCloses) {
  this->expect_right([](unsigned error) {
    channel<spsc_ring<std::uint64_t, 1>, TypeParam> pair;
    channel<mpmc_ring<std::uint64_t, 1>, TypeParam> crowd;
    if (!pair.is_asymmetric()) return 1;
    if (!forbid_membarrier(error)) return 77;
    if (!all_through_and_closed(pair, 500)) return 2;
    return all_through_and_closed(crowd, 500) ? 0 : 3;
  });
}

// ---- between processes ----

template <class Ring, class Wait>
struct shared_channels {
  channel<Ring, Wait, between_processes> there;
  channel<Ring, Wait, between_processes> back;
};

/// Gives back what comes, until it is told that there is no more; and says so, too.
template <class Shared>
int echo_all(Shared& shared) {
  for (std::uint64_t got = 0; shared.there.pop(got) == status::ok;) {
    if (shared.back.push(got) != status::ok) return 1;
  }
  shared.back.close();
  return shared.there.is_drained() ? 0 : 2;
}

template <class Ring>
class ChannelBetweenProcesses : public ::testing::Test {
 protected:
  watchdog watch_{60};
};
using shared_rings = ::testing::Types<spsc_ring<std::uint64_t, 2>, mpmc_ring<std::uint64_t, 2>>;
TYPED_TEST_SUITE(ChannelBetweenProcesses, shared_rings);

TYPED_TEST(ChannelBetweenProcesses, AllGoesThereAndBackAndEachSideClosesTheOthers) {
  using shared = shared_channels<TypeParam, park>;
  memory_file file;
  const view<shared> here(file);
  here.make();
  child peer([&] {
    const view<shared> own(file);
    return own.address() == here.address() ? 99 : echo_all(*own);
  });
  const std::uint64_t n = scaled(5'000);
  std::uint64_t next = 0;
  std::uint64_t wrong = 0;
  std::thread receiver([&] {
    for (std::uint64_t got = 0; here->back.pop(got) == status::ok;) wrong += got == next++ ? 0U : 1U;
  });
  for (std::uint64_t i = 0; i != n; ++i) EXPECT_EQ(here->there.push(i), status::ok);
  here->there.close();
  receiver.join();
  EXPECT_EQ(peer.wait(), 0);
  EXPECT_EQ(next, n);
  EXPECT_EQ(wrong, 0U);
  EXPECT_TRUE(here->back.is_drained());
  EXPECT_EQ(here->back.push(1), status::closed);
}

// A close by the other process ends a push and a pop that sleep here.
TYPED_TEST(ChannelBetweenProcesses, ACloseByTheOtherOneEndsEveryWait) {
  using shared = shared_channels<TypeParam, park>;
  for (std::size_t i = 0; i != scaled(20); ++i) {
    memory_file file;
    const view<shared> here(file);
    here.make();
    child peer([&] {
      const view<shared> own(file);
      until([&] { return own->there.size_approx() == 2; });
      own->there.close();
      own->back.close();
      return 0;
    });
    std::uint64_t in = 0;
    together(
        [&] {
          while (here->there.push(in) == status::ok) ++in;
        },
        [&] {
          std::uint64_t got = 0;
          EXPECT_EQ(here->back.pop(got), status::closed);
        });
    EXPECT_EQ(in, 2U);
    EXPECT_EQ(peer.wait(), 0);
    std::uint64_t got = 9;
    for (std::uint64_t next = 0; next != 2; ++next) {
      EXPECT_EQ(here->there.pop(got), status::ok);
      EXPECT_EQ(got, next);
    }
    EXPECT_EQ(here->there.pop(got), status::closed);
  }
}

}  // namespace
}  // namespace volley::testing
