// SPDX-License-Identifier: MIT

// Stacks, queues, deques, numbers and sleepers, right and wrong. See classic.hpp.

#include "classic.hpp"

namespace {

using namespace model::classic;  // NOLINT(google-build-using-namespace): its words
using model::require;
using model::search;
using volley::modelled;

// ---- stacks, lists, deques ----

/// A stack of two nodes by compare-and-swap on the index of the top, with or without a count beside it. Source: R. K. Treiber (1986).
template <made Made>
struct treiber : model::scenario {
  static constexpr int threads = 2;
  static constexpr std::uint32_t none = 0;
  word top{1};
  word next[3]{word(0), word(2), word(0)};
  word owner[3]{word(0), word(0), word(0)};

  static std::uint32_t node(std::uint32_t t) { return t & 0xff; }
  static std::uint32_t with(std::uint32_t n, std::uint32_t seen) {
    return Made == right ? n | ((seen & ~0xffU) + 0x100) : n;
  }
  std::uint32_t pop() {
    std::uint32_t seen = top.load(acquire);
    while (node(seen) != none) {
      const auto behind = next[node(seen)].load(relaxed);
      if (top.compare_exchange_strong(seen, with(behind, seen), acquire, acquire)) break;
    }
    if (node(seen) != none) require(owner[node(seen)].exchange(1, relaxed) == 0, "a node has one owner");
    return node(seen);
  }
  void push(std::uint32_t n) {
    owner[n].store(0, relaxed);
    std::uint32_t seen = top.load(relaxed);
    do {
      next[n].store(node(seen), relaxed);
    } while (!top.compare_exchange_strong(seen, with(n, seen), release, relaxed));
  }
  void thread(unsigned which) override {
    const auto first = pop();
    if (which == 0) return;
    (void)pop();
    if (first != none) push(first);
  }
  void after() override {
    while (pop() != none) {
    }
  }
};
TEST(ClassicMustFail, AStackOfBareIndicesLosesToABA) {
  EXPECT_TRUE(holds<treiber<right>>());
  EXPECT_TRUE(is<treiber<wrong>>(asserted));
}

/// The owner takes at the bottom, a thief at the top. Source: D. Chase, Y. Lev, "Dynamic circular work-stealing deque" (SPAA 2005).
template <made Takes, made Steals>
struct work_stealing : model::scenario {
  static constexpr int threads = 2;
  word top{1};
  word bottom{3};
  word taken[4]{word(0), word(0), word(0), word(0)};

  void take(std::uint32_t i) { require(taken[i].exchange(1, relaxed) == 0, "each is taken once"); }
  void thread(unsigned which) override {
    for (int i = 0; i != 2; ++i) which == 0 ? owner_takes() : thief_steals();
  }
  void owner_takes() {
    const auto b = bottom.load(relaxed) - 1;
    bottom.store(b, Takes == right ? seq_cst : relaxed);
    auto t = top.load(Takes == right ? seq_cst : relaxed);
    if (t < b) return take(b);
    if (t == b && top.compare_exchange_strong(t, t + 1, seq_cst, relaxed)) take(b);
    bottom.store(b + 1, relaxed);
  }
  void thief_steals() {
    auto t = top.load(Steals == right ? seq_cst : acquire);
    const auto b = bottom.load(Steals == right ? seq_cst : acquire);
    if (t < b && top.compare_exchange_strong(t, t + 1, seq_cst, relaxed)) take(t);
  }
};
TEST(ClassicMustFail, ADequeWhoseEndsDoNotSeeEachOtherGivesOneTwice) {
  EXPECT_TRUE((holds<work_stealing<right, right>>()));
  EXPECT_TRUE((is<work_stealing<wrong, right>>(asserted)));
  EXPECT_TRUE((is<work_stealing<right, wrong>>(asserted)));
}

/// A queue of nodes that producers link behind the last. Source: D. Vyukov, "Intrusive MPSC node-based queue" (1024cores.net).
template <std::memory_order Exchange, std::memory_order Link>
struct linked_queue : model::scenario {
  static constexpr int threads = 3;
  word last{0};
  word next[3]{word(0), word(0), word(0)};
  model::plain<int> value[3]{model::plain<int>(0), model::plain<int>(0), model::plain<int>(0)};

  void thread(unsigned which) override {
    if (which != 0) {
      value[which].set(1);
      next[which].store(0, relaxed);
      const auto before = last.exchange(which, Exchange);
      return next[before].store(which, Link);
    }
    std::uint32_t at = 0;
    for (int i = 0; i != 2; ++i) {
      std::uint32_t behind = 0;
      while ((behind = next[at].load(acquire)) == 0) modelled::relax();
      at = behind;
      require(value[at].get() == 1, "its value is there");
    }
  }
};
TEST(ClassicMustFail, ALinkedQueueWithoutOrderIsARaceOrLosesALink) {
  EXPECT_TRUE((holds<linked_queue<acq_rel, release>>()));
  EXPECT_TRUE((is<linked_queue<acq_rel, relaxed>>(race)));
  EXPECT_TRUE((is<linked_queue<relaxed, release>>(livelock, search::random_held(100'000))));
}

// ---- numbers ----

/// A size of two counters: who reads the head first may find a tail that is less.
template <made Made>
struct size_of_two : model::scenario {
  static constexpr int threads = 2;
  word tail{0};
  word head{0};
  void thread(unsigned which) override {
    if (which == 0) {
      for (std::uint32_t i = 1; i != 3; ++i) {
        tail.store(i, release);
        head.store(i, release);
      }
      return;
    }
    const auto first = Made == right ? head.load(acquire) : tail.load(acquire);
    const auto second = Made == right ? tail.load(acquire) : head.load(acquire);
    const auto size = Made == right ? second - first : first - second;
    require(size <= 2, "a size is no negative number");
  }
};
TEST(ClassicMustFail, ASizeWhoseTailIsReadFirstUnderflows) {
  EXPECT_TRUE(holds<size_of_two<right>>());
  EXPECT_TRUE(is<size_of_two<wrong>>(asserted));
}

/// Numbers handed out by a load and a store.
template <made Made>
struct counter : model::scenario {
  static constexpr int threads = 2;
  word count{0};
  void thread(unsigned) override {
    if constexpr (Made == right) {
      count.fetch_add(1, relaxed);
    } else {
      count.store(count.load(relaxed) + 1, relaxed);
    }
  }
  void after() override { require(count.load(relaxed) == 2, "each counts"); }
};
TEST(ClassicMustFail, ACountByLoadAndStoreLosesOne) {
  EXPECT_TRUE(holds<counter<right>>());
  EXPECT_TRUE(is<counter<wrong>>(asserted));
}

// ---- sleeping ----

/// A counter of sleepers beside the word, and a look at each on the other side. Right: both looks are seq_cst, as are the stores before them.
template <made Sleeper, made Waker>
struct counted_sleepers : model::scenario {
  static constexpr int threads = 2;
  word there{0};
  word sleepers{0};
  void thread(unsigned which) override {
    if (which == 0) {
      there.store(1, Waker == right ? seq_cst : release);
      if (sleepers.load(Waker == right ? seq_cst : acquire) != 0) os::wake(&there, 1, volley::sharing::in_process);
      return;
    }
    sleepers.fetch_add(1, Sleeper == right ? seq_cst : relaxed);
    while (there.load(Sleeper == right ? seq_cst : acquire) == 0)
      (void)os::park(there, 0, volley::sharing::in_process, os::never);
  }
};
TEST(ClassicMustFail, APosterThatLooksForSleepersBeforeItsStoreIsSeenLosesOne) {
  EXPECT_TRUE((holds<counted_sleepers<right, right>>()));
  EXPECT_TRUE((is<counted_sleepers<right, wrong>>(deadlock)));
}

/// A condition, waited for with or without a look under the lock.
template <made Made>
struct sleeps_after_a_look : model::scenario {
  static constexpr int threads = 2;
  word epoch{0};
  word ready{0};
  void thread(unsigned which) override {
    if (which == 0) {
      ready.store(1, release);
      epoch.fetch_add(1, acq_rel);
      return os::wake(&epoch, 1, volley::sharing::in_process);
    }
    for (;;) {
      if (Made == wrong && ready.load(acquire) != 0) return;
      const auto seen = epoch.load(acquire);
      if (Made == right && ready.load(acquire) != 0) return;
      (void)os::park(epoch, seen, volley::sharing::in_process, os::never);
    }
  }
};
TEST(ClassicMustFail, AnEpochThatIsReadAfterTheLookIsSleptThrough) {
  EXPECT_TRUE(holds<sleeps_after_a_look<right>>());
  EXPECT_TRUE(is<sleeps_after_a_look<wrong>>(deadlock));
}

/// A wait with a deadline takes a token and says so.
template <made Made>
struct token_and_deadline : model::scenario {
  static constexpr int threads = 2;
  word token{0};
  bool got = false;
  token_and_deadline() { model::machine::ticks_left = 1; }
  void thread(unsigned which) override {
    if (which == 0) {
      token.store(1, release);
      return os::wake(&token, 1, volley::sharing::in_process);
    }
    while (token.load(acquire) == 0) {
      const bool expired = os::park(token, 0, volley::sharing::in_process, os::time_point(os::duration(1)));
      if (!expired) continue;
      const bool mine = token.exchange(0, acquire) != 0;  // it may have come with the deadline
      got = mine && Made == right;
      return;
    }
    token.store(0, relaxed);
    got = true;
  }
  void after() override { require(got != (token.load(relaxed) != 0), "the token is taken, or is there"); }
};
TEST(ClassicMustFail, ATokenThatIsTakenAndCalledATimeoutIsLost) {
  EXPECT_TRUE(model::holds<token_and_deadline<right>>(search::random(20'000)));
  EXPECT_TRUE(is<token_and_deadline<wrong>>(asserted));
}

/// Nobody is accused of what is right: two orders that are more than is needed, and two threads that share nothing.
struct shares_nothing : model::scenario {
  static constexpr int threads = 4;
  model::plain<int> mine[4]{model::plain<int>(0), model::plain<int>(0), model::plain<int>(0), model::plain<int>(0)};
  word seen{0};
  void thread(unsigned which) override {
    mine[which].set(1);
    seen.fetch_add(1, seq_cst);
    mine[which].set(2);
  }
  void after() override {
    for (auto& one : mine) require(one.get() == 2, "untouched by others");
  }
};
TEST(Classic, WhoSharesNothingIsAccusedOfNothing) { EXPECT_TRUE(model::holds<shares_nothing>(search::random(20'000))); }

}  // namespace
