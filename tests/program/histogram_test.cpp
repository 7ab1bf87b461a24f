// SPDX-License-Identifier: MIT

// Where single trips are counted, and how they are timed: against exact quantiles, with a clock that says what it is told,
// and with sleeps of known length.

#include "pingpong/histogram.hpp"
#include "pingpong/mechanism.hpp"
#include "pingpong/pace.hpp"
#include "pingpong/pair.hpp"
#include "pingpong/rounds.hpp"
#include "pingpong/stats.hpp"
#include "program/cpus.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <functional>
#include <memory>
#include <random>
#include <thread>
#include <type_traits>
#include <vector>

namespace volley::pingpong {
namespace {

using namespace std::chrono_literals;

static_assert(std::is_trivially_copyable_v<histogram>);

std::unique_ptr<histogram> counted(const std::vector<std::uint64_t>& values) {
  auto h = std::make_unique<histogram>();
  for (const std::uint64_t v : values) h->record(v);
  return h;
}

/// Each quantile that there may be a question about, against the exact one.
void expect_right(std::vector<std::uint64_t> values) {
  const auto h = counted(values);
  std::sort(values.begin(), values.end());
  ASSERT_EQ(h->count(), values.size());
  EXPECT_EQ(h->greatest(), values.back());
  for (const double q : {0.0, 0.001, 0.01, 0.1, 0.25, 0.5, 0.75, 0.9, 0.99, 0.999, 0.9999, 1.0}) {
    const auto exact = static_cast<double>(quantile(values, q));
    EXPECT_NEAR(static_cast<double>(h->quantile(q)), exact, exact * histogram::relative_error) << q;
  }
}

TEST(a_histogram, is_within_its_stated_error_of_exact_quantiles) {
  std::mt19937_64 random(7);
  const std::vector<std::function<double()>> sources{
      [&] { return std::uniform_real_distribution(0.0, 300.0)(random); },
      [&] { return std::exponential_distribution(1e-4)(random); },
      [&] { return std::lognormal_distribution(8.0, 3.0)(random); },
      [&] { return std::pow(10.0, std::uniform_real_distribution(0.0, 18.0)(random)); },
      [&] { return std::bernoulli_distribution(0.01)(random) ? 4e6 : 120.0; },
  };
  for (const auto& source : sources) {
    for (const std::size_t n : {1U, 2U, 99U, 20'000U}) {
      std::vector<std::uint64_t> values(n);
      for (auto& v : values) v = static_cast<std::uint64_t>(source());
      expect_right(values);
    }
  }
}

TEST(a_histogram, holds_every_value_there_is_and_is_exact_below_256) {
  for (std::uint64_t v = 0; v != 256; ++v) EXPECT_EQ(counted({v, v})->quantile(0.5), v);
  for (unsigned bit = 8; bit != 64; ++bit) {
    const std::uint64_t power = std::uint64_t{1} << bit;
    for (const std::uint64_t v : {power - 1, power, power + 1, power + power / 2, ~std::uint64_t{0} >> (63 - bit)}) {
      const auto h = counted({0, v, ~std::uint64_t{0}});
      const auto exact = static_cast<double>(v);
      EXPECT_NEAR(static_cast<double>(h->quantile(0.5)), exact, exact * histogram::relative_error) << v;
    }
  }
}

TEST(a_histogram, finds_the_known_quantiles_of_a_known_source) {
  histogram h;
  for (std::uint64_t i = 1; i <= 100'000; ++i) h.record(i * 10);
  EXPECT_NEAR(static_cast<double>(h.quantile(0.5)), 500'000, 2000);
  EXPECT_NEAR(static_cast<double>(h.quantile(0.999)), 999'000, 4000);
  EXPECT_DOUBLE_EQ(h.mean(), 500'005);
}

TEST(a_histogram, answers_a_tail_only_where_ten_values_lie_beyond_it) {
  histogram h;
  for (int i = 0; i != 99; ++i) h.record(5);
  EXPECT_FALSE(h.tail(0.9).has_value());
  h.record(5);
  EXPECT_EQ(h.tail(0.9), 5U);
  EXPECT_FALSE(h.tail(0.99).has_value());
}

TEST(a_histogram, of_two_halves_is_that_of_the_whole) {
  const auto all = counted({1, 300, 70'000, 9, 9});
  const auto half = counted({1, 300});
  half->add(*counted({70'000, 9, 9}));
  for (const double q : {0.0, 0.3, 0.5, 0.7, 1.0}) EXPECT_EQ(half->quantile(q), all->quantile(q));
  EXPECT_EQ(half->count(), 5U);
  EXPECT_DOUBLE_EQ(half->mean(), all->mean());
}

/// A clock that moves when it is told to, and by a nanosecond with each look.
struct told_clock {
  using time_point = std::chrono::steady_clock::time_point;
  static inline time_point at{};
  static time_point now() {
    at += 1ns;
    return at;
  }
};

TEST(timed_trips, are_as_long_as_they_are) {
  auto h = std::make_unique<histogram>();
  timed_trips<told_clock>(
      {10}, *h, [] { told_clock::at += 200ns; }, [] {});
  EXPECT_EQ(h->count(), 10U);
  EXPECT_EQ(h->quantile(0), 201U) << "each holds one reading of the clock";
  EXPECT_EQ(h->greatest(), 201U);
}

TEST(timed_trips, start_when_they_are_due) {
  auto h = std::make_unique<histogram>();
  const auto start = told_clock::at;
  timed_trips<told_clock>(
      {100, 10us}, *h, [] { told_clock::at += 200ns; }, [] { told_clock::at += 7ns; });
  EXPECT_NEAR(static_cast<double>((told_clock::at - start) / 1ns), 1e6, 400);
  EXPECT_LE(h->greatest(), 220U);
}

TEST(timed_trips, that_come_too_late_count_their_lateness) {
  auto h = std::make_unique<histogram>();
  int trips = 0;
  const auto stall_once = [&] { told_clock::at += ++trips == 500 ? 1ms : 200ns; };
  timed_trips<told_clock>({1000, 10us}, *h, stall_once, [] { told_clock::at += 7ns; });
  // One trip stalled for a hundred gaps. Measured from where they began, 999 of 1000 would have taken 200 ns; but those
  // that were due meanwhile had to wait: about a hundred trips, and for half a millisecond in the mean.
  EXPECT_LE(h->quantile(0.89), 220U);
  EXPECT_NEAR(static_cast<double>(h->quantile(0.95)), 0.5e6, 0.05e6);
  EXPECT_NEAR(static_cast<double>(h->greatest()), 1e6, 1000);
  EXPECT_NEAR(h->mean(), 51e3, 3e3);
}

TEST(timed_trips, at_a_pace_that_cannot_be_kept_grow_with_the_run) {
  auto h = std::make_unique<histogram>();
  timed_trips<told_clock>(
      {100, 100ns}, *h, [] { told_clock::at += 1us; }, [] {});
  EXPECT_NEAR(static_cast<double>(h->greatest()), 100 * 900, 500);
}

/// Hands over by sleeping: no trip is shorter than it.
template <int Ms>
class sleeps {
 public:
  void lead(std::uint32_t trips) {
    for (; trips != 0; --trips) std::this_thread::sleep_for(std::chrono::milliseconds(Ms));
  }
  void follow(std::uint32_t /*trips*/) {}
};

TEST(a_sleep_of_known_length, comes_out_no_shorter_and_its_ratio_to_the_floor_with_it) {
  catalogue both;
  both.add<sleeps<1>>({"floor", ""});
  both.add<sleeps<4>>({"own", ""});
  const auto threads = make_pair_of(parties::threads, std::move(both), program::usable_cpus());
  handoff floor(*threads, 0);
  handoff own(*threads, 1);
  const auto seen = std::make_unique<measured>(measure(floor, own, {.rounds = 3, .samples = 20}, [] {}));
  EXPECT_GE(seen->samples.quantile(0), 4'000'000U * 255 / 256);
  EXPECT_EQ(seen->samples.count(), 20U);
  EXPECT_EQ(seen->ratios.size(), 3U);
  EXPECT_LT(seen->cpu_s, 0.004 * static_cast<double>(seen->trips)) << "asleep, it uses no CPU";
}

}  // namespace
}  // namespace volley::pingpong
