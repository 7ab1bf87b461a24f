// SPDX-License-Identifier: MIT
#pragma once

// Which comparisons of channels there are, and how good each is to be. The bars are those that the project set itself.

#include "row.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace volley::bench {

/// bare: a channel against the ring that is in it. throughput: elements through it. latency: an element every so often. idle: CPU time of
/// who waits. crowd: sixteen threads.
enum class channel_table : std::uint8_t { bare, throughput, latency, idle, crowd };

struct channel_row {
  channel_table table;
  row_spec spec;
  std::optional<double> at_least{};  ///< times as fast as the other
  std::optional<double> idle_ms{};   ///< at most so much CPU time
  std::string_view note{};           ///< why the bar is not higher, or there is none

  bool is_against_itself() const { return spec.ours == spec.rival; }
  std::string label() const;
};

std::string_view name_of(channel_table t);
/// idle: for how long a consumer waits.
std::vector<channel_row> every_channel_row(channel_table t, std::chrono::nanoseconds idle);

}  // namespace volley::bench
