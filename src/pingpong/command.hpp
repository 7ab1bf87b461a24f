// SPDX-License-Identifier: MIT
#pragma once

#include "options.hpp"

namespace volley::pingpong {

/// `volley pingpong`. Returns the exit code; throws program::bad_usage.
int run(const options& o);

}  // namespace volley::pingpong
