// SPDX-License-Identifier: MIT

// mpmc_ring in the model: all mixes of 2 to 4 threads, capacities 1 to 3 across the wrap of their stamps, runs, guards, holes, the seal,
// stopped peers (who may delay others, and do), and wrong rings.

#include <volley/ring/mpmc_ring.hpp>

#include "engine.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdio>

namespace {

using model::require;
using model::search;

// One lap of two slots, or of one, before a stamp of eight bits starts again at 0.
using near_wrap = volley::basic_model<248>;
using modelled = volley::modelled;

template <std::size_t Capacity, class Env = near_wrap>
using ring_of = volley::mpmc_ring<int, Capacity, Env>;

using order = std::memory_order;

struct zero : model::plain<int> {
  zero() : plain(0) {}
};

/// Which values came out: each once, those of one producer in their order.
template <int Values>
class seen_by_all {
 public:
  /// By the consumer who popped it. `last` is its own: the last value it got from each producer.
  void see(int value, std::array<int, 4>& last) {
    require(value >= 0 && value < Values, "a value that was pushed");
    require(mark(value).get() == 0, "each once");
    mark(value).set(1);
    auto& before = last[static_cast<std::size_t>(value % 4)];
    require(before < value, "those of one producer in their order");
    before = value;
  }
  bool has(int value) { return mark(value).get() != 0; }

 private:
  auto& mark(int value) { return marks_[static_cast<std::size_t>(value)]; }

  std::array<zero, static_cast<std::size_t>(Values)> marks_;
};
constexpr std::array<int, 4> nothing_yet{-1, -1, -1, -1};
/// The i-th value of a producer.
constexpr int value_of(unsigned producer, int i) { return i * 4 + static_cast<int>(producer); }

/// Everything goes through; all try until they succeed. Each producer pushes Each elements, each consumer pops its share.
template <unsigned Producers, unsigned Consumers, std::size_t Capacity, int Each, class Ring = ring_of<Capacity>>
struct through : model::scenario {
  static constexpr int threads = Producers + Consumers;
  static constexpr int share = Each * static_cast<int>(Producers) / static_cast<int>(Consumers);
  static_assert(share * static_cast<int>(Consumers) == Each * static_cast<int>(Producers));
  Ring ring;
  seen_by_all<4 * Each> seen;

  void thread(unsigned which) override {
    auto last = nothing_yet;
    if (which < Producers) {
      for (int i = 0; i != Each; ++i) {
        while (!ring.try_push(value_of(which, i))) modelled::relax();
      }
      return;
    }
    for (int i = 0; i != share; ++i) {
      int got = 0;
      while (!ring.try_pop(got)) modelled::relax();
      seen.see(got, last);
    }
  }
  void after() override { require(ring.empty_approx(), "all came out"); }
};

/// Each thread tries, a fixed number of times: what was pushed came out or is inside, each once.
template <unsigned Producers, unsigned Consumers, std::size_t Capacity, int Tries>
struct tries : model::scenario {
  static constexpr int threads = Producers + Consumers;
  ring_of<Capacity> ring;
  seen_by_all<4 * Tries> seen;
  std::array<zero, Producers> pushed;
  std::array<std::array<int, 4>, Consumers> last;

  tries() { last.fill(nothing_yet); }
  void thread(unsigned which) override {
    for (int i = 0; i != Tries; ++i) {
      if (which < Producers) {
        const int done = pushed[which].get();
        const bool in = ring.try_push(value_of(which, done));
        require(in || Producers > 1 || done >= static_cast<int>(Capacity),
                "no false full while there is room for sure");
        if (in) pushed[which].set(done + 1);
      } else if (const auto got = ring.try_pop()) {
        seen.see(*got, last[which - Producers]);
      }
      require(ring.size_approx() <= Capacity, "0 .. capacity, whatever is seen");
    }
  }
  void after() override {
    auto rest = nothing_yet;
    std::size_t inside = ring.size_approx();
    while (const auto got = ring.try_pop()) {
      seen.see(*got, rest);
      --inside;
    }
    require(inside == 0, "the size is exact when all is quiet");
    for (unsigned p = 0; p != Producers; ++p) {
      for (int i = 0; i != Tries; ++i) require(seen.has(value_of(p, i)) == (i < pushed[p].get()), "nothing is lost");
    }
  }
};

/// Who pushes after another one's push came back, and knows it, comes out later. And no false empty, no false full to one who knows.
template <std::size_t Capacity>
struct one_order_for_all : model::scenario {
  static constexpr int threads = 3;
  ring_of<Capacity> ring;
  model::atomic<int> pushed{0};
  model::atomic<int> popped{0};

  void thread(unsigned which) override {
    if (which == 2) {
      for (int i = 1; i <= 3; ++i) {
        while (pushed.load(order::acquire) < i) modelled::relax();
        int got = 0;
        require(ring.try_pop(got), "no false empty: I know that it is in, and nobody else pops");
        require(got == i, "one order for all");
        popped.store(i, order::release);
      }
      return;
    }
    for (int i = 1; i <= 3; ++i) {
      if (i % 2 != static_cast<int>(which)) continue;
      while (pushed.load(order::acquire) != i - 1) modelled::relax();
      while (popped.load(order::acquire) < i - static_cast<int>(Capacity)) modelled::relax();
      require(ring.try_push(i), "no false full: I know that there is room");
      pushed.store(i, order::release);
    }
  }
};

/// Runs of up to three, from two producers to two consumers (or one).
template <unsigned Consumers, std::size_t Capacity>
struct runs : model::scenario {
  static constexpr int threads = 2 + Consumers;
  ring_of<Capacity> ring;
  seen_by_all<12> seen;

  void thread(unsigned which) override {
    auto last = nothing_yet;
    if (which < 2) {
      const std::array<int, 3> mine{value_of(which, 0), value_of(which, 1), value_of(which, 2)};
      for (std::size_t in = 0; in != 3 - which;) {
        const std::size_t now = ring.try_push_n(mine.begin() + in, 3 - which - in);
        if (now == 0) modelled::relax();
        in += now;
      }
      return;
    }
    std::array<int, 3> out{};
    for (std::size_t left = which == 2 ? 6 - Consumers : 1; left != 0;) {
      const std::size_t now = ring.try_pop_n(out.begin(), std::min<std::size_t>(left, 3));
      if (now == 0) modelled::relax();
      for (std::size_t i = 0; i != now; ++i) seen.see(out[i], last);
      left -= now;
    }
  }
};

/// Two threads, each pushing a run and popping a run, once.
struct two_runs : model::scenario {
  static constexpr int threads = 2;
  ring_of<3> ring;
  seen_by_all<8> seen;
  std::array<zero, 2> pushed;

  void thread(unsigned which) override {
    auto last = nothing_yet;
    const std::array<int, 2> mine{value_of(which, 0), value_of(which, 1)};
    const std::size_t in = ring.try_push_n(mine.begin(), 2);
    require(in >= 1, "three slots: at least one is free for each of two");
    pushed[which].set(static_cast<int>(in));
    std::array<int, 2> out{};
    const std::size_t got = ring.try_pop_n(out.begin(), 2);
    for (std::size_t i = 0; i != got; ++i) seen.see(out[i], last);
  }
  void after() override {
    auto last = nothing_yet;
    while (const auto got = ring.try_pop()) seen.see(*got, last);
    for (unsigned p = 0; p != 2; ++p) {
      for (int i = 0; i != 2; ++i) require(seen.has(value_of(p, i)) == (i < pushed[p].get()), "nothing is lost");
    }
  }
};

/// One producer reserves and does not use all; another one pushes two meanwhile; a consumer peeks. What was given back, or is a hole,
/// is used again, by either of the two.
template <std::size_t Capacity, std::size_t Reserved, std::size_t Kept, int Twice = 2>
struct reserving : model::scenario {
  static constexpr int threads = 3;
  ring_of<Capacity> ring;
  seen_by_all<4 * std::max(2, Twice* static_cast<int>(Reserved))> seen;
  model::plain<int> kept{0};

  void thread(unsigned which) override {
    auto last = nothing_yet;
    if (which == 0) {
      int next = 0;
      for (int i = 0; i != Twice; ++i) {
        auto mine = ring.try_reserve(Reserved);
        require(mine.size() <= Reserved, "at most what was asked for");
        int value = next;
        while (mine.constructed() != mine.size()) mine.construct(value_of(0, value++));
        const std::size_t keeps = std::min(Kept, mine.size());
        mine.commit(keeps);
        next += static_cast<int>(keeps);
      }
      kept.set(next);
    } else if (which == 1) {
      for (int i = 0; i != 2; ++i) {
        while (!ring.try_push(value_of(1, i))) modelled::relax();
      }
    } else {
      while (last[1] != value_of(1, 1)) {
        const auto mine = ring.try_peek(Capacity);
        for (const int& value : mine) seen.see(value, last);
        if (mine.empty()) modelled::relax();
      }
    }
  }
  void after() override {
    auto rest = nothing_yet;
    while (const auto got = ring.try_pop()) seen.see(*got, rest);
    require(ring.size_approx() == 0, "holes do not count once they were passed");
    for (int i = 0; i != kept.get(); ++i) require(seen.has(value_of(0, i)), "what was committed came out");
    for (std::size_t i = 0; i != Capacity; ++i) require(ring.try_push(1), "all slots are there still");
    require(!ring.try_push(1), "and not one more");
  }
};

/// A hole and two elements, and two who pop: there is one for each, whoever takes the hole out of the way.
struct one_for_each : model::scenario {
  static constexpr int threads = 2;
  ring_of<3> ring;
  seen_by_all<8> seen;

  one_for_each() {
    const auto hole = ring.try_reserve(1);
    require(ring.try_push(0) && ring.try_push(4), "there is room");
  }
  void thread(unsigned) override {
    auto last = nothing_yet;
    const auto got = ring.try_pop();
    require(got.has_value(), "no false empty: there is one for each");
    seen.see(*got, last);
  }
  void after() override {
    require(ring.empty_approx() && !ring.try_pop(), "that was all");
    for (int i = 0; i != 3; ++i) require(ring.try_push(i), "all slots are free");
    require(!ring.try_push(3), "and not one more");
    for (int i = 0; i != 3; ++i) require(ring.try_pop() == i, "in order");
  }
};

/// One seals, others push and pop.
struct sealing : model::scenario {
  static constexpr int threads = 3;
  ring_of<2> ring;
  model::plain<int> note{0};
  model::atomic<int> sealed{0};
  model::plain<int> pushed{0};
  model::plain<int> popped{0};
  model::plain<bool> drained{false};

  void thread(unsigned which) override {
    if (which == 0) {
      note.set(1);
      ring.seal();
      require(!ring.try_push(9), "no push after the seal");
      sealed.store(1, order::release);
    } else if (which == 1) {
      int done = 0;
      for (int i = 0; i != 3; ++i) {
        const bool late = sealed.load(order::acquire) != 0;
        const bool in = ring.try_push(done + 1);
        require(!in || !late, "no push of anybody after the seal");
        done += in ? 1 : 0;
      }
      pushed.set(done);
    } else {
      int done = 0;
      for (int i = 0; i != 4 && !drained.get(); ++i) {
        drained.set(ring.is_sealed() && ring.empty_approx());
        if (ring.is_sealed()) require(note.get() == 1, "what was before the seal is visible");
        if (const auto got = ring.try_pop()) {
          require(!drained.get(), "sealed and empty: nothing will ever come");
          require(*got == ++done, "in order, each once");
        }
      }
      popped.set(done);
    }
  }
  void after() override {
    int done = popped.get();
    require(!drained.get() || done == pushed.get(), "sealed and empty: nothing was left");
    require(ring.is_sealed() && ring.size_approx() == static_cast<std::size_t>(pushed.get() - done),
            "the seal does not count");
    while (const auto got = ring.try_pop()) require(*got == ++done, "a sealed ring can be drained");
    require(done == pushed.get(), "nothing is lost");
  }
};

/// A reservation is open while another one seals: it goes in, or is a hole; what is sealed and empty is so for ever.
struct sealed_while_reserved : model::scenario {
  static constexpr int threads = 2;
  ring_of<2> ring;

  void thread(unsigned which) override {
    if (which == 0) {
      auto mine = ring.try_reserve(2);
      if (mine.size() == 2) {
        mine.construct(1);
        mine.commit();
        require(ring.try_pop() == 1, "committed after or before the seal");
      }
    } else {
      ring.seal();
    }
  }
  void after() override {
    (void)ring.try_pop();
    require(ring.empty_approx() && !ring.try_push(1), "holes were passed, and it is sealed");
  }
};

template <class Scenario>
void holds_at_random(unsigned long long executions = 60'000) {
  EXPECT_TRUE(model::holds<Scenario>(search::random(executions)));
  EXPECT_TRUE(model::holds<Scenario>(search::random_held(executions / 2)));
}

TEST(MpmcRingModel, DeliversAllOnceAndInOrder) {
  holds_at_random<through<1, 1, 1, 4>>();
  holds_at_random<through<1, 1, 3, 7, ring_of<3, volley::basic_model<240>>>>();
  holds_at_random<through<2, 1, 1, 2>>();
  holds_at_random<through<2, 1, 2, 3>>();
  holds_at_random<through<1, 2, 2, 4>>();
  holds_at_random<through<2, 2, 1, 2>>();
  holds_at_random<through<2, 2, 2, 3>>();
  holds_at_random<through<2, 2, 3, 4, ring_of<3, volley::basic_model<240>>>>();
}

TEST(MpmcRingModel, DeliversAllUnderEveryScheduleOfFewPreemptions) {
  EXPECT_TRUE((model::holds<through<1, 1, 1, 3>>(search::bounded(3), 1'000)));
  EXPECT_TRUE((model::holds<through<2, 1, 1, 1>>(search::bounded(3), 1'000)));
  EXPECT_TRUE((model::holds<through<1, 2, 2, 2>>(search::bounded(2), 1'000)));
  EXPECT_TRUE((model::holds<through<2, 2, 1, 1>>(search::bounded(1), 1'000)));
}

TEST(MpmcRingModel, TriesLoseNothing) {
  EXPECT_TRUE((model::holds<tries<1, 1, 1, 1>>(search::full(), 100)));
  EXPECT_TRUE((model::holds<tries<1, 1, 2, 3>>(search::bounded(2), 1'000)));
  EXPECT_TRUE((model::holds<tries<2, 1, 1, 1>>(search::bounded(2), 1'000)));
  EXPECT_TRUE((model::holds<tries<1, 2, 1, 1>>(search::bounded(2), 1'000)));
  holds_at_random<tries<1, 1, 2, 5>>();
  holds_at_random<tries<2, 1, 1, 3>>();
  holds_at_random<tries<2, 2, 1, 3>>();
  holds_at_random<tries<2, 2, 2, 3>>();
}

TEST(MpmcRingModel, HasOneOrderForAllAndNoFalseFullOrEmpty) {
  holds_at_random<one_order_for_all<1>>();
  holds_at_random<one_order_for_all<2>>();
  EXPECT_TRUE(model::holds<one_order_for_all<2>>(search::bounded(1), 1'000));
}

TEST(MpmcRingModel, RunsAreClaimedWholeAndLoseNothing) {
  holds_at_random<runs<1, 1>>();
  holds_at_random<runs<1, 2>>();
  holds_at_random<runs<2, 2>>();
  holds_at_random<runs<2, 3>>();
  EXPECT_TRUE(model::holds<two_runs>(search::bounded(3), 1'000));
}

TEST(MpmcRingModel, WhatIsReservedAndNotUsedIsGivenBackOrSkipped) {
  holds_at_random<reserving<1, 1, 0>>();
  holds_at_random<reserving<2, 1, 0>>();
  holds_at_random<reserving<2, 2, 1>>();
  holds_at_random<reserving<3, 2, 1>>();
  holds_at_random<reserving<3, 3, 3>>();
  EXPECT_TRUE((model::holds<reserving<2, 1, 0, 1>>(search::bounded(2), 1'000)));
  EXPECT_TRUE((model::holds<reserving<2, 2, 1, 1>>(search::bounded(1), 1'000)));
}

TEST(MpmcRingModel, ThereIsOneForEachBehindAHole) {
  EXPECT_TRUE(model::holds<one_for_each>(search::full(), 1'000));
  holds_at_random<one_for_each>();
}

TEST(MpmcRingModel, NoPushSucceedsAfterTheSeal) {
  holds_at_random<sealing>();
  holds_at_random<sealed_while_reserved>();
  EXPECT_TRUE(model::holds<sealing>(search::bounded(1), 1'000));
  EXPECT_TRUE(model::holds<sealed_while_reserved>(search::bounded(3), 10));
}

TEST(MpmcRingModel, EveryOrderIsNeeded) {
  EXPECT_TRUE((model::every_order_is_needed(
      "volley/ring/mpmc_ring.hpp",
      {model::recipe_of<through<1, 1, 1, 4>>(), model::recipe_of<through<2, 1, 2, 3>>(),
       model::recipe_of<reserving<2, 1, 0>>(), model::recipe_of<reserving<1, 1, 0>>(), model::recipe_of<sealing>()},
      {search::random(20'000), search::random_held(20'000)})));
}

// ---- a peer that stops for ever ----

/// The others try; nothing is asked of them but to come back within a bounded number of steps, and to lose nothing.
template <int Rounds>
struct next_to_a_stopped_one : model::scenario {
  static constexpr int threads = 3;
  ring_of<2> ring;

  void thread(unsigned which) override {
    int value = 0;
    for (int i = 0; i != Rounds; ++i) {
      const unsigned before = model::steps::taken();
      if (which != 1) (void)ring.try_push(static_cast<int>(which));
      if (which != 0) (void)ring.try_pop(value);
      require(model::steps::taken() - before < 60, "no call waits for a peer");
    }
  }
};

TEST(MpmcRingModel, NoCallWaitsForAStoppedPeer) {
  for (int victim : {0, 1, 2}) {
    EXPECT_TRUE(
        model::others_go_on_without(victim, model::recipe_of<next_to_a_stopped_one<2>>(), search::random(2'000)));
    EXPECT_TRUE(model::others_go_on_without(victim, model::recipe_of<next_to_a_stopped_one<1>>(), search::bounded(1)));
  }
}

/// What a lock-free ring would do, and this one does not: one may stop anywhere, the other still gets its three through. Who pushes
/// adds one, who pops takes one of the four.
template <bool VictimPushes>
struct next_to_a_stopped_peer : model::scenario {
  static constexpr int threads = 2;
  ring_of<2> ring;

  next_to_a_stopped_peer() {
    if (!VictimPushes) require(ring.try_push(0), "it was empty");
  }
  void thread(unsigned which) override {
    if (which == 0) return VictimPushes ? (void)ring.try_push(0) : (void)ring.try_pop();
    for (int i = 1; i <= 3; ++i) {
      while (!ring.try_push(i)) modelled::relax();
      while (!ring.try_pop()) modelled::relax();
    }
  }
};

TEST(MpmcRingModelMustFail, AProducerThatStopsInTheMiddleHidesWhatIsBehindIt) {
  using scenario = next_to_a_stopped_peer<true>;
  EXPECT_TRUE(model::holds<scenario>(search::random(5'000)));
  EXPECT_FALSE(model::others_go_on_without(0, model::recipe_of<scenario>(), search::random(3'000)));
}
TEST(MpmcRingModelMustFail, AConsumerThatStopsInTheMiddleTakesItsSlotAway) {
  using scenario = next_to_a_stopped_peer<false>;
  EXPECT_TRUE(model::holds<scenario>(search::random(5'000)));
  EXPECT_FALSE(model::others_go_on_without(0, model::recipe_of<scenario>(), search::random(3'000)));
}

// ---- wrong on purpose: the model must notice ----

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
