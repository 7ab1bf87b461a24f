// SPDX-License-Identifier: MIT
#include "report.hpp"

#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <system_error>

#include <fmt/format.h>

namespace volley::program {

int become_report(char** words) {
  std::error_code error;
  const auto here = std::filesystem::read_symlink("/proc/self/exe", error).parent_path();
  for (const char* const place : {"volley-report", "../bench/volley-report"}) execv((here / place).c_str(), words);
  fmt::print(stderr, "volley: report is not in this build: ./volley report builds it, or meson with -Dbench=true\n");
  return 1;
}

}  // namespace volley::program
