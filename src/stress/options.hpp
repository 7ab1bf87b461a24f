// SPDX-License-Identifier: MIT
#pragma once

#include <CLI/CLI.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace volley::stress {

/// One of `count` machines, or jobs, that share the work.
struct shard {
  std::uint64_t index = 0;
  std::uint64_t count = 1;
};

/// "I/N" with 0 <= I < N; throws program::bad_usage.
shard parse_shard(const std::string& text);

struct options {
  double seconds = 60;
  std::optional<std::uint64_t> seed;
  std::vector<std::string> only;
  unsigned threads = 0;  ///< 0: as many as suits the machine
  double patience = 20;  ///< seconds
  std::string shard = "0/1";
  std::optional<std::string> json;  ///< a file, or "-"
  bool lists = false;
};

void add_options(CLI::App& to, options& into);

/// Which of n structures, already chosen by name, are this shard's: those of all shards together are all. With more shards than structures
/// several shards have the same one, each with a seed of its own.
std::vector<std::size_t> share_of(const shard& s, std::size_t n);
/// What a shard's dice begin with.
std::uint64_t seed_of(const shard& s, std::uint64_t seed);

}  // namespace volley::stress
