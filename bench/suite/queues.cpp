// SPDX-License-Identifier: MIT

// Rings and channels, baselines and rivals: throughput in the usual shapes, the cost of a push and a pop on one thread, and, of what
// waits, the round trip between two. (Of what does not, ring_duel has it: two threads that only poll measure how busy the machine is.)

#include "contestant.hpp"
#include "pingpong/crew.hpp"
#include "row.hpp"
#include "suite/suite.hpp"
#include "transfers.hpp"
#include "watched.hpp"

#include <array>
#include <chrono>
#include <string>

#include <fmt/format.h>

namespace volley::bench {
namespace {

constexpr std::array<shape, 6> shapes{{{1, 1}, {2, 2}, {4, 4}, {16, 16}, {4, 1}, {1, 4}}};

void count(benchmark::State& state, const contestant& c, std::uint64_t elements) {
  state.SetItemsProcessed(static_cast<std::int64_t>(elements));
  state.SetBytesProcessed(static_cast<std::int64_t>(elements * c.bytes));
}

void run_transfer(benchmark::State& state, const contestant& c, const shape& s, unsigned batch) {
  conditions under;
  under.cpus = cpus_of_suite();
  under.patience_s = patience_of_suite();
  pingpong::crew threads(placement(s, under.cpus));
  transfers through(threads, c, batch, s, under);
  through.round();  // the first one finds its memory new, and does not know its length
  std::uint64_t elements = 0;
  for ([[maybe_unused]] auto _ : state) {
    sign_of_life();
    const double ns = through.round();
    state.SetIterationTime(ns * 1e-9 * static_cast<double>(through.elements()));
    elements += through.elements();
  }
  count(state, c, elements);
}

void run_pairs(benchmark::State& state, const contestant& c) {
  constexpr std::uint64_t some = 1000;
  const auto queue = c.make_transfer(usual_capacity);
  std::uint64_t elements = 0;
  for ([[maybe_unused]] auto _ : state) {
    sign_of_life();
    if (!queue->pairs(some)) throw fault("what was popped is not what was pushed");
    elements += some;
  }
  count(state, c, elements);
}

void run_round_trips(benchmark::State& state, const contestant& c) {
  constexpr std::uint32_t some = 200;
  const std::array<int, 2> cpus = cpus_of_suite();
  pingpong::crew threads({cpus[0], cpus[1]});
  const auto pair = c.make_round_trip(usual_capacity);
  std::uint64_t trips = 0;
  for ([[maybe_unused]] auto _ : state) {
    sign_of_life();
    bool is_right = false;
    const auto give_up = steady::now() + std::chrono::seconds(patience_of_suite());
    const std::uint64_t ns = threads.run(2, [&](unsigned me) {
      me == 0 ? void(is_right = pair->lead(some, give_up)) : void(pair->follow(some, give_up));
    });
    if (!is_right) throw fault("the element that came back was another one, or none");
    state.SetIterationTime(1e-9 * static_cast<double>(ns));
    trips += some;
  }
  count(state, c, trips);
}

void add_transfers(const contestant& c, const std::string& label, const std::string& verbs) {
  for (const shape& s : shapes) {
    if (!fits(c, s) || (c.needs_a_cpu_each && s.threads() > cpus_of_suite().size())) continue;
    for (const unsigned batch : {1U, static_cast<unsigned>(transfer::largest_batch)}) {
      if (batch != 1 && !c.has_batches) continue;
      const std::string many = batch == 1 ? "" : fmt::format("_{}", batch);
      add(fmt::format("{}/{}{}/{}B/{}", c.name, verbs, many, c.bytes, s.label()), label,
          [&c, s, batch](benchmark::State& state) { run_transfer(state, c, s, batch); })
          ->UseManualTime();
    }
  }
}

}  // namespace

void add_queues() {
  for (const contestant& c : contestants()) {
    const bool waits = c.promises.says == answer::waits;
    const std::string label = fmt::format("{} [{}]", c.mode, describe(c.promises));
    add(fmt::format("{}/pair/{}B", c.name, c.bytes), label, [&c](benchmark::State& state) { run_pairs(state, c); });
    if (c.make_beats != nullptr) {
      add(fmt::format("{}/round_trip/{}B", c.name, c.bytes), label, [&c](benchmark::State& state) {
        run_round_trips(state, c);
      })->UseManualTime();
    }
    add_transfers(c, label, waits ? "push_pop" : "try_push_pop");
  }
}

}  // namespace volley::bench
