// SPDX-License-Identifier: MIT

// broadcast_ring: each reader sees each element, the slowest holds the producer back, and readers come and go.

#include <volley/env/checked.hpp>
#include <volley/ring/broadcast_ring.hpp>

#include <gtest/gtest.h>

#include "allocators.hpp"
#include "mapped.hpp"
#include "numbers.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <limits>
#include <memory>
#include <new>
#include <numeric>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace volley::testing {

/// The ring with one reader, for the suite over every ring.
template <class T, std::size_t Capacity, class Env, class Allocator>
class with_one_reader {
 public:
  with_one_reader() requires(Capacity != dynamic_capacity) = default;
  explicit with_one_reader(std::size_t capacity) requires(Capacity == dynamic_capacity) : ring_(capacity) {}

  template <class... Args>
  bool try_emplace(Args&&... args) {
    return ring_.try_emplace(std::forward<Args>(args)...);
  }
  bool try_push(const T& value) { return ring_.try_push(value); }
  bool try_push(T&& value) { return ring_.try_push(std::move(value)); }
  bool try_pop(T& out) { return reader_.try_pop(out); }
  std::optional<T> try_pop() { return reader_.try_pop(); }
  std::size_t capacity() const { return ring_.capacity(); }
  std::size_t size_approx() const { return ring_.size_approx(); }
  bool empty_approx() const { return reader_.empty_approx(); }

 private:
  broadcast_ring<T, Capacity, Env, Allocator> ring_;
  typename decltype(ring_)::reader reader_ = ring_.subscribe();
};

namespace {

using fixed = in_place<with_one_reader>;
using fixed_narrow = in_place<with_one_reader, narrow>;
using fixed_checked = in_place<with_one_reader, volley::checked>;
using dynamic = on_heap<with_one_reader>;
struct names {
  template <class Factory>
  static std::string GetName(int i) {
    return i == 0 ? "fixed" : i == 1 ? "fixed_narrow" : i == 2 ? "fixed_checked" : "dynamic";
  }
};
using every_kind = ::testing::Types<fixed, fixed_narrow, fixed_checked, dynamic>;
INSTANTIATE_TYPED_TEST_SUITE_P(Broadcast, RingOfNumbers, every_kind, names);

TEST(BroadcastRing, EachReaderSeesEachElement) {
  broadcast_ring<int, 3> ring;
  std::vector<decltype(ring)::reader> readers;
  for (int i = 0; i != 5; ++i) readers.push_back(ring.subscribe());
  for (int lap = 0; lap != 20; ++lap) {
    for (int i = 0; i != 3; ++i) ASSERT_TRUE(ring.try_push(3 * lap + i));
    for (auto& r : readers) {
      ASSERT_FALSE(ring.try_push(9)) << "not all have read";
      for (int i = 0; i != 3; ++i) ASSERT_EQ(r.try_pop(), 3 * lap + i);
      ASSERT_EQ(r.try_pop(), std::nullopt);
    }
  }
}

TEST(BroadcastRing, TheSlowestReaderHoldsTheProducerBackAndNobodyElse) {
  broadcast_ring<int, 4> ring;
  auto slow = ring.subscribe();
  auto fast = ring.subscribe();
  for (int i = 0; i != 4; ++i) ASSERT_TRUE(ring.try_push(i) && fast.try_pop() == i);
  EXPECT_FALSE(ring.try_push(4));
  EXPECT_EQ(ring.size_approx(), 4U);
  EXPECT_TRUE(fast.empty_approx());
  EXPECT_EQ(slow.size_approx(), 4U);
  EXPECT_EQ(slow.try_pop(), 0);
  EXPECT_TRUE(ring.try_push(4));
  EXPECT_FALSE(ring.try_push(5));
  EXPECT_EQ(fast.try_pop(), 4);
}

TEST(BroadcastRing, AReaderThatGoesReleasesTheProducerAtOnce) {
  broadcast_ring<int, 2> ring;
  auto stays = ring.subscribe();
  std::optional goes(ring.subscribe());
  auto unsubscribes = ring.subscribe();
  EXPECT_TRUE(ring.try_push(1) && ring.try_push(2));
  EXPECT_EQ(stays.try_pop(), 1);
  EXPECT_FALSE(ring.try_push(3));
  goes.reset();
  EXPECT_FALSE(ring.try_push(3));
  unsubscribes.unsubscribe();
  EXPECT_TRUE(ring.try_push(3));
  EXPECT_FALSE(ring.try_push(4));
  EXPECT_EQ(stays.try_pop(), 2);
  EXPECT_EQ(stays.try_pop(), 3);
  EXPECT_FALSE(unsubscribes);
  EXPECT_EQ(unsubscribes.try_pop(), std::nullopt);
  EXPECT_FALSE(unsubscribes.try_peek(1));
  EXPECT_EQ(unsubscribes.size_approx(), 0U);
}

template <class Reader>
void expect_nothing_comes(Reader& reader) {
  int out = -1;
  std::array<int, 3> some{};
  EXPECT_FALSE(reader);
  EXPECT_FALSE(reader.try_pop(out) || reader.try_pop() || reader.try_read([](int) {}) || reader.try_peek(1));
  EXPECT_EQ(reader.try_pop_n(some) + reader.consume_all([](int) {}) + reader.size_approx(), 0U);
  EXPECT_TRUE(reader.empty_approx());
  EXPECT_EQ(out, -1);
  reader.unsubscribe();
}

TEST(BroadcastRing, NothingComesForAReaderThatUnsubscribedOrWasMovedFromAfterItHadRead) {
  broadcast_ring<int, 4, volley::checked> ring;
  auto goes = ring.subscribe();
  auto first = ring.subscribe();
  EXPECT_TRUE(ring.try_push(1) && ring.try_push(2));
  EXPECT_EQ(goes.try_pop(), 1);
  EXPECT_EQ(first.try_pop(), 1);
  goes.unsubscribe();
  expect_nothing_comes(goes);
  auto second = std::move(first);
  expect_nothing_comes(first);  // NOLINT(bugprone-use-after-move): that is the promise
  EXPECT_EQ(second.try_pop(), 2);
  EXPECT_TRUE(ring.try_push(3));
  expect_nothing_comes(first);
  EXPECT_EQ(second.try_pop(), 3);
}

TEST(BroadcastRing, AReaderThatIsAssignedToUnsubscribesFirst) {
  broadcast_ring<int, 2, volley::checked, std::allocator<int>, 2> ring;
  auto mine = ring.subscribe();
  EXPECT_TRUE(ring.try_push(1) && ring.try_push(2));
  EXPECT_EQ(mine.try_pop(), 1);
  mine = ring.subscribe();
  EXPECT_TRUE(ring.try_push(3)) << "nobody is behind";
  EXPECT_EQ(mine.try_pop(), 3);
  auto other = ring.subscribe();
  EXPECT_TRUE(other) << "its old seat is free";
  EXPECT_TRUE(ring.try_push(4));
  std::swap(mine, other);
  EXPECT_EQ(mine.try_pop(), 4);
  EXPECT_EQ(other.try_pop(), 4);
  auto& same = mine;
  mine = std::move(same);
  EXPECT_TRUE(mine);
  mine = std::move(other);
  expect_nothing_comes(other);  // NOLINT(bugprone-use-after-move): that is the promise
  EXPECT_TRUE(ring.try_push(5) && mine.try_pop() == 5);
  EXPECT_TRUE(ring.subscribe());
}

TEST(BroadcastRing, ReadersCanBeErasedFromAVector) {
  broadcast_ring<int, 2> ring;
  std::vector<decltype(ring)::reader> readers;
  for (int i = 0; i != 4; ++i) readers.push_back(ring.subscribe());
  EXPECT_TRUE(ring.try_push(1) && ring.try_push(2));
  for (std::size_t i = 1; i != readers.size(); ++i) EXPECT_EQ(readers[i].try_pop(), 1);
  EXPECT_FALSE(ring.try_push(3));
  readers.erase(readers.begin());
  EXPECT_TRUE(ring.try_push(3)) << "it was the slowest";
  for (auto& r : readers) EXPECT_TRUE(r.try_pop() == 2 && r.try_pop() == 3 && !r.try_pop());
}

TEST(BroadcastRing, CallsWhatIsNotConst) {
  broadcast_ring<int, 4> ring;
  auto reader = ring.subscribe();
  EXPECT_EQ(ring.try_push_n(std::array{1, 2, 3}), 3U);
  int last = 0;
  auto adds = [&last, sum = 0](int e) mutable { last = sum += e; };
  EXPECT_TRUE(reader.try_read(adds));
  EXPECT_EQ(reader.consume_all(adds), 2U);
  EXPECT_EQ(last, 6) << "one object, not copies of it";
  EXPECT_TRUE(ring.try_push(7));
  EXPECT_EQ(reader.consume_all([&last, n = 5](int e) mutable { last = e + ++n; }), 1U);
  EXPECT_EQ(last, 13);
}

TEST(BroadcastRing, AReaderBeginsWithTheNextElementPushed) {
  broadcast_ring<int, 8> ring;
  auto first = ring.subscribe();
  for (int i = 0; i != 50; ++i) {
    auto late = ring.subscribe();
    EXPECT_EQ(late.try_pop(), std::nullopt);
    ASSERT_TRUE(ring.try_push(i) && ring.try_push(-i));
    EXPECT_EQ(late.size_approx(), 2U);
    EXPECT_EQ(late.try_pop(), i);
    EXPECT_EQ(late.try_pop(), -i);
    EXPECT_EQ(first.try_pop(), i);
    EXPECT_EQ(first.try_pop(), -i);
  }
}

TEST(BroadcastRing, SeatsAreGivenAgainAndAreNeverMoreThanThereAre) {
  broadcast_ring<int, 2, native, std::allocator<int>, 3> ring;
  static_assert(ring.max_readers() == 3 && broadcast_ring<int, 2>::max_readers() == 16);
  for (int round = 0; round != 100; ++round) {
    auto a = ring.subscribe();
    auto b = ring.subscribe();
    auto c = ring.subscribe();
    auto d = ring.subscribe();
    EXPECT_TRUE(a && b && c);
    EXPECT_FALSE(d);
    EXPECT_FALSE(d.try_pop());
    if (round % 3 == 0) {
      EXPECT_TRUE(ring.try_push(round) && b.try_pop() == round);
    }
    b.unsubscribe();
    b.unsubscribe();
    auto e = std::move(a);
    EXPECT_TRUE(e && !a);  // NOLINT(bugprone-use-after-move): that is looked at
    EXPECT_TRUE(ring.subscribe());
  }
}

// S46: elements forgotten or destroyed twice when the queue goes, or where somebody did not read to the end.
TEST(BroadcastRing, PushesAndPopsInBatches) {
  broadcast_ring<int, 7> ring;
  auto a = ring.subscribe();
  auto b = ring.subscribe();
  std::array<int, 5> from{};
  std::array<int, 9> to{};
  int in = 0;
  int out[2] = {};
  for (int round = 0; round != 100; ++round) {
    std::iota(from.begin(), from.end(), in);
    const std::size_t room = 7 - ring.size_approx();
    const std::size_t n = ring.try_push_n(from);
    ASSERT_EQ(n, std::min<std::size_t>(5, room));
    in += static_cast<int>(n);
    for (int which : {0, 1}) {
      const std::size_t k =
          (which == 0 ? a : b).try_pop_n(std::span(to).first(static_cast<std::size_t>(1 + round % 9)));
      for (std::size_t i = 0; i != k; ++i) ASSERT_EQ(to[i], out[which]++);
    }
  }
  EXPECT_EQ(ring.try_push_n(std::istream_iterator<int>(), 0), 0U);
}

TEST(BroadcastRing, SealedRingRefusesPushesAndIsReadToItsEnd) {
  broadcast_ring<int, 3> ring;
  auto reader = ring.subscribe();
  EXPECT_TRUE(ring.try_push(1) && ring.try_push(2));
  EXPECT_FALSE(ring.is_sealed());
  ring.seal();
  ring.seal();
  EXPECT_TRUE(ring.is_sealed());
  auto late = ring.subscribe();
  EXPECT_FALSE(ring.try_push(3));
  EXPECT_EQ(ring.try_reserve(1).size(), 0U);
  EXPECT_EQ(reader.try_pop(), 1);
  EXPECT_EQ(reader.try_pop(), 2);
  EXPECT_FALSE(ring.try_push(3));
  EXPECT_EQ(reader.try_pop(), std::nullopt);
  EXPECT_EQ(late.try_pop(), std::nullopt);
}

TEST(BroadcastRing, AReservationIsAPushThatBeganWhenItWasReserved) {
  broadcast_ring<int, 4> ring;
  auto first = ring.subscribe();
  auto mine = ring.try_reserve(1);
  mine.construct(1);
  auto late = ring.subscribe();
  ring.seal();
  EXPECT_TRUE(ring.is_sealed());
  EXPECT_EQ(first.try_pop(), std::nullopt);
  mine.commit();
  EXPECT_EQ(first.try_pop(), 1);
  EXPECT_EQ(late.try_pop(), std::nullopt) << "it came later";
}

TEST(BroadcastRing, ACapacityThatCannotBeIsRefused) {
  using ring = broadcast_ring<std::uint64_t>;
  for (const std::size_t capacity :
       {std::size_t{0}, ring::max_capacity() + 1, std::numeric_limits<std::size_t>::max()}) {
    EXPECT_THROW(ring r(capacity), std::invalid_argument) << capacity;
    EXPECT_EQ(ring::make(capacity), nullptr) << capacity;
  }
  static_assert(broadcast_ring<int, dynamic_capacity, narrow>::max_capacity() == 127);
  using failing = broadcast_ring<int, dynamic_capacity, native, null_allocator<int>>;
  EXPECT_EQ(failing::make(8), nullptr);
}

// One reader: no locked operation an element, whatever the element; several: one for each but the last, if it has a destructor.
TEST(BroadcastRing, WorksBetweenTwoMappingsAtDifferentAddresses) {
  using ring = broadcast_ring<std::uint64_t, 7, native, std::allocator<std::uint64_t>, 4>;
  const memory_file file;
  const view<ring> here(file);
  const view<ring> there(file);
  here.make();
  ASSERT_NE(here.address(), there.address());
  auto a = there->subscribe();
  auto b = here->subscribe();
  for (std::uint64_t i = 0; i != 100; ++i) {
    ASSERT_TRUE(here->try_push(i));
    ASSERT_EQ(a.try_pop(), i);
    ASSERT_EQ(b.try_pop(), i);
  }
}

TEST(BroadcastRing, WorksBetweenTwoProcesses) {
  using ring = broadcast_ring<std::uint64_t, 7, native, std::allocator<std::uint64_t>, 4>;
  const memory_file file;
  const view<ring> here(file);
  here.make();
  auto mine = here->subscribe();
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    const view<ring> there(file);
    ::alarm(20);
    for (std::uint64_t i = 0; i != 5'000; ++i) until([&] { return there->try_push(i); });
    there->seal();
    ::_exit(0);
  }
  std::uint64_t expected = 0;
  std::size_t wrong = 0;
  until([&] {
    const bool sealed = here->is_sealed();
    return mine.consume_all([&](const std::uint64_t& e) { wrong += e == expected++ ? 0U : 1U; }) == 0 && sealed;
  });
  EXPECT_EQ(expected, 5'000U);
  EXPECT_EQ(wrong, 0U);
  int status = 0;
  EXPECT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
}

}  // namespace
}  // namespace volley::testing
