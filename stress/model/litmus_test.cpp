// SPDX-License-Identifier: MIT

// What this checker sees and what it does not, by litmus tests: the ground that the other model tests stand on.

#include "engine.hpp"

namespace {

using model::search;
using enum std::memory_order;
using word = model::atomic<std::uint32_t>;

/// A litmus test "fails" when the outcome in question is seen.
template <class L>
bool seen(const search& s) {
  return !model::explore(model::recipe_of<L>(), s).passed;
}
template <class L>
bool seen_at_random() {
  return seen<L>(search::random(50'000));
}
template <class L>
bool seen_with_stores_held() {
  return seen<L>(search::random_held(50'000));
}

/// Store buffering: both threads store, then read the other's word, and both read 0.
template <std::memory_order Store, std::memory_order Load>
struct store_buffering : model::scenario {
  static constexpr int threads = 2;
  word x{0}, y{0};
  std::uint32_t read[2] = {1, 1};
  void thread(unsigned which) override {
    (which == 0 ? x : y).store(1, Store);
    read[which] = (which == 0 ? y : x).load(Load);
  }
  void after() override { model::require(read[0] + read[1] != 0, "both read 0"); }
};

/// The same where the read is an RMW: on arm64 a store may pass it.
struct store_buffering_by_rmw : model::scenario {
  static constexpr int threads = 2;
  word x{0}, y{0};
  std::uint32_t read[2] = {1, 1};
  void thread(unsigned which) override {
    (which == 0 ? x : y).store(1, relaxed);
    read[which] = (which == 0 ? y : x).fetch_add(0, relaxed);
  }
  void after() override { model::require(read[0] + read[1] != 0, "both read 0"); }
};

/// Message passing: the flag is seen, the message is not.
template <std::memory_order Store, std::memory_order Load>
struct message_passing : model::scenario {
  static constexpr int threads = 2;
  word message{0}, flag{0};
  void thread(unsigned which) override {
    if (which == 0) {
      message.store(1, relaxed);
      flag.store(1, Store);
    } else if (flag.load(Load) == 1) {
      model::require(message.load(relaxed) == 1, "a flag without its message");
    }
  }
};

/// Message passing with plain data: a race unless the flag orders it.
template <std::memory_order Store, std::memory_order Load>
struct plain_message : model::scenario {
  static constexpr int threads = 2;
  model::plain<int> message{0};
  word flag{0};
  void thread(unsigned which) override {
    if (which == 0) {
      message.set(1);
      flag.store(1, Store);
    } else if (flag.load(Load) == 1) {
      model::require(message.get() == 1, "a flag without its message");
    }
  }
};

/// 2+2W: two words written in opposite orders end with the first write of each.
struct two_writes_each : model::scenario {
  static constexpr int threads = 2;
  word x{0}, y{0};
  void thread(unsigned which) override {
    (which == 0 ? x : y).store(1, relaxed);
    (which == 0 ? y : x).store(2, relaxed);
  }
  void after() override { model::require(x.load(relaxed) + y.load(relaxed) != 2, "both ended at 1"); }
};

/// Load buffering: each reads what the other writes afterwards. C++ allows it, and this checker cannot see it.
struct load_buffering : model::scenario {
  static constexpr int threads = 2;
  word x{0}, y{0};
  std::uint32_t read[2] = {0, 0};
  void thread(unsigned which) override {
    read[which] = (which == 0 ? x : y).load(relaxed);
    (which == 0 ? y : x).store(1, relaxed);
  }
  void after() override { model::require(read[0] + read[1] != 2, "both read 1"); }
};

/// Plain data read after a wake without reading the word again: the futex orders nothing.
struct woken_without_looking : model::scenario {
  static constexpr int threads = 2;
  model::plain<int> message{0};
  word w{0};
  void thread(unsigned which) override {
    using os = volley::modelled::os;
    if (which == 0) {
      message.set(1);
      w.store(1, release);
      os::wake(&w, 1, volley::sharing::in_process);
    } else {
      while (w.load(relaxed) == 0) (void)os::park(w, 0, volley::sharing::in_process, os::never);
      model::require(message.get() == 1, "the message");
    }
  }
};

/// Four strict alternations of two threads that nothing forces: out of reach of Relacy's own generator.
struct alternation : model::scenario {
  static constexpr int threads = 2;
  word x{0};
  std::uint32_t hops = 0;
  void thread(unsigned which) override {
    for (unsigned i = 0; i != 4; ++i) {
      if (x.fetch_add(1, relaxed) == 2 * i + which) ++hops;
    }
  }
  void after() override { model::require(hops != 8, "strictly alternating"); }
};

TEST(Litmus, StoreBufferingIsSeenUnlessSequentiallyConsistent) {
  EXPECT_TRUE((seen_at_random<store_buffering<relaxed, relaxed>>()));
  EXPECT_TRUE((seen_at_random<store_buffering<release, acquire>>()));
  EXPECT_TRUE((seen<store_buffering<release, acquire>>(search::full())));
  EXPECT_FALSE((seen_at_random<store_buffering<seq_cst, seq_cst>>()));
  EXPECT_FALSE((seen_with_stores_held<store_buffering<seq_cst, seq_cst>>()));
  EXPECT_FALSE((seen<store_buffering<seq_cst, seq_cst>>(search::full())));
}

TEST(Litmus, AStoreThatPassesALaterRmwIsSeenOnlyWithStoresHeldBack) {
  EXPECT_FALSE(seen_at_random<store_buffering_by_rmw>());
  EXPECT_TRUE(seen_with_stores_held<store_buffering_by_rmw>());
}

TEST(Litmus, MessagePassingNeedsReleaseAndAcquire) {
  EXPECT_TRUE((seen_at_random<message_passing<relaxed, relaxed>>()));
  EXPECT_TRUE((seen_at_random<message_passing<release, relaxed>>()));
  EXPECT_TRUE((seen_at_random<message_passing<relaxed, acquire>>()));
  EXPECT_FALSE((seen_at_random<message_passing<release, acquire>>()));
  EXPECT_FALSE((seen_with_stores_held<message_passing<release, acquire>>()));
}

TEST(Litmus, PlainDataRacesUnlessOrdered) {
  EXPECT_TRUE((model::fails<plain_message<relaxed, acquire>>(search::random(1'000), rl::test_result_data_race)));
  EXPECT_TRUE((model::fails<plain_message<release, relaxed>>(search::random(1'000), rl::test_result_data_race)));
  EXPECT_TRUE((model::holds<plain_message<release, acquire>>(search::full(), 9)));
}

TEST(Litmus, TwoPlusTwoWritesIsSeenOnlyWithStoresHeldBack) {
  EXPECT_FALSE(seen_at_random<two_writes_each>());
  EXPECT_TRUE(seen_with_stores_held<two_writes_each>());
}

// A blind spot, kept here so that it is known: review by hand what could depend on it.
TEST(Litmus, LoadBufferingIsNeverSeen) {
  EXPECT_FALSE(seen_at_random<load_buffering>());
  EXPECT_FALSE(seen_with_stores_held<load_buffering>());
}

TEST(Litmus, TheFutexOrdersNothing) {
  EXPECT_TRUE(model::fails<woken_without_looking>(search::random(10'000), rl::test_result_data_race));
}

TEST(Litmus, TheGeneratorReachesStrictAlternation) { EXPECT_TRUE(seen<alternation>(search::random(20'000))); }

}  // namespace
