// SPDX-License-Identifier: MIT

// What event counts are for: a ring that blocks. As long as nobody needs to sleep it makes no system call, and with the asymmetric form
// not a locked instruction more than the ring itself.

#include <volley/env/counting.hpp>
#include <volley/ring/spsc_ring.hpp>

#include <gtest/gtest.h>

#include "event_counts.hpp"
#include "scale.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <stop_token>
#include <thread>

namespace volley::testing {
namespace {

using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;

/// A ring and two event counts, and nothing else.
template <class Form, class Env>
class blocking_ring {
 public:
  template <class... Patience>
  status push(std::uint64_t value, const Patience&... until) {
    return then_notify(
        readable_, writable_, [&] { return ring_.try_push(value); }, until...);
  }
  template <class... Patience>
  status pop(std::uint64_t& value, const Patience&... until) {
    return then_notify(
        writable_, readable_, [&] { return ring_.try_pop(value); }, until...);
  }

 private:
  using event = typename Form::template type<Env>;

  template <class Try, class... Patience>
  static status then_notify(event& other, event& mine, const Try& try_it, const Patience&... until) {
    status s = status::ok;
    if constexpr (sizeof...(until) == 0) {
      mine.await(try_it);
    } else {
      s = mine.await(try_it, until...);
    }
    if (s == status::ok) other.notify_one();
    return s;
  }

  spsc_ring<std::uint64_t, 16, Env> ring_;
  event readable_;
  event writable_;
};

template <class Form>
class RingThatBlocks : public ::testing::Test {
 protected:
  watchdog watch_{60};
};
TYPED_TEST_SUITE(RingThatBlocks, event_counts, event_count_names);

TYPED_TEST(RingThatBlocks, CostsNoSystemCallWhileNobodyNeedsToSleep) {
  blocking_ring<TypeParam, counting> ring;
  counting::tally() = {};
  for (std::uint64_t i = 0; i != 1'000; ++i) {
    std::uint64_t got = 0;
    EXPECT_EQ(ring.push(i), status::ok);
    EXPECT_EQ(ring.pop(got, clock::time_point{}), status::ok);
    EXPECT_EQ(got, i);
  }
  EXPECT_EQ(counting::tally().syscalls(), 0U);
  EXPECT_EQ(counting::tally().locked(), TypeParam::is_asymmetric ? 0U : 2'000U);
}

// Of two threads that poll, each now and then ahead of the other.
TYPED_TEST(RingThatBlocks, CostsNoSystemCallBetweenTwoWhoPoll) {
  if (!TypeParam::policy::spins || TypeParam::policy::parks) return;
  blocking_ring<TypeParam, counting> ring;
  const std::uint64_t n = scaled(hops<typename TypeParam::policy>(50'000));
  step_tally cost[2];
  together(
      [&] {
        for (std::uint64_t i = 0; i != n; ++i) EXPECT_EQ(ring.push(i), status::ok);
        cost[0] = counting::tally();
      },
      [&] {
        std::uint64_t got = 0;
        for (std::uint64_t i = 0; i != n; ++i) EXPECT_EQ(ring.pop(got), status::ok);
        cost[1] = counting::tally();
      });
  for (const auto& c : cost) {
    EXPECT_EQ(c[step::park] + c[step::wake] + c[step::fence], 0U);
    EXPECT_EQ(c.locked(), TypeParam::is_asymmetric ? 0U : n);
  }
}

TYPED_TEST(RingThatBlocks, AllArrivesInOrderWhoeverWaits) {
  blocking_ring<TypeParam, native> ring;
  const std::uint64_t n = scaled(hops<typename TypeParam::policy>(100'000));
  std::uint64_t wrong = 0;
  together(
      [&] {
        for (std::uint64_t i = 0; i != n; ++i) {
          if (i % 5'000 == 0) std::this_thread::sleep_for(200us);
          EXPECT_EQ(ring.push(i), status::ok);
        }
      },
      [&] {
        for (std::uint64_t i = 0; i != n; ++i) {
          std::uint64_t got = 0;
          if (i % 7'000 == 0) std::this_thread::sleep_for(200us);
          EXPECT_EQ(ring.pop(got), status::ok);
          if (got != i) ++wrong;
        }
      });
  EXPECT_EQ(wrong, 0U);
}

TYPED_TEST(RingThatBlocks, ATimeoutOrAStopTakesNothing) {
  blocking_ring<TypeParam, native> ring;
  std::uint64_t got = 77;
  std::stop_source source;
  EXPECT_EQ(ring.pop(got, clock::now() + 1ms), status::timeout);
  source.request_stop();
  EXPECT_EQ(ring.pop(got, source.get_token()), status::stopped);
  EXPECT_EQ(got, 77U);
  for (std::uint64_t i = 0; i != 16; ++i) EXPECT_EQ(ring.push(i), status::ok);
  EXPECT_EQ(ring.push(16, clock::now() + 1ms), status::timeout);
  EXPECT_EQ(ring.push(16, clock::now() + 1h, source.get_token()), status::stopped);
  for (std::uint64_t i = 0; i != 16; ++i) {
    EXPECT_EQ(ring.pop(got, source.get_token()), status::ok) << "there is something";
    EXPECT_EQ(got, i);
  }
  EXPECT_EQ(ring.pop(got, clock::time_point{}), status::timeout);
}

}  // namespace
}  // namespace volley::testing
