// SPDX-License-Identifier: MIT
#pragma once

// Where the dice of a random test come from.

#include <cstdint>
#include <cstdlib>
#include <random>

namespace volley::testing {

/// The seed of this run's random tests: VOLLEY_TEST_SEED, or a new one each time.
inline std::uint64_t random_seed() {
  const char* const text = std::getenv("VOLLEY_TEST_SEED");
  return text != nullptr ? std::strtoull(text, nullptr, 0) : std::random_device{}();
}

}  // namespace volley::testing
