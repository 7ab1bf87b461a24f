// SPDX-License-Identifier: MIT
#pragma once

#include "../program/ending.hpp"

#include <unistd.h>

#include <cstddef>
#include <cstdio>
#include <string>
#include <string_view>

#include <fmt/format.h>

namespace volley::pingpong {

/// One line on the terminal that says how far it is; nothing at all where stderr is no terminal.
class progress {
 public:
  progress() = default;
  progress(const progress&) = delete;
  progress& operator=(const progress&) = delete;
  ~progress() { clear(); }

  void show(std::size_t done, std::size_t all, std::string_view what) {
    if (!on_terminal_) return;
    const std::size_t filled = all == 0 ? 0 : done * width / all;
    const std::string bar = std::string(filled, '#') + std::string(width - filled, '.');
    fmt::print(stderr, "\r\033[K[{}] {}/{} {}", bar, done + 1, all, what);
    shown(true);
  }

  void clear() {
    if (!is_shown_) return;
    std::fputs("\r\033[K", stderr);
    shown(false);
  }

 private:
  static constexpr std::size_t width = 24;

  void shown(bool now) {
    std::fflush(stderr);
    is_shown_ = now;
    program::ending::line_shown(now);
  }

  bool on_terminal_ = isatty(STDERR_FILENO) == 1;
  bool is_shown_ = false;
};

}  // namespace volley::pingpong
