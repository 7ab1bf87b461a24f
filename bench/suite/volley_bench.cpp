// SPDX-License-Identifier: MIT

// Everything for users of Google Benchmark: its options, its files, its compare.py.
//   spsc_ring/pair/8B                     push one and pop it, one thread; an iteration is a thousand
//   spsc_ring/try_push_pop/8B/1P1C        elements from some threads to others, one a call; an iteration is some milliseconds
//   spsc_ring/try_push_pop_32/8B/1P1C     32 a call
//   channel<spsc_ring>/push_pop/8B/1P1C   where a call waits
//   channel<spsc_ring>/round_trip/8B      one there, another back, two threads; an iteration is 200
//   turn/round_trip/spin_park             a handoff there and back, by a way to wait
//   event_count/notify_one                one operation, one thread; an iteration is a thousand
// items_per_second is per element, trip or operation. What a benchmark moved is checked; if it is wrong, the benchmark says so and the exit
// code is 1, as when one hangs: a round that lasts for more than --patience=SECONDS (60). For ratios that hold on a noisy machine use the
// duels, which also outlive a rival that hangs. A rival of whose threads each needs a CPU (ck_ring/mpmc) has no row with more threads here.

#include "program/cpus.hpp"
#include "program/ending.hpp"
#include "suite/suite.hpp"

#include <charconv>
#include <cstdio>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>

#include <fmt/format.h>

namespace volley::bench {
namespace {

/// The file of --benchmark_out, which is removed if the program is ended before it is whole.
std::optional<program::ending::draft> file_of(int count, char** words) {
  constexpr std::string_view option = "--benchmark_out=";
  for (int i = 1; i < count; ++i) {
    const std::string_view word = words[i];
    if (!word.starts_with(option)) continue;
    const std::string path(word.substr(option.size()));
    const auto there = std::filesystem::status(path);
    if (!std::filesystem::exists(there) || std::filesystem::is_regular_file(there))
      return std::optional<program::ending::draft>(std::in_place, path);
  }
  return std::nullopt;
}

/// Takes --patience=SECONDS out of the words. False: it is no number of seconds.
bool take_patience(int& count, char** words) {
  constexpr std::string_view option = "--patience=";
  int kept = 1;
  bool is_fine = true;
  for (int i = 1; i < count; ++i) {
    const std::string_view word = words[i];
    if (!word.starts_with(option)) {
      words[kept++] = words[i];
      continue;
    }
    int seconds = 0;
    const char* const end = word.data() + word.size();
    const auto read = std::from_chars(word.data() + option.size(), end, seconds);
    is_fine = read.ec == std::errc{} && read.ptr == end && seconds >= 2 && seconds <= 3600;
    set_patience_of_suite(seconds);
  }
  count = kept;
  return is_fine;
}

}  // namespace
}  // namespace volley::bench

int main(int count, char** words) {
  using namespace volley;
  constexpr int misused = 2;
  if (!bench::take_patience(count, words)) {
    fmt::print(stderr, "volley_bench: --patience: seconds are needed, 2 to 3600\n");
    return misused;
  }
  auto file = bench::file_of(count, words);
  benchmark::Initialize(&count, words);
  if (benchmark::ReportUnrecognizedArguments(count, words)) return misused;
  program::ending::prepare(bench::patience_of_suite());
  benchmark::AddCustomContext("two_cpus", fmt::format("{}", program::cpu_list(bench::cpus_of_suite())));
  bench::add_queues();
  bench::add_handoffs();
  const std::size_t ran = benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
  if (file) file->keep();
  if (ran == 0) return misused;  // it has said so
  return bench::has_failed() ? 1 : 0;
}
