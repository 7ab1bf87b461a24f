// SPDX-License-Identifier: MIT
#pragma once

#include "options.hpp"
#include "structure.hpp"

#include <vector>

namespace volley::stress {

/// `volley stress` over these structures. Returns the exit code; throws program::bad_usage.
int run(const options& o, const std::vector<structure>& structures);

}  // namespace volley::stress
