// SPDX-License-Identifier: MIT
#pragma once

// Subcommands that are programs of their own, so that this one stays quick to build: volley-NAME, beside it or, in a build directory, among
// the benchmarks.

#include <string_view>

namespace volley::program {

struct sibling {
  const char* name;      ///< of the subcommand
  const char* about;     ///< for --help
  const char* built_by;  ///< what to do where it is missing
};

inline constexpr sibling siblings[] = {
    {"stress",
     "Stresses every structure on this machine: real threads, random delays, recorded histories that are checked.",
     "./volley stress builds it, or ninja in a build directory"},
    {"report",
     "Measures Volley against locks and against the queues of others, and writes a page to look at; compares two "
     "reports.",
     "./volley report builds it, or meson with -Dbench=true"},
};

/// Null if there is none of that name.
const sibling* sibling_named(std::string_view name) noexcept;

/// This process becomes that program; words[0] is the subcommand. Returns only if it is not there: then it has said so, and this is the exit code.
int become(const sibling& s, char** words);

}  // namespace volley::program
