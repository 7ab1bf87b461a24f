// SPDX-License-Identifier: MIT
#pragma once

#include "../rings.hpp"

#include <volley/ring/mpsc_ring.hpp>

namespace volley::stress {

inline structure mpsc_ring_structure() {
  constexpr ring_kind kind{.many_producers = true, .many_consumers = false, .pushes_hide = true, .pops_hold = false};
  return {"mpsc_ring", make_ring_trial<mpsc_ring, kind>};
}

}  // namespace volley::stress
