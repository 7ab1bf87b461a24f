// SPDX-License-Identifier: MIT

// Rounds, ratios and quantiles, with contestants that say what they are told to say: no clock decides anything here.

#include "pingpong/rounds.hpp"
#include "pingpong/measure_rows.hpp"
#include "pingpong/stats.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <numeric>
#include <random>
#include <string>
#include <vector>

namespace volley::pingpong {
namespace {

const auto nothing = [] {};

/// Takes `ns` a trip, as it says, and writes itself down.
class claims : public contestant {
 public:
  claims(char name, std::uint64_t ns, std::string& diary) : name_(name), ns_(ns), diary_(diary) {}

  cost run(std::uint32_t trips) override {
    diary_ += name_;
    trips_.push_back(trips);
    return {ns_ * trips, 1e-9 * static_cast<double>(trips), 2 * std::uint64_t{trips}};
  }
  cost run_timed(const pace& p, histogram& into) override {
    diary_ += static_cast<char>(std::toupper(name_));
    for (std::uint32_t i = 0; i != p.trips; ++i) into.record(ns_);
    gap_ = p.gap;
    return {ns_ * p.trips, 5e-10 * p.trips, p.trips};
  }
  std::chrono::nanoseconds gap() const { return gap_; }
  const std::vector<std::uint32_t>& trips() const { return trips_; }

 private:
  char name_;
  std::uint64_t ns_;
  std::string& diary_;
  std::vector<std::uint32_t> trips_;
  std::chrono::nanoseconds gap_{0};
};

TEST(quantile, is_the_smallest_value_that_the_share_does_not_exceed) {
  const std::vector<int> ten{10, 20, 30, 40, 50, 60, 70, 80, 90, 100};
  EXPECT_EQ(quantile(ten, 0.0), 10);
  EXPECT_EQ(quantile(ten, 0.1), 10);
  EXPECT_EQ(quantile(ten, 0.11), 20);
  EXPECT_EQ(quantile(ten, 0.5), 50);
  EXPECT_EQ(quantile(ten, 0.9), 90);
  EXPECT_EQ(quantile(ten, 0.99), 100);
  EXPECT_EQ(quantile(ten, 1.0), 100);
  EXPECT_EQ(quantile(std::vector<int>{7}, 0.5), 7);
}

TEST(quantile, agrees_with_counting_for_every_size_and_share) {
  std::mt19937 random(1);
  for (std::size_t n = 1; n != 200; ++n) {
    std::vector<int> values(n);
    for (int& v : values) v = std::uniform_int_distribution(0, 50)(random);
    std::sort(values.begin(), values.end());
    for (const int percent : {1, 25, 50, 75, 90, 99, 100}) {
      const int found = quantile(values, percent / 100.0);
      const auto up_to = std::upper_bound(values.begin(), values.end(), found) - values.begin();
      const auto below = std::lower_bound(values.begin(), values.end(), found) - values.begin();
      EXPECT_GE(100 * up_to, percent * static_cast<std::ptrdiff_t>(n));
      EXPECT_LT(100 * below, percent * static_cast<std::ptrdiff_t>(n));
    }
  }
}

TEST(a_round, has_3000_trips_or_a_millisecond_and_never_less_than_20) {
  EXPECT_EQ(trips_for(50), 3000U);
  EXPECT_EQ(trips_for(333), 3000U);
  EXPECT_EQ(trips_for(1000), 1000U);
  EXPECT_EQ(trips_for(40'000), 25U);
  EXPECT_EQ(trips_for(60'000), 20U);
  EXPECT_EQ(trips_for(8e6), 20U);
}

TEST(measure, gives_each_round_a_round_of_its_floor_directly_before) {
  std::string diary;
  claims floor('f', 100, diary);
  claims own('o', 150, diary);
  const measured m = measure(floor, own, {.rounds = 5, .samples = 10}, nothing);
  EXPECT_EQ(diary.substr(0, 2), "fo") << "each warms up";
  EXPECT_EQ(diary.substr(2, 10), "fofofofofo");
  EXPECT_EQ(m.ratios, std::vector<double>(5, 1.5));
}

TEST(measure, counts_what_was_used_in_the_rounds_alone) {
  std::string diary;
  claims floor('f', 100, diary);
  claims own('o', 1000, diary);
  const measured m = measure(floor, own, {.rounds = 4, .samples = 10}, nothing);
  EXPECT_EQ(m.trips, 4000U);
  EXPECT_EQ(m.switches, 8000U);
  EXPECT_NEAR(m.cpu_s, 4e-6, 1e-12);
  EXPECT_EQ(std::accumulate(own.trips().begin(), own.trips().end(), 0U) - own.trips().front(), 4000U);
}

TEST(measure, takes_the_samples_that_are_wanted_and_no_rounds_among_them) {
  std::string diary;
  claims floor('f', 100, diary);
  claims own('o', 50'000, diary);
  const measured m = measure(floor, own, {.rounds = 1, .samples = 1000}, nothing);
  EXPECT_EQ(m.samples.count(), 1000U);
  EXPECT_EQ(m.samples.mean(), 50'000);
  EXPECT_EQ(diary.find_first_of("O"), diary.find_last_of("fo") + 1);
}

TEST(measure, has_one_round_and_one_series_however_late_it_is) {
  std::string diary;
  claims floor('f', 100, diary);
  claims own('o', 50'000, diary);
  const auto past = steady::now() - std::chrono::seconds(1);
  const measured m = measure(floor, own, {.rounds_until = past, .until = past}, nothing);
  EXPECT_EQ(diary, "fofoO");
  EXPECT_EQ(m.ratios.size(), 1U);
  EXPECT_GE(m.samples.count(), fewest_trips);
}

TEST(measure, gives_a_sign_of_life_before_each_thing_that_may_hang) {
  std::string diary;
  claims floor('f', 100, diary);
  claims own('o', 1'000'000, diary);
  measure(floor, own, {.rounds = 2, .samples = 40}, [&] { diary += '.'; });
  EXPECT_EQ(diary, ".f.o.f.o.f.o.O.O");
}

TEST(measure, paces_both_sides_and_takes_the_ratio_of_the_middle_trips) {
  std::string diary;
  claims floor('f', 200, diary);
  claims own('o', 250, diary);
  plan p{.rounds = 3};
  p.gap = std::chrono::milliseconds(1);
  const measured m = measure(floor, own, p, nothing);
  EXPECT_EQ(diary, "FOFOFO");
  EXPECT_EQ(m.ratios, std::vector<double>(3, 1.25));
  EXPECT_EQ(own.gap(), p.gap);
  EXPECT_EQ(floor.gap(), p.gap);
  EXPECT_EQ(m.trips, m.samples.count());
  EXPECT_NEAR(m.cpu_s, 5e-10 * static_cast<double>(m.trips), 1e-15);
}

TEST(a_paced_round, is_some_milliseconds_and_never_less_than_5_trips) {
  EXPECT_EQ(trips_at(std::chrono::microseconds(1)), 1000U);
  EXPECT_EQ(trips_at(std::chrono::microseconds(100)), 100U);
  EXPECT_EQ(trips_at(std::chrono::milliseconds(10)), 5U);
}

TEST(glance, is_the_middle_of_some_rounds) {
  std::string diary;
  claims own('o', 700, diary);
  EXPECT_DOUBLE_EQ(glance(own, nothing), 700);
}

TEST(summary, is_made_of_sorted_values) {
  measured m;
  m.ratios = {4, 1, 3, 2};
  for (const std::uint64_t ns : {40U, 10U, 30U, 20U}) m.samples.record(ns);
  m.trips = 1000;
  m.cpu_s = 0.5;
  m.switches = 250;
  const figures f = summary(m, "F_line1");
  EXPECT_EQ(f.to_floor.floor, "F_line1");
  EXPECT_EQ(f.to_floor.p25, 1);
  EXPECT_EQ(f.to_floor.p50, 2);
  EXPECT_EQ(f.to_floor.p75, 3);
  EXPECT_EQ(f.rtt_ns.p25, 10);
  EXPECT_EQ(f.rtt_ns.p50, 20);
  EXPECT_EQ(f.rtt_ns.p90, 40);
  EXPECT_EQ(f.rtt_ns.max, 40);
  EXPECT_EQ(f.cpu_s_per_million, 500);
  EXPECT_EQ(f.switches_per_rtt, 0.25);
  EXPECT_EQ(f.samples, 4U);
  EXPECT_EQ(f.rounds, 4U);
}

TEST(summary, has_a_p999_from_ten_thousand_samples_on) {
  measured m;
  m.ratios = {1};
  m.trips = 1;
  for (std::uint64_t ns = 1; ns != 10'000; ++ns) m.samples.record(ns);
  EXPECT_FALSE(summary(m, "F_line1").rtt_ns.p999.has_value());
  m.samples.record(10'000);
  EXPECT_NEAR(summary(m, "F_line1").rtt_ns.p999.value_or(0), 9990, 9990 * histogram::relative_error);
}

TEST(a_budget, gives_what_is_left_to_the_last_row_and_nothing_when_it_is_spent) {
  const time_budget ample(1000);
  EXPECT_FALSE(ample.is_spent());
  const auto now = steady::now();
  const plan last = ample.next(1);
  EXPECT_GT(last.until, now + std::chrono::seconds(900));
  EXPECT_LE(last.until, steady::now() + std::chrono::seconds(1000));
  EXPECT_LT(ample.next(100).until, now + std::chrono::seconds(30));
  EXPECT_LT(ample.next(100).rounds_until, ample.next(100).until);
  EXPECT_TRUE(time_budget(0).is_spent());
}

}  // namespace
}  // namespace volley::pingpong
