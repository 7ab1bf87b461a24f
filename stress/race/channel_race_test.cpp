// SPDX-License-Identifier: MIT

// Channels under real threads: every ring and every way to wait; sums and orders exact however the close, a deadline or a stop falls. Built plain and
// for ThreadSanitizer.

#include <volley/channel/channel.hpp>
#include <volley/env/counting.hpp>
#include <volley/ring/lockfree_mpmc_ring.hpp>
#include <volley/ring/mpmc_ring.hpp>
#include <volley/ring/mpsc_ring.hpp>
#include <volley/ring/spmc_ring.hpp>
#include <volley/ring/spsc_ring.hpp>

#include <gtest/gtest.h>

#include "payloads.hpp"
#include "policies.hpp"
#include "scale.hpp"

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <random>
#include <span>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

namespace volley::testing {
namespace {

using clock = std::chrono::steady_clock;

constexpr std::uint64_t number_of(std::uint64_t producer, std::uint64_t i) { return producer << 32 | i; }

/// A ring and a policy.
template <template <class, std::size_t, class, class> class Ring, class Wait, unsigned Producers, unsigned Consumers>
struct form {
  using policy = Wait;
  template <std::size_t Capacity, class Env = native, class Scope = in_process>
  using type = channel<Ring<checked, Capacity, Env, std::allocator<checked>>, Wait, Scope>;
  static constexpr unsigned producers = Producers;
  static constexpr unsigned consumers = Consumers;
  static std::string name() {
    return std::to_string(Producers) + "_to_" + std::to_string(Consumers) + "_" + policy_names::GetName<Wait>(0);
  }
};
struct form_names {
  template <class Form>
  static std::string GetName(int i) {
    return Form::name() + "_" + std::to_string(i);
  }
};
using forms =
    ::testing::Types<form<spsc_ring, busy_spin, 1, 1>, form<spsc_ring, spin_yield, 1, 1>,
                     form<spsc_ring, spin_park, 1, 1>, form<spsc_ring, park, 1, 1>, form<mpmc_ring, spin_yield, 2, 2>,
                     form<mpmc_ring, spin_park, 3, 3>, form<mpmc_ring, park, 3, 3>, form<mpsc_ring, spin_park, 3, 1>,
                     form<mpsc_ring, park, 3, 1>, form<spmc_ring, spin_park, 1, 3>, form<spmc_ring, park, 1, 3>,
                     form<lockfree_mpmc_ring, spin_park, 2, 2>, form<lockfree_mpmc_ring, park, 3, 3>>;

/// What one consumer got: whole, those of each producer rising.
struct witness {
  explicit witness(unsigned producers) : next(producers) {}
  std::vector<std::uint64_t> next;
  std::uint64_t sum = 0;
  std::uint64_t count = 0;
  std::uint64_t wrong = 0;

  void see(const checked& e) {
    const std::uint64_t n = e.number();
    const std::uint64_t from = n >> 32;
    const std::uint64_t i = n & 0xffff'ffff;
    if (!e.is(n) || from >= next.size() || i < next[from]) {
      ++wrong;
      return;
    }
    next[from] = i + 1;
    sum += n;
    ++count;
  }
};

/// Pushes from number i on in one of the ways that there are; how many went in. Not ok: why not, at last.
template <class Channel>
std::size_t push_some(Channel& ch, unsigned me, std::uint64_t i, std::minstd_rand& random, status& why) {
  const checked one(number_of(me, i));
  const auto soon = clock::now() + std::chrono::nanoseconds(random() % 50'000);
  switch (random() % 4) {
    case 0:
      why = ch.try_push(one);
      break;
    case 1:
      why = ch.push_until(one, soon);
      break;
    case 2: {
      std::vector<checked> some;
      for (std::uint64_t k = 0; k != 7; ++k) some.emplace_back(number_of(me, i + k));
      const batch in = ch.push_n(std::span<const checked>(some));
      why = in.why;
      return in.count;
    }
    default:
      why = ch.push(one);
  }
  return why == status::ok ? 1 : 0;
}
template <class Channel>
void pop_some(Channel& ch, witness& mine, std::minstd_rand& random, status& why) {
  checked one;
  const auto soon = clock::now() + std::chrono::nanoseconds(random() % 50'000);
  switch (random() % 5) {
    case 0:
      why = ch.try_pop(one);
      break;
    case 1:
      why = ch.pop_until(one, soon);
      break;
    case 2: {
      std::vector<checked> some(5);
      const batch out = ch.pop_n(std::span<checked>(some));
      for (std::size_t k = 0; k != out.count; ++k) mine.see(some[k]);
      why = out.why;
      return;
    }
    case 3:
      why = ch.wait_ready_until(soon);
      if (why == status::ok) why = ch.try_pop(one);
      break;
    default:
      why = ch.pop(one);
  }
  if (why == status::ok) mine.see(one);
}

/// Producers push until they are told closed (or have pushed n), consumers pop until they are; somebody closes after a while that chance chooses, or
/// when the producers are done.
template <class Channel>
void run(Channel& ch, unsigned producers, unsigned consumers, std::uint64_t n, unsigned close_after_us,
         std::uint64_t seed) {
  std::vector<std::thread> pushing;
  std::vector<std::thread> popping;
  std::vector<witness> seen(consumers, witness(producers));
  std::vector<std::uint64_t> in(producers);
  std::uint64_t note = 0;  // plain: written before close()
  std::atomic<unsigned> uninformed{0};
  for (unsigned p = 0; p != producers; ++p) {
    pushing.emplace_back([&, p] {
      std::minstd_rand random(static_cast<unsigned>(seed * 31 + p + 1));
      for (status s = status::ok; in[p] < n && s != status::closed;) in[p] += push_some(ch, p, in[p], random, s);
      if (in[p] < n && note != seed) ++uninformed;
    });
  }
  for (unsigned c = 0; c != consumers; ++c) {
    popping.emplace_back([&, c] {
      std::minstd_rand random(static_cast<unsigned>(seed * 37 + c + 1));
      for (status s = status::ok; s != status::closed;) pop_some(ch, seen[c], random, s);
      if (note != seed || !ch.is_drained()) ++uninformed;
    });
  }
  if (close_after_us != 0) {
    for (const auto at = clock::now() + std::chrono::microseconds(close_after_us); clock::now() < at;)
      std::this_thread::yield();
    note = seed;
    ch.close();
    for (auto& t : pushing) t.join();
  } else {
    for (auto& t : pushing) t.join();
    note = seed;
    ch.close();
  }
  for (auto& t : popping) t.join();
  std::uint64_t sum_in = 0;
  std::uint64_t count_in = 0;
  for (unsigned p = 0; p != producers; ++p) {
    for (std::uint64_t i = 0; i != in[p]; ++i) sum_in += number_of(p, i);
    count_in += in[p];
  }
  std::uint64_t sum_out = 0, count_out = 0, wrong = 0;
  for (const witness& w : seen) {
    sum_out += w.sum;
    count_out += w.count;
    wrong += w.wrong;
  }
  EXPECT_EQ(count_out, count_in);
  EXPECT_EQ(sum_out, sum_in);
  EXPECT_EQ(wrong, 0U);
  EXPECT_EQ(uninformed, 0U);
  EXPECT_TRUE(ch.is_drained());
}

template <class Form>
class ChannelRace : public ::testing::Test {
 protected:
  watchdog watch_{100};
};
TYPED_TEST_SUITE(ChannelRace, forms, form_names);

TYPED_TEST(ChannelRace, EachElementArrivesOnceInOrderAndWhole) {
  const std::uint64_t n = scaled(hops<typename TypeParam::policy>(8'000));
  const auto at = [n]<std::size_t N>() {
    typename TypeParam::template type<N> ch;
    run(ch, TypeParam::producers, TypeParam::consumers, n, 0, N);
  };
  at.template operator()<1>();
  at.template operator()<3>();
  at.template operator()<256>();
}

// However the close falls, what a push called ok comes out, and nothing else; and it is destroyed as soon as every call has returned.
TYPED_TEST(ChannelRace, ACloseAtAnyMomentLosesNothingAndLeavesNobodyAsleep) {
  const auto at = []<std::size_t N>(std::uint64_t i) {
    using type = typename TypeParam::template type<N>;
    const auto ch = std::make_unique<type>();
    run(*ch, TypeParam::producers, TypeParam::consumers, 1'000'000, 1 + static_cast<unsigned>(i * 37 % 400), i + 1);
  };
  for (std::uint64_t i = 0; i != scaled(hops<typename TypeParam::policy>(120)); ++i) {
    i % 2 == 0 ? at.template operator()<1>(i) : at.template operator()<4>(i);
  }
}

// More threads than CPUs, most of them asleep most of the time.
TEST(ChannelCrowdRace, SixteenThreadsPassAllThroughAFewSlots) {
  const watchdog watch(100);
  const std::uint64_t n = scaled(1'000);
  channel<mpmc_ring<checked, 2>> few;
  run(few, 8, 8, n, 0, 1);
  channel<mpmc_ring<checked, 1024>, park> many;
  run(many, 8, 8, n, 0, 2);
  channel<lockfree_mpmc_ring<checked, 2>, spin_park> lockfree;
  run(lockfree, 8, 8, n, 0, 3);
  channel<mpsc_ring<checked, 2>, park> one_pops;
  run(one_pops, 15, 1, n, 0, 4);
  channel<spmc_ring<checked, 2>, park> one_pushes;
  run(one_pushes, 1, 15, n, 0, 5);
  channel<mpmc_ring<checked, 3>, park, between_processes> shared;
  run(shared, 8, 8, n, 0, 6);
  channel<spsc_ring<checked, 3>, park, between_processes> shared_pair;
  run(shared_pair, 1, 1, 8 * n, 0, 7);
}

// ---- asleep for real ----

/// Counts the parks of a thread where others can see it, too.
struct parking_hook {
  static std::atomic<std::uint64_t>*& parks() {
    thread_local std::atomic<std::uint64_t>* mine = nullptr;
    return mine;
  }
  static void step(volley::step s) {
    count_hook::step(s);
    if (s == step::park && parks() != nullptr) ++*parks();
  }
};
/// Never lets a waiter spin, so that spin_park goes the way of its parking at each wait.
struct sleepy : hooked<parking_hook> {
  static constexpr unsigned hot_polls = 1;
  static constexpr unsigned polls_per_look = 1;
  static constexpr std::uint32_t longest_spin = 1;
  static constexpr std::uint32_t shortest_spin = 1;
};

template <class Form>
using LostWakeupsOfChannels = ChannelRace<Form>;
using parking_forms = ::testing::Types<form<spsc_ring, spin_park, 1, 1>, form<spsc_ring, park, 1, 1>,
                                       form<mpmc_ring, park, 1, 1>, form<lockfree_mpmc_ring, park, 1, 1>>;
TYPED_TEST_SUITE(LostWakeupsOfChannels, parking_forms, form_names);

// A push that was lost on a sleeper would hang here, and the watchdog say so. The ball goes to and fro until that many pushes had somebody to wake.
TYPED_TEST(LostWakeupsOfChannels, ManyPushesToASleeperAllArrive) {
  typename TypeParam::template type<1, sleepy> to[2];
  const std::uint64_t wanted = scaled(10'000);
  std::atomic<std::uint64_t> parks[2]{0, 0};
  std::uint64_t parks_before[2] = {};  // plain, as is the next: who has the ball has them
  std::uint64_t woken = 0;
  std::uint64_t wrong = 0;
  const auto side = [&](unsigned which) {
    std::uint64_t wakes = 0;  // of my last push
    parking_hook::parks() = &parks[which];
    if (which == 0) {
      EXPECT_EQ(to[1].push(checked(0)), status::ok);
    }
    for (checked ball; to[which].pop(ball) == status::ok;) {
      const std::uint64_t i = ball.number();
      wrong += ball.is(i) ? 0U : 1U;
      woken += wakes;
      if (woken >= wanted || i >= 40 * wanted) break;
      // Mostly when the other one, who has given me the ball, says that it will sleep, and else as it comes.
      if (i % 4 != 0) until([&] { return parks[1 - which] != parks_before[1 - which]; });
      parks_before[which] = parks[which];
      count_hook::mine() = {};
      if (to[1 - which].push(checked(i + 1)) != status::ok) break;
      wakes = count_hook::mine()[step::wake];
    }
    to[1 - which].close();
  };
  together([&] { side(0); }, [&] { side(1); });
  EXPECT_EQ(wrong, 0U);
  EXPECT_GE(woken, wanted) << "too few of them found somebody asleep";
}

}  // namespace
}  // namespace volley::testing
