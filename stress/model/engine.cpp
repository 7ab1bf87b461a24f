// SPDX-License-Identifier: MIT

#include "engine.hpp"

#include <cstdio>
#include <fstream>
#include <set>

namespace model {
namespace {

recipe current;
alignas(128) std::byte room[1U << 14];

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
  if (const char* replay = std::getenv("VOLLEY_REPLAY")) {
    p.initial_state = replay;
    p.iteration_count = s.executions == 0 ? 0 : std::strtoull(replay, nullptr, 10) + 1;
  }
  held_stores::allow(s.hold_stores);
  const bool passed = rl::simulate<engine<Threads>>(p);
  held_stores::allow(false);
  return {passed, p.test_result, p.stop_iteration, std::string(out.str().c_str()), std::string(p.final_state.c_str())};
}

void read_salt() {
  static const bool once = [] {
    if (const char* salt = std::getenv("VOLLEY_SALT")) {
      rl::random_generator::salt = std::strtoull(salt, nullptr, 10);
      std::printf("[   model  ] salt %s\n", salt);
    }
    return true;
  }();
  (void)once;
}

std::string running_test() {
  const auto* info = testing::UnitTest::GetInstance()->current_test_info();
  return std::string(info->test_suite_name()) + "." + info->name();
}

std::string story_of(const exploration& e) {
  return "\n" + e.log + "\nreplay: VOLLEY_REPLAY=" + e.replay + " and --gtest_filter=" + running_test();
}

/// The lines of a header that carry a tag of an order stronger than relaxed.
std::set<unsigned> tagged_lines(const char* file) {
  std::set<unsigned> lines;
  std::ifstream in(file);
  std::string text;
  for (unsigned n = 1; std::getline(in, text); ++n) {
    const auto comment = text.find("  // ");
    if (comment == std::string::npos || text.find_first_not_of(' ') == comment + 2) continue;
    const auto tag = text.substr(comment + 5, 2);
    if (tag == "->" || tag == "<-" || tag == "<>") lines.insert(n);
  }
  return lines;
}

/// All sites of the header that a plain run of the scenarios reaches; an error if a tagged line is not among them.
testing::AssertionResult reach(const std::string& header, const std::vector<recipe>& scenarios,
                               const std::vector<search>& searches) {
  for (const recipe& r : scenarios) {
    const exploration e = explore(r, searches.front());
    if (!e.passed)
      return testing::AssertionFailure() << "fails unweakened: " << rl::test_result_str(e.why) << story_of(e);
  }
  std::set<unsigned> tagged;
  for (int id = 0; id != order_sites::count(); ++id) {
    const order_site& s = order_sites::site(id);
    if (s.stands_in(header) && tagged.empty()) tagged = tagged_lines(s.file);
  }
  if (tagged.empty())
    return testing::AssertionFailure() << "no order of " << header << " was reached, or its source is not there";
  for (int id = 0; id != order_sites::count(); ++id) {
    const order_site& s = order_sites::site(id);
    if (s.stands_in(header) && s.written != std::memory_order::relaxed) tagged.erase(s.line);
  }
  if (!tagged.empty())
    return testing::AssertionFailure() << header << ":" << *tagged.begin() << ": no test executes this order";
  return testing::AssertionSuccess();
}

bool caught(const std::vector<recipe>& scenarios, const std::vector<search>& searches) {
  for (const search& s : searches) {
    for (const recipe& r : scenarios) {
      if (!explore(r, s).passed) return true;
    }
  }
  return false;
}

testing::AssertionResult weaken_each(const std::string& header, const std::vector<recipe>& scenarios,
                                     const std::vector<search>& searches) {
  std::string survivors;
  int weakened = 0;
  const int sites = order_sites::count();
  for (int id = 0; id != sites; ++id) {
    const order_site site = order_sites::site(id);
    if (!site.stands_in(header)) continue;
    for (const std::memory_order to : order_sites::one_step_weaker(site.written, site.what)) {
      order_sites::weaken(id, to);
      const bool dead = caught(scenarios, searches);
      order_sites::restore();
      ++weakened;
      std::printf("[ weakened ] %s:%u %s %s -> %s: %s\n", header.c_str(), site.line, name(site.what),
                  name(site.written), name(to), dead ? "caught" : "SURVIVED");
      if (!dead) survivors += "\n  line " + std::to_string(site.line) + " " + name(site.what) + " as " + name(to);
    }
  }
  if (weakened == 0) return testing::AssertionFailure() << header << " has no order to weaken";
  if (!survivors.empty())
    return testing::AssertionFailure() << "orders of " << header << " that no test needs:" << survivors;
  return testing::AssertionSuccess();
}

}  // namespace

std::string search::name() const {
  const std::string held = hold_stores ? ", stores held back" : "";
  if (how == rl::sched_random) return "random" + held;
  if (how == rl::sched_bound) return "at most " + std::to_string(bound) + " preemptions" + held;
  return "full search" + held;
}

exploration explore(const recipe& r, const search& s) {
  read_salt();
  current = r;
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

testing::AssertionResult holds(const recipe& r, const search& s, unsigned long long floor) {
  const exploration e = explore(r, s);
  std::printf("[ explored ] %10llu executions, %s\n", e.executions, s.name().c_str());
  if (!e.passed) {
    return testing::AssertionFailure() << rl::test_result_str(e.why) << " in execution " << e.executions << story_of(e);
  }
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

testing::AssertionResult every_order_is_needed(const std::string& header, const std::vector<recipe>& scenarios,
                                               const std::vector<search>& searches) {
  order_sites::watch();
  auto verdict = reach(header, scenarios, searches);
  if (verdict) verdict = weaken_each(header, scenarios, searches);
  order_sites::rest();
  return verdict;
}

testing::AssertionResult others_go_on_without(int victim, const recipe& r, const search& s) {
  unsigned long long frozen = 0;
  for (unsigned step = 0;; ++step) {
    freeze::before_step(victim, step);
    const exploration e = explore(r, s);
    const auto times = freeze::times();
    freeze::nobody();
    if (!e.passed) {
      return testing::AssertionFailure() << "thread " << victim << " stopped before step " << step + 1 << ": "
                                         << rl::test_result_str(e.why) << story_of(e);
    }
    frozen += times;
    if (times == 0) break;
  }
  std::printf("[  frozen  ] %10llu executions, thread %d at every step, %s\n", frozen, victim, s.name().c_str());
  if (frozen == 0) return testing::AssertionFailure() << "thread " << victim << " was never stopped";
  return testing::AssertionSuccess();
}

}  // namespace model
