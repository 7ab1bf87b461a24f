// SPDX-License-Identifier: MIT

// Event loops and coroutines at a channel under real threads: nothing is lost, nothing comes twice, and nobody waits for ever. Built plain and
// for ThreadSanitizer.

#include <volley/channel/pollable.hpp>
#include <volley/env/chaos.hpp>
#include <volley/ring/lockfree_mpmc_ring.hpp>
#include <volley/ring/mpmc_ring.hpp>
#include <volley/ring/mpsc_ring.hpp>
#include <volley/ring/spsc_ring.hpp>

#include <gtest/gtest.h>

#include "coroutines.hpp"
#include "polling.hpp"
#include "scale.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <random>
#include <stop_token>
#include <string>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

namespace volley::testing {
namespace {

constexpr std::size_t bursts = 10'000;
constexpr std::uint64_t most_in_burst = 4;

/// What has come out, whichever came in what order.
struct tally_of {
  std::uint64_t count = 0;
  std::uint64_t sum = 0;

  void add(std::uint64_t v) {
    ++count;
    sum += v;
  }
  tally_of& operator+=(const tally_of& other) {
    count += other.count;
    sum += other.sum;
    return *this;
  }
  bool operator==(const tally_of&) const = default;
};

/// Pushes so many bursts of 1 to 4, and at times lets the other side find nothing.
template <class Push>
tally_of push_bursts(std::size_t n, unsigned seed, const Push& push) {
  std::minstd_rand random(seed);
  tally_of in;
  for (std::size_t i = 0; i != n; ++i) {
    for (std::uint64_t k = random() % most_in_burst + 1; k != 0; --k) {
      const std::uint64_t v = random();
      push(v);
      in.add(v);
    }
    if (random() % 4 == 0) std::this_thread::yield();
  }
  return in;
}

/// An event loop that pops until the channel is closed and drained. edge: all there is each time; level: one.
template <class Channel>
tally_of loop_over(Channel& ch, trigger how) {
  pollable_pop from(ch);
  const poller loop(from.fd(), how);
  tally_of out;
  for (;;) {
    loop.wait_for_event();
    for (;;) {
      const auto r = from.try_pop();
      if (r.why() == status::closed) return out;
      if (!r) break;
      out.add(*r);
      if (how == trigger::level) break;
    }
  }
}
template <class Channel>
tally_of sleep_over(Channel& ch) {
  tally_of out;
  for (const std::uint64_t v : ch) out.add(v);
  return out;
}
auto pushing_into(auto& ch) {
  return [&ch](std::uint64_t v) { EXPECT_EQ(ch.push(v), status::ok); };
}

template <template <class, std::size_t, class, class> class Ring, class Env, unsigned Producers, unsigned Consumers>
struct layout {
  using ring = Ring<std::uint64_t, dynamic_capacity, Env, std::allocator<std::uint64_t>>;
  static constexpr unsigned producers = Producers;
  static constexpr unsigned consumers = Consumers;
};

template <class Layout>
class EventLoopRace : public ::testing::Test {
 protected:
  /// Producers push bursts, and the consumers, each of them one of those, take all.
  template <class Consume>
  void play(const Consume& consume) {
    channel<typename Layout::ring> ch(8);
    std::vector<tally_of> in(Layout::producers);
    std::vector<tally_of> out(Layout::consumers);
    std::vector<std::thread> consumers;
    std::vector<std::thread> producers;
    const std::size_t each = scaled(bursts) / Layout::producers;
    for (unsigned i = 0; i != Layout::consumers; ++i) consumers.emplace_back([&, i] { out[i] = consume(ch, i); });
    for (unsigned i = 0; i != Layout::producers; ++i)
      producers.emplace_back([&, i] { in[i] = push_bursts(each, i + 1, pushing_into(ch)); });
    for (auto& t : producers) t.join();
    ch.close();
    for (auto& t : consumers) t.join();
    tally_of all_in;
    tally_of all_out;
    for (const auto& t : in) all_in += t;
    for (const auto& t : out) all_out += t;
    EXPECT_EQ(all_in.count, all_out.count);
    EXPECT_EQ(all_in.sum, all_out.sum);
  }

  watchdog watch_{100};
};
using layouts = ::testing::Types<layout<spsc_ring, native, 1, 1>, layout<spsc_ring, chaos, 1, 1>,
                                 layout<mpsc_ring, native, 3, 1>, layout<mpmc_ring, native, 2, 3>,
                                 layout<mpmc_ring, chaos, 2, 3>, layout<lockfree_mpmc_ring, native, 2, 3>>;
TYPED_TEST_SUITE(EventLoopRace, layouts);

TYPED_TEST(EventLoopRace, BurstsUnderEdgeTriggeredEpollLoseNothing) {
  this->play([](auto& ch, unsigned) { return loop_over(ch, trigger::edge); });
}
TYPED_TEST(EventLoopRace, NorLevelTriggeredOneByOne) {
  this->play([](auto& ch, unsigned) { return loop_over(ch, trigger::level); });
}
TYPED_TEST(EventLoopRace, AProducerThatPollsForRoom) {
  channel<typename TypeParam::ring> ch(2);
  tally_of out;
  std::thread consumer([&] { out = sleep_over(ch); });
  pollable_push to(ch);
  const poller loop(to.fd(), trigger::edge);
  const tally_of in = push_bursts(scaled(bursts) / 4, 1, [&](std::uint64_t v) {
    while (to.try_push(v) == status::full) loop.wait_for_event();
  });
  ch.close();
  consumer.join();
  EXPECT_EQ(in, out);
}

/// A loop that leaves and comes back, armed or told or neither; what it leaves is for the others.
template <class Channel>
tally_of come_and_go(Channel& ch) {
  tally_of out;
  for (unsigned i = 0;; ++i) {
    pollable_pop from(ch);
    for (unsigned k = 0; k != i % 3; ++k) {
      const auto r = from.try_pop();
      if (r.why() == status::closed) return out;
      if (r) out.add(*r);
    }
    if (ch.is_drained()) return out;
    std::this_thread::yield();
  }
}
template <class Layout>
class EventLoopsRace : public EventLoopRace<Layout> {};
using layouts_of_many = ::testing::Types<layout<mpmc_ring, native, 2, 3>, layout<mpmc_ring, chaos, 2, 3>,
                                         layout<lockfree_mpmc_ring, native, 2, 3>>;
TYPED_TEST_SUITE(EventLoopsRace, layouts_of_many);

TYPED_TEST(EventLoopsRace, WhereOneComesAndGoesNothingIsLost) {
  this->play([](auto& ch, unsigned i) { return i == 0 ? come_and_go(ch) : loop_over(ch, trigger::edge); });
}
TYPED_TEST(EventLoopsRace, NorBesideThreadsThatSleep) {
  this->play([](auto& ch, unsigned i) { return i % 2 == 0 ? loop_over(ch, trigger::edge) : sleep_over(ch); });
}

// ---- coroutines ----

template <class Channel, class... Stop>
task pop_all(Channel& ch, run_queue& queue, std::atomic<std::uint64_t>& count, std::atomic<std::uint64_t>& sum,
             Stop... stop) {
  while (const auto r = co_await async_pop(ch, queue.executor(), stop...)) {
    count.fetch_add(1);
    sum.fetch_add(*r);
  }
}

/// Coroutines in one thread of their own, some of them destroyed and begun anew, or stopped, all the time.
TYPED_TEST(EventLoopRace, CoroutinesThatComeAndGo) {
  using ring = typename TypeParam::ring;
  channel<ring> ch(8);
  run_queue queue;
  std::atomic<std::uint64_t> count{0};
  std::atomic<std::uint64_t> sum{0};
  std::atomic<bool> over{false};
  std::thread loop([&] {
    std::minstd_rand random(1);
    std::stop_source source;
    std::optional<task> tasks[4];
    const unsigned most = ring::one_consumer ? 1 : 4;
    while (!over || !ch.is_drained()) {
      for (unsigned i = 0; i != most; ++i) {
        if (tasks[i] && !tasks[i]->is_done() && random() % 8 != 0) continue;
        tasks[i].reset();
        tasks[i].emplace(pop_all(ch, queue, count, sum, source.get_token()));
      }
      if (random() % 8 == 0) {
        source.request_stop();
        source = std::stop_source();
      }
      if (queue.run() == 0) std::this_thread::yield();
    }
    for (auto& t : tasks) t.reset();
    (void)queue.run();
  });
  tally_of in = push_bursts(scaled(bursts) / 2, 1, pushing_into(ch));
  ch.close();
  over = true;
  loop.join();
  EXPECT_EQ(in.count, count.load());
  EXPECT_EQ(in.sum, sum.load());
}

/// Coroutines that any of two threads go on with; and a stop of each from a third.
TYPED_TEST(EventLoopRace, CoroutinesOnAPoolOfThreads) {
  using ring = typename TypeParam::ring;
  channel<ring> ch(8);
  run_queue queue;
  std::atomic<std::uint64_t> count{0};
  std::atomic<std::uint64_t> sum{0};
  std::stop_source source;
  std::optional<task> tasks[4];
  const unsigned most = ring::one_consumer ? 1 : 4;
  for (unsigned i = 0; i != most; ++i) {
    if (i % 2 == 0) tasks[i].emplace(pop_all(ch, queue, count, sum));
    if (i % 2 == 1) tasks[i].emplace(pop_all(ch, queue, count, sum, source.get_token()));
  }
  std::thread workers[2];
  for (auto& w : workers) w = std::thread([&] { queue.run_until_ended(); });
  const std::size_t n = scaled(bursts) / 4;
  tally_of in = push_bursts(n, 1, pushing_into(ch));
  source.request_stop();
  in += push_bursts(n, 2, pushing_into(ch));
  ch.close();
  until([&] { return count.load() == in.count; });
  queue.end();
  for (auto& w : workers) w.join();
  (void)queue.run();
  for (unsigned i = 0; i != most; ++i) EXPECT_TRUE(tasks[i]->is_done());
  EXPECT_EQ(in.sum, sum.load());
}

}  // namespace
}  // namespace volley::testing
