// SPDX-License-Identifier: MIT
#pragma once

// What stands in the place of a stop token where none was given, or where the standard library has none yet.

namespace volley {

struct never_stopped {
  static constexpr bool stop_requested() noexcept { return false; }
};

}  // namespace volley
