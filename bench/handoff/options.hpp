// SPDX-License-Identifier: MIT
#pragma once

#include "contest.hpp"
#include "rows.hpp"

#include <CLI/CLI.hpp>

#include <optional>
#include <string>
#include <vector>

namespace volley::bench {

/// As the user gives them. Empty: all of them.
struct handoff_options {
  std::vector<std::string> only;
  std::string parties = "threads";
  std::string placement;
  std::string cpus;
  std::string json;
  std::string between = "polls";
  handoff_conditions under;
};

struct handoff_commands {
  CLI::App* rtt;
  CLI::App* rivals;
  CLI::App* cost;
  CLI::App* cadence;
  CLI::App* crowd;
  CLI::App* all;
  CLI::App* list;

  /// What the chosen command measures.
  std::vector<measure> measures() const;
};

handoff_commands add_commands(CLI::App& to, handoff_options& into);

/// Fills in what follows from the text. Throws program::bad_usage where what was asked for does not exist.
std::vector<handoff_row> chosen_handoff_rows(const std::vector<measure>& what, handoff_options& o);

}  // namespace volley::bench
