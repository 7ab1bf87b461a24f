// SPDX-License-Identifier: MIT
#pragma once

// How many CPUs the cgroup lets this process use. Linux: cgroups(7), cpu.max (v2) and cpu.cfs_quota_us (v1).

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace volley::os {

/// Reads a small file whole into `text`, always terminated. False when it cannot be read.
template <std::size_t Size>
bool read_small(const char* path, char (&text)[Size]) noexcept {
  const int fd = ::open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return false;
  const ssize_t n = ::read(fd, text, Size - 1);
  ::close(fd);
  text[n > 0 ? n : 0] = '\0';
  return n > 0;
}

/// True when `quota` of each `period` (both microseconds) is at most one CPU. Negative and zero mean "no limit".
constexpr bool at_most_one_cpu(long quota, long period) noexcept { return quota > 0 && period > 0 && quota <= period; }

/// "50000 100000" or "max 100000", as in cpu.max.
inline bool cpu_max_is_one(const char* text) noexcept {
  char* rest = nullptr;
  const long quota = std::strtol(text, &rest, 10);
  return rest != text && at_most_one_cpu(quota, std::strtol(rest, nullptr, 10));
}

/// Looks at one cgroup folder, in the words of v2 and of v1.
inline bool folder_is_one(const char* folder) noexcept {
  char path[640];
  char text[64];
  std::snprintf(path, sizeof path, "%s/cpu.max", folder);
  if (read_small(path, text)) return cpu_max_is_one(text);
  std::snprintf(path, sizeof path, "%s/cpu.cfs_quota_us", folder);
  if (!read_small(path, text)) return false;
  const long quota = std::strtol(text, nullptr, 10);
  std::snprintf(path, sizeof path, "%s/cpu.cfs_period_us", folder);
  return read_small(path, text) && at_most_one_cpu(quota, std::strtol(text, nullptr, 10));
}

/// Walks from `root` + `group` up to `root`: the tightest limit on the way counts.
inline bool path_is_one(const char* root, const char* group) noexcept {
  char folder[600];
  std::snprintf(folder, sizeof folder, "%s%s", root, group);
  const std::size_t stop = std::strlen(root);
  for (;;) {
    if (folder_is_one(folder)) return true;
    char* slash = std::strrchr(folder, '/');
    if (slash == nullptr || static_cast<std::size_t>(slash - folder) < stop) return false;
    *slash = '\0';
  }
}

/// One line of /proc/self/cgroup, "hierarchy:controllers:path": v2 names no controllers, v1 has cpu among them. Takes the line apart.
inline bool line_is_one(char* line, const char* mount) noexcept {
  char* controllers = std::strchr(line, ':');
  if (controllers == nullptr) return false;
  char* group = std::strchr(++controllers, ':');
  if (group == nullptr) return false;
  *group++ = '\0';
  if (*controllers == '\0') return path_is_one(mount, group);
  char root[256];
  std::snprintf(root, sizeof root, "%s/cpu", mount);
  char* rest = nullptr;
  for (char* name = strtok_r(controllers, ",", &rest); name != nullptr; name = strtok_r(nullptr, ",", &rest)) {
    if (std::strcmp(name, "cpu") == 0) return path_is_one(root, group);
  }
  return false;
}

/// True when the cgroup of this process, or one above it, grants one CPU or less. Unreadable means no limit. Leaves errno alone.
inline bool quota_is_one_cpu(const char* cgroup_file = "/proc/self/cgroup",
                             const char* mount = "/sys/fs/cgroup") noexcept {
  const int saved = errno;
  bool one = false;
  char text[4096];
  if (read_small(cgroup_file, text)) {
    char* rest = nullptr;
    for (char* line = strtok_r(text, "\n", &rest); line != nullptr && !one; line = strtok_r(nullptr, "\n", &rest)) {
      one = line_is_one(line, mount);
    }
  }
  errno = saved;
  return one;
}

}  // namespace volley::os
