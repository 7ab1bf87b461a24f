// SPDX-License-Identifier: MIT
#pragma once

// CPUs by number: which may be used, which are neighbours, and going to one.

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace volley::program {

/// "0-3,8" as numbers; what cannot be read ends the list.
std::vector<int> parse_cpu_list(std::string_view text);
std::string cpu_list(std::span<const int> cpus);

/// The CPUs that this thread may run on.
std::vector<int> usable_cpus();

/// Lets this thread run on these alone. False when the system refuses.
bool run_on(std::span<const int> cpus);

/// How near two CPUs are: "one core", "one L3 cache", "one package" or "two packages"; empty when the system does not
/// say.
std::string nearness(int a, int b);

/// Two of them, on two cores if there are two: the first, and its nearest neighbour on another core.
std::vector<int> choose_two(std::span<const int> usable);

}  // namespace volley::program
