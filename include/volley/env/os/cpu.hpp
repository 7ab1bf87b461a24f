// SPDX-License-Identifier: MIT
#pragma once

// Where this thread runs, and letting another one run there.

#include <sched.h>

#include <cstdint>

namespace volley::os {

inline void yield() noexcept { ::sched_yield(); }

/// The CPU this thread runs on, by number; it may have moved on by the time that this is read.
inline std::uint32_t cpu() noexcept { return static_cast<std::uint32_t>(::sched_getcpu()); }

}  // namespace volley::os
