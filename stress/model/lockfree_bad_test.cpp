// SPDX-License-Identifier: MIT

// lockfree_mpmc_ring written small, right and with one classic mistake each: the model must notice every mistake, and accuse no right one.

#include "lockfree_scenarios.hpp"

#include <cstdio>

namespace {

using namespace model::lockfree;
using model::require;
using model::search;

enum class mistake {
  none,
  no_laps,                // a word is a number or empty, and comes again within a lap
  emptied_in_its_lap,     // a word that was taken is empty for the position that it has just held
  hint_before_the_word,   // the end moves first, the word follows: it leads
  free_before_destroy,    // the cell is given on before its element is gone
  publish_before_write,   // the number goes into full_ before the element is made
  seal_dropped,           // who fills a sealed slot forgets its flag
  seal_beside,            // a flag of its own, looked at before the claim
  claim_by_fetch_and_add  // a consumer takes the next position whatever it will hold
};

/// The same ring, of two cells.
template <mistake Mistake>
class small_ring {
  using enum std::memory_order;
  static constexpr bool is(mistake m) { return Mistake == m; }
  static constexpr int n = 2;
  // A word: its lap times 16, its number times 4, and flags.
  static constexpr int lap = is(mistake::no_laps) ? 0 : 16;
  static constexpr int full = 1;
  static constexpr int sealed = 2;

 public:
  small_ring() {
    for (int i = 0; i != n; ++i) free_.word[i].store(i * 4 + full, relaxed);
    free_.tail.store(n, relaxed);
  }
  bool try_push(int value) {
    if (is(mistake::seal_beside) && sealed_.load(seq_cst) != 0) return false;
    const int i = get(free_);
    if (i < 0) return false;
    if (is(mistake::publish_before_write)) put(full_, i);
    cells_[i].construct(value);
    if (!is(mistake::publish_before_write)) put(full_, i);
    return true;
  }
  bool try_pop(int& out) {
    const int i = get(full_);
    if (i < 0) return false;
    out = cells_[i].value();
    if (is(mistake::free_before_destroy)) put(free_, i);
    cells_[i].destroy();
    if (!is(mistake::free_before_destroy)) put(free_, i);
    return true;
  }
  void seal() {
    if (is(mistake::seal_beside)) return sealed_.store(1, seq_cst);
    for (;;) {
      const int p = head_of(free_);
      int seen = free_.word[p % n].load(acquire);
      if (seen / 16 != p / n) continue;
      if (free_.word[p % n].compare_exchange_strong(seen, seen | sealed, acq_rel, relaxed)) return;
    }
  }
  /// Nothing inside, and no push on its way.
  bool empty_approx() {
    const int taken = head_of(full_);
    return head_of(free_) == taken;
  }

 private:
  struct queue {
    model::atomic<int> word[n] = {model::atomic<int>{0}, model::atomic<int>{0}};
    model::atomic<int> head{0};
    model::atomic<int> tail{0};
  };

  static int lap_of(int p) { return p / n * lap; }
  static bool same_lap(int seen, int p) { return lap == 0 || seen / 16 == p / n; }

  static int head_of(queue& q) {
    int p = q.head.load(acquire);
    while (!same_lap(q.word[p % n].load(acquire), p)) ++p;
    return p;
  }
  static void put(queue& q, int number) {
    for (int p = q.tail.load(acquire);;) {
      int seen = q.word[p % n].load(acquire);
      if (!same_lap(seen, p) || (seen & full) != 0) {
        if (lap == 0) volley::modelled::relax();
        p = lap == 0 ? q.tail.load(acquire) : p + 1;
        continue;
      }
      const int kept = is(mistake::seal_dropped) ? 0 : seen & sealed;
      if (is(mistake::hint_before_the_word)) q.tail.store(p + 1, release);
      if (q.word[p % n].compare_exchange_strong(seen, lap_of(p) + number * 4 + full + kept, acq_rel, relaxed)) {
        if (!is(mistake::hint_before_the_word)) q.tail.store(p + 1, release);
        return;
      }
    }
  }
  static int get(queue& q) {
    for (int p = is(mistake::claim_by_fetch_and_add) ? q.head.fetch_add(1, acq_rel) : q.head.load(acquire);;) {
      int seen = q.word[p % n].load(acquire);
      if (!same_lap(seen, p)) {
        ++p;
        continue;
      }
      if ((seen & sealed) != 0) return -1;
      if ((seen & full) == 0) {
        int after = p + 1;  // gives its position back, if nobody came after it
        if (is(mistake::claim_by_fetch_and_add)) q.head.compare_exchange_strong(after, p, acq_rel, relaxed);
        return -1;
      }
      const int emptied = is(mistake::emptied_in_its_lap) ? lap_of(p) : lap_of(p) + lap;
      if (q.word[p % n].compare_exchange_strong(seen, emptied, acq_rel, relaxed)) {
        if (!is(mistake::claim_by_fetch_and_add)) q.head.store(p + 1, release);
        return seen / 4 % 4;
      }
    }
  }

  queue free_;
  queue full_;
  model::atomic<int> sealed_{0};
  model::cell<int> cells_[n];
};

template <mistake Mistake, unsigned Producers = 2, unsigned Consumers = 1>
using wrong_through = model::stamped::through<Producers, Consumers, 2, 2, small_ring<Mistake>>;

template <mistake Mistake>
struct wrong_tries : model::scenario {
  static constexpr int threads = 3;
  small_ring<Mistake> ring;

  void thread(unsigned which) override {
    for (int i = 0; i != 3; ++i) {
      (void)ring.try_push(static_cast<int>(which));
      int got = 0;
      (void)ring.try_pop(got);
    }
  }
};

template <mistake Mistake>
struct wrong_seal : model::scenario {
  static constexpr int threads = 2;
  small_ring<Mistake> ring;
  model::plain<bool> drained{false};
  model::plain<bool> pushed{false};

  wrong_seal() { require(ring.try_push(0) && ring.try_push(1), "it was empty: now it is full"); }
  void thread(unsigned which) override {
    int got = 0;
    if (which == 0) {
      ring.seal();
      const bool both = ring.try_pop(got) && ring.try_pop(got);
      drained.set(both && ring.empty_approx());
      require(!ring.try_push(2), "no push after the seal");
    } else {
      pushed.set(ring.try_push(3));
    }
  }
  void after() override {
    int got = 0;
    require(!drained.get() || !ring.try_pop(got), "sealed and empty: nothing will ever come");
  }
};

/// A victim that pops takes at most one, wherever it stops.
template <mistake Mistake>
struct next_to_a_consumer : model::scenario {
  static constexpr int threads = 2;
  small_ring<Mistake> ring;

  next_to_a_consumer() { require(ring.try_push(0), "it was empty"); }
  void thread(unsigned which) override {
    int got = 0;
    if (which == 0) return (void)ring.try_pop(got);
    for (int i = 0; i != 3; ++i) {
      require(ring.try_push(i), "there is room");
      require(ring.try_pop(got), "there is one for each");
    }
  }
};

/// Who pushed finds something, however far another one's push is.
template <mistake Mistake>
struct next_to_a_producer : model::scenario {
  static constexpr int threads = 2;
  small_ring<Mistake> ring;

  void thread(unsigned which) override {
    int got = 0;
    require(ring.try_push(static_cast<int>(which)), "two cells for two elements");
    require(which == 0 || ring.try_pop(got), "no false empty: my own is in");
  }
};

template <class Scenario>
testing::AssertionResult is_caught() {
  const auto e = model::explore(model::recipe_of<Scenario>(), search::random(20'000));
  if (e.passed) return testing::AssertionFailure() << "not caught in " << e.executions << " executions";
  std::printf("[  caught  ] at execution %llu: %s\n", e.executions, rl::test_result_str(e.why));
  return testing::AssertionSuccess();
}

TEST(LockfreeMpmcRingModelMustFail, TheRightTwinPasses) {
  EXPECT_TRUE((model::holds<wrong_through<mistake::none>>(search::random(10'000))));
  EXPECT_TRUE((model::holds<wrong_through<mistake::none, 1, 2>>(search::random(10'000))));
  EXPECT_TRUE((model::holds<wrong_tries<mistake::none>>(search::random(10'000))));
  EXPECT_TRUE((model::holds<next_to_a_producer<mistake::none>>(search::random(10'000))));
  EXPECT_TRUE((model::holds<wrong_seal<mistake::none>>(search::random(10'000))));
  EXPECT_TRUE(
      model::others_go_on_without(0, model::recipe_of<next_to_a_consumer<mistake::none>>(), search::random(1'000)));
}
TEST(LockfreeMpmcRingModelMustFail, WordsWithoutLapsAreSeen) {
  EXPECT_TRUE((is_caught<wrong_tries<mistake::no_laps>>()));
}
TEST(LockfreeMpmcRingModelMustFail, AWordEmptiedInItsOwnLapIsSeen) {
  EXPECT_TRUE((is_caught<wrong_through<mistake::emptied_in_its_lap>>()));
}
TEST(LockfreeMpmcRingModelMustFail, AHintThatLeadsIsSeen) {
  EXPECT_TRUE((is_caught<next_to_a_producer<mistake::hint_before_the_word>>()));
}
TEST(LockfreeMpmcRingModelMustFail, ACellGivenOnBeforeItsElementIsGoneIsSeen) {
  EXPECT_TRUE((is_caught<wrong_through<mistake::free_before_destroy>>()));
}
TEST(LockfreeMpmcRingModelMustFail, PublishingBeforeWritingIsSeen) {
  EXPECT_TRUE((is_caught<wrong_through<mistake::publish_before_write>>()));
}
TEST(LockfreeMpmcRingModelMustFail, ASealThatIsDroppedIsSeen) {
  EXPECT_TRUE((is_caught<wrong_seal<mistake::seal_dropped>>()));
}
TEST(LockfreeMpmcRingModelMustFail, ASealBesideTheWordsIsSeen) {
  EXPECT_TRUE((is_caught<wrong_seal<mistake::seal_beside>>()));
}
TEST(LockfreeMpmcRingModelMustFail, AConsumerThatOwnsWhatIsPushedLaterIsSeen) {
  using scenario = next_to_a_consumer<mistake::claim_by_fetch_and_add>;
  EXPECT_FALSE(model::others_go_on_without(0, model::recipe_of<scenario>(), search::random(1'000)));
}

}  // namespace
