// SPDX-License-Identifier: MIT
#pragma once

// How a test that ends its process does so.

#include <gtest/gtest.h>

#include <cstdlib>

namespace volley::testing {

inline bool is_emulated() { return std::getenv("VOLLEY_EMULATED") != nullptr; }

/// In a program begun anew, where other threads may be about; in an emulator, by which a program cannot start itself, after a fork.
inline void die_in_a_program_of_its_own() {
  ::testing::FLAGS_gtest_death_test_style = is_emulated() ? "fast" : "threadsafe";
}

/// The end of a pattern: the words before were the last ones. An emulator adds some of its own.
inline const char* nothing_more() { return is_emulated() ? "" : "$"; }

}  // namespace volley::testing
