// SPDX-License-Identifier: MIT
#pragma once

// Who may wait on an object: threads of one process, or of several that share its memory.

#include <cstdint>

namespace volley {

enum class sharing : std::uint8_t { in_process, between_processes };

/// Only threads of the process that made the object use it. The kernel's hash is then the process's own, which is cheaper.
struct in_process {
  static constexpr sharing value = sharing::in_process;
};

/// The object lies in memory that several processes map, at whatever addresses. Futex calls go by the page, not the address.
struct between_processes {
  static constexpr sharing value = sharing::between_processes;
};

}  // namespace volley
