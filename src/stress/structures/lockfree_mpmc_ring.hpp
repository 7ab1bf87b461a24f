// SPDX-License-Identifier: MIT
#pragma once

#include "../rings.hpp"

#include <volley/ring/lockfree_mpmc_ring.hpp>

namespace volley::stress {

inline structure lockfree_mpmc_ring_structure() {
  constexpr ring_kind kind{.many_producers = true, .many_consumers = true, .pushes_hide = false, .pops_hold = false};
  return {"lockfree_mpmc_ring", make_ring_trial<lockfree_mpmc_ring, kind>};
}

}  // namespace volley::stress
