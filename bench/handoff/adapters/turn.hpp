// SPDX-License-Identifier: MIT
#pragma once

#include "../entry.hpp"
#include "pingpong/mechanisms/volleys.hpp"

namespace volley::bench {

inline void enrol_turn() {
  enrol_ours<pingpong::turn_pair>({"turn", use::signal, lines::one, "one turn: pass, await"});
}

}  // namespace volley::bench
