// SPDX-License-Identifier: MIT
#pragma once

// The numbers that an example takes on its command line.

#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace examples {

/// The i-th argument, a number of at least 1; or `otherwise` where there is none. What is none ends the program, with code 2.
inline int number(int argc, char** argv, int i, int otherwise) {
  if (i >= argc) return otherwise;
  const std::string_view text = argv[i];
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < 1) {
    std::fprintf(stderr, "%s: \"%s\" is no number from 1 on\n", argv[0], argv[i]);
    std::exit(2);
  }
  return value;
}

}  // namespace examples
