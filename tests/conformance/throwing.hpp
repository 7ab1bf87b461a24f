// SPDX-License-Identifier: MIT
#pragma once

// Tests of what throws, in builds with exceptions and without. Without them a test is skipped from its first look for an exception
// on, and counted as skipped; and what would throw ends the program. Such builds put this file before all others.

#include <gtest/gtest.h>

#include <cstdlib>
#include <memory>
#include <utility>

namespace volley::testing {

#if defined(__cpp_exceptions)
inline constexpr bool has_exceptions = true;
#else
inline constexpr bool has_exceptions = false;
#endif

/// `throw e`, in words that compile everywhere.
template <class E>
[[noreturn]] void throw_it([[maybe_unused]] E e) {
#if defined(__cpp_exceptions)
  throw e;
#else
  std::abort();
#endif
}

/// Ring(args...) throws an E, and Ring::make(args...) gives null. Without exceptions the constructor ends the program.
template <class Ring, class E, class... Args>
void expect_refused(const Args&... args) {
#if defined(__cpp_exceptions)
  EXPECT_THROW(Ring r(args...), E);
#else
  EXPECT_DEATH(Ring r(args...), "");
#endif
  EXPECT_EQ(Ring::make(args...), nullptr);
}

}  // namespace volley::testing

#if !defined(__cpp_exceptions)
#define VOLLEY_SKIP_FROM_HERE_ON(statement) \
  GTEST_AMBIGUOUS_ELSE_BLOCKER_             \
  if (false) {                              \
    statement;                              \
  } else                                    \
    GTEST_SKIP() << "this needs exceptions"
#undef EXPECT_THROW
#undef ASSERT_THROW
#undef EXPECT_ANY_THROW
#undef ASSERT_ANY_THROW
#undef EXPECT_NO_THROW
#undef ASSERT_NO_THROW
#define EXPECT_THROW(statement, exception) VOLLEY_SKIP_FROM_HERE_ON(statement)
#define ASSERT_THROW(statement, exception) VOLLEY_SKIP_FROM_HERE_ON(statement)
#define EXPECT_ANY_THROW(statement) VOLLEY_SKIP_FROM_HERE_ON(statement)
#define ASSERT_ANY_THROW(statement) VOLLEY_SKIP_FROM_HERE_ON(statement)
#define EXPECT_NO_THROW(statement) statement
#define ASSERT_NO_THROW(statement) statement
#endif
