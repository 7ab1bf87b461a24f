// SPDX-License-Identifier: MIT
#pragma once

// What the benchmarks of the suite have in common.

#include <benchmark/benchmark.h>

#include <array>
#include <functional>
#include <string>

namespace volley::bench {

/// The two CPUs that suit best; the same one twice where there is one.
std::array<int, 2> cpus_of_suite();

/// A round that lasts for longer, in seconds, counts as hung.
int patience_of_suite();
void set_patience_of_suite(int seconds);

/// What a benchmark does on its own, once. What it throws is said beside its name, and fails the suite.
using body = std::function<void(benchmark::State&)>;

/// Adds it under that name. label: what it is, and what that promises. A body's rounds begin with a sign of life.
benchmark::internal::Benchmark* add(const std::string& name, const std::string& label, const body& run);

/// A round begins. One that hangs is told by name, and ends the program with exit code 1.
void sign_of_life();

/// True when some benchmark threw.
bool has_failed();

/// Rings and channels, baselines and rivals.
void add_queues();
/// Handoffs, and what the standard library has.
void add_handoffs();

}  // namespace volley::bench
