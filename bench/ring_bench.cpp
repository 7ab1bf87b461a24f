// SPDX-License-Identifier: MIT

// The contestants for users of Google Benchmark: throughput in the usual shapes, and the cost of a push and a pop on one thread.
//   spsc_ring/try_push_pop/8B/1P1C      elements from some threads to others, one a call
//   spsc_ring/try_push_pop_32/8B/1P1C   32 a call
//   spsc_ring/pair/8B                   push one and pop it, one thread
// For ratios that hold on a noisy machine use ring_duel, which also outlives a rival that hangs.

#include "contestant.hpp"
#include "crew.hpp"
#include "program/cpus.hpp"
#include "row.hpp"
#include "transfers.hpp"

#include <benchmark/benchmark.h>

#include <array>
#include <exception>
#include <string>

#include <fmt/format.h>

namespace volley::bench {
namespace {

constexpr std::array<shape, 6> shapes{{{1, 1}, {2, 2}, {4, 4}, {16, 16}, {4, 1}, {1, 4}}};

conditions on_this_machine() {
  const auto two = program::choose_two(program::usable_cpus());
  conditions c;
  c.cpus = {two.front(), two.back()};
  return c;
}

void run_transfer(benchmark::State& state, const contestant& c, const shape& s, unsigned batch) {
  const conditions under = on_this_machine();
  try {
    crew threads(placement(s, under.cpus));
    transfers through(threads, c, batch, s, under);
    for (int warm_up = 0; warm_up != 3; ++warm_up) through.round();
    std::int64_t elements = 0;
    for ([[maybe_unused]] auto _ : state) {
      const double ns = through.round();
      state.SetIterationTime(ns * 1e-9 * static_cast<double>(through.elements()));
      elements += static_cast<std::int64_t>(through.elements());
    }
    state.SetItemsProcessed(elements);
  } catch (const std::exception& e) {
    state.SkipWithError(e.what());
  }
}

void run_pairs(benchmark::State& state, const contestant& c) {
  constexpr std::uint64_t some = 1000;
  const auto queue = c.make_transfer(usual_capacity);
  for ([[maybe_unused]] auto _ : state) {
    if (!queue->pairs(some)) {
      state.SkipWithError("an element was lost");
      break;
    }
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(some));
}

void add(const contestant& c) {
  const auto mode = [&c](benchmark::State& state) { state.SetLabel(std::string(c.mode)); };
  benchmark::RegisterBenchmark(fmt::format("{}/pair/{}B", c.name, c.bytes).c_str(),
                               [&c, mode](benchmark::State& state) {
                                 mode(state);
                                 run_pairs(state, c);
                               });
  for (const shape& s : shapes) {
    if (!fits(c, s)) continue;
    for (const unsigned batch : {1U, static_cast<unsigned>(transfer::largest_batch)}) {
      if (batch != 1 && !c.has_batches) continue;
      const std::string many = batch == 1 ? "" : fmt::format("_{}", batch);
      const std::string name = fmt::format("{}/try_push_pop{}/{}B/{}", c.name, many, c.bytes, s.label());
      benchmark::RegisterBenchmark(name.c_str(), [&c, s, batch, mode](benchmark::State& state) {
        mode(state);
        run_transfer(state, c, s, batch);
      })->UseManualTime();
    }
  }
}

}  // namespace
}  // namespace volley::bench

int main(int count, char** words) {
  benchmark::Initialize(&count, words);
  if (benchmark::ReportUnrecognizedArguments(count, words)) return 2;
  for (const auto& c : volley::bench::contestants()) volley::bench::add(c);
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
  return 0;
}
