// SPDX-License-Identifier: MIT
#pragma once

// What a campaign found, for people and for programs.

#include "../program/machine.hpp"
#include "campaign.hpp"
#include "options.hpp"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <string>

namespace volley::stress {

struct campaign_facts {
  program::machine machine;
  std::uint64_t seed = 0;  ///< as given, or rolled
  shard part;
  unsigned threads = 0;
};

/// The command that begins with the same round.
std::string again(const tally& t, const failure& f, const campaign_facts& facts);
/// A line for each structure, and all about those that failed.
std::string summary(const campaign& c, const campaign_facts& facts);
nlohmann::ordered_json to_json(const campaign& c, const campaign_facts& facts);

}  // namespace volley::stress
