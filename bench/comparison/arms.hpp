// SPDX-License-Identifier: MIT
#pragma once

// What the comparison measures beyond the handoffs that are enrolled already: rings and queues as round trips, and handoffs that
// carry data.

#include "contestant.hpp"
#include "handoff/entry.hpp"

#include <cstddef>
#include <string_view>

namespace volley::bench {

/// Adds to ping_pongs() each of contestants(), as a pair, one a direction, and what carries data. Once.
void enrol_arms();

/// Of "turn with 64 bytes": "turn", and 64. Other names are as they are, and carry nothing.
struct loaded_name {
  std::string_view base;
  std::size_t bytes;
};
loaded_name taken_apart(std::string_view name);

/// The ring or queue that is behind it; null: it is none.
const contestant* ring_behind(std::string_view name);

}  // namespace volley::bench
