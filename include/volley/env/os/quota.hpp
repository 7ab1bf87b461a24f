// SPDX-License-Identifier: MIT
#pragma once

// How many CPUs the cgroup lets this process use. Linux: cgroups(7), cpu.max (v2) and cpu.cfs_quota_us (v1).
// Allocates nothing, leaves errno alone, and makes no call at which a thread could be cancelled: a wait may look here.

#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <limits>

namespace volley::os {

/// In CPUs.
inline constexpr double no_quota = std::numeric_limits<double>::infinity();

/// Puts two parts of a path together. False when there is no room: half a path would name something else.
template <std::size_t Size>
bool join(char (&path)[Size], const char* a, const char* b) noexcept {
  const int n = std::snprintf(path, Size, "%s%s", a, b);
  return n >= 0 && static_cast<std::size_t>(n) < Size;
}

/// Reads a small file into `text`, always terminated. False when it cannot be read or is empty.
template <std::size_t Size>
bool read_small(const char* folder, const char* name, char (&text)[Size]) noexcept {
  char path[1200];
  if (!join(path, folder, name)) return false;
  const long fd = ::syscall(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC, 0);  // open() is a cancellation point
  if (fd < 0) return false;
  const long n = ::syscall(SYS_read, fd, text, Size - 1);
  ::syscall(SYS_close, fd);
  text[n > 0 ? n : 0] = '\0';
  return n > 0;
}

/// `quota` and `period` in microseconds; anything but two positive numbers means no limit.
constexpr double cpus_of(long quota, long period) noexcept {
  return quota > 0 && period > 0 ? static_cast<double>(quota) / static_cast<double>(period) : no_quota;
}

/// One cgroup folder, in the words of v2 ("50000 100000" or "max 100000") and of v1 (two files).
inline double folder_quota(const char* folder) noexcept {
  char text[64];
  if (read_small(folder, "/cpu.max", text)) {
    char* rest = nullptr;
    const long quota = std::strtol(text, &rest, 10);
    return cpus_of(quota, std::strtol(rest, nullptr, 10));
  }
  if (!read_small(folder, "/cpu.cfs_quota_us", text)) return no_quota;
  const long quota = std::strtol(text, nullptr, 10);
  return read_small(folder, "/cpu.cfs_period_us", text) ? cpus_of(quota, std::strtol(text, nullptr, 10)) : no_quota;
}

/// From `root` + `group` up to `root`: each level may limit, the tightest counts.
inline double group_quota(const char* root, const char* group) noexcept {
  char folder[1100];
  double tightest = no_quota;
  if (!join(folder, root, group)) return tightest;
  for (const std::size_t stop = std::strlen(root);;) {
    tightest = (std::min)(tightest, folder_quota(folder));
    char* slash = std::strrchr(folder, '/');
    if (slash == nullptr || static_cast<std::size_t>(slash - folder) < stop) return tightest;
    *slash = '\0';
  }
}

/// True when a list like "cpu,cpuacct" names the controller cpu.
inline bool names_cpu(const char* list) noexcept {
  for (const char* at = list; (at = std::strstr(at, "cpu")) != nullptr; at += 3) {
    if ((at == list || at[-1] == ',') && (at[3] == '\0' || at[3] == ',')) return true;
  }
  return false;
}

/// One line of /proc/self/cgroup, "hierarchy:controllers:path": v2 names no controllers, v1 has cpu among them and is mounted by that
/// name or by those of all. Takes the line apart.
inline double line_quota(char* line, const char* mount) noexcept {
  char* controllers = std::strchr(line, ':');
  if (controllers == nullptr) return no_quota;
  char* group = std::strchr(controllers + 1, ':');
  if (group == nullptr) return no_quota;
  *group++ = '\0';
  if (controllers[1] == '\0') return group_quota(mount, group);
  if (!names_cpu(controllers + 1)) return no_quota;
  *controllers = '/';
  double tightest = no_quota;
  for (const char* name : {"/cpu", const_cast<const char*>(controllers)}) {
    char root[256];
    if (join(root, mount, name)) tightest = (std::min)(tightest, group_quota(root, group));
  }
  return tightest;
}

/// What the tightest limit of this process's cgroup and of those above it grants, in CPUs; no_quota where nothing limits or nothing can
/// be read.
inline double quota_cpus(const char* cgroup_file = "/proc/self/cgroup", const char* mount = "/sys/fs/cgroup") noexcept {
  const int saved = errno;
  double tightest = no_quota;
  char text[4096];
  if (read_small(cgroup_file, "", text)) {
    char* rest = nullptr;
    for (char* line = strtok_r(text, "\n", &rest); line != nullptr; line = strtok_r(nullptr, "\n", &rest)) {
      tightest = (std::min)(tightest, line_quota(line, mount));
    }
  }
  errno = saved;
  return tightest;
}

}  // namespace volley::os
