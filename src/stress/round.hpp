// SPDX-License-Identifier: MIT
#pragma once

// One round: a trial of a structure, its threads put somewhere, a watchdog beside them.

#include "structure.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace volley::stress {

/// Where the threads of a round run.
enum class placement : std::uint8_t {
  anywhere,   ///< wherever the kernel puts them
  spread,     ///< thread i on CPU i, round and round
  one_cpu,    ///< all on one
  two_cpus,   ///< every second thread on another
  wandering,  ///< each goes to another CPU now and then
};
inline constexpr placement every_placement[] = {placement::anywhere, placement::spread, placement::one_cpu,
                                                placement::two_cpus, placement::wandering};
std::string_view to_string(placement p);

struct conditions {
  std::uint64_t seed = 1;
  std::vector<int> cpus;           ///< that may be used
  unsigned most_threads = 4;       ///< 2 or more
  std::uint64_t size = 4'000;      ///< about so many operations
  tick longest = 200'000'000;      ///< ns after which it begins nothing new
  tick patience = 20'000'000'000;  ///< ns without any operation that ends, after which it hangs
  /// Asked several times a second, in the thread that called.
  std::function<bool()> is_over = [] { return false; };
};

struct outcome {
  std::uint64_t operations = 0;  ///< that have ended
  std::uint64_t recorded = 0;    ///< and were part of a history
  std::uint64_t histories = 0;
  placement where = placement::anywhere;
  unsigned threads = 0;
  std::string shape;
  std::vector<finding> findings;
  /// Its threads are still there, and so is what they use: the program is to end without waiting for them.
  bool hangs = false;
};

/// The seed decides everything but what the kernel and the machine do.
outcome run_round(const structure& s, const conditions& c);

}  // namespace volley::stress
