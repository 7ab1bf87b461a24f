// SPDX-License-Identifier: MIT
#pragma once

// How a constructor refuses an argument, std::invalid_argument, or fails; where exceptions are off it ends the program, and make() is the way in.

#include <stdexcept>
#include <system_error>

namespace volley::detail {

[[noreturn]] inline void refuse_argument([[maybe_unused]] const char* why) {
#if defined(__cpp_exceptions)
  throw std::invalid_argument(why);
#else
  __builtin_trap();
#endif
}

/// The same of what the system did not give: std::system_error.
[[noreturn]] inline void refuse_for_want([[maybe_unused]] int error, [[maybe_unused]] const char* of_what) {
#if defined(__cpp_exceptions)
  throw std::system_error(error, std::generic_category(), of_what);
#else
  __builtin_trap();
#endif
}

}  // namespace volley::detail
