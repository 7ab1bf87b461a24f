// SPDX-License-Identifier: MIT
#pragma once

#include "../records.hpp"

#include <volley/ring/byte_ring.hpp>

namespace volley::stress {

inline structure byte_ring_structure() {
  using ring = byte_ring<dynamic_capacity, weather, shown_allocator<std::byte>>;
  return {"byte_ring",
          [](setup& s) -> std::unique_ptr<trial> { return std::make_unique<record_trial<ring, false>>(s); }};
}

}  // namespace volley::stress
