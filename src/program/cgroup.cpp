// SPDX-License-Identifier: MIT
#include "files.hpp"
#include "machine.hpp"

#include <algorithm>
#include <sstream>

#include <fmt/format.h>

namespace volley::program {
namespace {

using limit = std::optional<double>;

limit tighter(limit a, limit b) {
  if (a && b) return std::min(*a, *b);
  return a ? a : b;
}

limit ratio_of(const std::string& text) {
  std::istringstream in(text);
  double quota = 0;
  double period = 0;
  if (in >> quota >> period && quota > 0 && period > 0)
    return quota / period;  // "max 100000" does not read as a number
  return std::nullopt;
}

limit of_folder(const std::string& folder) {
  if (const auto v2 = read_file(folder + "/cpu.max")) return ratio_of(*v2);
  const auto quota = read_file(folder + "/cpu.cfs_quota_us");  // -1 for no limit
  const auto period = read_file(folder + "/cpu.cfs_period_us");
  return quota && period ? ratio_of(*quota + " " + *period) : std::nullopt;
}

/// From the group up to the mount: each level may limit.
limit of_group(const std::string& mount, std::string group) {
  limit found;
  for (;;) {
    found = tighter(found, of_folder(mount + group));
    const auto slash = group.rfind('/');
    if (slash == std::string::npos) return found;
    group.resize(slash);
  }
}

bool has_cpu(const std::string& controllers) { return ("," + controllers + ",").find(",cpu,") != std::string::npos; }

}  // namespace

std::optional<double> cgroup_quota(const std::string& cgroup_file, const std::string& mount) {
  limit found;
  std::istringstream lines(read_file(cgroup_file).value_or(""));
  for (std::string line; std::getline(lines, line);) {  // hierarchy:controllers:path
    const auto first = line.find(':');
    const auto second = line.find(':', first + 1);
    if (first == std::string::npos || second == std::string::npos) continue;
    const std::string controllers = line.substr(first + 1, second - first - 1);
    const std::string group = line.substr(second + 1);
    if (controllers.empty()) found = tighter(found, of_group(mount, group));
    if (!has_cpu(controllers)) continue;
    for (const auto& folder : {std::string("cpu"), controllers}) {
      found = tighter(found, of_group(fmt::format("{}/{}", mount, folder), group));
    }
  }
  return found;
}

}  // namespace volley::program
