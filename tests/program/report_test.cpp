// SPDX-License-Identifier: MIT

// What is printed, said and written of rows that are made up here.

#include "pingpong/report.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace volley::pingpong {
namespace {

row made_up(mechanism_name name, parties who, placement where, double ns, double cpu_s) {
  figures f;
  f.rtt_ns = {ns, ns, 2 * ns, 3 * ns, 4 * ns, 5 * ns};
  f.to_floor = {"F_line1", 1.1, 1.23456, 1.3};
  f.cpu_s_per_million = cpu_s;
  f.samples = 10'000;
  f.rounds = 40;
  return {{name, kind::baseline, who, where, {}, {}, false}, f, ""};
}

row without(mechanism_name name, const char* reason) {
  return {{name, kind::baseline, parties::threads, placement::two_cpus, {}, {}, false}, std::nullopt, reason};
}

run_facts some_facts() {
  run_facts facts;
  facts.machine.cpu = "a CPU";
  facts.machine.usable = {0, 1};
  facts.chosen = {0, 1};
  return facts;
}

TEST(short_time, has_three_digits_and_a_unit) {
  EXPECT_EQ(short_time(0), "0 ns");
  EXPECT_EQ(short_time(118.4), "118 ns");
  EXPECT_EQ(short_time(999.4), "999 ns");
  EXPECT_EQ(short_time(999.6), "1.00 us");
  EXPECT_EQ(short_time(5424), "5.42 us");
  EXPECT_EQ(short_time(54'240), "54.2 us");
  EXPECT_EQ(short_time(542'400), "542 us");
  EXPECT_EQ(short_time(8.004e6), "8.00 ms");
  EXPECT_EQ(short_time(2e9), "2.00 s");
}

TEST(table, shows_a_row_without_figures_with_its_reason) {
  const std::string text = table({without({"atomic_wait", ""}, "works between threads only")}, "A title");
  EXPECT_NE(text.find("A title"), std::string::npos);
  EXPECT_NE(text.find("atomic_wait                   -  works between threads only\n"), std::string::npos) << text;
}

TEST(table, is_aligned) {
  const std::string text = table({made_up({"turn", "busy_spin"}, parties::threads, placement::two_cpus, 120, 0.2),
                                  made_up({"pipe", ""}, parties::threads, placement::two_cpus, 60'000, 31)},
                                 "");
  std::vector<std::size_t> ends;
  for (std::size_t at = text.find("  turn"); at != std::string::npos && at < text.size();) {
    const auto end = text.find('\n', at);
    ends.push_back(end - at);
    at = end + 1;
  }
  ASSERT_EQ(ends.size(), 2U);
  EXPECT_EQ(ends[0], ends[1]) << text;
}

TEST(verdict, says_how_many_times_and_at_what_cost) {
  const std::vector<row> rows{made_up({"turn", "spin_park"}, parties::threads, placement::two_cpus, 120, 0.3),
                              made_up({"mutex_condvar", ""}, parties::threads, placement::two_cpus, 60'000, 30),
                              made_up({"turn", "spin_park"}, parties::threads, placement::one_cpu, 3000, 3),
                              made_up({"mutex_condvar", ""}, parties::threads, placement::one_cpu, 6000, 6)};
  EXPECT_EQ(
      verdict(rows),
      "Two threads on two CPUs hand over 500 times faster with volley::turn (spin_park) than with a mutex and a "
      "condition variable: 120 ns against 60.0 us a round trip, for 1.00 % of the CPU time; on one CPU it is 2.00 "
      "times faster.");
}

TEST(verdict, makes_do_with_what_was_measured) {
  EXPECT_NE(verdict({}).find("No verdict"), std::string::npos);
  const std::vector<row> slower{made_up({"turn", "park"}, parties::processes, placement::one_cpu, 3000, 3),
                                made_up({"mutex_condvar", ""}, parties::processes, placement::one_cpu, 1500, 6)};
  EXPECT_EQ(verdict(slower).find("Two processes on one CPU hand over 2.00 times slower with volley::turn (park)"), 0U)
      << verdict(slower);
  const std::vector<row> even{made_up({"turn", "park"}, parties::threads, placement::unpinned, 1010, 3),
                              made_up({"mutex_condvar", ""}, parties::threads, placement::unpinned, 1000, 3)};
  EXPECT_NE(verdict(even).find("as fast with volley::turn (park) as with a mutex"), std::string::npos) << verdict(even);
}

TEST(json, has_every_key_for_a_measured_row) {
  const auto j = to_json(some_facts(), {made_up({"turn", "park"}, parties::threads, placement::one_cpu, 120, 0.3)});
  for (const char* key : {"version", "machine", "quick", "overhead_ns", "seconds", "verdict", "rows"}) {
    EXPECT_TRUE(j.contains(key)) << key;
  }
  EXPECT_EQ(j["machine"]["cpu"], "a CPU");
  EXPECT_EQ(j["quick"], false);
  const auto& row = j["rows"][0];
  EXPECT_EQ(row["name"], "turn");
  EXPECT_EQ(row["kind"], "baseline");
  EXPECT_EQ(row["wait"], "park");
  EXPECT_EQ(row["parties"], "threads");
  EXPECT_EQ(row["placement"], "one_cpu");
  EXPECT_EQ(row["rtt_ns"]["p50"], 120);
  EXPECT_EQ(row["rtt_ns"]["p999"], 480);
  EXPECT_EQ(row["rtt_ns"]["max"], 600);
  EXPECT_EQ(row["ratio"]["floor"], "F_line1");
  EXPECT_EQ(row["ratio"]["p50"], 1.2346);
  EXPECT_EQ(row["cpu_s_per_million"], 0.3);
  EXPECT_EQ(row["switches_per_rtt"], 0);
  EXPECT_EQ(row["samples"], 10'000);
  EXPECT_TRUE(row["reason"].is_null());
}

TEST(json, has_the_same_keys_with_null_for_a_row_that_was_not) {
  const auto j = to_json(some_facts(), {made_up({"turn", "park"}, parties::threads, placement::two_cpus, 120, 0.3),
                                        without({"pipe", ""}, "out of time")});
  const auto& full = j["rows"][0];
  const auto& blank = j["rows"][1];
  ASSERT_EQ(full.size(), blank.size());
  for (const auto& [key, value] : full.items()) {
    ASSERT_TRUE(blank.contains(key)) << key;
    if (!value.is_object()) continue;
    for (const auto& inner : value.items()) {
      ASSERT_TRUE(blank[key].contains(inner.key())) << key << "." << inner.key();
      EXPECT_TRUE(blank[key][inner.key()].is_null()) << key << "." << inner.key();
    }
  }
  EXPECT_TRUE(blank["wait"].is_null());
  EXPECT_EQ(blank["samples"], 0);
  EXPECT_EQ(blank["reason"], "out of time");
}

}  // namespace
}  // namespace volley::pingpong
