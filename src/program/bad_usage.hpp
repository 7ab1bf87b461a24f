// SPDX-License-Identifier: MIT
#pragma once

#include <stdexcept>

namespace volley::program {

/// What the user asked for cannot be done: one line that says what and why, and exit code 2.
struct bad_usage : std::runtime_error {
  using std::runtime_error::runtime_error;
};

}  // namespace volley::program
