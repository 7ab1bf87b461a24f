// SPDX-License-Identifier: MIT

// channel: the elements that it carries, what happens when one throws, and going through all that comes.

#include "channels.hpp"
#include "elements.hpp"
#include "throwing.hpp"

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <iterator>
#include <memory>
#include <type_traits>
#include <utility>
#include <vector>

namespace volley::testing {
namespace {

using namespace std::chrono_literals;

template <class Kind>
class ChannelElements : public ::testing::Test {
 protected:
  void SetUp() override {
    counted::reset();
    fragile::reset();
  }
  watchdog watch_{60};
};
TYPED_TEST_SUITE(ChannelElements, each_channel, channel_names);

TYPED_TEST(ChannelElements, MayBeMovedOnlyAndNeedNoDefault) {
  const auto ch = TypeParam::template make<picky, 3>();
  EXPECT_EQ(ch->push(picky(1, 2)), status::ok);
  EXPECT_EQ(ch->push_for(picky(3, 4), 1h), status::ok);
  EXPECT_EQ(ch->try_push(picky(5, 6)), status::ok);
  EXPECT_EQ(ch->try_push(picky(7, 8)), status::full);
  EXPECT_EQ(ch->pop()->sum(), 3);
  picky out(0, 0);
  EXPECT_EQ(ch->pop(out), status::ok);
  EXPECT_EQ(out.sum(), 7);
  ch->close();
  int seen = 0;
  for (picky& element : *ch) seen += element.sum();
  EXPECT_EQ(seen, 11);
}

TYPED_TEST(ChannelElements, LieWhereTheirAlignmentSays) {
  const auto ch = TypeParam::template make<aligned<4096>, 3>();
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(ch.get()) % alignof(std::remove_cvref_t<decltype(*ch)>), 0U);
  for (int i = 0; i != 5; ++i) {
    ASSERT_EQ(ch->push(aligned<4096>(i)), status::ok);
    ASSERT_EQ(ch->pop()->value, i);
  }
}

// S46, S47: boost f568ba9, xenium 1c6e038, concurrentqueue d3ca98e.
TYPED_TEST(ChannelElements, AreDestroyedWithTheChannelExactlyOnce) {
  for (int offset = 0; offset != 5; ++offset) {
    for (int left = 0; left <= 3; ++left) {
      auto ch = TypeParam::template make<counted, 3>();
      for (int i = 0; i != offset; ++i) ASSERT_TRUE(ch->push(counted(1)) == status::ok && ch->pop());
      for (int i = 0; i != left; ++i) ASSERT_EQ(ch->push(counted(2)), status::ok);
      if (offset % 2 == 1) ch->close();
      ASSERT_EQ(counted::alive.size(), static_cast<std::size_t>(left));
      ch.reset();
      ASSERT_TRUE(counted::alive.empty()) << "offset " << offset << ", left " << left;
    }
  }
}

TYPED_TEST(ChannelElements, AreNotCopiedOnTheirWay) {
  const auto ch = TypeParam::template make<counted, 3>();
  counted mine(1);
  EXPECT_EQ(ch->push(std::move(mine)), status::ok);
  EXPECT_EQ(ch->push_for(counted(2), 1h), status::ok);
  EXPECT_EQ(ch->pop()->value, 1);
  EXPECT_EQ(ch->pop(mine), status::ok);
  EXPECT_EQ(mine.value, 2);
  EXPECT_EQ(counted::copies, 0U);
  EXPECT_EQ(ch->push(std::as_const(mine)), status::ok);
  EXPECT_EQ(counted::copies, 1U);
}

// S68: what throws on its way in is not in, and nothing else has changed.
TYPED_TEST(ChannelElements, ThatThrowOnTheirWayInAreNotIn) {
  const auto ch = TypeParam::template make<fragile, 3>();
  const fragile other(100);
  for (int filled = 0; filled != 3; ++filled) {
    ASSERT_EQ(ch->push(fragile(0)), status::ok);
    ASSERT_TRUE(ch->pop());
    for (int i = 0; i != filled; ++i) ASSERT_EQ(ch->push(fragile(i)), status::ok);
    fragile mine(9);
    fragile::explodes = fragile::act::copy;
    EXPECT_THROW(ch->push(other), boom);
    EXPECT_THROW((void)ch->try_push(other), boom);
    fragile::explodes = fragile::act::move;
    EXPECT_THROW((void)ch->push_for(std::move(mine), 1h), boom);
    fragile::explodes.reset();
    EXPECT_EQ(ch->size_approx(), static_cast<std::size_t>(filled));
    for (int i = filled; i != 3; ++i) EXPECT_EQ(ch->push(fragile(i)), status::ok);
    EXPECT_EQ(ch->try_push(other), status::full);
    for (int i = 0; i != 3; ++i) EXPECT_EQ(ch->pop()->value, i);
  }
}

// A push that threw has left: it does not keep the end from coming.
TYPED_TEST(ChannelElements, ThatThrowOnTheirWayInDoNotKeepTheEndFromComing) {
  if (!has_exceptions) GTEST_SKIP() << "this needs exceptions";
  const auto ch = TypeParam::template make<fragile, 1>();
  const fragile other(100);
  fragile::explodes = fragile::act::copy;
  EXPECT_THROW(ch->push(other), boom);
  fragile::explodes.reset();
  ch->close();
  EXPECT_TRUE(ch->is_drained());
  EXPECT_EQ(ch->try_pop().why(), status::closed);
}

// S67: what throws on its way out is gone; and its place is free for who waits for that.
TYPED_TEST(ChannelElements, ThatThrowOnTheirWayOutMakeRoomForWhoWaits) {
  if (!has_exceptions) GTEST_SKIP() << "this needs exceptions";
  const auto ch = TypeParam::template make<fragile, 1>();
  fragile out(7);
  for (int i = 0; i != 5; ++i) {
    ASSERT_EQ(ch->push(fragile(1)), status::ok);
    const sleepers asleep;
    fragile next(2);
    std::atomic<bool> is_in{false};
    together(
        [&] {
          EXPECT_EQ(ch->push(std::move(next)), status::ok);
          is_in = true;
        },
        [&] {
          asleep.await(1);
          fragile::explodes = fragile::act::assign;
          EXPECT_THROW(ch->pop(out), boom);
          until([&] { return is_in.load(); });
          fragile::explodes.reset();
        });
    EXPECT_EQ(out.value, 7);
    EXPECT_EQ(ch->pop()->value, 2);
    EXPECT_TRUE(ch->empty_approx());
  }
}

/// Throws at a 3.
struct until_the_third {
  using value_type = int;
  using difference_type = std::ptrdiff_t;
  const int* at;

  int operator*() const {
    if (*at == 3) throw_it(boom{});
    return *at;
  }
  until_the_third& operator++() {
    ++at;
    return *this;
  }
  void operator++(int) { ++at; }
};
static_assert(std::input_iterator<until_the_third>);

// Whoever waits for elements learns of those that were in when the next one threw.
TYPED_TEST(ChannelElements, InFrontOfOneThatThrowsInABatchReachWhoWaits) {
  if (!has_exceptions) GTEST_SKIP() << "this needs exceptions";
  const auto ch = TypeParam::template make<int, 3>();
  const std::array numbers{1, 2, 3};
  const sleepers asleep;
  std::atomic<int> out{0};
  together(
      [&] {
        for (const int i : {1, 2, 4}) {
          EXPECT_EQ(*ch->pop(), i);
          ++out;
        }
      },
      [&] {
        asleep.await(1);
        EXPECT_THROW(ch->push_n(until_the_third{numbers.data()}, 3), boom);
        EXPECT_TRUE(until_late([&] { return out == 2; })) << "before another push wakes it";
        EXPECT_EQ(ch->push(4), status::ok);
      });
}

/// Lets another push in while it is moved, and then throws.
struct holds_the_door {
  explicit holds_the_door(int v) : value(v) {}
  holds_the_door(holds_the_door&& other) : value(other.value) {
    if (value >= 0) return;
    std::exchange(meanwhile, nullptr)();
    throw_it(boom{});
  }
  holds_the_door& operator=(holds_the_door&&) = default;
  ~holds_the_door() = default;

  int value;
  static inline std::function<void()> meanwhile;
};

template <class Kind>
class ElementsOfManyProducers : public ChannelElements<Kind> {};
TYPED_TEST_SUITE(ElementsOfManyProducers, channels_of_many_producers, channel_names);

// Its wake is for nothing as long as the one before it is not in; when that is never to be, somebody has to be told.
TYPED_TEST(ElementsOfManyProducers, BehindOneThatThrowsReachWhoWaits) {
  if (!has_exceptions) GTEST_SKIP() << "this needs exceptions";
  const auto ch = TypeParam::template make<holds_the_door, 3>();
  const sleepers asleep;
  std::atomic<bool> is_out{false};
  together(
      [&] {
        EXPECT_EQ(ch->pop()->value, 7);
        is_out = true;
      },
      [&] {
        asleep.await(1);
        holds_the_door::meanwhile = [&] {
          EXPECT_EQ(ch->push(holds_the_door(7)), status::ok);
          until([&] { return is_out || asleep.so_far() >= 2; });
        };
        EXPECT_THROW((void)ch->push(holds_the_door(-1)), boom);
        if (until_late([&] { return is_out.load(); })) return;
        ADD_FAILURE() << "it sleeps on";
        EXPECT_EQ(ch->push(holds_the_door(8)), status::ok);
      });
}

// ---- going through ----

TYPED_TEST(ChannelElements, AreGoneThroughUntilTheChannelIsClosedAndDrained) {
  const auto ch = TypeParam::template make<std::unique_ptr<int>, 3>();
  together(
      [&] {
        for (int i = 0; i != 50; ++i) EXPECT_EQ(ch->push(std::make_unique<int>(i)), status::ok);
        ch->close();
      },
      [&] {
        int next = 0;
        for (std::unique_ptr<int>& element : *ch) EXPECT_EQ(*element, next++);
        EXPECT_EQ(next, 50);
      });
  EXPECT_TRUE(ch->is_drained());
  for (const auto& element : *ch) FAIL() << *element << " came after the end";
}

/// Asks, whenever it is moved, whether the one before is gone.
struct follower {
  inline static std::weak_ptr<int> before;
  inline static bool was_alone = true;
  std::shared_ptr<int> mine = std::make_shared<int>(0);

  follower() = default;
  follower(follower&& other) noexcept : mine(std::move(other.mine)) { was_alone = was_alone && before.expired(); }
  follower& operator=(follower&&) = default;
  ~follower() = default;
};
TYPED_TEST(ChannelElements, AreGoneBeforeTheNextOneComesOut) {
  const auto ch = TypeParam::template make<follower, 3>();
  for (int i = 0; i != 2; ++i) ASSERT_EQ(ch->push(follower()), status::ok);
  auto at = ch->begin();
  follower::before = at->mine;
  follower::was_alone = true;
  ++at;
  EXPECT_TRUE(follower::was_alone);
}
TYPED_TEST(ChannelElements, BehindABreakStay) {
  const auto ch = TypeParam::template make<std::unique_ptr<int>, 3>();
  for (int i = 0; i != 3; ++i) ASSERT_EQ(ch->push(std::make_unique<int>(i)), status::ok);
  ch->close();
  for (std::unique_ptr<int>& element : *ch) {
    EXPECT_EQ(*element, 0);
    break;
  }
  EXPECT_EQ(ch->size_approx(), 2U) << "what was seen is gone, what was not is there";
  std::vector<int> rest;
  for (auto at = ch->begin(); at != ch->end(); ++at) rest.push_back(**at);
  EXPECT_EQ(rest, (std::vector{1, 2}));
}

// An element that cannot be assigned, and one that throws while the next one comes: the one before it is destroyed once.
TYPED_TEST(ChannelElements, ThatThrowWhileTheyAreGoneThroughAreDestroyedOnce) {
  {
    const auto ch = TypeParam::template make<fragile, 3>();
    for (int i = 0; i != 3; ++i) ASSERT_EQ(ch->push(fragile(i)), status::ok);
    int seen = 0;
    const auto go_through = [&] {
      for (fragile& element : *ch) {
        EXPECT_EQ(element.value, seen++);
        if (seen == 1) fragile::explodes = fragile::act::move;
      }
    };
    EXPECT_THROW(go_through(), boom);
    fragile::explodes.reset();
    EXPECT_EQ(seen, 1);
    EXPECT_EQ(ch->pop()->value, 2);
    EXPECT_TRUE(ch->empty_approx());
  }
  EXPECT_TRUE(fragile::alive.empty());
}

TYPED_TEST(ChannelElements, NeedNotBeAssignableToBeGoneThrough) {
  struct fixed {
    explicit fixed(int v) : value(v) {}
    fixed(fixed&&) = default;
    fixed& operator=(fixed&&) = delete;
    ~fixed() = default;
    const int value;
  };
  const auto ch = TypeParam::template make<fixed, 3>();
  for (int i = 0; i != 3; ++i) ASSERT_EQ(ch->push(fixed(i)), status::ok);
  ch->close();
  int seen = 0;
  for (const fixed& element : *ch) EXPECT_EQ(element.value, seen++);
  EXPECT_EQ(seen, 3);
}

}  // namespace
}  // namespace volley::testing
