// SPDX-License-Identifier: MIT
#pragma once

// The ways of making a ring, for suites that go over all of them.

#include <volley/env/native.hpp>
#include <volley/ring/storage.hpp>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>

namespace volley::testing {

/// Narrow positions, so that they wrap within a test; the ring's largest capacity is then 127.
struct narrow : native {
  using index = std::uint8_t;
  static constexpr index first_index = 0;
};

/// Two ways of making a ring. throws: it takes elements whose operations throw.
template <template <class, std::size_t, class, class> class Ring, class Env = native, bool Throws = true>
struct in_place {
  static constexpr std::size_t most = std::numeric_limits<typename Env::index>::max() / 2;
  static constexpr bool throws = Throws;
  template <class T, std::size_t N>
  static auto make() {
    return std::make_unique<Ring<T, N, Env, std::allocator<T>>>();
  }
};
template <template <class, std::size_t, class, class> class Ring, class Env = native, bool Throws = true,
          template <class> class Allocator = std::allocator>
struct on_heap : in_place<Ring, Env, Throws> {
  template <class T, std::size_t N>
  static auto make() {
    return make_at<T>(N);
  }
  template <class T>
  static auto make_at(std::size_t capacity) {
    return std::make_unique<Ring<T, dynamic_capacity, Env, Allocator<T>>>(capacity);
  }
};

template <class Factory, class T, std::size_t N>
auto make() {
  return Factory::template make<T, N>();
}

}  // namespace volley::testing
