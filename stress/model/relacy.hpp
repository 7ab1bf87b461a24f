// SPDX-License-Identifier: MIT
#pragma once

// Relacy, tamed: the standard headers first, for its macros take over new, delete, malloc, free, assert and the memory orders;
// then our generator; then Relacy; then the macros go.

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <memory>
#include <new>
#include <numeric>
#include <optional>
#include <span>
#include <sstream>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "random.hpp"  // before Relacy, whose own it replaces

#pragma push_macro("errno")
#define RL_DO_ASSERT 1  // without it wrong failure orders pass silently
#include <relacy/relacy.hpp>

#undef new
#undef delete
#undef malloc
#undef calloc
#undef realloc
#undef free
#undef assert
#undef VAR
#undef VAR_T
#undef TLS_T
#undef memory_order_relaxed
#undef memory_order_consume
#undef memory_order_acquire
#undef memory_order_release
#undef memory_order_acq_rel
#undef memory_order_seq_cst
#undef $
#pragma pop_macro("errno")

namespace model {

/// Where in the source an operation stands. std::source_location is missing in clang 14 with libstdc++ 12; the builtins are not.
struct place {
  const char* file;
  const char* function;
  unsigned line;

  static constexpr place here(const char* file = __builtin_FILE(), const char* function = __builtin_FUNCTION(),
                              unsigned line = __builtin_LINE()) noexcept {
    return {file, function, line};
  }
  rl::debug_info info() const { return {function, file, line}; }
};

/// Fails the execution that is being explored; the run reports it with its history.
inline void require(bool holds, const char* what, place p = place::here()) {
  if (!holds) rl::ctx().fail_test(what, rl::test_result_user_assert_failed, p.info());
}

}  // namespace model
