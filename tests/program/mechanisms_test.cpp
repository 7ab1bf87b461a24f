// SPDX-License-Identifier: MIT

// Each mechanism does what a handoff is for: strict alternation, with what was written before a hop seen after it.

#include "pingpong/creation.hpp"
#include "pingpong/crowd.hpp"
#include "pingpong/mechanism.hpp"
#include "pingpong/pair.hpp"
#include "pingpong/python_peer.hpp"
#include "pingpong/rows.hpp"
#include "program/cpus.hpp"
#include "program/machine.hpp"

#include "pingpong/mechanisms/carrying.hpp"
#include "pingpong/mechanisms/descriptors.hpp"
#include "pingpong/mechanisms/floors.hpp"
#include "pingpong/mechanisms/locks.hpp"
#include "pingpong/mechanisms/std_waits.hpp"
#include "pingpong/mechanisms/volleys.hpp"

#include <gtest/gtest.h>

#include <cstddef>
#include <set>
#include <string>
#include <thread>
#include <vector>

namespace volley::pingpong {
namespace {

template <class Mechanism>
class a_mechanism : public ::testing::Test {};

using between_threads =
    ::testing::Types<one_line, two_lines, raw_futex<in_process>, yield_turns, turn_pair<busy_spin, in_process>,
                     turn_pair<spin_yield, in_process>, turn_pair<spin_park, in_process>, turn_pair<park, in_process>,
                     ring_pair<usual_ring, poll_hot>, ring_pair<usual_ring, poll_politely>, mutex_polled<in_process>,
                     mutex_condvar<in_process>, std_semaphores, std_atomic_wait, sem_pair<in_process>,
                     descriptor_pair<with_pipes>, descriptor_pair<with_eventfds>, descriptor_pair<with_sockets>,
                     carrying<turn_pair<spin_park, in_process>, 64>,
                     ring_pair<usual_ring_of<payload<256>>, poll_politely>>;
TYPED_TEST_SUITE(a_mechanism, between_threads);

TYPED_TEST(a_mechanism, alternates_and_passes_on_what_was_written) {
  constexpr int trips = 12;  // few, for on one CPU those that only spin take a time slice a hop
  TypeParam m;
  std::vector<int> written;  // no lock: the handoff is what orders
  std::thread follower([&] {
    for (int i = 0; i != trips; ++i) {
      m.template await<1>();
      written.push_back(2 * i + 1);
      m.template post<1>();
    }
  });
  for (int i = 0; i != trips; ++i) {
    written.push_back(2 * i);
    m.template post<0>();
    m.template await<0>();
  }
  follower.join();
  ASSERT_EQ(written.size(), 2U * trips);
  for (int i = 0; i != 2 * trips; ++i) EXPECT_EQ(written[static_cast<std::size_t>(i)], i);
}

TEST(data_beside_a_handoff, is_seen_to_come_whole_and_in_turn) {
  carrying<yield_turns, 64> m;
  std::thread follower([&] {
    m.await<1>();
    m.post<1>();
  });
  m.post<0>();
  m.await<0>();
  follower.join();
  EXPECT_TRUE(m.is_right());
  m.post<0>();
  m.post<0>();  // out of turn: the first is lost
  m.await<1>();
  EXPECT_FALSE(m.is_right());
}

class a_pair : public ::testing::TestWithParam<parties> {};

TEST_P(a_pair, runs_each_of_its_mechanisms_again_and_again) {
  const auto both = make_pair_of(GetParam(), 7, 0, program::usable_cpus());
  for (std::size_t i = 0; i != both->mechanisms().size(); ++i) {
    SCOPED_TRACE(both->mechanisms()[i].name.name);
    for (const std::uint32_t trips : {1U, 3U}) EXPECT_GT(both->run(i, trips).ns, 0U);
    histogram samples;
    both->run_timed(i, {5}, samples);
    EXPECT_EQ(samples.count(), 5U);
  }
}

TEST_P(a_pair, carries_each_payload) {
  for (const std::size_t bytes : payload_sizes) {
    const auto both = make_pair_of(GetParam(), usual_capacity, bytes, program::usable_cpus());
    for (std::size_t i = 0; i != both->mechanisms().size(); ++i) EXPECT_GT(both->run(i, 3).ns, 0U);
  }
}

TEST(a_crowd, makes_the_trips_of_all_its_pairs) {
  std::vector<catalogue> each;
  for (int i = 0; i != 3; ++i) each.push_back(all_mechanisms<in_process>(usual_capacity, 8));
  const std::vector<int> usable = program::usable_cpus();
  const int cpu = usable.front();
  for (std::size_t i = 0; i != each[0].size(); ++i) {
    if (each[0][i].name.wait != "spin_park" && each[0][i].name.name != "sem_t") continue;
    crowd all(each, i, {cpu, cpu});
    EXPECT_GT(all.run(4).ns, 0U);
    histogram samples;
    all.run_timed({5}, samples);
    EXPECT_EQ(samples.count(), 3U * 5U);
    EXPECT_THROW(all.run_timed({5, std::chrono::microseconds(1)}, samples), cannot_measure);
  }
  program::run_on(usable);
}

TEST_P(a_pair, moves_where_it_is_told) {
  const std::vector<int> all = program::usable_cpus();
  const auto both = make_pair_of(GetParam(), usual_capacity, 0, all);
  both->place({all.front(), all.back()});
  EXPECT_EQ(program::usable_cpus(), std::vector<int>{all.front()});
  EXPECT_GT(both->run(0, 2).ns, 0U);
  both->place({});
  EXPECT_EQ(program::usable_cpus(), all);
}

TEST_P(a_pair, counts_the_sleeps_of_both_sides) {
  const auto both = make_pair_of(GetParam(), usual_capacity, 0, program::usable_cpus());
  std::size_t pipe = 0;
  while (both->mechanisms()[pipe].name.name != "pipe") ++pipe;
  const cost c = both->run(pipe, 200);
  EXPECT_GT(c.switches, 0U);
  EXPECT_LE(c.switches, 2000U);
  EXPECT_GT(c.cpu_s, 0.0);
}

TEST_P(a_pair, has_every_mechanism_that_a_row_asks_for) {
  const auto both = make_pair_of(GetParam(), usual_capacity, 0, program::usable_cpus());
  std::set<std::string> there;
  for (std::size_t i = 0; i != both->mechanisms().size(); ++i) {
    const auto& name = both->mechanisms()[i].name;
    there.insert(std::string(name.name) + std::string(name.wait));
  }
  for (const row_spec& r : every_row({2, true})) {
    if (r.who != GetParam() || !r.reason.empty() || r.what == kind::creation || r.name.name.starts_with("python"))
      continue;
    EXPECT_TRUE(there.contains(std::string(r.name.name) + std::string(r.name.wait))) << r.label();
    for (const auto floor : r.floors) EXPECT_TRUE(there.contains(std::string(floor))) << floor;
  }
}

INSTANTIATE_TEST_SUITE_P(both_kinds, a_pair, ::testing::Values(parties::processes, parties::threads),
                         [](const auto& about) { return "of_" + std::string(to_string(about.param)); });

TEST(creation, ends_what_it_makes_and_counts_it) {
  const std::vector<int> all = program::usable_cpus();
  thread_creation threads({all.front(), all.back()});
  process_creation processes({all.front(), all.back()});
  for (contestant* const c : {static_cast<contestant*>(&threads), static_cast<contestant*>(&processes)}) {
    histogram samples;
    EXPECT_GT(c->run(3).ns, 0U);
    c->run_timed({4}, samples);
    EXPECT_EQ(samples.count(), 4U);
    EXPECT_THROW(c->run_timed({4, std::chrono::microseconds(1)}, samples), cannot_measure);
  }
}

class python : public ::testing::Test {
 protected:
  void SetUp() override {
    const auto found = program::find_program("python3");
    if (!found) GTEST_SKIP() << "no python3 here";
    peer_.emplace(*found, program::usable_cpus());
  }
  std::optional<python_peer> peer_;
};

TEST_F(python, runs_what_it_is_told_between_threads_and_processes) {
  for (const row_spec& r : every_row({2, true})) {
    if (!r.name.name.starts_with("python") || !r.reason.empty() || r.where != placement::unpinned) continue;
    SCOPED_TRACE(r.label());
    python_handoff handoff(*peer_, r.name.name, to_string(r.who), {});
    EXPECT_GT(handoff.run(3).ns, 0U);
    histogram samples;
    handoff.run_timed({4}, samples);
    EXPECT_EQ(samples.count(), 4U);
  }
}

TEST_F(python, says_why_it_cannot) {
  python_handoff unknown(*peer_, "python_telepathy", "threads", {});
  try {
    unknown.run(1);
    FAIL() << "it did";
  } catch (const cannot_measure& e) {
    EXPECT_NE(std::string(e.what()).find("python_telepathy"), std::string::npos) << e.what();
  }
  python_handoff lock(*peer_, "python_lock", "threads", {});
  EXPECT_GT(lock.run(1).ns, 0U) << "and goes on";
}

TEST(a_python, that_is_none_cannot_be_measured) {
  EXPECT_THROW(python_peer("/bin/false", program::usable_cpus()), cannot_measure);
  EXPECT_THROW(python_peer("/nowhere/python3", program::usable_cpus()), cannot_measure);
}

}  // namespace
}  // namespace volley::pingpong
