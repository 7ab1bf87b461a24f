// SPDX-License-Identifier: MIT
#pragma once

// What the engine's sources say to each other about an execution that failed.

#include "engine.hpp"

#include <string>

namespace model {

/// Suite.Test
std::string running_test();

/// The failing execution step by step, and the command that replays it.
std::string story_of(const exploration& e);

}  // namespace model
