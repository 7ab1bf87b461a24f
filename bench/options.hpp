// SPDX-License-Identifier: MIT
#pragma once

#include "row.hpp"

#include <CLI/CLI.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace volley::bench {

/// As the user gives them. Empty: the usual.
struct duel_options {
  std::vector<std::string> shapes;
  std::vector<std::size_t> payloads;
  std::vector<std::string> ours;
  std::vector<std::string> rivals;
  std::string batch = "1";
  std::string cpus;
  std::string json;
  std::optional<double> bar;
  conditions under;
};

struct pairs_options {
  std::string name;
  std::size_t bytes = 8;
  std::uint64_t count = 1'000'000;
};

CLI::App* add_throughput(CLI::App& to, duel_options& into);
CLI::App* add_rtt(CLI::App& to, duel_options& into);
CLI::App* add_pairs(CLI::App& to, pairs_options& into);

/// Rows in blocks of one of ours each. Throws program::bad_usage where what was asked for does not exist.
std::vector<row_spec> chosen_rows(task what, const duel_options& o);
const contestant& find(std::string_view name, std::size_t bytes);

}  // namespace volley::bench
