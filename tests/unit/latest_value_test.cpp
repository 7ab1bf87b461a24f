// SPDX-License-Identifier: MIT

// seqlock and triple_buffer: the latest value, whole; what it costs; and what is refused.

#include <volley/env/checked.hpp>
#include <volley/env/counting.hpp>
#include <volley/env/hooked.hpp>
#include <volley/handoff/seqlock.hpp>
#include <volley/handoff/triple_buffer.hpp>

#include <gtest/gtest.h>

#include "deaths.hpp"
#include "elements.hpp"
#include "lines_written.hpp"
#include "mapped.hpp"
#include "scale.hpp"
#include "throwing.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <type_traits>
#include <utility>

namespace volley::testing {
namespace {

/// What `action` costs the calling thread.
template <class Action>
step_tally cost_of(const Action& action) {
  counting::tally() = {};
  action();
  return counting::tally();
}

// ---- seqlock ----

static_assert(sizeof(seqlock<std::uint64_t>) == cache_line && alignof(seqlock<char>) == cache_line);
static_assert(sizeof(seqlock<sized<48>>) == cache_line, "stamp, position and 48 bytes are one line");
static_assert(std::is_standard_layout_v<seqlock<int>> && std::is_trivially_destructible_v<seqlock<int>>);
static_assert(!std::is_copy_constructible_v<seqlock<int>> && !std::is_copy_assignable_v<seqlock<int>>);

TEST(Seqlock, HoldsTheLastValueStored) {
  seqlock<std::uint64_t> lock(7);
  EXPECT_EQ(lock.load(), 7U);
  EXPECT_EQ(lock.try_load(), 7U);
  for (std::uint64_t i = 0; i != 1000; ++i) {
    lock.store(i);
    EXPECT_EQ(lock.load(), i);
    EXPECT_EQ(lock.load(), i) << "it stays";
    EXPECT_EQ(lock.try_load(), i);
  }
}

TEST(Seqlock, BeginsWithAValueOfItsOwn) {
  const seqlock<int> zero;
  EXPECT_EQ(zero.load(), 0);
  const seqlock<sized<20>> given(sized<20>(3));
  EXPECT_TRUE(given.load().is(3));
}

template <std::size_t Size>
void any_size() {
  seqlock<sized<Size>> lock{sized<Size>(1)};
  EXPECT_TRUE(lock.load().is(1));
  lock.store(sized<Size>(200));
  EXPECT_TRUE(lock.load().is(200)) << Size;
  EXPECT_TRUE(lock.try_load()->is(200)) << Size;
}
TEST(Seqlock, TheValueMayBeOfAnySize) {
  any_size<1>();
  any_size<7>();
  any_size<8>();
  any_size<9>();
  any_size<24>();
  any_size<63>();
  any_size<5'000>();
}

TEST(Seqlock, ALoadWritesNothingAndNeitherSideLocksTheBusOrEntersTheKernel) {
  seqlock<sized<16>, counting> lock(sized<16>(1));
  const auto store = cost_of([&] { lock.store(sized<16>(2)); });
  EXPECT_EQ(store.locked() + store.syscalls(), 0U);
  EXPECT_EQ(store.steps(), 6U) << "stamp, two words, stamp; and its own position";
  const auto load = cost_of([&] { (void)lock.load(); });
  EXPECT_EQ(load.locked() + load.syscalls() + load[step::store] + load[step::relax], 0U);
  EXPECT_EQ(load.steps(), 5U);
  EXPECT_EQ(cost_of([&] { (void)lock.try_load(); }).steps(), 5U);
}

/// Does something at the n-th step of a store: there the value is not whole.
struct at_a_step {
  static inline unsigned steps_before = 0;
  static inline void (*action)() = nullptr;
  static void step(volley::step) {
    if (steps_before != 0 && --steps_before == 0) action();
  }
};

TEST(Seqlock, InTheMiddleOfAStoreATryFindsNothingTornAndNothingOld) {
  static seqlock<sized<16>, hooked<at_a_step>> lock(sized<16>(1));
  static std::optional<sized<16>> seen;
  at_a_step::action = [] { seen = lock.try_load(); };
  unsigned found[3] = {};
  for (unsigned n = 1; n <= 6; ++n) {
    lock.store(sized<16>(1));
    at_a_step::steps_before = n;
    lock.store(sized<16>(2));
    ASSERT_EQ(at_a_step::steps_before, 0U);
    ++found[!seen ? 0 : seen->is(1) ? 1 : 2];
    EXPECT_TRUE(!seen || seen->is(1) || seen->is(2)) << "torn before step " << n;
  }
  EXPECT_EQ(found[0], 3U) << "before each word, and before the stamp that ends it";
  EXPECT_EQ(found[1], 3U) << "before it begins";
  EXPECT_EQ(found[2], 0U) << "the stamp that ends it is the last step";
}

// S88: the same object at two addresses at once.
TEST(Seqlock, WorksAtTwoAddressesAtOnce) {
  const memory_file file;
  const view<seqlock<sized<40>>> here(file);
  const view<seqlock<sized<40>>> there(file);
  here.make();
  for (unsigned i = 0; i != 20; ++i) {
    (i % 2 == 0 ? here : there)->store(sized<40>(i));
    EXPECT_TRUE(here->load().is(i));
    EXPECT_TRUE(there->load().is(i));
  }
}

// ---- triple_buffer ----

static_assert(sizeof(triple_buffer<int>) == 6 * cache_line && alignof(triple_buffer<int>) == cache_line);
static_assert(std::is_standard_layout_v<triple_buffer<int>>);
static_assert(!std::is_copy_constructible_v<triple_buffer<int>> && !std::is_copy_assignable_v<triple_buffer<int>>);
static_assert(noexcept(std::declval<triple_buffer<std::string>&>().publish()));
static_assert(noexcept(std::declval<triple_buffer<std::string>&>().read()));

TEST(TripleBuffer, ReadsTheLatestAndSaysWhetherItIsNew) {
  triple_buffer<int> buffer(7);
  EXPECT_FALSE(buffer.read().is_new);
  EXPECT_EQ(*buffer.read(), 7) << "what it began with";
  for (int i = 0; i != 1000; ++i) {
    for (int n = 0; n <= i % 4; ++n) buffer.publish(10 * i + n);
    const auto [value, is_new] = buffer.read();
    EXPECT_TRUE(is_new);
    EXPECT_EQ(value, 10 * i + i % 4) << "the last of them";
    EXPECT_FALSE(buffer.read().is_new);
    EXPECT_EQ(buffer.read().value, 10 * i + i % 4) << "it stays";
  }
}

TEST(TripleBuffer, WhatIsWrittenIsSeenWhenItIsPublished) {
  triple_buffer<std::string> buffer;
  buffer.write([](std::string& mine) { mine = "a"; });
  buffer.write([](std::string& mine) { mine += "b"; });
  EXPECT_FALSE(buffer.read().is_new);
  buffer.publish();
  EXPECT_EQ(buffer.read().value, "ab");
}

TEST(TripleBuffer, WhatTheReaderHasIsItsOwnUntilItReadsAgain) {
  triple_buffer<std::string> buffer;
  buffer.publish("one");
  std::string& mine = buffer.read().value;
  for (int i = 0; i != 10; ++i) {
    buffer.publish("two");
    EXPECT_EQ(mine, "one");
    mine = "one";
  }
  EXPECT_EQ(*buffer.read(), "two");
  EXPECT_EQ(buffer.read()->size(), 3U);
}

TEST(TripleBuffer, TheValueMayBeOfAnyTypeAndIsNeverCopiedOrMovedByTheBuffer) {
  triple_buffer<std::unique_ptr<int>> moves;
  moves.publish(std::make_unique<int>(3));
  const std::unique_ptr<int> taken = std::move(moves.read().value);
  EXPECT_EQ(*taken, 3);
  triple_buffer<std::mutex> stays;
  stays.write([](std::mutex& m) { m.lock(); });
  stays.write([](std::mutex& m) { m.unlock(); });
  triple_buffer<picky> made(std::in_place, 1, 2);
  EXPECT_EQ(made.read()->sum(), 3);
  triple_buffer<aligned<256>> wide(std::in_place, 1);
  wide.write([](aligned<256>& mine) { mine.check(); });
  counted::reset();
  {
    triple_buffer<counted> buffer(std::in_place, 1);
    EXPECT_EQ(counted::alive.size(), 3U);
    for (int i = 0; i != 5; ++i) {
      buffer.write([](counted& mine) { ++mine.value; });
      buffer.publish();
      (void)buffer.read();
    }
  }
  EXPECT_TRUE(counted::alive.empty());
  EXPECT_EQ(counted::copies + counted::moves, 0U);
}

TEST(TripleBuffer, AnExceptionPublishesNothing) {
  triple_buffer<int> buffer(1);
  EXPECT_THROW(buffer.write([](int& mine) {
    mine = 2;
    throw_it(boom{});
  }),
               boom);
  EXPECT_FALSE(buffer.read().is_new);
  EXPECT_EQ(*buffer.read(), 1);
  buffer.publish();
  EXPECT_EQ(*buffer.read(), 2) << "the writer's value is as it was left";
}

TEST(TripleBuffer, AFreshReadAndAPublishAreOneLockedInstructionEachAndAnotherReadIsNone) {
  triple_buffer<int, counting> buffer;
  EXPECT_EQ(cost_of([&] { buffer.write([](int& mine) { mine = 1; }); }).steps(), 0U);
  const auto publish = cost_of([&] { buffer.publish(); });
  EXPECT_EQ(publish.steps(), 1U);
  EXPECT_EQ(publish.locked(), 1U);
  const auto fresh = cost_of([&] { EXPECT_TRUE(buffer.read().is_new); });
  EXPECT_EQ(fresh.steps(), 2U);
  EXPECT_EQ(fresh.locked(), 1U);
  const auto again = cost_of([&] { EXPECT_FALSE(buffer.read().is_new); });
  EXPECT_EQ(again.steps(), 1U);
  EXPECT_EQ(again.locked(), 0U);
}

TEST(TripleBuffer, EachSideAndEachValueHasLinesOfItsOwn) {
  triple_buffer<int> buffer;
  std::set<std::size_t> writer;
  std::set<std::size_t> reader;
  for (int i = 1; i != 20; ++i) {
    writer.merge(lines_written(buffer, [&] { buffer.publish(i); }));
    reader.merge(lines_written(buffer, [&] { ASSERT_EQ(*buffer.read(), i); }));
  }
  EXPECT_EQ(writer, (std::set<std::size_t>{0, 1, 3, 4, 5})) << "the word between, its own, and the values";
  EXPECT_EQ(reader, (std::set<std::size_t>{0, 2})) << "the word between, and its own";
  for (int i = 0; i != 5; ++i) EXPECT_TRUE(lines_written(buffer, [&] { (void)buffer.read(); }).empty());
}

TEST(TripleBuffer, WorksAtTwoAddressesAtOnce) {
  const memory_file file;
  const view<triple_buffer<int>> here(file);
  const view<triple_buffer<int>> there(file);
  here.make();
  for (int i = 0; i != 20; ++i) {
    (i % 2 == 0 ? here : there)->publish(i);
    EXPECT_EQ(*(i % 3 == 0 ? here : there)->read(), i);
  }
}

// ---- roles ----

TEST(LatestValueDeathTest, TwoWritersOrOneWithinItsOwnWriteAreNoticed) {
  die_in_a_program_of_its_own();
  const auto nested = [] {
    triple_buffer<int, checked> buffer;
    buffer.write([&](int&) { buffer.publish(); });
  };
  EXPECT_DEATH(nested(), "triple_buffer: its writer enters again");
  triple_buffer<int, checked> buffer;
  buffer.publish(1);
  EXPECT_EQ(*buffer.read(), 1);
  seqlock<int, checked> lock;
  lock.store(1);
  EXPECT_EQ(lock.load(), 1);
}

}  // namespace
}  // namespace volley::testing
