// SPDX-License-Identifier: MIT
#pragma once

#include <CLI/CLI.hpp>

#include <optional>
#include <string>

namespace volley::program {

struct info_options {
  std::optional<std::string> json;  ///< a file, or "-"
};

/// Adds `info` to the program: what the figures of the other subcommands depend on.
CLI::App* add_info(CLI::App& program, info_options& into);
int run_info(const info_options& o);

}  // namespace volley::program
