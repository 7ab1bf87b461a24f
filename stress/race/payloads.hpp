// SPDX-License-Identifier: MIT
#pragma once

// Elements for rings under real threads. They are plain data on purpose, so that a sanitizer sees every access to them, and know
// whether they are whole.

#include <gtest/gtest.h>

#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>

namespace volley::testing {

/// Four words that belong together. S1, atomic_queue 95bbd40, folly 05cdf111f: claimed without acquire, words not there yet.
struct checked {
  explicit checked(std::uint64_t n = 0) noexcept : words{n, n * 3, n ^ 0x5555, ~n} {}
  bool is(std::uint64_t n) const {
    return words[0] == n && words[1] == n * 3 && words[2] == (n ^ 0x5555) && words[3] == ~n;
  }
  std::uint64_t number() const { return words[0]; }
  std::uint64_t words[4];
};

/// Reads all of itself once more when it is destroyed. S2, iceoryx #1396, atomic_queue 681544f, DPDK ecc7d10e44: the slot was
/// given back before the reader was done with it.
struct lingering : checked {
  using checked::checked;
  lingering(const lingering&) = default;
  lingering& operator=(const lingering&) = default;
  ~lingering() { look(); }
  __attribute__((noinline)) void look() const {
    if (!is(words[0])) std::abort();
  }
};

/// Owns memory, which the other thread frees.
struct owning {
  explicit owning(std::uint64_t n = 0) : value(std::make_unique<std::uint64_t>(n)) {}
  bool is(std::uint64_t n) const { return value != nullptr && *value == n; }
  std::uint64_t number() const { return *value; }
  std::unique_ptr<std::uint64_t> value;
};

struct payload_names {
  template <class T>
  static std::string GetName(int i) {
    return i == 0 ? "checked" : i == 1 ? "lingering" : "owning";
  }
};
using payloads = ::testing::Types<checked, lingering, owning>;

}  // namespace volley::testing
