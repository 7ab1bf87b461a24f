// SPDX-License-Identifier: MIT
#pragma once

#include "../broadcasts.hpp"

#include <volley/ring/broadcast_ring.hpp>

namespace volley::stress {

inline structure broadcast_ring_structure() {
  using element = payload<6>;
  using ring = broadcast_ring<element, dynamic_capacity, weather, shown_allocator<element>>;
  return {"broadcast_ring",
          [](setup& s) -> std::unique_ptr<trial> { return std::make_unique<broadcast_trial<ring, false>>(s); }};
}

}  // namespace volley::stress
