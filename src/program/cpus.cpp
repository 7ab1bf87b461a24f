// SPDX-License-Identifier: MIT
#include "cpus.hpp"

#include "files.hpp"

#include <sched.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>

#include <fmt/format.h>

namespace volley::program {
namespace {

using cpu_mask = std::unique_ptr<cpu_set_t, decltype([](cpu_set_t* m) { CPU_FREE(m); })>;

/// The kernel may know more CPUs than a cpu_set_t has room for.
std::vector<int> in_mask(int room) {
  const cpu_mask mask(CPU_ALLOC(static_cast<std::size_t>(room)));
  const std::size_t bytes = CPU_ALLOC_SIZE(static_cast<std::size_t>(room));
  std::vector<int> found;
  if (!mask || sched_getaffinity(0, bytes, mask.get()) != 0) return found;
  for (int cpu = 0; cpu != room; ++cpu) {
    if (CPU_ISSET_S(static_cast<std::size_t>(cpu), bytes, mask.get())) found.push_back(cpu);
  }
  return found;
}

bool listed(int cpu, int of, std::string_view file) {
  const auto text = read_file(fmt::format("/sys/devices/system/cpu/cpu{}/{}", of, file));
  if (!text) return false;
  const auto cpus = parse_cpu_list(*text);
  return std::find(cpus.begin(), cpus.end(), cpu) != cpus.end();
}

}  // namespace

std::vector<int> parse_cpu_list(std::string_view text) {
  std::vector<int> cpus;
  const char* at = text.data();
  const char* const end = at + text.size();
  while (at != end) {
    int first = 0;
    auto read = std::from_chars(at, end, first);
    if (read.ec != std::errc{}) break;
    int last = first;
    if (read.ptr != end && *read.ptr == '-') {
      read = std::from_chars(read.ptr + 1, end, last);
      if (read.ec != std::errc{}) break;
    }
    for (int cpu = first; cpu <= last; ++cpu) cpus.push_back(cpu);
    at = read.ptr;
    if (at == end || *at != ',') break;
    ++at;
  }
  return cpus;
}

std::string cpu_list(std::span<const int> cpus) {
  std::string text;
  for (std::size_t i = 0; i != cpus.size();) {
    std::size_t last = i;
    while (last + 1 != cpus.size() && cpus[last + 1] == cpus[last] + 1) ++last;
    text += fmt::format("{}{}", text.empty() ? "" : ",", cpus[i]);
    if (last != i) text += fmt::format("{}{}", last == i + 1 ? "," : "-", cpus[last]);
    i = last + 1;
  }
  return text;
}

std::vector<int> usable_cpus() {
  for (int room = 1024; room <= 1024 * 1024; room *= 4) {
    auto found = in_mask(room);
    if (!found.empty()) return found;
  }
  return {0};
}

bool run_on(std::span<const int> cpus) {
  const auto room = static_cast<std::size_t>(*std::max_element(cpus.begin(), cpus.end()) + 1);
  const cpu_mask mask(CPU_ALLOC(room));
  const std::size_t bytes = CPU_ALLOC_SIZE(room);
  if (!mask) return false;
  CPU_ZERO_S(bytes, mask.get());
  for (const int cpu : cpus) CPU_SET_S(static_cast<std::size_t>(cpu), bytes, mask.get());
  return sched_setaffinity(0, bytes, mask.get()) == 0;
}

std::string nearness(int a, int b) {
  if (listed(b, a, "topology/thread_siblings_list")) return "one core";
  if (listed(b, a, "cache/index3/shared_cpu_list")) return "one L3 cache";
  if (listed(b, a, "topology/package_cpus_list") || listed(b, a, "topology/core_siblings_list")) return "one package";
  return listed(a, a, "topology/core_siblings_list") ? "two packages" : "";
}

std::vector<int> choose_two(std::span<const int> usable) {
  if (usable.size() < 2) return {usable.begin(), usable.end()};
  const int first = usable.front();
  constexpr std::array order{"one L3 cache", "one package", "two packages", "", "one core"};
  for (const std::string_view wanted : order) {
    for (const int other : usable.subspan(1)) {
      if (nearness(first, other) == wanted) return {first, other};
    }
  }
  return {first, usable[1]};
}

}  // namespace volley::program
