// SPDX-License-Identifier: MIT
#pragma once

#include "channel/rows.hpp"

#include <CLI/CLI.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace volley::bench {

/// As the user gives them. Empty: all of them, the usual.
struct channel_options {
  std::vector<std::string> only;
  std::string cpus;
  std::string json;
  std::optional<std::size_t> rounds;
  int idle_s = 10;
  conditions under;

  /// With as many rounds as that table needs.
  conditions conditions_of(channel_table t) const;
};

struct channel_commands {
  std::vector<CLI::App*> each;  ///< in the order of channel_table
  CLI::App* all;
  CLI::App* list;

  /// What the chosen command measures.
  std::vector<channel_table> tables() const;
};

channel_commands add_commands(CLI::App& to, channel_options& into);

/// Fills in what follows from the text. Throws program::bad_usage where what was asked for does not exist.
std::vector<channel_row> chosen_channel_rows(const std::vector<channel_table>& tables, channel_options& o);

}  // namespace volley::bench
