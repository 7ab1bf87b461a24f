// SPDX-License-Identifier: MIT

// call_slot and call_ring under real threads: what goes in is there for the server, what it answers for the caller, by whatever way the
// waits end; each call is served once or never; and no wake-up is lost. Built plain and for ThreadSanitizer.

#include <volley/env/chaos.hpp>
#include <volley/env/counting.hpp>
#include <volley/env/hooked.hpp>
#include <volley/handoff/call_ring.hpp>
#include <volley/handoff/call_slot.hpp>

#include <gtest/gtest.h>

#include "policies.hpp"
#include "scale.hpp"

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <random>
#include <stop_token>
#include <thread>
#include <utility>

namespace volley::testing {
namespace {

using clock = std::chrono::steady_clock;

/// A number that is whole when its copies agree, one of them on the heap.
struct letter {
  explicit letter(std::uint64_t n) : number(n), echo(~n), owned(std::make_unique<std::uint64_t>(n)) {}

  bool is_whole() const { return echo == ~number && *owned == number; }

  std::uint64_t number;
  std::uint64_t echo;
  std::unique_ptr<std::uint64_t> owned;
};

template <class Wait, class Scope = in_process, class Env = native>
using slot_of = call_slot<letter, letter, Wait, Scope, Env>;
template <class Wait, std::size_t N, class Env = native>
using ring_of = call_ring<letter, letter, N, Wait, in_process, Env>;

constexpr std::uint64_t last = ~std::uint64_t{0} / 2;

std::chrono::nanoseconds some(std::minstd_rand& random) { return std::chrono::nanoseconds(random() % 60'000); }

/// Requests a stop at some moment of what it is given to.
template <class F>
auto stopped_somewhere(std::minstd_rand& random, const F& f) {
  std::stop_source source;
  std::thread stopper([&, at = clock::now() + some(random)] {
    while (clock::now() < at) std::this_thread::yield();
    source.request_stop();
  });
  auto end = f(source.get_token());
  stopper.join();
  return end;
}

constexpr auto plainly = [](auto& slot, letter l, auto&) { return slot.call(std::move(l)); };
constexpr auto impatiently = [](auto& slot, letter l, auto& random) {
  return slot.call(std::move(l), clock::now() + some(random));
};
constexpr auto stoppably = [](auto& slot, letter l, auto& random) {
  return stopped_somewhere(random, [&](const std::stop_token& stop) { return slot.call(std::move(l), stop); });
};

constexpr auto patient_server = [](auto& slot, const auto& f, auto&) { slot.serve(f); };
constexpr auto impatient_server = [](auto& slot, const auto& f, auto& random) {
  (void)slot.serve(f, clock::now() + some(random));
};
constexpr auto stoppable_server = [](auto& slot, const auto& f, auto& random) {
  (void)stopped_somewhere(random, [&](const std::stop_token& stop) { return slot.serve(f, stop); });
};

/// n calls, and one that says that it is the last.
template <class Slot, class Call, class Serve>
void converse(std::size_t n, const Call& call, const Serve& serve) {
  Slot slot;
  std::uint64_t answered = 0;
  std::uint64_t served = 0;
  std::uint64_t wrong[2] = {};
  together(
      [&] {
        std::minstd_rand random(1);
        for (std::uint64_t i = 1; i <= n; ++i) {
          const auto answer = call(slot, letter(i), random);
          if (!answer) continue;
          ++answered;
          if (!answer->is_whole() || answer->number != 2 * i) ++wrong[0];
        }
        if (slot.call(letter(last))->number != 2 * last) ++wrong[0];
      },
      [&] {
        std::minstd_rand random(2);
        std::uint64_t before = 0;
        const auto f = [&](letter&& l) {
          if (!l.is_whole() || l.number <= before) ++wrong[1];
          before = l.number;
          ++served;
          return letter(2 * l.number);
        };
        while (before != last) serve(slot, f, random);
      });
  EXPECT_EQ(wrong[0] + wrong[1], 0U);
  EXPECT_GE(served, answered + 1);
  EXPECT_LE(served, n + 1);
}

/// n calls through a ring, as many in flight as go in.
template <class Ring, class Collect, class Serve>
void stream(std::size_t n, const Collect& collect, const Serve& serve) {
  Ring ring;
  std::uint64_t wrong[2] = {};
  together(
      [&] {
        std::minstd_rand random(1);
        std::uint64_t posted = 0;
        for (std::uint64_t collected = 0; collected != n;) {
          while (posted != n && ring.post(letter(posted + 1)) == status::ok) ++posted;
          const auto answer = collect(ring, random);
          if (!answer) continue;
          ++collected;
          if (!answer->is_whole() || answer->number != 2 * collected) ++wrong[0];
        }
      },
      [&] {
        std::minstd_rand random(2);
        std::uint64_t served = 0;
        const auto f = [&](letter&& l) {
          if (!l.is_whole() || l.number != ++served) ++wrong[1];
          return letter(2 * l.number);
        };
        while (served != n) serve(ring, f, random);
      });
  EXPECT_EQ(wrong[0] + wrong[1], 0U);
}

constexpr auto collect_plainly = [](auto& ring, auto&) { return ring.collect(); };
constexpr auto collect_impatiently = [](auto& ring, auto& random) { return ring.collect(clock::now() + some(random)); };
constexpr auto collect_by_looking = [](auto& ring, auto&) {
  auto answer = ring.try_collect();
  if (!answer) std::this_thread::yield();
  return answer;
};
constexpr auto serve_by_looking = [](auto& ring, const auto& f, auto&) {
  if (!ring.try_serve(f)) std::this_thread::yield();
};

template <class Wait>
class CallRace : public ::testing::Test {
 protected:
  watchdog watch_{100};
};
TYPED_TEST_SUITE(CallRace, policies, policy_names);

TYPED_TEST(CallRace, WhatIsSentArrivesBothWays) {
  converse<slot_of<TypeParam>>(scaled(hops<TypeParam>(15'000)), plainly, patient_server);
  converse<slot_of<TypeParam, between_processes>>(scaled(hops<TypeParam>(3'000)), plainly, patient_server);
}

TYPED_TEST(CallRace, ItArrivesOrIsWithdrawnHoweverTheDeadlineFalls) {
  converse<slot_of<TypeParam>>(scaled(hops<TypeParam>(5'000)), impatiently, patient_server);
  converse<slot_of<TypeParam>>(scaled(hops<TypeParam>(5'000)), impatiently, impatient_server);
}

TYPED_TEST(CallRace, ItArrivesOrIsWithdrawnHoweverTheStopFalls) {
  converse<slot_of<TypeParam>>(scaled(200), stoppably, patient_server);
  converse<slot_of<TypeParam>>(scaled(100), stoppably, stoppable_server);
}

TYPED_TEST(CallRace, NothingDependsOnHowFastASideIs) {
  converse<slot_of<TypeParam, in_process, chaos>>(scaled(1'000), plainly, patient_server);
  converse<slot_of<TypeParam, in_process, chaos>>(scaled(1'000), impatiently, impatient_server);
  stream<ring_of<TypeParam, 2, chaos>>(scaled(1'000), collect_impatiently, impatient_server);
}

TYPED_TEST(CallRace, CallsInFlightArriveBothWaysInOrder) {
  stream<ring_of<TypeParam, 1>>(scaled(hops<TypeParam>(4'000)), collect_plainly, patient_server);
  stream<ring_of<TypeParam, 8>>(scaled(hops<TypeParam>(12'000)), collect_plainly, patient_server);
  stream<ring_of<TypeParam, 3>>(scaled(hops<TypeParam>(4'000)), collect_impatiently, impatient_server);
  stream<ring_of<TypeParam, 3>>(scaled(hops<TypeParam>(4'000)), collect_by_looking, serve_by_looking);
}

template <class Wait>
using CallsThatSleep = CallRace<Wait>;
using parking_policies = ::testing::Types<spin_park, park>;
TYPED_TEST_SUITE(CallsThatSleep, parking_policies, policy_names);

/// Counts, and says of a thread whether it has gone to sleep since it last said that it is awake.
struct watched_sleep : count_hook {
  static inline thread_local std::atomic<bool>* asleep = nullptr;

  static void step(volley::step s) noexcept {
    count_hook::step(s);
    if (s == volley::step::park && asleep != nullptr) asleep->store(true, std::memory_order::relaxed);
  }
};

/// Never lets a waiter spin, so that spin_park goes the way of its parking at each wait.
struct sleepy : hooked<watched_sleep> {
  static constexpr unsigned hot_polls = 1;
  static constexpr unsigned polls_per_look = 1;
  static constexpr std::uint32_t longest_spin = 1;
  static constexpr std::uint32_t shortest_spin = 1;
};

// The lost wake-up, of which oneTBB #2136, brpc #3539, bun #28907, LLVM #109290 and JDK-6822370 were cases. It would hang here, and the
// watchdog say so.
TYPED_TEST(CallsThatSleep, ManyCallsToASleeperAllArrive) {
  slot_of<TypeParam, in_process, sleepy> slot;
  const std::uint64_t wanted = scaled(sleeps<TypeParam>(100'000));
  std::atomic<std::uint64_t> woken{0};
  std::uint64_t wrong[2] = {};
  const auto count = [&] { woken += counting::tally()[step::wake]; };
  const auto until_asleep = [&](std::minstd_rand& random) {
    if (random() % 4 != 0) until([&] { return is_parked(slot); });
  };
  together(
      [&] {
        std::minstd_rand random(1);
        for (std::uint64_t i = 1; woken < wanted && i != 40 * wanted; ++i) {
          until_asleep(random);
          counting::tally() = {};
          const auto answer = random() % 2 == 0 ? slot.call(letter(i)) : slot.call(letter(i), clock::time_point::max());
          if (!answer || !answer->is_whole() || answer->number != 2 * i) ++wrong[0];
          count();
        }
        (void)slot.call(letter(last));
      },
      [&] {
        std::minstd_rand random(2);
        std::uint64_t before = 0;
        while (before != last) {
          counting::tally() = {};
          slot.serve([&](letter&& l) {
            if (!l.is_whole() || l.number <= before) ++wrong[1];
            before = l.number;
            until_asleep(random);
            return letter(2 * l.number);
          });
          count();
        }
      });
  EXPECT_EQ(wrong[0] + wrong[1], 0U);
  EXPECT_GE(woken, wanted) << "too few of them found somebody asleep";
}

/// Calls through a ring, up to as many in flight as go in, until so many handoffs were made with a wake; and one that says that it is the
/// last. Each side posts when the other sleeps, or when it has nothing left to do but that. Relaxed, so as to order nothing of what is tested.
template <class Ring>
void stream_to_sleepers(std::uint64_t wanted) {
  using enum std::memory_order;
  Ring ring;
  std::atomic<std::uint64_t> woken{0};
  std::atomic<bool> asleep[2] = {};
  std::uint64_t wrong[2] = {};
  const auto count = [&] {
    woken.fetch_add(counting::tally()[step::wake], relaxed);
    counting::tally() = {};
  };
  const auto until_asleep = [&](unsigned side, std::minstd_rand& random) {
    if (random() % 2 != 0) return until([&] { return asleep[side].load(relaxed); });
    for (auto pause = random() % 64; pause != 0; --pause) native::relax();  // and as often just when it may go to sleep
  };
  together(
      [&] {
        std::minstd_rand random(1);
        counting::tally() = {};
        watched_sleep::asleep = &asleep[0];
        std::uint64_t posted = 0;
        std::uint64_t collected = 0;
        const auto collect = [&] {
          const auto answer = ring.collect();
          asleep[0].store(false, relaxed);
          if (!answer || !answer->is_whole() || answer->number != 2 * ++collected) ++wrong[0];
        };
        while (woken.load(relaxed) < wanted && posted != 40 * wanted) {
          if (ring.in_flight() == 0) until_asleep(1, random);
          while (posted != 40 * wanted && ring.post(letter(posted + 1)) == status::ok) ++posted;
          do collect();
          while (ring.in_flight() != 0 && random() % 4 != 0);
          count();
        }
        while (ring.in_flight() != 0) collect();
        EXPECT_EQ(collected, posted);
        EXPECT_EQ(ring.post(letter(last)), status::ok);
        EXPECT_EQ(ring.collect()->number, 2 * last);
      },
      [&] {
        std::minstd_rand random(2);
        counting::tally() = {};
        watched_sleep::asleep = &asleep[1];
        std::uint64_t before = 0;
        while (before != last) {
          ring.serve([&](letter&& l) {
            asleep[1].store(false, relaxed);
            if (!l.is_whole() || (l.number != before + 1 && l.number != last)) ++wrong[1];
            before = l.number;
            until_asleep(0, random);  // on this call, or on one that is answered already, and then on this one
            return letter(2 * l.number);
          });
          count();
        }
      });
  EXPECT_EQ(wrong[0] + wrong[1], 0U);
  EXPECT_GE(woken, wanted) << "too few of them found somebody asleep";
}

TYPED_TEST(CallsThatSleep, ManyCallsInFlightToASleeperAllArrive) {
  stream_to_sleepers<ring_of<TypeParam, 1, sleepy>>(scaled(sleeps<TypeParam>(50'000)));
  stream_to_sleepers<ring_of<TypeParam, 3, sleepy>>(scaled(sleeps<TypeParam>(50'000)));
}

}  // namespace
}  // namespace volley::testing
