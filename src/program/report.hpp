// SPDX-License-Identifier: MIT
#pragma once

namespace volley::program {

inline constexpr auto about_report =
    "Measures Volley against locks and against the queues of others, and writes a page to look at; compares two "
    "reports.";

/// Becomes the program volley-report, which lies beside this one or, in a build directory, among the benchmarks. words[0] is "report".
/// Returns the exit code if there is none.
int become_report(char** words);

}  // namespace volley::program
