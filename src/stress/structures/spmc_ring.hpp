// SPDX-License-Identifier: MIT
#pragma once

#include "../rings.hpp"

#include <volley/ring/spmc_ring.hpp>

namespace volley::stress {

inline structure spmc_ring_structure() {
  constexpr ring_kind kind{.many_producers = false, .many_consumers = true, .pushes_hide = false, .pops_hold = true};
  return {"spmc_ring", make_ring_trial<spmc_ring, kind>};
}

}  // namespace volley::stress
