// SPDX-License-Identifier: MIT
#pragma once

// All rings of the library behind two verbs, push and pop of a number, for tests of what has nothing to do with how they differ.

#include <volley/env/native.hpp>
#include <volley/ring/broadcast_ring.hpp>
#include <volley/ring/byte_ring.hpp>
#include <volley/ring/lockfree_mpmc_ring.hpp>
#include <volley/ring/mpmc_ring.hpp>
#include <volley/ring/mpsc_byte_ring.hpp>
#include <volley/ring/mpsc_ring.hpp>
#include <volley/ring/overwrite_ring.hpp>
#include <volley/ring/spmc_ring.hpp>
#include <volley/ring/spsc_ring.hpp>

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <span>
#include <string>

namespace volley::testing {

using number = std::uint64_t;

/// A ring of elements. grain: what one number takes of its capacity.
template <template <class, std::size_t, class, class> class Ring>
struct ring_kind {
  static constexpr std::size_t grain = 1;
  using stored = number;
  template <std::size_t Numbers, class Env = native>
  using in_place = Ring<number, Numbers, Env, std::allocator<number>>;
  template <template <class> class Allocator>
  using on_heap = Ring<number, dynamic_capacity, native, Allocator<number>>;
};
/// A ring of records: each has a header of 8 bytes.
template <template <std::size_t, class, class> class Ring>
struct record_kind {
  static constexpr std::size_t grain = 16;
  using stored = std::byte;
  template <std::size_t Numbers, class Env = native>
  using in_place = Ring<grain * Numbers, Env, std::allocator<std::byte>>;
  template <template <class> class Allocator>
  using on_heap = Ring<dynamic_capacity, native, Allocator<std::byte>>;
};

template <class T, std::size_t N, class Env, class Allocator>
using broadcast_for_some = broadcast_ring<T, N, Env, Allocator>;

using each_ring =
    ::testing::Types<ring_kind<spsc_ring>, ring_kind<mpsc_ring>, ring_kind<spmc_ring>, ring_kind<mpmc_ring>,
                     ring_kind<lockfree_mpmc_ring>, ring_kind<overwrite_ring>, ring_kind<broadcast_for_some>,
                     ring_kind<lossy_broadcast_ring>, record_kind<byte_ring>, record_kind<mpsc_byte_ring>>;
struct each_ring_names {
  template <class Kind>
  static std::string GetName(int i) {
    constexpr const char* names[] = {"spsc",      "mpsc",      "spmc",  "mpmc",  "lockfree_mpmc",
                                     "overwrite", "broadcast", "lossy", "bytes", "mpsc_bytes"};
    return names[i];
  }
};

/// Where numbers come out: a reader of its own, or the ring.
template <class Ring>
decltype(auto) outlet(Ring& ring) {
  if constexpr (requires { ring.subscribe(); }) {
    return ring.subscribe();
  } else {
    return (ring);
  }
}

template <class Ring>
bool push(Ring& ring, number value) {
  if constexpr (requires { ring.claim(std::size_t{8}); }) {
    return ring.try_push(std::as_bytes(std::span(&value, 1))) == claim_error::none;
  } else if constexpr (requires { ring.try_push(value); }) {
    return ring.try_push(value);
  } else {
    return !ring.push(value);
  }
}

template <class Outlet>
std::optional<number> pop(Outlet& from) {
  if constexpr (requires { from.try_pop(); }) {
    return from.try_pop();
  } else {
    std::optional<number> out;
    from.read([&](std::span<const std::byte> got) { std::memcpy(&out.emplace(), got.data(), sizeof(number)); }, 1);
    return out;
  }
}

}  // namespace volley::testing
