// SPDX-License-Identifier: MIT

// seqlock and triple_buffer in the model: no torn value, none older than one already seen, and the last is there in the end; partners that
// stop; the need for each order; and wrong twins.

#include <volley/handoff/seqlock.hpp>
#include <volley/handoff/triple_buffer.hpp>

#include "engine.hpp"

#include <cstdint>
#include <optional>
#include <utility>

namespace {

using model::recipe_of;
using model::require;
using model::search;
using order = std::memory_order;

template <class Scenario>
void holds_at_random(unsigned long long executions) {
  EXPECT_TRUE(model::holds<Scenario>(search::random(executions)));
  EXPECT_TRUE(model::holds<Scenario>(search::random_held(executions)));
}

// ---- seqlock ----

/// A few steps before positions of eight bits wrap.
using late = volley::basic_model<250>;

/// Two words that belong together.
struct two_words {
  std::uint64_t number = 0;
  std::uint64_t echo = ~std::uint64_t{0};

  explicit two_words(unsigned n = 0) : number(n), echo(~number) {}
  bool is_whole() const { return echo == ~number; }
};

struct note : model::plain<unsigned> {
  note() : plain(0) {}
};

using right_lock = volley::seqlock<two_words, late>;

/// One stores, the others read, in any mixture of load and try_load.
template <int Stores, int Readers = 1, bool Tries = false, class Lock = right_lock>
struct overwritten : model::scenario {
  static constexpr int threads = 1 + Readers;
  Lock lock;
  note notes[static_cast<unsigned>(Stores) + 1];

  void thread(unsigned which) override {
    if (which != 0) return read();
    for (unsigned i = 1; i <= Stores; ++i) {
      notes[i].set(i);
      const unsigned before = model::steps::taken();
      lock.store(two_words(i));
      require(model::steps::taken() - before <= 6, "its position, stamp, two words, stamp, position");
    }
  }
  void read() {
    std::uint64_t last = 0;
    for (int i = 0; i != 2; ++i) {
      const unsigned before = model::steps::taken();
      const std::optional<two_words> got = Tries ? lock.try_load() : std::optional(lock.load());
      if (Tries) require(model::steps::taken() - before <= 9, "two looks at most");
      if (!got) continue;
      require(got->is_whole(), "whole");
      require(got->number >= last, "none older than one already seen");
      last = got->number;
      if (last != 0) require(notes[last].get() == last, "what was done before the store is visible");
    }
  }
  void after() override { require(lock.load().number == Stores && lock.try_load(), "the last one is there"); }
};

TEST(SeqlockModel, NoValueIsTornOrOlderThanOneSeen) {
  holds_at_random<overwritten<1>>(20'000);
  holds_at_random<overwritten<3>>(30'000);
  holds_at_random<overwritten<5, 1, true>>(30'000);
  holds_at_random<overwritten<2, 2>>(20'000);
  EXPECT_TRUE((model::holds<overwritten<2>>(search::bounded(3))));
  EXPECT_TRUE((model::holds<overwritten<2, 1, true>>(search::bounded(3))));
  EXPECT_TRUE((model::holds<overwritten<1, 1, true>>(search::full())));
}

TEST(SeqlockModel, AStoppedReaderDelaysNobody) {
  EXPECT_TRUE((model::others_go_on_without(1, recipe_of<overwritten<3>>(), search::random(1'000))));
  EXPECT_TRUE((model::others_go_on_without(2, recipe_of<overwritten<2, 2>>(), search::random(500))));
}

TEST(SeqlockModel, AStoppedWriterDelaysNoTry) {
  EXPECT_TRUE((model::others_go_on_without(0, recipe_of<overwritten<2, 1, true>>(), search::random(1'000))));
}

// Nor can it be otherwise, and the header says so.
TEST(SeqlockModel, AStoppedWriterStopsALoad) {
  EXPECT_TRUE((model::others_wait_for(0, recipe_of<overwritten<2>>(), search::random(1'000))));
}

// The orders are those of what it stands on, once more, for these readers.
TEST(SeqlockModel, TheOrdersOfTheWordsAreNeeded) {
  EXPECT_TRUE((model::every_order_is_needed("volley/env/words.hpp", {recipe_of<overwritten<3>>()},
                                            {search::random(20'000), search::random_held(20'000)})));
}

enum class slip { none, not_said_before, looked_at_once, half_written_is_whole, plain_words };

/// The same written small, right or with one classic mistake.
template <slip Slip>
class small_lock {
  using enum std::memory_order;
  static constexpr bool is(slip s) { return Slip == s; }

 public:
  void store(const two_words& value) {
    const unsigned now = stamp_.load(relaxed);
    if (!is(slip::not_said_before)) stamp_.store(now + 1, release);
    put(0, value.number);
    put(1, value.echo);
    stamp_.store(now + 2, release);
  }
  two_words load() {
    for (;;) {
      if (const auto got = try_load()) return *got;
      late::relax();
    }
  }
  std::optional<two_words> try_load() {
    const unsigned seen = stamp_.load(acquire);
    if (seen % 2 != 0 && !is(slip::half_written_is_whole)) return std::nullopt;
    two_words got;
    got.number = get(0);
    got.echo = get(1);
    if (stamp_.load(relaxed) != seen && !is(slip::looked_at_once)) return std::nullopt;
    return got;
  }

 private:
  void put(int i, std::uint64_t bits) {
    if (is(slip::plain_words)) return (i == 0 ? plain_number_ : plain_echo_).set(bits);
    (i == 0 ? first_ : second_).store(bits, release);
  }
  std::uint64_t get(int i) const {
    if (is(slip::plain_words)) return (i == 0 ? plain_number_ : plain_echo_).get();
    return (i == 0 ? first_ : second_).load(acquire);
  }

  model::atomic<unsigned> stamp_{0};
  model::atomic<std::uint64_t> first_{0};
  model::atomic<std::uint64_t> second_{~std::uint64_t{0}};
  model::plain<std::uint64_t> plain_number_{0};
  model::plain<std::uint64_t> plain_echo_{~std::uint64_t{0}};
};

template <slip Slip>
bool slip_is_caught() {
  return !model::explore(recipe_of<overwritten<3, 1, false, small_lock<Slip>>>(), search::random(20'000)).passed;
}

TEST(SeqlockModelMustFail, TheRightTwinPasses) {
  EXPECT_TRUE((model::holds<overwritten<3, 1, false, small_lock<slip::none>>>(search::random(20'000))));
}
// iceoryx2 547fdbac8: the words change before the stamp says so.
TEST(SeqlockModelMustFail, WordsThatAreOverwrittenUnderAnOldStampAreTorn) {
  EXPECT_TRUE(slip_is_caught<slip::not_said_before>());
}
TEST(SeqlockModelMustFail, AStampThatIsNotLookedAtAgainIsSeen) { EXPECT_TRUE(slip_is_caught<slip::looked_at_once>()); }
TEST(SeqlockModelMustFail, AnOddStampTakenForAnEvenOneIsSeen) {
  EXPECT_TRUE(slip_is_caught<slip::half_written_is_whole>());
}
// xenium 8152339: a seqlock over plain memory.
TEST(SeqlockModelMustFail, PlainWordsAreARace) {
  EXPECT_TRUE((model::fails<overwritten<3, 1, false, small_lock<slip::plain_words>>>(search::random(20'000),
                                                                                     rl::test_result_data_race)));
}

// ---- triple_buffer ----

/// A value in two pieces, each watched for races: whoever reads while another writes is seen.
struct watched {
  model::plain<unsigned> number{0};
  model::plain<unsigned> echo{~0U};

  void set(unsigned n) {
    number.set(n);
    echo.set(~n);
  }
  unsigned get() const {
    const unsigned n = number.get();
    require(echo.get() == ~n, "whole");
    return n;
  }
};

using right_buffer = volley::triple_buffer<watched, volley::modelled>;

/// One publishes 1, 2, ...; the other reads.
template <int Publishes, int Reads, class Buffer = right_buffer>
struct published : model::scenario {
  static constexpr int threads = 2;
  Buffer buffer;
  model::atomic<unsigned> done{0};
  unsigned last = 0;

  void thread(unsigned which) override {
    if (which == 1) {
      for (int i = 0; i != Reads; ++i) read();
      return;
    }
    for (unsigned i = 1; i <= Publishes; ++i) {
      const unsigned before = model::steps::taken();
      buffer.write([i](watched& w) { w.set(i); });
      buffer.publish();
      require(model::steps::taken() - before <= 1, "publish: one step");
      done.store(i, order::release);
    }
  }
  void read() {
    const unsigned sure = done.load(order::acquire);
    const unsigned before = model::steps::taken();
    const auto [value, is_new] = buffer.read();
    require(model::steps::taken() - before <= 2, "read: two steps");
    const unsigned n = value.get();
    require(is_new ? n > last : n == last, "new, and newer; or what it was");
    require(n >= sure, "nothing that is surely published is missed");
    value.set(n);  // it is the reader's own
    last = n;
  }
  void after() override {
    read();
    require(last == Publishes, "the last one is there");
  }
};

TEST(TripleBufferModel, EachReadIsTheLatestAndWhole) {
  holds_at_random<published<2, 2>>(20'000);
  holds_at_random<published<4, 3>>(30'000);
  holds_at_random<published<6, 4>>(20'000);
  EXPECT_TRUE((model::holds<published<3, 3>>(search::bounded(3))));
  EXPECT_TRUE((model::holds<published<2, 2>>(search::full())));
}

TEST(TripleBufferModel, EveryOrderIsNeeded) {
  EXPECT_TRUE((model::every_order_is_needed("volley/handoff/triple_buffer.hpp", {recipe_of<published<4, 3>>()},
                                            {search::random(20'000), search::random_held(20'000)})));
}

// Wait-free on both sides: each goes on wherever the other one stops for ever, in the steps that the scenario counts.
TEST(TripleBufferModel, WhoStopsDelaysNobody) {
  for (const int victim : {0, 1}) {
    EXPECT_TRUE((model::others_go_on_without(victim, recipe_of<published<4, 3>>(), search::random(2'000))));
    EXPECT_TRUE((model::others_go_on_without(victim, recipe_of<published<3, 3>>(), search::bounded(2))));
  }
}

enum class fault { none, loses_fresh, publishes_by_a_store, two_buffers, marks_what_was_read };

/// The same written small, right or with one mistake.
template <fault Fault>
class small_buffer {
  using enum std::memory_order;
  static constexpr bool is(fault f) { return Fault == f; }

 public:
  struct latest {
    watched& value;
    bool is_new;
  };

  template <class F>
  void write(const F& f) {
    f(values_[back_]);
  }
  void publish() {
    if constexpr (is(fault::publishes_by_a_store)) {
      const unsigned other = between_.load(acquire) & 3;
      between_.store(back_ | 4, release);
      back_ = other;
    } else {
      // with two buffers the writer goes on in the one that the reader may have
      const unsigned fresh = is(fault::loses_fresh) ? (between_.load(relaxed) & 4) ^ 4 : 4U;
      const unsigned other = between_.exchange(back_ | fresh, acq_rel) & 3;
      back_ = is(fault::two_buffers) ? 1 - back_ : other;
    }
  }
  latest read() {
    const bool is_new = (between_.load(relaxed) & 4) != 0;
    if (is_new && !is(fault::two_buffers)) {
      front_ = between_.exchange(front_ | (is(fault::marks_what_was_read) ? 4 : 0), acq_rel) & 3;
    } else if (is_new) {
      front_ = between_.fetch_and(3, acq_rel) & 3;
    }
    return {values_[front_], is_new};
  }

 private:
  model::atomic<unsigned> between_{1};
  unsigned back_ = 0;
  unsigned front_ = 2;
  watched values_[3];
};

template <fault Fault>
bool fault_is_caught() {
  return !model::explore(recipe_of<published<4, 3, small_buffer<Fault>>>(), search::random(20'000)).passed;
}

TEST(TripleBufferModelMustFail, TheRightTwinPasses) {
  EXPECT_TRUE((model::holds<published<4, 3, small_buffer<fault::none>>>(search::random(20'000))));
}
TEST(TripleBufferModelMustFail, ALostMarkHidesWhatWasPublished) { EXPECT_TRUE(fault_is_caught<fault::loses_fresh>()); }
TEST(TripleBufferModelMustFail, APublishInTwoStepsGivesOneValueToBoth) {
  EXPECT_TRUE(fault_is_caught<fault::publishes_by_a_store>());
}
TEST(TripleBufferModelMustFail, WithTwoValuesOneIsOverwrittenWhileItIsRead) {
  EXPECT_TRUE(fault_is_caught<fault::two_buffers>());
}
TEST(TripleBufferModelMustFail, WhatWasReadIsNotNewOnceMore) {
  EXPECT_TRUE(fault_is_caught<fault::marks_what_was_read>());
}

}  // namespace
