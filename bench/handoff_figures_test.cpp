// SPDX-License-Identifier: MIT

// What is made of rounds: from rounds of known numbers. And what a cadence measures: of a mechanism that takes a known time.

#include "beats.hpp"
#include "handoff/figures.hpp"
#include "pingpong/crew.hpp"
#include "pingpong/mechanisms/floors.hpp"
#include "pingpong/stats.hpp"
#include "program/cpus.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <string>
#include <thread>
#include <vector>

namespace volley::bench {
namespace {

using namespace std::chrono_literals;

constexpr sample takes(double ns) { return {ns, ns, 0}; }

handoff_result rounds_of(const std::vector<sample>& arms, std::size_t count = 9) {
  handoff_round one{};
  std::copy(arms.begin(), arms.end(), one.begin());
  return {"", 0, std::vector<handoff_round>(count, one), {}};
}

handoff_row trips(std::size_t floors, std::vector<pingpong::mechanism_name> arms, double bar) {
  handoff_row r;
  r.arms = std::move(arms);
  r.floors = floors;
  r.bar = bar;
  return r;
}

TEST(a_round_trip, is_held_against_its_floor) {
  const handoff_row r = trips(1, {{"F_line1", ""}, {"turn", "busy_spin"}}, 1.1);
  const measured_row good = judged(r, rounds_of({takes(100), takes(109)}));
  EXPECT_EQ(good.figures[0].of, "times F_line1");
  EXPECT_DOUBLE_EQ(good.figures[0].seen.p50, 1.09);
  EXPECT_TRUE(good.is_fine());
  EXPECT_FALSE(judged(r, rounds_of({takes(100), takes(111)})).is_fine());
}

TEST(a_round_trip, is_held_against_the_lower_of_two_floors) {
  const handoff_row r = trips(2, {{"F_futex", ""}, {"F_yield", ""}, {"turn", "spin_park"}}, 1.15);
  const measured_row m = judged(r, rounds_of({takes(500), takes(300), takes(330)}));
  EXPECT_EQ(m.figures[0].of, "times F_yield");
  EXPECT_DOUBLE_EQ(m.figures[0].seen.p50, 1.1);
}

TEST(a_round_trip, has_the_spread_of_ratios_of_neighbours_whatever_the_machine_does_between_rounds) {
  const handoff_row r = trips(1, {{"F_line1", ""}, {"turn", "busy_spin"}}, 9);
  handoff_result result;
  for (int i = 1; i <= 100; ++i) {
    const double pace = i % 2 == 0 ? 40 : 2000;  // the same CPUs, minutes apart
    result.rounds.push_back({takes(pace), takes(pace * (1 + i / 100.0))});
  }
  const spread s = judged(r, result).figures[0].seen;
  EXPECT_NEAR(s.p25, 1.25, 1e-9);
  EXPECT_NEAR(s.p50, 1.50, 1e-9);
  EXPECT_NEAR(s.p75, 1.75, 1e-9);
}

TEST(a_rival, is_to_be_slower) {
  handoff_row r = trips(1, {{"F_line1", ""}, {"turn", "spin_park"}, {"sem_t", ""}}, 1.0);
  r.what = measure::rivals;
  const measured_row m = judged(r, rounds_of({takes(100), takes(150), takes(600)}));
  EXPECT_DOUBLE_EQ(m.figures[0].seen.p50, 4);
  EXPECT_DOUBLE_EQ(m.figures[1].seen.p50, 1.5);
  EXPECT_DOUBLE_EQ(m.figures[2].seen.p50, 6);
  EXPECT_TRUE(m.is_fine());
  EXPECT_FALSE(judged(r, rounds_of({takes(100), takes(150), takes(140)})).is_fine());
}

TEST(a_row_that_failed, is_bad_only_if_ours_did) {
  handoff_row r = trips(1, {{"F_line1", ""}, {"turn", "spin_park"}, {"sem_t", ""}}, 1.0);
  r.what = measure::rivals;
  EXPECT_TRUE(judged(r, {"hangs", 2, {}, {}}).is_fine());
  EXPECT_FALSE(judged(r, {"hangs", 1, {}, {}}).is_fine());
  EXPECT_NE(line(judged(r, {"hangs", 2, {}, {}})).find("sem_t: hangs"), std::string::npos);
}

/// A post every so often, and what it takes who only spins and who only parks.
struct cadence {
  std::chrono::nanoseconds gap;
  sample spins;
  sample parks;

  measured_row if_ours(const sample& ours) const {
    handoff_row r;
    r.what = measure::cadence;
    r.gap = gap;
    r.arms = {{"turn", "busy_spin"}, {"turn", "spin_park"}, {"turn", "park"}};
    return judged(r, rounds_of({spins, ours, parks}));
  }
};

TEST(a_cadence_shorter_than_a_park, wants_the_latency_of_who_spins) {
  const cadence c{10us, {100, 110, 10e3}, {30e3, 31e3, 8e3}};
  const measured_row m = c.if_ours({114, 120, 10e3});
  EXPECT_EQ(m.regime, "shorter than a park");
  EXPECT_TRUE(m.is_fine());
  EXPECT_FALSE(c.if_ours({116, 120, 10e3}).is_fine());
}

TEST(a_cadence_longer_than_four_parks, wants_the_latency_and_the_cpu_time_of_who_parks) {
  const cadence c{1ms, {100, 110, 1e6}, {30e3, 31e3, 8e3}};
  const measured_row m = c.if_ours({30e3, 31e3, 9e3});
  EXPECT_EQ(m.regime, "longer than four parks");
  EXPECT_TRUE(m.is_fine());
  EXPECT_FALSE(c.if_ours({30e3, 31e3, 9.3e3}).is_fine());
  EXPECT_FALSE(c.if_ours({35e3, 31e3, 8e3}).is_fine());
}

TEST(a_cadence_between, wants_latency_and_cpu_time_within_twice_the_better_of_both) {
  const cadence c{100us, {100, 100, 100e3}, {30e3, 30e3, 10e3}};
  const measured_row m = c.if_ours({20e3, 20e3, 59e3});
  EXPECT_EQ(m.regime, "between");
  EXPECT_EQ(m.figures[3].of, "latency + CPU / park");
  EXPECT_NEAR(m.figures[3].seen.p50, 79.0 / 40, 1e-9);
  EXPECT_TRUE(m.is_fine());
  EXPECT_FALSE(c.if_ours({20e3, 20e3, 61e3}).is_fine());
}

/// Notices after a sleep, which takes no CPU time.
class sleepy_pair {
 public:
  static constexpr auto sleep = 2ms;

  template <unsigned Side>
  void post() {
    line_.post<Side>();
  }
  template <unsigned Side>
  void await() {
    line_.await<Side>();
    if (Side == 1) std::this_thread::sleep_for(sleep);
  }

 private:
  pingpong::yield_turns line_;
};

TEST(a_cadence, measures_from_the_post_to_the_end_of_the_wait) {
  const std::vector<int> usable = program::usable_cpus();
  pingpong::crew threads({usable.front(), usable.back()});
  beats_of<sleepy_pair> b;
  constexpr std::uint32_t posts = 20;
  b.prepare({100us, posts, poster::polls_the_clock});
  const std::uint64_t ns = threads.run(2, [&b](unsigned me) { me == 0 ? b.post_all() : b.notice_all(); });
  std::vector<std::uint64_t> latencies = b.latencies();
  ASSERT_EQ(latencies.size(), posts);
  std::sort(latencies.begin(), latencies.end());
  EXPECT_GE(latencies.front(), 2'000'000U);
  EXPECT_GE(ns, posts * 2'000'000U);
  EXPECT_LT(b.waiter_cpu_s(), 1e-9 * static_cast<double>(ns));
}

TEST(a_cadence, keeps_its_gaps) {
  const std::vector<int> usable = program::usable_cpus();
  pingpong::crew threads({usable.front(), usable.back()});
  beats_of<pingpong::yield_turns> b;
  for (const poster between : {poster::polls_the_clock, poster::sleeps}) {
    b.prepare({3ms, 5, between});
    EXPECT_GE(threads.run(2, [&b](unsigned me) { me == 0 ? b.post_all() : b.notice_all(); }), 15'000'000U);
  }
}

}  // namespace
}  // namespace volley::bench
