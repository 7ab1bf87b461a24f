// SPDX-License-Identifier: MIT
#pragma once

#include "../broadcasts.hpp"

#include <volley/ring/lossy_broadcast_ring.hpp>

namespace volley::stress {

inline structure lossy_broadcast_ring_structure() {
  using element = plain_payload<6>;
  using ring = lossy_broadcast_ring<element, dynamic_capacity, weather, shown_allocator<element>>;
  return {"lossy_broadcast_ring",
          [](setup& s) -> std::unique_ptr<trial> { return std::make_unique<broadcast_trial<ring, true>>(s); }};
}

}  // namespace volley::stress
