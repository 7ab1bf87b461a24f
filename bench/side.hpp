// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

namespace volley::bench {

enum class side : std::uint8_t { ours, rival, baseline };

}  // namespace volley::bench
