// SPDX-License-Identifier: MIT
#pragma once

#include "../rings.hpp"

#include <volley/ring/mpmc_ring.hpp>

namespace volley::stress {

inline structure mpmc_ring_structure() {
  constexpr ring_kind kind{.many_producers = true, .many_consumers = true, .pushes_hide = true, .pops_hold = true};
  return {"mpmc_ring", make_ring_trial<mpmc_ring, kind>};
}

}  // namespace volley::stress
