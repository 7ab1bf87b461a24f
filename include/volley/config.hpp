// SPDX-License-Identifier: MIT
#pragma once

// Version of the library, and the one figure about the machine that shapes its types.

#include <cstddef>

#define VOLLEY_VERSION_MAJOR 0
#define VOLLEY_VERSION_MINOR 1
#define VOLLEY_VERSION_PATCH 0

namespace volley {

/// Bytes that move together between two CPUs. Fixed per architecture and part of the layout of every type that is shared
/// between processes; std::hardware_destructive_interference_size is not used, for its value changes with compiler flags.
#if defined(__s390x__)
inline constexpr std::size_t cache_line = 256;
#elif defined(__powerpc64__) || (defined(__aarch64__) && defined(__APPLE__))
inline constexpr std::size_t cache_line = 128;
#else
inline constexpr std::size_t cache_line = 64;
#endif

}  // namespace volley
