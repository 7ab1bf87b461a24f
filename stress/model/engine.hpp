// SPDX-License-Identifier: MIT
#pragma once

// Exploring a scenario: a small program of 2 to 4 threads, run under every schedule that a search chooses, with its verdict as a
// GoogleTest assertion. Only engine.cpp instantiates Relacy's schedulers, once per number of threads.

#include <gtest/gtest.h>

#include "env.hpp"

namespace model {

/// A program to explore: constructed, run and destroyed once per execution. Derive, and say how many threads it has:
///   struct my_scenario : scenario { static constexpr int threads = 2; void thread(unsigned which) override; ... };
class scenario {
 public:
  scenario() = default;
  scenario(const scenario&) = delete;
  scenario& operator=(const scenario&) = delete;
  virtual ~scenario() = default;
  virtual void thread(unsigned which) = 0;
  /// After all threads have ended: what must hold then.
  virtual void after() {}
};

struct recipe {
  int threads;
  scenario* (*make)(void* where);
};

template <class Scenario>
recipe recipe_of() {
  static_assert(sizeof(Scenario) <= (1U << 14) && alignof(Scenario) <= 128);
  return {Scenario::threads, [](void* where) -> scenario* { return ::new (where) Scenario; }};
}

/// How to look for a failing schedule.
struct search {
  rl::scheduler_type_e how;
  unsigned long long executions;  ///< random only
  unsigned bound;                 ///< context bound only: how many preemptions
  bool hold_stores;               ///< see held_stores

  static search random(unsigned long long executions) { return {rl::sched_random, executions, 0, false}; }
  static search random_held(unsigned long long executions) { return {rl::sched_random, executions, 0, true}; }
  static search bounded(unsigned preemptions) { return {rl::sched_bound, 0, preemptions, false}; }
  static search full() { return {rl::sched_full, 0, 0, false}; }
  static search full_held() { return {rl::sched_full, 0, 0, true}; }

  std::string name() const;
};

struct exploration {
  bool passed;
  rl::test_result_e why;
  unsigned long long executions;
  std::string log;  ///< the failing execution, step by step
  std::string
      replay;  ///< what VOLLEY_REPLAY is to be set to for that execution: salt/which exploration of its test/state
};

exploration explore(const recipe& r, const search& s);

/// As a floor: all that a random search was to explore; of others more than a program without steps has.
inline constexpr unsigned long long floor_of_search = 0;

/// True when the program held in every execution, and at least `floor` executions were explored: a test that explores nothing
/// fails. Prints what it explored.
testing::AssertionResult holds(const recipe& r, const search& s, unsigned long long floor);

/// True when some execution failed for this reason.
testing::AssertionResult fails(const recipe& r, const search& s, rl::test_result_e why);

template <class Scenario>
testing::AssertionResult holds(const search& s, unsigned long long floor = floor_of_search) {
  return holds(recipe_of<Scenario>(), s, floor);
}
template <class Scenario>
testing::AssertionResult fails(const search& s, rl::test_result_e why) {
  return fails(recipe_of<Scenario>(), s, why);
}

/// Weakens every order of `header` ("wait/wait_on.hpp") that these scenarios reach, one at a time and one step at a time. True when
/// some search catches each, or survivors.md has an argument for it; every tagged order of the header is reached; and no argument is stale.
testing::AssertionResult every_order_is_needed(const std::string& header, const std::vector<recipe>& scenarios,
                                               const std::vector<search>& searches);
/// The same with another file of arguments.
testing::AssertionResult every_order_is_needed(const std::string& header, const std::vector<recipe>& scenarios,
                                               const std::vector<search>& searches, const std::string& survivors);

/// Stops thread `victim` for ever before its 1st, 2nd, ... step, as long as it gets that far. True when the others always end.
testing::AssertionResult others_go_on_without(int victim, const recipe& r, const search& s);

/// For what is not lock-free, and says so: true when there is a step before which the thread may stop so that the others do not end, or get
/// less than the scenario asks for.
testing::AssertionResult others_wait_for(int victim, const recipe& r, const search& s);

}  // namespace model
