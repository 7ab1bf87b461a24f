// SPDX-License-Identifier: MIT

// The engine itself: what it must say of programs that are known, so that its silence about the others means something.

#include "engine_scenarios.hpp"

#include <unistd.h>

#include <cstdio>
#include <fstream>

namespace {

using model::recipe_of;
using model::search;
using enum std::memory_order;

constexpr const char* this_file = "stress/model/engine_test.cpp";

/// A message, with one order more than it needs: after the second acquire nothing comes that could tell.
struct message : model::scenario {
  static constexpr int threads = 2;

  void thread(unsigned which) override {
    if (which == 0) return send();
    wait();
  }
  void send() {
    data.set(1);
    flag.store(2, release);  // -> publish: the data
  }
  std::uint32_t wait() {
    while (flag.load(acquire) != 2) {  // <- publish: the data
      volley::modelled::relax();
    }
    data.get();
    return flag.load(acquire);  // <- publish: once more, for nothing
  }

  model::plain<int> data{0};
  model::atomic<std::uint32_t> flag{0};
};

/// A survivors file with these lines.
class arguments_file {
 public:
  explicit arguments_file(const std::string& entry) { std::ofstream(name_) << "## engine_test.cpp\n" << entry << '\n'; }
  arguments_file(const arguments_file&) = delete;
  arguments_file& operator=(const arguments_file&) = delete;
  ~arguments_file() { std::remove(name_.c_str()); }

  testing::AssertionResult verdict() const {
    return model::every_order_is_needed(this_file, {recipe_of<message>()}, {search::random(1'000)}, name_);
  }

 private:
  std::string name_ = testing::TempDir() + "volley_survivors_" + std::to_string(getpid());
};

constexpr const char* redundant = "- wait: `return flag.load(acquire);`, load as relaxed: nothing is read after it";

testing::AssertionResult says(const testing::AssertionResult& r, const std::string& what) {
  if (r) return testing::AssertionFailure() << "passes";
  if (std::string(r.message()).find(what) == std::string::npos) return testing::AssertionFailure() << r.message();
  return testing::AssertionSuccess();
}

TEST(Engine, AnOrderThatNoTestNeedsFailsUnlessItIsArguedFor) {
  EXPECT_TRUE(says(arguments_file("").verdict(), "wait: `return flag.load(acquire);`"));
  EXPECT_TRUE(arguments_file(redundant).verdict());
}
TEST(Engine, AnArgumentThatIsStaleFails) {
  const std::string also = std::string(redundant) + "\n";
  EXPECT_TRUE(says(arguments_file(also + "- send: `flag.store(2, release);`, store as relaxed: why not").verdict(),
                   "is caught: its argument is wrong"));
  EXPECT_TRUE(says(arguments_file(also + "- send: `flag.store(3, release);`, store as relaxed: why not").verdict(),
                   "no such order, but an argument for it"));
  EXPECT_TRUE(says(arguments_file("- wait: load as relaxed: no code").verdict(), "no `- function: ...`"));
}

TEST(Engine, AnOrderThatNoTestExecutesFails) {
  EXPECT_TRUE(says(model::every_order_is_needed("stress/model/engine_scenarios.hpp", {recipe_of<half_reached>()},
                                                {search::random(1'000)}),
                   "no test executes this order"));
}

struct does_nothing : model::scenario {
  static constexpr int threads = 2;
  void thread(unsigned) override {}
};
TEST(Engine, AProgramThatExploresNothingFails) {
  EXPECT_TRUE(says(model::holds<does_nothing>(search::full()), "expected at least"));
  EXPECT_TRUE(says(model::holds<does_nothing>(search::bounded(2)), "expected at least"));
  EXPECT_TRUE(says(model::others_go_on_without(0, recipe_of<does_nothing>(), search::random(10)), "was never stopped"));
}

/// Wrong in some executions.
struct seldom_wrong : model::scenario {
  static constexpr int threads = 2;
  void thread(unsigned) override {
    for (unsigned i = 0; i != 4; ++i)
      model::require(count.fetch_add(1, relaxed) % 2 == i % 2 || i != 3, "they alternate");
  }
  model::atomic<std::uint32_t> count{0};
};
template <class Scenario>
void expect_replay(const search& s) {
  const auto found = model::explore(recipe_of<Scenario>(), s);
  ASSERT_FALSE(found.passed);
  // The next exploration of this test is the one after that which was found.
  const auto slash = found.replay.find('/');
  const auto nth = std::stoul(found.replay.substr(slash + 1)) + 1;
  const auto state = found.replay.substr(found.replay.find('/', slash + 1));
  ASSERT_EQ(setenv("VOLLEY_REPLAY", (found.replay.substr(0, slash + 1) + std::to_string(nth) + state).c_str(), 1), 0);
  const auto again = model::explore(recipe_of<Scenario>(), s);
  ASSERT_EQ(unsetenv("VOLLEY_REPLAY"), 0);
  EXPECT_FALSE(again.passed);
  EXPECT_EQ(again.why, found.why);
  EXPECT_EQ(again.log.substr(again.log.find("execution history")),
            found.log.substr(found.log.find("execution history")));
}
TEST(Engine, AFailureIsReplayed) {
  expect_replay<seldom_wrong>(search::random(10'000));
  expect_replay<seldom_wrong>(search::random_held(10'000));
  expect_replay<seldom_wrong>(search::bounded(3));
  expect_replay<seldom_wrong>(search::full());
}

/// The second thread waits for the first; or does not.
template <bool Waits>
struct follows : model::scenario {
  static constexpr int threads = 2;
  void thread(unsigned which) override {
    if (which == 0) return done.store(1, relaxed);
    while (done.load(relaxed) == 0 && Waits) volley::modelled::relax();
  }
  model::atomic<std::uint32_t> done{0};
};
TEST(Engine, WhoWaitsForAStoppedThreadIsFoundOut) {
  EXPECT_TRUE(model::others_wait_for(0, recipe_of<follows<true>>(), search::random(100)));
  EXPECT_TRUE(model::others_go_on_without(0, recipe_of<follows<false>>(), search::random(100)));
  EXPECT_FALSE(model::others_go_on_without(0, recipe_of<follows<true>>(), search::random(100)));
  EXPECT_TRUE(
      says(model::others_wait_for(0, recipe_of<follows<false>>(), search::random(100)), "say so in the header"));
}

}  // namespace
