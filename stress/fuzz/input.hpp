// SPDX-License-Identifier: MIT
#pragma once

// The bytes that the fuzzer gives, as dice; and what ends a run that found something.

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>

namespace volley::fuzz {

class input {
 public:
  input(const std::uint8_t* bytes, std::size_t size) noexcept : at_(bytes), end_(bytes + size) {}

  bool is_over() const noexcept { return at_ == end_; }
  /// 0 when it is over.
  std::size_t next() noexcept { return is_over() ? 0 : *at_++; }
  std::size_t below(std::size_t n) noexcept { return next() % n; }

 private:
  const std::uint8_t* at_;
  const std::uint8_t* end_;
};

inline void check(bool holds, const char* what, int line = __builtin_LINE(), const char* file = __builtin_FILE()) {
  if (holds) return;
  std::fprintf(stderr, "%s:%d: not so: %s\n", file, line, what);
  std::abort();
}

}  // namespace volley::fuzz
