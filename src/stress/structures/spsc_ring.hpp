// SPDX-License-Identifier: MIT
#pragma once

#include "../rings.hpp"

#include <volley/ring/spsc_ring.hpp>

namespace volley::stress {

inline structure spsc_ring_structure() {
  constexpr ring_kind kind{.many_producers = false, .many_consumers = false, .pushes_hide = false, .pops_hold = false};
  return {"spsc_ring", make_ring_trial<spsc_ring, kind>};
}

}  // namespace volley::stress
