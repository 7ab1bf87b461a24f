// SPDX-License-Identifier: MIT
#pragma once

// What ring_duel, handoff_duel and channel_duel have in common as programs: how they read their words, where they print, and their exit codes.

#include "program/json_file.hpp"

#include <CLI/CLI.hpp>

#include <cstdio>
#include <functional>
#include <optional>
#include <string>

namespace volley::bench {

inline constexpr int failed = 1;

/// The options that each measuring command has.
void add_common_options(CLI::App& to, int& patience_s, std::string& cpus, std::string& json);

/// The exit code, if the words leave nothing to do: after --help, or after saying what is wrong with them.
std::optional<int> parse(CLI::App& program, int count, char** words);

/// All that main() does. What is thrown is said in one line, and becomes the exit code.
int run_or_say(const char* name, const std::function<int()>& run);

/// Opened when it is known what to measure, before anything is.
struct outlets {
  explicit outlets(const std::string& json_path);

  std::optional<program::json_file> json;
  std::FILE* text;  ///< standard output, unless the JSON goes there
};

}  // namespace volley::bench
