// SPDX-License-Identifier: MIT
#include "machine.hpp"

#include "cpus.hpp"
#include "files.hpp"

#include <volley/env/os/quota.hpp>

#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <cstdlib>
#include <sstream>

#include <fmt/format.h>

namespace volley::program {
namespace {

/// What follows "key   :" in the first such line.
std::string field_of(const std::string& text, const std::string& key) {
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    const auto colon = line.find(':');
    if (!line.starts_with(key) || colon == std::string::npos) continue;
    const auto start = line.find_first_not_of(" \t", colon + 1);
    return start == std::string::npos ? "" : line.substr(start);
  }
  return "";
}

}  // namespace

std::optional<std::string> find_program(const std::string& name) {
  const char* const path = std::getenv("PATH");
  std::istringstream folders(path != nullptr ? path : "/usr/bin:/bin");
  for (std::string folder; std::getline(folders, folder, ':');) {
    if (folder.empty()) continue;
    const std::string file = fmt::format("{}/{}", folder, name);
    struct stat about {};
    if (stat(file.c_str(), &about) == 0 && S_ISREG(about.st_mode) && access(file.c_str(), X_OK) == 0) return file;
  }
  return std::nullopt;
}

machine this_machine() {
  machine m;
  utsname u{};
  uname(&u);
  m.architecture = u.machine;
  m.kernel = fmt::format("{} {}", u.sysname, u.release);
  const std::string info = read_file("/proc/cpuinfo").value_or("");
  m.cpu = field_of(info, "model name");
  if (m.cpu.empty()) m.cpu = field_of(info, "uarch");  // riscv
  if (m.cpu.empty()) m.cpu = read_file("/sys/firmware/devicetree/base/model").value_or("unknown");
  std::istringstream flags(field_of(info, "flags"));
  for (std::string flag; flags >> flag;) m.is_virtual = m.is_virtual || flag == "hypervisor";
  m.usable = usable_cpus();
  if (const double cpus = os::quota_cpus(); cpus != os::no_quota) m.quota = cpus;
  m.python = find_program("python3");
  return m;
}

nlohmann::ordered_json to_json(const machine& m) {
  nlohmann::ordered_json json{
      {"cpu", m.cpu}, {"architecture", m.architecture}, {"kernel", m.kernel}, {"virtual", m.is_virtual}};
  json["cpus_usable"] = m.usable;
  json["cgroup_quota"] = m.quota ? nlohmann::ordered_json(*m.quota) : nlohmann::ordered_json(nullptr);
  return json;
}

std::string describe(const machine& m) {
  const std::string quota = m.quota ? fmt::format("the cgroup grants {:.4g} of them", *m.quota) : "no cgroup quota";
  return fmt::format("CPU      {} ({}{})\nKernel   {}\nUsable   {} CPU{}: {}; {}\n", m.cpu, m.architecture,
                     m.is_virtual ? ", virtual machine" : "", m.kernel, m.usable.size(),
                     m.usable.size() == 1 ? "" : "s", cpu_list(m.usable), quota);
}

}  // namespace volley::program
