// SPDX-License-Identifier: MIT
#include "two_cpus.hpp"

#include "program/bad_usage.hpp"
#include "program/cpus.hpp"

#include <algorithm>
#include <vector>

#include <fmt/format.h>

namespace volley::bench {

std::array<int, 2> chosen_two_cpus(const std::string& given) {
  const std::vector<int> usable = program::usable_cpus();
  const std::vector<int> two = given.empty() ? program::choose_two(usable) : program::parse_cpu_list(given);
  const auto is_usable = [&](int cpu) { return std::find(usable.begin(), usable.end(), cpu) != usable.end(); };
  if (two.size() != 2 || two[0] == two[1] || !std::all_of(two.begin(), two.end(), is_usable)) {
    throw program::bad_usage(fmt::format("two different CPUs are needed{} (usable: {})",
                                         given.empty() ? "" : ", such as 0,1", program::cpu_list(usable)));
  }
  return {two[0], two[1]};
}

}  // namespace volley::bench
