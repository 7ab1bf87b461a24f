// SPDX-License-Identifier: MIT
#pragma once

// What every bounded ring promises of order, capacity and size, at many capacities: one typed suite, which a ring joins with one line
// (see ring.hpp).

#include "factory.hpp"
#include "scale.hpp"
#include "seed.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <random>
#include <string>
#include <type_traits>
#include <utility>

namespace volley::testing {

/// A ring of numbers without its type, so that what is done to many of them is compiled once.
struct ring_of_numbers {
  ring_of_numbers() = default;
  ring_of_numbers(const ring_of_numbers&) = delete;
  ring_of_numbers& operator=(const ring_of_numbers&) = delete;
  virtual ~ring_of_numbers() = default;

  virtual bool push_copy(const unsigned& value) = 0;
  virtual bool push(unsigned value) = 0;
  virtual bool emplace(unsigned value) = 0;
  virtual bool pop_into(unsigned& out) = 0;
  virtual std::optional<unsigned> pop() = 0;
  virtual std::size_t capacity() const = 0;
  virtual std::size_t size() const = 0;
  virtual bool empty() const = 0;
};

template <class Pointer>
struct numbers final : ring_of_numbers {
  explicit numbers(Pointer r) : ring(std::move(r)) {}
  bool push_copy(const unsigned& value) override { return ring->try_push(value); }
  bool push(unsigned value) override { return ring->try_push(std::move(value)); }
  bool emplace(unsigned value) override { return ring->try_emplace(value); }
  bool pop_into(unsigned& out) override { return ring->try_pop(out); }
  std::optional<unsigned> pop() override { return ring->try_pop(); }
  std::size_t capacity() const override { return ring->capacity(); }
  std::size_t size() const override { return ring->size_approx(); }
  bool empty() const override { return ring->empty_approx(); }

  const Pointer ring;
};

/// Of one type for all capacities, where that can be: compiled once.
template <class Factory, std::size_t N>
auto make_numbers() {
  if constexpr (requires { Factory::template make_at<unsigned>(N); }) {
    return Factory::template make_at<unsigned>(N);
  } else {
    return make<Factory, unsigned, N>();
  }
}

/// Calls f with a new ring of each capacity of the list that this kind can have.
template <class Factory, std::size_t... N>
void with_each_capacity(std::index_sequence<N...>, void (*f)(ring_of_numbers&)) {
  const auto with = [f]<std::size_t M>(std::integral_constant<std::size_t, M>) {
    if constexpr (M <= Factory::most) {
      SCOPED_TRACE("capacity " + std::to_string(M));
      numbers ring(make_numbers<Factory, M>());
      ASSERT_EQ(ring.capacity(), M);
      f(ring);
    }
  };
  (with(std::integral_constant<std::size_t, N>{}), ...);
}
using all_sizes = std::index_sequence<1, 2, 3, 5, 7, 8, 127, 1000>;
using small_sizes = std::index_sequence<1, 2, 3>;

/// Does one operation, chosen by a number, on a ring and on the queue that it should be like.
inline void do_both(ring_of_numbers& ring, std::deque<unsigned>& model, unsigned choice, unsigned value) {
  constexpr unsigned untouched = 12345;
  const bool room = model.size() < ring.capacity();
  const std::optional<unsigned> oldest = model.empty() ? std::nullopt : std::optional(model.front());
  unsigned out = untouched;
  switch (choice) {
    case 0:
      ASSERT_EQ(ring.push_copy(value), room);
      break;
    case 1:
      ASSERT_EQ(ring.push(value), room);
      break;
    case 2:
      ASSERT_EQ(ring.emplace(value), room);
      break;
    case 3:
      ASSERT_EQ(ring.pop_into(out), oldest.has_value());
      break;
    default:
      ASSERT_EQ(ring.pop(), oldest);
      break;
  }
  ASSERT_EQ(out, choice == 3 ? oldest.value_or(untouched) : untouched);
  if (choice < 3) {
    if (room) model.push_back(value);
  } else if (oldest) {
    model.pop_front();
  }
  ASSERT_EQ(ring.size(), model.size());
  ASSERT_EQ(ring.empty(), model.empty());
}

inline void hold_exactly_the_capacity(ring_of_numbers& ring) {
  const auto n = static_cast<unsigned>(ring.capacity());
  for (unsigned lap = 0; lap != 1000 / n + 3; ++lap) {
    for (unsigned i = 0; i != n; ++i) ASSERT_TRUE(ring.push(lap + i));
    ASSERT_FALSE(ring.push(0));
    for (unsigned i = 0; i != n; ++i) ASSERT_EQ(ring.pop(), lap + i);
    ASSERT_EQ(ring.pop(), std::nullopt);
  }
}

inline void wrap_at_every_fill_level(ring_of_numbers& ring) {
  const std::size_t n = ring.capacity();
  unsigned in = 0;
  unsigned out = 0;
  for (std::size_t level = 1; level <= n; level += n / 8 + 1) {
    while (in - out < level) ASSERT_TRUE(ring.push(in++));
    for (std::size_t i = 0; i != 5 * n + 300; ++i) {
      ASSERT_EQ(ring.pop(), out++);
      ASSERT_TRUE(ring.push(in++));
      ASSERT_EQ(ring.size(), level);
    }
  }
}

inline void count_while_quiet(ring_of_numbers& ring) {
  for (int round = 0; round != 3; ++round) {
    for (std::size_t i = 0; i != ring.capacity(); ++i) {
      ASSERT_EQ(ring.size(), i);
      ASSERT_EQ(ring.empty(), i == 0);
      ASSERT_TRUE(ring.push(1));
    }
    for (std::size_t i = ring.capacity(); i != 0; --i) {
      ASSERT_EQ(ring.size(), i);
      ASSERT_TRUE(ring.pop().has_value());
    }
    ASSERT_TRUE(ring.push(1) && ring.pop());  // start the next round one further on
  }
}

/// Each sequence of 11 pushes and pops; the ring is drained in between, so that they also start at each offset.
inline void try_every_short_sequence(ring_of_numbers& ring) {
  for (unsigned sequence = 0; sequence != 1U << 11; ++sequence) {
    std::deque<unsigned> model;
    for (unsigned step = 0; step != 11; ++step) do_both(ring, model, (sequence >> step & 1) != 0 ? 0 : 4, step);
    while (!model.empty()) do_both(ring, model, 4, 0);
    if (::testing::Test::HasFailure()) FAIL() << "sequence " << sequence << " at capacity " << ring.capacity();
  }
}

/// In spells of mostly pushes or mostly pops, so that both ends are reached.
inline void do_random_operations(ring_of_numbers& ring) {
  const std::uint64_t seed = random_seed();
  SCOPED_TRACE("VOLLEY_TEST_SEED=" + std::to_string(seed));
  std::mt19937_64 random(seed);
  std::deque<unsigned> model;
  for (std::size_t left = scaled(4000); left != 0;) {
    const unsigned first = random() % 2 == 0 ? 0 : 1;
    for (auto spell = std::min<std::size_t>(left, random() % (2 * ring.capacity()) + 1); spell != 0; --spell, --left) {
      do_both(ring, model, first + static_cast<unsigned>(random() % 4), static_cast<unsigned>(random() % 1000));
      if (::testing::Test::HasFatalFailure()) return;
    }
  }
}

template <class Factory>
class RingOfNumbers : public ::testing::Test {};
TYPED_TEST_SUITE_P(RingOfNumbers);

// S57, SPSCQueue fbc67fc: off by one; a ring of one that cannot tell full from empty. Exact at every turn, not only at first.
TYPED_TEST_P(RingOfNumbers, CapacityIsExact) { with_each_capacity<TypeParam>(all_sizes{}, hold_exactly_the_capacity); }

// S54: MPMCQueue #40, iceoryx2 #986 (a capacity that is no power of two, and a wrapping index, overwrote what was valid).
TYPED_TEST_P(RingOfNumbers, WrapsManyLapsInFifoOrderAtEveryFillLevel) {
  with_each_capacity<TypeParam>(all_sizes{}, wrap_at_every_fill_level);
}

// S60, photon #203: a wrong test for full, seen only after one sequence of operations. So all short ones are tried.
TYPED_TEST_P(RingOfNumbers, EveryShortSequenceOfOperationsMatchesADeque) {
  with_each_capacity<TypeParam>(small_sizes{}, try_every_short_sequence);
}

TYPED_TEST_P(RingOfNumbers, RandomOperationsMatchADeque) {
  with_each_capacity<TypeParam>(all_sizes{}, do_random_operations);
}

TYPED_TEST_P(RingOfNumbers, SizeApproxIsExactWhenQuiet) {
  with_each_capacity<TypeParam>(all_sizes{}, count_while_quiet);
}

REGISTER_TYPED_TEST_SUITE_P(RingOfNumbers, CapacityIsExact, WrapsManyLapsInFifoOrderAtEveryFillLevel,
                            EveryShortSequenceOfOperationsMatchesADeque, RandomOperationsMatchADeque,
                            SizeApproxIsExactWhenQuiet);

}  // namespace volley::testing
