// SPDX-License-Identifier: MIT
#pragma once

#include "../records.hpp"

#include <volley/ring/mpsc_byte_ring.hpp>

namespace volley::stress {

inline structure mpsc_byte_ring_structure() {
  using ring = mpsc_byte_ring<dynamic_capacity, weather, shown_allocator<std::byte>>;
  return {"mpsc_byte_ring",
          [](setup& s) -> std::unique_ptr<trial> { return std::make_unique<record_trial<ring, true>>(s); }};
}

}  // namespace volley::stress
