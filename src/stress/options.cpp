// SPDX-License-Identifier: MIT
#include "options.hpp"

#include "../program/bad_usage.hpp"
#include "dice.hpp"

#include <charconv>
#include <system_error>

#include <fmt/format.h>

namespace volley::stress {
namespace {

constexpr std::uint64_t most_shards = 1'000'000;

/// The number that fills all of the text.
std::optional<std::uint64_t> number_in(std::string_view text) {
  std::uint64_t n = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), n);
  if (text.empty() || read.ec != std::errc{} || read.ptr != text.data() + text.size()) return std::nullopt;
  return n;
}

}  // namespace

shard parse_shard(const std::string& text) {
  const std::string_view all = text;
  const auto slash = all.find('/');
  const auto index = number_in(all.substr(0, slash));
  const auto count = number_in(slash == std::string_view::npos ? "" : all.substr(slash + 1));
  if (!index || !count || *count > most_shards || *index >= *count) {
    throw program::bad_usage(
        fmt::format("--shard {}: I/N is needed, such as 0/16 for the first of 16, 15/16 for the last", text));
  }
  return {*index, *count};
}

void add_options(CLI::App& to, options& into) {
  to.add_option("--seconds", into.seconds, "How long; each structure has one round at least (60 if not given)")
      ->type_name("N")
      ->check(CLI::Range(0.1, 1e9).description(""));
  to.add_option("--seed", into.seed,
                "Begins with the same dice again; printed in each run, another one each time if not given")
      ->type_name("N")
      ->check([](const std::string& text) {  // it would come round to a number of its own
        return text.starts_with("-") ? fmt::format("{} is less than 0", text) : "";
      });
  to.add_option("--only", into.only, "Only this structure, such as mpmc_ring; may be repeated")
      ->type_name("NAME")
      ->allow_extra_args(false);
  to.add_option("--threads", into.threads,
                "The most threads of a round, 2 to 256 (twice the CPUs, 4 to 16, if not given)")
      ->type_name("N")
      ->check(CLI::Range(2U, 256U).description(""));
  to.add_option("--patience", into.patience,
                "Seconds without an operation that ends, after which it hangs (20 if not given)")
      ->type_name("N")
      ->check(CLI::Range(1.0, 86400.0).description(""));
  to.add_option("--shard", into.shard, "Only the I-th of N parts, 0 to N - 1, with other dice in each")
      ->type_name("I/N");
  to.add_option("--json", into.json, "Write the findings to FILE too; - is standard output")->type_name("FILE");
  to.add_flag("--list", into.lists, "Name the structures, and stress nothing");
}

std::vector<std::size_t> share_of(const shard& s, std::size_t n) {
  std::vector<std::size_t> mine;
  if (n == 0) return mine;
  for (std::size_t i = s.index; i < n; i += s.count) mine.push_back(i);
  if (mine.empty()) mine.push_back(s.index % n);
  return mine;
}

std::uint64_t seed_of(const shard& s, std::uint64_t seed) { return s.count == 1 ? seed : mix(seed ^ mix(s.index)); }

}  // namespace volley::stress
