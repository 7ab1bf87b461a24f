// SPDX-License-Identifier: MIT

#include "engine.hpp"

#include "records.hpp"
#include "verdicts.hpp"

#include <cerrno>
#include <cstdio>

namespace model {
namespace {

recipe current;
alignas(128) std::byte room[1U << 14];

/// Which exploration of the running test this is: that test's own first one is 1.
unsigned nth_of_test = 0;

/// The salt of this program: VOLLEY_SALT, or that of what is replayed.
std::uint64_t wanted_salt() {
  for (const char* const name : {"VOLLEY_REPLAY", "VOLLEY_SALT"}) {
    if (const char* const value = std::getenv(name)) return std::strtoull(value, nullptr, 10);
  }
  return 0;
}

/// Counts the explorations of each test, and writes at the end which atomic operations of the library were executed.
class watcher : public testing::EmptyTestEventListener {
  void OnTestStart(const testing::TestInfo&) override { nth_of_test = 0; }
  void OnTestProgramEnd(const testing::UnitTest&) override {
    for (const auto& [file, line] : reached_places::all()) record("reached").with("file", file).with("line", line);
  }
};

void prepare() {
  static const bool once = [] {
    testing::UnitTest::GetInstance()->listeners().Append(new watcher);
    if (std::getenv("VOLLEY_RECORDS") != nullptr) reached_places::watch();
    rl::random_generator::salt = wanted_salt();
    if (rl::random_generator::salt != 0)
      std::printf("[   model  ] salt %llu\n", static_cast<unsigned long long>(rl::random_generator::salt));
    return true;
  }();
  (void)once;
  ++nth_of_test;
}

/// The state to begin with, if this is the exploration to replay. VOLLEY_REPLAY is salt/nth/state.
std::optional<std::string> replayed_state() {
  const char* const wanted = std::getenv("VOLLEY_REPLAY");
  if (wanted == nullptr) return std::nullopt;
  const std::string text(wanted);
  const auto first = text.find('/');
  const auto second = first == std::string::npos ? first : text.find('/', first + 1);
  if (second == std::string::npos) {
    std::fprintf(stderr, "VOLLEY_REPLAY is '%s', and not salt/number/state\n", wanted);
    std::exit(2);
  }
  if (std::strtoull(text.c_str() + first + 1, nullptr, 10) != nth_of_test) return std::nullopt;
  std::printf("[ replayed ] exploration %u of this test, from %s\n", nth_of_test, text.c_str() + second + 1);
  return text.substr(second + 1);
}

/// Relacy's suite object is allocated with 16-byte alignment; the scenario lives in its own aligned room.
template <int Threads>
struct engine : rl::test_suite<engine<Threads>, Threads> {
  // Reset here, not only in before(): after a failure Relacy abandons the threads and replays from the constructor.
  engine() {
    held_stores::disarm();
    machine::reset();
    futex::reset();
    freeze::reset(0);  // nobody stops while the program is made
    program_ = current.make(room);
    steps::reset();
    freeze::reset(Threads);
  }
  ~engine() { program_->~scenario(); }

  void before() { held_stores::arm(); }
  void thread(unsigned which) {
    program_->thread(which);
    held_stores::flush();
    freeze::thread_ended();
    if (++ended_ == Threads) held_stores::disarm();
  }
  void after() { program_->after(); }

 private:
  scenario* program_;
  int ended_ = 0;
};

template <int Threads>
exploration run(const search& s) {
  rl::test_params p;
  rl::ostringstream out;  // Relacy's own: a std one would be caught by its operator new
  rl::ostringstream progress;
  p.search_type = s.how;
  p.iteration_count = s.executions;
  p.context_bound = s.bound;
  p.execution_depth_limit = 4000;
  p.output_stream = &out;
  p.progress_stream = &progress;
  const std::optional<std::string> state = replayed_state();
  if (state) {
    p.initial_state = *state;
    p.iteration_count = s.how == rl::sched_random ? std::strtoull(state->c_str(), nullptr, 10) + 1 : 0;
  }
  held_stores::allow(s.hold_stores);
  const bool passed = rl::simulate<engine<Threads>>(p);
  held_stores::allow(false);
  const std::string replay =
      std::to_string(rl::random_generator::salt) + "/" + std::to_string(nth_of_test) + "/" + p.final_state.c_str();
  return {passed, p.test_result, p.stop_iteration, std::string(out.str().c_str()), replay};
}

}  // namespace

std::string running_test() {
  const auto* info = testing::UnitTest::GetInstance()->current_test_info();
  return std::string(info->test_suite_name()) + "." + info->name();
}

std::string story_of(const exploration& e) {
  return "\n" + e.log + "\nreplay: ./volley test --replay '" + program_invocation_short_name + " " + running_test() +
         " " + e.replay + "'";
}

std::string search::name() const {
  const std::string held = hold_stores ? ", stores held back" : "";
  if (how == rl::sched_random) return "random" + held;
  if (how == rl::sched_bound) return "at most " + std::to_string(bound) + " preemptions" + held;
  return "full search" + held;
}

namespace {

exploration explore_unrecorded(const recipe& r, const search& s) {
  switch (r.threads) {
    case 2:
      return run<2>(s);
    case 3:
      return run<3>(s);
    case 4:
      return run<4>(s);
    default:
      std::abort();
  }
}

}  // namespace

exploration explore(const recipe& r, const search& s) {
  prepare();
  current = r;
  exploration e = explore_unrecorded(r, s);
  if (!e.passed && !order_sites::are_watched()) {
    record("caught").with("search", s.name()).with("executions", e.executions).with("as", rl::test_result_str(e.why));
  }
  return e;
}

/// In how many orders threads that do nothing can end.
static unsigned long long orders_of_ending(int threads) {
  unsigned long long orders = 1;
  for (int i = 2; i <= threads; ++i) orders *= static_cast<unsigned>(i);
  return orders;
}

testing::AssertionResult holds(const recipe& r, const search& s, unsigned long long floor) {
  const exploration e = explore(r, s);
  std::printf("[ explored ] %10llu executions, %s\n", e.executions, s.name().c_str());
  record("explored").with("search", s.name()).with("executions", e.executions);
  if (!e.passed) {
    return testing::AssertionFailure() << rl::test_result_str(e.why) << " in execution " << e.executions << story_of(e);
  }
  if (floor == floor_of_search) floor = s.how == rl::sched_random ? s.executions : orders_of_ending(r.threads) + 1;
  if (e.executions < floor && std::getenv("VOLLEY_REPLAY") == nullptr) {
    return testing::AssertionFailure() << "explored " << e.executions << " executions, expected at least " << floor;
  }
  return testing::AssertionSuccess();
}

testing::AssertionResult fails(const recipe& r, const search& s, rl::test_result_e why) {
  const exploration e = explore(r, s);
  if (e.passed) return testing::AssertionFailure() << "not caught in " << e.executions << " executions, " << s.name();
  std::printf("[  caught  ] at execution %llu, %s: %s\n", e.executions, s.name().c_str(), rl::test_result_str(e.why));
  if (e.why != why) {
    return testing::AssertionFailure() << "caught as " << rl::test_result_str(e.why) << ", not "
                                       << rl::test_result_str(why) << story_of(e);
  }
  return testing::AssertionSuccess();
}

namespace {

/// One thread stopped before each of its steps in turn, until an execution fails.
struct stops {
  unsigned steps = 0;  ///< before which it was stopped
  unsigned long long frozen = 0;
  exploration last;  ///< the one that failed, or the first in which the thread took fewer steps
};

stops stop_at_each_step(int victim, const recipe& r, const search& s) {
  stops all;
  for (;; ++all.steps) {
    freeze::before_step(victim, all.steps);
    all.last = explore(r, s);
    const auto times = freeze::times();
    freeze::nobody();
    all.frozen += times;
    if (times == 0 || !all.last.passed) return all;
  }
}

}  // namespace

testing::AssertionResult others_go_on_without(int victim, const recipe& r, const search& s) {
  const stops all = stop_at_each_step(victim, r, s);
  if (!all.last.passed) {
    return testing::AssertionFailure() << "thread " << victim << " stopped before step " << all.steps + 1 << ": "
                                       << rl::test_result_str(all.last.why) << story_of(all.last);
  }
  std::printf("[  frozen  ] %10llu executions, thread %d at every step, %s\n", all.frozen, victim, s.name().c_str());
  record("frozen").with("search", s.name()).with("steps", all.steps).with("executions", all.frozen);
  if (all.frozen == 0) return testing::AssertionFailure() << "thread " << victim << " was never stopped";
  return testing::AssertionSuccess();
}

testing::AssertionResult others_wait_for(int victim, const recipe& r, const search& s) {
  freeze::nobody();
  const exploration free = explore(r, s);
  if (!free.passed) {
    return testing::AssertionFailure() << "with nobody stopped: " << rl::test_result_str(free.why) << story_of(free);
  }
  const stops all = stop_at_each_step(victim, r, s);
  if (all.last.passed) {
    return testing::AssertionFailure() << "the others end wherever thread " << victim << " stops: say so in the header";
  }
  std::printf("[  waited  ] for thread %d, stopped before step %u: %s\n", victim, all.steps + 1,
              rl::test_result_str(all.last.why));
  record("waited").with("step", all.steps + 1).with("as", rl::test_result_str(all.last.why));
  return testing::AssertionSuccess();
}

}  // namespace model
