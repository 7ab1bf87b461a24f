// SPDX-License-Identifier: MIT

// mpmc_ring written small, right and with one classic mistake each: the model must notice every mistake, and accuse no right one.

#include "stamped_scenarios.hpp"

#include <cstdio>

namespace {

using namespace model::stamped;
using model::require;
using model::search;

enum class mistake {
  none,
  publish_before_write,
  claim_in_two_steps,     // the position is read and written, not compared and swapped
  free_in_the_same_lap,   // a popped slot is marked as free for the position that it has just held
  full_is_the_next_free,  // D. Vyukov's p + 1, which with one slot is also "free, a lap later"
  last_of_a_run_only,     // a run is claimed when its last slot is ready
  given_back_by_force,    // tail goes back though others are past it
  seal_beside_the_tail,   // a flag of its own, looked at before the claim
};

/// The same ring written small, right or with one classic mistake.
template <mistake Mistake, std::size_t N>
class small_ring {
  using enum std::memory_order;
  static constexpr bool is(mistake m) { return Mistake == m; }
  static constexpr int step = is(mistake::full_is_the_next_free) ? 1 : 2;

 public:
  small_ring() {
    for (std::size_t i = 0; i != N; ++i) slots_[i].stamp.store(static_cast<int>(i) * step, relaxed);
  }
  bool try_push(int v) { return try_push_n(&v, 1) == 1; }

  std::size_t try_push_n(const int* from, int n) {
    const int p = claim(n);
    if (p < 0) return 0;
    for (int i = 0; i != n; ++i) {
      slot& s = at(p + i * step);
      if (is(mistake::publish_before_write)) s.stamp.store(p + i * step + 1, release);
      s.value.construct(from[i]);
      s.stamp.store(p + i * step + 1, release);
    }
    return static_cast<std::size_t>(n);
  }
  bool try_pop(int& out) {
    int p = head_.load(relaxed);
    for (;;) {
      slot& s = at(p);
      const int seen = s.stamp.load(acquire);
      if (seen < p + 1) return false;
      if (seen > p + 1) {
        p = head_.load(relaxed);
      } else if (moved(head_, p, p + step)) {
        out = s.value.value();
        s.value.destroy();
        s.stamp.store(is(mistake::free_in_the_same_lap) ? p : p + static_cast<int>(N) * step, release);
        return true;
      }
    }
  }
  /// Claims a slot and gives it back.
  void try_nothing() {
    int p = claim(1);
    if (p < 0) return;
    int end = p + step;
    if (is(mistake::given_back_by_force)) {
      tail_.store(p, relaxed);
    } else if (!tail_.compare_exchange_strong(end, p, relaxed, relaxed)) {
      at(p).value.construct(-1);
      at(p).stamp.store(p + 1, release);
    }
  }
  void seal() {
    if (is(mistake::seal_beside_the_tail)) {
      sealed_.store(1, seq_cst);
    } else {
      tail_.fetch_add(sealed_tail, relaxed);
    }
  }
  bool empty_approx() const { return tail_.load(relaxed) % sealed_tail == head_.load(relaxed); }

 private:
  static constexpr int sealed_tail = 1 << 20;
  struct slot {
    model::atomic<int> stamp{0};
    model::cell<int> value;
  };

  int claim(int n) {
    if (is(mistake::seal_beside_the_tail) && sealed_.load(seq_cst) != 0) return -1;
    int p = tail_.load(relaxed);
    for (;;) {
      if (p >= sealed_tail) return -1;
      int seen = 0;
      int i = is(mistake::last_of_a_run_only) ? n - 1 : 0;
      for (; i != n; ++i) {
        seen = at(p + i * step).stamp.load(acquire);
        if (seen != p + i * step) break;
      }
      if (i == n && moved(tail_, p, p + n * step)) return p;
      if (i != n && seen < p + i * step) return -1;
      p = tail_.load(relaxed);
    }
  }
  static bool moved(model::atomic<int>& end, int& from, int to) {
    if (!is(mistake::claim_in_two_steps)) return end.compare_exchange_strong(from, to, relaxed, relaxed);
    const bool same = end.load(relaxed) == from;
    if (same) end.store(to, relaxed);
    return same;
  }
  slot& at(int p) { return slots_[static_cast<std::size_t>(p / step) % N]; }

  model::atomic<int> tail_{0};
  model::atomic<int> head_{0};
  model::atomic<int> sealed_{0};
  slot slots_[N];
};

template <mistake Mistake, std::size_t N>
using wrong_through = through<2, 1, N, 2, small_ring<Mistake, N>>;

template <mistake Mistake>
struct wrong_runs : model::scenario {
  static constexpr int threads = 3;
  small_ring<Mistake, 2> ring;

  wrong_runs() { require(ring.try_push(0) && ring.try_push(1), "it was empty"); }
  void thread(unsigned which) override {
    constexpr int two[] = {2, 3};
    int got = 0;
    if (which == 0) (void)ring.try_push_n(two, 2);
    if (which != 0) (void)ring.try_pop(got);
  }
};
template <mistake Mistake>
struct wrong_way_back : model::scenario {
  static constexpr int threads = 2;
  small_ring<Mistake, 2> ring;

  void thread(unsigned which) override {
    if (which == 0) return ring.try_nothing();
    require(ring.try_push(1) || ring.try_push(1), "there is room");
    int got = 0;
    for (int i = 0; i != 3 && got != 1; ++i) (void)ring.try_pop(got);
    for (; got != 1; modelled::relax()) (void)ring.try_pop(got);
  }
};
template <mistake Mistake>
struct wrong_seal : model::scenario {
  static constexpr int threads = 2;
  small_ring<Mistake, 2> ring;
  model::plain<bool> drained{false};
  model::plain<bool> pushed{false};

  void thread(unsigned which) override {
    if (which == 0) {
      ring.seal();
      drained.set(ring.empty_approx());
    } else {
      pushed.set(ring.try_push(1));
    }
  }
  void after() override { require(!drained.get() || !pushed.get(), "sealed and empty: nothing will ever come"); }
};

template <class Scenario>
testing::AssertionResult is_caught() {
  const auto e = model::explore(model::recipe_of<Scenario>(), search::random(50'000));
  if (e.passed) return testing::AssertionFailure() << "not caught in " << e.executions << " executions";
  std::printf("[  caught  ] at execution %llu: %s\n", e.executions, rl::test_result_str(e.why));
  return testing::AssertionSuccess();
}

TEST(MpmcRingModelMustFail, TheRightTwinsPass) {
  EXPECT_TRUE((model::holds<wrong_through<mistake::none, 1>>(search::random(20'000))));
  EXPECT_TRUE((model::holds<wrong_through<mistake::none, 2>>(search::random(20'000))));
  EXPECT_TRUE((model::holds<wrong_through<mistake::full_is_the_next_free, 2>>(search::random(20'000))));
  EXPECT_TRUE((model::holds<wrong_runs<mistake::none>>(search::random(20'000))));
  EXPECT_TRUE((model::holds<wrong_way_back<mistake::none>>(search::random(20'000))));
  EXPECT_TRUE((model::holds<wrong_seal<mistake::none>>(search::random(20'000))));
}
TEST(MpmcRingModelMustFail, PublishingBeforeWritingIsSeen) {
  EXPECT_TRUE((is_caught<wrong_through<mistake::publish_before_write, 2>>()));
}
TEST(MpmcRingModelMustFail, AClaimInTwoStepsIsSeen) {
  EXPECT_TRUE((is_caught<wrong_through<mistake::claim_in_two_steps, 2>>()));
}
TEST(MpmcRingModelMustFail, ASlotFreedInItsOwnLapIsSeen) {
  EXPECT_TRUE((is_caught<wrong_through<mistake::free_in_the_same_lap, 2>>()));
}
TEST(MpmcRingModelMustFail, OneSlotCannotTellFullFromFreeBySequenceAlone) {
  EXPECT_TRUE((is_caught<wrong_through<mistake::full_is_the_next_free, 1>>()));
}
TEST(MpmcRingModelMustFail, ARunOfWhichOnlyTheLastSlotIsReadyIsSeen) {
  EXPECT_TRUE(is_caught<wrong_runs<mistake::last_of_a_run_only>>());
}
TEST(MpmcRingModelMustFail, ATailThatGoesBackOverOthersIsSeen) {
  EXPECT_TRUE(is_caught<wrong_way_back<mistake::given_back_by_force>>());
}
TEST(MpmcRingModelMustFail, ASealThatIsNotInTheTailIsSeen) {
  EXPECT_TRUE(is_caught<wrong_seal<mistake::seal_beside_the_tail>>());
}

}  // namespace
