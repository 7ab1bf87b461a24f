// SPDX-License-Identifier: MIT

// Which rows there are, and which of them cannot be measured.

#include "pingpong/rows.hpp"
#include "pingpong/options.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>
#include <tuple>

namespace volley::pingpong {
namespace {

const row_spec& find(const std::vector<row_spec>& rows, const std::string& label, parties who, placement where) {
  const auto found = std::find_if(rows.begin(), rows.end(), [&](const row_spec& r) {
    return r.label() == label && r.who == who && r.where == where;
  });
  if (found == rows.end()) throw std::runtime_error("no row " + label);
  return *found;
}

TEST(rows, are_each_there_once_for_every_party_and_place) {
  const auto rows = every_row({2, true});
  std::set<std::tuple<std::string, parties, placement>> seen;
  for (const row_spec& r : rows) EXPECT_TRUE(seen.emplace(r.label(), r.who, r.where).second) << r.label();
  for (const parties who : every_party) {
    for (const placement where : every_placement) {
      for (const char* label : {"F_line1",
                                "F_line2",
                                "F_futex",
                                "F_yield",
                                "turn/busy_spin",
                                "turn/spin_yield",
                                "turn/spin_park",
                                "turn/park",
                                "spsc_ring/busy_spin",
                                "spsc_ring/spin_yield",
                                "mutex_polled",
                                "mutex_condvar",
                                "binary_semaphore",
                                "atomic_wait",
                                "sem_t",
                                "pipe",
                                "eventfd",
                                "socketpair",
                                "python_lock",
                                "python_condition",
                                "python_event",
                                "python_pipe"}) {
        EXPECT_TRUE(seen.contains({label, who, where})) << label;
      }
      EXPECT_TRUE(seen.contains({who == parties::threads ? "thread" : "process", who, where}));
    }
  }
}

TEST(rows, have_a_floor_or_a_reason) {
  for (const std::size_t cpus : {1U, 2U}) {
    for (const row_spec& r : every_row({cpus, true})) EXPECT_TRUE(!r.reason.empty() || !r.floors.empty()) << r.label();
  }
}

TEST(rows, are_held_against_the_floor_of_their_way) {
  const auto rows = every_row({2, true});
  const auto floor = [&](const char* label, placement where) {
    return find(rows, label, parties::threads, where).floors;
  };
  using names = std::vector<std::string_view>;
  EXPECT_EQ(floor("turn/busy_spin", placement::two_cpus), names{"F_line1"});
  EXPECT_EQ(floor("turn/park", placement::two_cpus), names{"F_futex"});
  EXPECT_EQ(floor("spsc_ring/busy_spin", placement::unpinned), names{"F_line2"});
  EXPECT_EQ(floor("mutex_condvar", placement::unpinned), names{"F_futex"});
  EXPECT_EQ(floor("turn/spin_yield", placement::one_cpu), names{"F_yield"});
  EXPECT_EQ(floor("turn/spin_park", placement::one_cpu), (names{"F_futex", "F_yield"}));
}

TEST(rows, of_std_and_python_between_processes_give_their_reason) {
  const auto rows = every_row({2, true});
  for (const char* label : {"binary_semaphore", "atomic_wait", "python_lock", "python_condition", "python_event"}) {
    EXPECT_NE(find(rows, label, parties::processes, placement::two_cpus).reason, "") << label;
    EXPECT_EQ(find(rows, label, parties::threads, placement::two_cpus).reason, "") << label;
  }
  EXPECT_EQ(find(rows, "python_pipe", parties::processes, placement::two_cpus).reason, "");
}

TEST(rows, of_python_give_their_reason_where_there_is_none) {
  for (const row_spec& r : every_row({2, false})) {
    if (r.name.name.starts_with("python")) {
      EXPECT_NE(r.reason, "");
    }
  }
}

TEST(rows, on_a_machine_with_one_cpu_share_it) {
  const auto rows = every_row({1, true});
  EXPECT_NE(find(rows, "turn/park", parties::threads, placement::two_cpus).reason, "");
  EXPECT_NE(find(rows, "F_line1", parties::threads, placement::unpinned).reason, "");
  EXPECT_EQ(find(rows, "turn/spin_yield", parties::threads, placement::unpinned).floors.front(), "F_yield");
}

TEST(quick, has_rows_of_every_kind_and_of_python_and_floors) {
  std::set<kind> kinds;
  std::set<parties> who;
  std::set<placement> where;
  bool python = false;
  for (const row_spec& r : every_row({2, true})) {
    if (!r.in_quick) continue;
    EXPECT_EQ(r.reason, "") << r.label();
    kinds.insert(r.what);
    who.insert(r.who);
    where.insert(r.where);
    python = python || r.name.name.starts_with("python");
  }
  EXPECT_EQ(kinds.size(), 4U);
  EXPECT_EQ(who.size(), 2U);
  EXPECT_EQ(where.size(), 3U);
  EXPECT_TRUE(python);
}

TEST(options, choose_rows_by_name_or_label_and_by_group) {
  const auto count = [](const options& o) {
    const auto rows = every_row({2, true});
    return std::count_if(rows.begin(), rows.end(), [&](const row_spec& r) { return o.wants(r); });
  };
  options o;
  EXPECT_EQ(count(o), 138);
  o.only = {"turn", "pipe"};
  EXPECT_EQ(count(o), 6 * 5);
  o.only = {"turn/park"};
  EXPECT_EQ(count(o), 6);
  o.who = parties::processes;
  EXPECT_EQ(count(o), 3);
  o.where = placement::one_cpu;
  EXPECT_EQ(count(o), 1);
}

}  // namespace
}  // namespace volley::pingpong
