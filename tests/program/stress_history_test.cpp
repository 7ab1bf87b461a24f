// SPDX-License-Identifier: MIT

// The history checker: each wrong history beside a right one that differs in one place, and is not accused.

#include "stress/history.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace volley::stress {
namespace {

constexpr tick slack = 10;
constexpr fifo_rules usual{.capacity = 3, .slack = slack};

operation push(std::uint64_t id, tick call, tick ret) { return {deed::pushed, id, call, ret}; }
operation pop(std::uint64_t id, tick call, tick ret) { return {deed::popped, id, call, ret}; }
operation empty(tick call, tick ret) { return {deed::empty, no_element, call, ret}; }
operation full(tick call, tick ret) { return {deed::full, no_element, call, ret}; }

std::vector<std::string> crimes(const std::vector<thread_log>& threads, const fifo_rules& rules = usual) {
  std::vector<std::string> names;
  for (const finding& f : check_fifo(threads, rules)) {
    EXPECT_FALSE(f.text.empty());
    names.push_back(to_string(f.what));
  }
  return names;
}
using names = std::vector<std::string>;
const names innocent;

TEST(History, WhatWasPushedAndPoppedInOrderIsRight) {
  EXPECT_EQ(crimes({{push(1, 0, 5), push(2, 100, 105)}, {pop(1, 200, 205), pop(2, 300, 305)}}), innocent);
  EXPECT_EQ(crimes({}), innocent);
}

TEST(History, ALostElement) {
  EXPECT_EQ(crimes({{push(1, 0, 5), push(2, 100, 105)}, {pop(1, 200, 205)}}), names{"lost"});
}

TEST(History, ADoubledElement) {
  EXPECT_EQ(crimes({{push(1, 0, 5)}, {pop(1, 100, 105)}, {pop(1, 200, 205)}}), names{"doubled"});
}

TEST(History, AnElementThatNobodyPushed) {
  EXPECT_EQ(crimes({{push(1, 0, 5)}, {pop(1, 100, 105), pop(7, 200, 205)}}), names{"never pushed"});
  EXPECT_EQ(crimes({{push(1, 100, 105)}, {pop(1, 0, 5)}}), names{"never pushed"}) << "popped before it was pushed";
  EXPECT_EQ(crimes({{push(1, 0, 5)}, {pop(1, 3, 8)}}), innocent) << "while it was pushed";
}

TEST(History, TwoElementsInTheWrongOrder) {
  const auto with = [](tick second_push, tick first_pop) {
    return crimes({{push(id_of(0, 0), 0, 5)},
                   {push(id_of(1, 0), second_push, second_push + 5)},
                   {pop(id_of(1, 0), 200, 205)},
                   {pop(id_of(0, 0), first_pop, first_pop + 5)}});
  };
  EXPECT_EQ(with(100, 300), names{"reordered"});
  EXPECT_EQ(with(4, 300), innocent) << "the pushes overlap";
  EXPECT_EQ(with(5 + slack, 300), innocent) << "as near as the slack";
  EXPECT_EQ(with(100, 205 + slack), innocent) << "so are the pops";
  EXPECT_EQ(with(6 + slack, 206 + slack), names{"reordered"}) << "and no nearer";
}

TEST(History, TwoElementsOfOneBatchInTheWrongOrder) {
  const auto with = [](std::uint64_t first, std::uint64_t second) {
    return crimes({{push(0, 0, 5), push(1, 0, 5)}, {pop(first, 100, 105), pop(second, 100, 105)}});
  };
  EXPECT_EQ(with(1, 0), names{"reordered"});
  EXPECT_EQ(with(0, 1), innocent);
}

TEST(History, FalseEmpty) {
  const auto with = [](tick call, tick ret) {
    return crimes({{push(1, 0, 5), push(2, 100, 105)}, {empty(call, ret), pop(1, 200, 205), pop(2, 300, 305)}});
  };
  EXPECT_EQ(with(150, 160), names{"false empty"});
  EXPECT_EQ(with(5 + slack, 199), names{"false empty"}) << "something was inside all the time";
  EXPECT_EQ(with(4 + slack, 150), innocent) << "within the slack of the push";
  EXPECT_EQ(with(3, 150), innocent) << "it began when nothing was certainly inside";
  EXPECT_EQ(crimes({{push(1, 0, 5)}, {pop(1, 50, 400)}, {empty(100, 200)}}), innocent) << "the pop may have come first";
}

// No single element was there throughout, but at each moment there was one.
TEST(History, FalseEmptyAcrossTwoElements) {
  const auto with = [](tick second_push) {
    return crimes({{push(1, 0, 5)},
                   {push(2, second_push, second_push + 5)},
                   {pop(1, 100, 300)},
                   {empty(50, 150)},
                   {pop(2, 200, 305)}});
  };
  EXPECT_EQ(with(60), names{"false empty"});
  EXPECT_EQ(with(95), innocent);
}

TEST(History, APushInTheMiddleExcusesEmptyOnlyWhereItMayHide) {
  const std::vector<thread_log> threads{{push(id_of(0, 0), 0, 400)},
                                        {push(id_of(1, 0), 20, 25), empty(100, 110)},
                                        {pop(id_of(0, 0), 500, 505), pop(id_of(1, 0), 600, 605)}};
  EXPECT_EQ(crimes(threads), names{"false empty"});
  EXPECT_EQ(crimes(threads, {.capacity = 3, .pushes_hide = true, .slack = slack}), innocent);
  auto given_back = threads;
  given_back[0] = {{deed::given_back, no_element, 0, 400}};
  given_back[2] = {pop(id_of(1, 0), 600, 605)};
  EXPECT_EQ(crimes(given_back, {.capacity = 3, .pushes_hide = true, .slack = slack}), innocent);
  EXPECT_EQ(crimes(given_back), names{"false empty"});
}

TEST(History, FalseFull) {
  const auto with = [](tick call, tick ret) {
    return crimes({{push(1, 0, 5), push(2, 100, 105), push(3, 200, 205), full(call, ret)},
                   {pop(1, 400, 405), pop(2, 500, 505), pop(3, 600, 605)}});
  };
  EXPECT_EQ(with(210, 220), innocent);
  EXPECT_EQ(with(206, 399), innocent);
  EXPECT_EQ(with(405 + slack, 430), innocent) << "within the slack of the pop";
  EXPECT_EQ(with(406 + slack, 430), names{"false full"});
  EXPECT_EQ(with(110, 120), names{"false full"});
  EXPECT_EQ(with(110, 200), innocent) << "the third push may have come first";
}

TEST(History, APopInTheMiddleExcusesFullOnlyWhereItMayHold) {
  const std::vector<thread_log> threads{{push(1, 0, 5), push(2, 100, 105), push(3, 200, 205)},
                                        {pop(1, 300, 900)},
                                        {pop(2, 310, 315), pop(3, 320, 325), full(400, 405)}};
  EXPECT_EQ(crimes(threads), names{"false full"});
  EXPECT_EQ(crimes(threads, {.capacity = 3, .pops_hold = true, .slack = slack}), innocent);
}

TEST(History, MoreThanFit) {
  const std::vector<thread_log> threads{{push(1, 0, 5), push(2, 100, 105), push(3, 200, 205)},
                                        {pop(1, 300, 305), pop(2, 400, 405), pop(3, 500, 505)}};
  EXPECT_EQ(crimes(threads, {.capacity = 2, .slack = slack}), names{"overfull"});
  EXPECT_EQ(crimes(threads, {.capacity = 3, .slack = slack}), innocent);
  EXPECT_EQ(crimes(threads, {.capacity = 2, .checks_full = false, .slack = slack}), innocent);
}

TEST(History, AFindingTellsTheOperations) {
  const auto found = check_fifo(std::vector<thread_log>{{push(id_of(0, 7), 1000, 1005)}, {empty(2000, 2010)}}, usual);
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0].text, "thread 0 pushed 0:7 [0, 5], and nobody has popped it");
  EXPECT_EQ(found[1].text,
            "thread 1 found it empty [1000, 1010], while thread 0 pushed 0:7 [0, 5], which nobody popped");
}

/// Four producers and four consumers, whose calls overlap all the time; right by its making.
std::vector<thread_log> long_history(std::size_t n) {
  std::vector<thread_log> threads(8);
  for (std::size_t i = 0; i != n; ++i) {
    const tick t = 100 + 20 * i;
    threads[i % 4].push_back(push(id_of(i % 4, i / 4), t, t + 60));
    threads[4 + i % 3].push_back(pop(id_of(i % 4, i / 4), t + 200, t + 250));
  }
  threads[7].push_back(empty(10, 20));
  return threads;
}

TEST(History, AMillionOperationsAreChecked) {
  auto threads = long_history(500'000);
  const fifo_rules rules{.capacity = 32, .slack = slack};
  EXPECT_EQ(crimes(threads, rules), innocent);
  std::swap(threads[4][500].id, threads[4][503].id);
  EXPECT_EQ(crimes(threads, rules), names{"reordered"});
  std::swap(threads[4][500].id, threads[4][503].id);
  threads[7].push_back(empty(1'000'000, 1'000'010));
  EXPECT_EQ(crimes(threads, rules), names{"false empty"});
  threads[7].pop_back();
  threads[7].push_back(full(1'000'000, 1'000'010));
  EXPECT_EQ(crimes(threads, rules), names{"false full"});
  threads[7].pop_back();
  threads[5].pop_back();
  EXPECT_EQ(crimes(threads, rules), names{"lost"});
}

}  // namespace
}  // namespace volley::stress
