// SPDX-License-Identifier: MIT
#include "sibling.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <iterator>
#include <string>
#include <system_error>

#include <fmt/format.h>

namespace volley::program {

const sibling* sibling_named(std::string_view name) noexcept {
  const auto* const found =
      std::find_if(std::begin(siblings), std::end(siblings), [name](const sibling& s) { return s.name == name; });
  return found == std::end(siblings) ? nullptr : found;
}

int become(const sibling& s, char** words) {
  std::error_code error;
  const auto here = std::filesystem::read_symlink("/proc/self/exe", error).parent_path();
  const std::string program = fmt::format("volley-{}", s.name);
  for (const char* const place : {"", "../bench"}) execv((here / place / program).c_str(), words);
  fmt::print(stderr, "volley: {} is not in this build: {}\n", s.name, s.built_by);
  return 1;
}

}  // namespace volley::program
