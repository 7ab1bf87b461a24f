// SPDX-License-Identifier: MIT
#pragma once

// How a constructor refuses an argument: std::invalid_argument; where exceptions are off it ends the program, and make() is the way in.

#include <stdexcept>

namespace volley::detail {

[[noreturn]] inline void refuse_argument([[maybe_unused]] const char* why) {
#if defined(__cpp_exceptions)
  throw std::invalid_argument(why);
#else
  __builtin_trap();
#endif
}

}  // namespace volley::detail
