// SPDX-License-Identifier: MIT
#pragma once

#include <fstream>
#include <iterator>
#include <optional>
#include <string>

namespace volley::program {

/// A small file, whole, without the line ends and zeros at its end; nothing when it cannot be read.
inline std::optional<std::string> read_file(const std::string& path) {
  std::ifstream in(path);
  if (!in) return std::nullopt;
  std::string text(std::istreambuf_iterator<char>(in), {});
  while (!text.empty() && (text.back() == '\n' || text.back() == '\0')) text.pop_back();
  return text;
}

}  // namespace volley::program
