// SPDX-License-Identifier: MIT
#pragma once

// The channels of elements over every ring that has one, for suites that go over all of them; and the Env by which they see who sleeps.

#include <volley/channel/channel.hpp>
#include <volley/env/hooked.hpp>
#include <volley/ring/lockfree_mpmc_ring.hpp>
#include <volley/ring/mpmc_ring.hpp>
#include <volley/ring/mpsc_ring.hpp>
#include <volley/ring/spmc_ring.hpp>
#include <volley/ring/spsc_ring.hpp>

#include <gtest/gtest.h>

#include "scale.hpp"

#include <atomic>
#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <vector>

namespace volley::testing {

/// Counts the sleeps of all threads.
struct sleep_hook {
  static inline std::atomic<unsigned> sleeps{0};

  static void step(volley::step s) {
    if (s == step::park) sleeps.fetch_add(1);
  }
};
/// Who waits sleeps soon, and that is noted just before.
struct drowsy : hooked<sleep_hook> {
  static constexpr unsigned hot_polls = 2;
  static constexpr unsigned polls_per_look = 2;
  static constexpr std::uint32_t longest_spin = 1'000;
  static constexpr std::uint32_t shortest_spin = 1'000;
};

/// Waits until that many sleeps have begun since it was made.
class sleepers {
 public:
  void await(unsigned n) const {
    until([&] { return sleep_hook::sleeps.load() - before_ >= n; });
  }
  unsigned so_far() const { return sleep_hook::sleeps.load() - before_; }

 private:
  unsigned before_ = sleep_hook::sleeps.load();
};

template <template <class, std::size_t, class, class> class Ring, std::size_t Capacity>
struct channel_of {
  static constexpr bool is_dynamic = Capacity == dynamic_capacity;
  static constexpr bool one_producer = Ring<int, 4, native, std::allocator<int>>::one_producer;
  static constexpr bool one_consumer = Ring<int, 4, native, std::allocator<int>>::one_consumer;

  template <class T, std::size_t N, class Env = drowsy, class Wait = spin_park>
  using type = channel<Ring<T, is_dynamic ? dynamic_capacity : N, Env, std::allocator<T>>, Wait>;

  template <class T, std::size_t N, class Env = drowsy>
  static auto make() {
    if constexpr (is_dynamic) return std::make_unique<type<T, N, Env>>(N);
    if constexpr (!is_dynamic) return std::make_unique<type<T, N, Env>>();
  }
};

using each_channel =
    ::testing::Types<channel_of<spsc_ring, 1>, channel_of<mpsc_ring, dynamic_capacity>, channel_of<spmc_ring, 1>,
                     channel_of<mpmc_ring, dynamic_capacity>, channel_of<lockfree_mpmc_ring, dynamic_capacity>>;
using each_channel_and_storage =
    ::testing::Types<channel_of<spsc_ring, 1>, channel_of<spsc_ring, dynamic_capacity>,
                     channel_of<mpsc_ring, dynamic_capacity>, channel_of<spmc_ring, 1>, channel_of<mpmc_ring, 1>,
                     channel_of<mpmc_ring, dynamic_capacity>, channel_of<lockfree_mpmc_ring, dynamic_capacity>>;
using channels_of_many_consumers = ::testing::Types<channel_of<spmc_ring, 1>, channel_of<mpmc_ring, dynamic_capacity>,
                                                    channel_of<lockfree_mpmc_ring, 1>>;
using channels_of_many_producers = ::testing::Types<channel_of<mpsc_ring, 1>, channel_of<mpmc_ring, dynamic_capacity>,
                                                    channel_of<lockfree_mpmc_ring, 1>>;
struct channel_names {
  template <class Kind>
  static std::string GetName(int) {
    const std::string ends = std::string(Kind::one_producer ? "s" : "m") + "p" + (Kind::one_consumer ? "s" : "m") + "c";
    const bool is_lockfree = std::is_same_v<Kind, channel_of<lockfree_mpmc_ring, Kind::is_dynamic ? 0 : 1>>;
    return (is_lockfree ? "lockfree_" : "") + ends + (Kind::is_dynamic ? "_dynamic" : "_fixed");
  }
};

using steady = std::chrono::steady_clock;

/// All that is in it now.
template <class Channel>
std::vector<typename Channel::value_type> all_in(Channel& from) {
  std::vector<typename Channel::value_type> all;
  while (auto got = from.try_pop()) all.push_back(std::move(*got));
  return all;
}

}  // namespace volley::testing
