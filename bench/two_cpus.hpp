// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <string>

namespace volley::bench {

/// Two different CPUs that may be used: those that the user gave, or the two that suit best. Throws program::bad_usage.
std::array<int, 2> chosen_two_cpus(const std::string& given);

}  // namespace volley::bench
