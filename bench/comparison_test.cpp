// SPDX-License-Identifier: MIT

// What is measured, and what is made of it: from rounds of known numbers. No clock decides anything here.

#include "comparison/arms.hpp"
#include "comparison/document.hpp"
#include "comparison/run.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

namespace volley::bench {
namespace {

using nlohmann::ordered_json;

const std::vector<job>& all_jobs() {
  static const std::vector<job> jobs = [] {
    enrol_arms();
    return every_job(extent::all, 2);
  }();
  return jobs;
}

std::vector<ordered_json> blank_rows(const std::vector<job>& jobs) {
  std::vector<ordered_json> rows;
  for (const job& j : jobs) {
    for (auto& row : rows_without(j, "not now")) rows.push_back(std::move(row));
  }
  return rows;
}

job find_job(section in, std::string_view name) {
  return *std::find_if(all_jobs().begin(), all_jobs().end(),
                       [&](const job& j) { return j.in == in && j.name() == name; });
}

handoff_result rounds_of(std::vector<double> ns) {
  handoff_result result;
  for (int i = 1; i <= 4; ++i) {
    handoff_round& r = result.rounds.emplace_back();
    // The machine gets slower by the round; the last arm, on top of that, is 10 % slower in each round than in the one before.
    for (std::size_t arm = 0; arm != ns.size(); ++arm) {
      const double own = ns[arm] * i * (arm + 1 == ns.size() ? 1 + 0.1 * (i - 1) : 1);
      r[arm] = {own, 2 * own, own / 2};
    }
  }
  result.timed.resize(ns.size());
  for (std::uint64_t i = 1; i <= 1000; ++i) result.timed.back().record(i);
  return result;
}

TEST(the_jobs, have_a_floor_first_and_name_what_is_there) {
  std::set<section> seen;
  for (const job& j : all_jobs()) {
    seen.insert(j.in);
    const auto* const r = std::get_if<handoff_row>(&j.what);
    if (r == nullptr) continue;
    ASSERT_EQ(r->floors, 1U);
    EXPECT_EQ(r->arms[0].name.substr(0, 2), "F_");
    EXPECT_LE(r->arms.size(), most_arms);
    EXPECT_LT(j.shown_from, r->arms.size());
    EXPECT_GE(j.shown_from, 1U);
    for (const auto& name : r->arms) EXPECT_NE(find_ping_pong(name), nullptr) << name.name;
  }
  EXPECT_EQ(seen.size(), 7U) << "each section has one";
}

TEST(the_jobs, of_somebody_elses_have_ours_beside_it) {
  for (const job& j : all_jobs()) {
    const auto* const r = std::get_if<handoff_row>(&j.what);
    if (r == nullptr || j.in == section::payload) continue;
    const ping_pong& last = *find_ping_pong(r->arms.back());
    if (last.whose == side::ours || last.is_floor()) continue;
    ASSERT_EQ(r->arms.size(), 3U) << j.label();
    EXPECT_EQ(find_ping_pong(r->arms[1])->whose, side::ours);
  }
}

TEST(the_rows, have_names_of_their_own_and_the_same_keys) {
  const auto rows = blank_rows(all_jobs());
  std::set<std::string> ids;
  for (const ordered_json& row : rows) {
    EXPECT_TRUE(ids.insert(row["id"]).second) << row["id"];
    EXPECT_EQ(row.size(), rows[0].size());
    EXPECT_EQ(row["ending"], "not measured");
    EXPECT_EQ(row["why"], "not now");
  }
}

TEST(the_jobs, of_quick_are_some_of_all_and_what_the_answer_needs_is_among_them) {
  all_jobs();
  std::set<std::string> all;
  std::set<std::string> quick;
  for (const auto& row : blank_rows(all_jobs())) all.insert(row["id"]);
  for (const auto& row : blank_rows(every_job(extent::quick, 2))) quick.insert(row["id"]);
  EXPECT_LT(quick.size(), all.size());
  EXPECT_TRUE(std::includes(all.begin(), all.end(), quick.begin(), quick.end()));
  for (const char* id : {"round_trip/threads/two_cpus/mutex_condvar", "round_trip/threads/one_cpu/mutex_condvar",
                         "throughput/threads/1P1C/8/mutex+ring"}) {
    EXPECT_TRUE(quick.contains(id)) << id;
  }
}

TEST(the_jobs, of_one_cpu_need_no_second) {
  all_jobs();
  for (const auto& row : blank_rows(every_job(extent::all, 1))) EXPECT_EQ(row["placement"], "one_cpu");
}

TEST(a_row, is_made_of_ratios_of_neighbours_whatever_the_machine_does_between_rounds) {
  const job j = find_job(section::round_trip, "mutex_condvar");
  const auto rows = rows_of(j, rounds_of({100, 150, 300}));
  ASSERT_EQ(rows.size(), 1U);
  const ordered_json& row = rows[0];
  EXPECT_EQ(row["ending"], "measured");
  EXPECT_EQ(row["kind"], "rival");
  EXPECT_EQ(row["beside"], "turn/spin_park");
  EXPECT_NEAR(row["ratio"]["p25"].get<double>(), 3.0, 1e-9);
  EXPECT_NEAR(row["ratio"]["p50"].get<double>(), 3.3, 1e-9);
  EXPECT_NEAR(row["ratio"]["p75"].get<double>(), 3.6, 1e-9);
  EXPECT_NEAR(row["over_ours"]["p50"].get<double>(), 2.2, 1e-9);
  EXPECT_EQ(row["rounds"], 4);
  EXPECT_EQ(row["samples"], 1000);
  EXPECT_EQ(row["curve"].back()[0], 0.99) << "99.5 % has but five samples beyond it";
}

TEST(a_row, of_several_turns_has_the_rounds_and_the_single_trips_of_all) {
  const job j = find_job(section::round_trip, "mutex_condvar");
  handoff_result all;
  all.add(rounds_of({100, 150, 300}));
  all.add(rounds_of({100, 150, 900}));
  const ordered_json row = rows_of(j, all)[0];
  EXPECT_EQ(row["rounds"], 8);
  EXPECT_EQ(row["samples"], 2000);
  EXPECT_NEAR(row["ratio"]["p25"].get<double>(), 3.3, 1e-9);
  EXPECT_NEAR(row["ratio"]["p50"].get<double>(), 3.9, 1e-9);
  EXPECT_NEAR(row["ratio"]["p75"].get<double>(), 9.9, 1e-9);
}

TEST(a_row, has_failed_if_any_turn_has) {
  const job j = find_job(section::round_trip, "mutex_condvar");
  handoff_result wrong;
  wrong.why = "hangs";
  wrong.blamed = 2;
  handoff_result all;
  all.add(rounds_of({100, 150, 300}));
  all.add(wrong);
  all.add(rounds_of({100, 150, 300}));
  EXPECT_EQ(rows_of(j, all)[0]["ending"], "failed");
  EXPECT_EQ(rows_of(j, all)[0]["why"], "hangs");
}

TEST(turns, of_a_transfer_are_pooled_and_the_first_that_went_wrong_is_told) {
  row_result all;
  EXPECT_EQ(all.how, ending::not_run);
  all.add({ending::fair, "", {{1, 2, 3, 0, 0}}, 5});
  all.add({ending::fair, "", {{1, 2, 4, 0, 0}}, 6});
  EXPECT_EQ(all.how, ending::fair);
  EXPECT_EQ(all.rounds.size(), 2U);
  EXPECT_EQ(all.rounds[1].rival, 4);
  EXPECT_EQ(all.misplaced, 11U);
  all.add({ending::rival_failed, "lost elements", {}, 0});
  all.add({ending::ours_failed, "hangs", {}, 0});
  EXPECT_EQ(all.how, ending::rival_failed);
  EXPECT_EQ(all.why, "lost elements");
}

TEST(a_row, that_is_paced_has_the_cpu_time_of_who_waits_as_a_share) {
  const job j = find_job(section::idle, "mutex_condvar");
  const ordered_json row = rows_of(j, rounds_of({100, 150, 300}))[0];
  EXPECT_EQ(row["gap_ns"], 100'000'000);
  EXPECT_NEAR(row["cpu_share"].get<double>(), 0.25, 1e-9);
}

TEST(a_row, says_who_is_to_blame) {
  const job j = find_job(section::round_trip, "mutex_condvar");
  handoff_result result;
  result.why = "hangs";
  result.blamed = 2;
  EXPECT_EQ(rows_of(j, result)[0]["ending"], "failed");
  EXPECT_FALSE(is_our_failure(rows_of(j, result)[0]));
  result.blamed = 1;
  EXPECT_EQ(rows_of(j, result)[0]["ending"], "not measured");
  EXPECT_EQ(rows_of(j, result)[0]["why"], "turn/spin_park: hangs");
  const job ours = find_job(section::round_trip, "turn/spin_park");
  EXPECT_TRUE(is_our_failure(rows_of(ours, result)[0]));
}

ordered_json beside(const char* id, double times, double ours_ns) {
  ordered_json row{{"id", id}};
  row["over_ours"] = {{"p50", times}};
  row["ns"] = {{"ours", ours_ns}, {"own", ours_ns * times}};
  return row;
}

TEST(the_answer, says_what_was_measured) {
  ordered_json report;
  report["rows"] = ordered_json::array();
  EXPECT_NE(answer_of(report).find("No answer yet"), std::string::npos);
  report["rows"].push_back(beside("round_trip/threads/two_cpus/mutex_condvar", 250, 120));
  EXPECT_EQ(answer_of(report),
            "Two threads on two CPUs hand over 250 times faster with volley::turn than with a mutex and a condition "
            "variable (120 ns "
            "against 30.0 us a round trip).");
  report["rows"].push_back(beside("round_trip/threads/one_cpu/mutex_condvar", 0.5, 4000));
  report["rows"].push_back(beside("throughput/threads/1P1C/8/mutex+ring", 20, 5));
  EXPECT_NE(answer_of(report).find("20.0 times more elements"), std::string::npos) << answer_of(report);
  EXPECT_NE(answer_of(report).find("the turn is 2.00 times slower"), std::string::npos) << answer_of(report);
}

TEST(the_page, holds_the_report_and_no_text_of_it_can_end_the_script) {
  const ordered_json report{{"answer", "</script><script>alert(1)</script>"}};
  const std::string page = page_of(report);
  EXPECT_EQ(page.find("alert(1)</script>"), std::string::npos);
  EXPECT_NE(page.find("\\u003c/script>\\u003cscript>alert(1)"), std::string::npos);
  EXPECT_EQ(page.find("{{REPORT}}"), std::string::npos);
}

}  // namespace
}  // namespace volley::bench
