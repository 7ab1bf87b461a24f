// SPDX-License-Identifier: MIT

// Handoffs, and what the standard library and POSIX have: the round trip between two threads, and the cost of an operation of one.

#include "handoff/entry.hpp"
#include "handoff/rows.hpp"
#include "pingpong/crew.hpp"
#include "pingpong/rounds.hpp"
#include "suite/suite.hpp"
#include "watched.hpp"

#include <cstdint>
#include <string>

#include <fmt/format.h>

namespace volley::bench {
namespace {

/// One handoff, and a second one that is tried out before and after.
class pair_of_threads {
 public:
  explicit pair_of_threads(const ping_pong& p)
      : threads_({cpus_of_suite()[0], cpus_of_suite()[1]}),
        is_right_(p.add(all_, pingpong::parties::threads, p.name())) {}

  /// ns
  std::uint64_t trips(std::uint32_t n) { return run(0, n); }

  void try_out() {
    run(1, 50);
    if (!is_right_()) throw fault("a side went on before its turn, or what came over was not what was sent");
  }

 private:
  std::uint64_t run(std::size_t which, std::uint32_t n) {
    const pingpong::mechanism& m = all_[which];
    return threads_.run(2, [&m, n](unsigned me) { me == 0 ? m.lead(m.state, n) : m.follow(m.state, n); });
  }

  pingpong::crew threads_;
  pingpong::catalogue all_;
  std::function<bool()> is_right_;
};

void run_round_trips(benchmark::State& state, const ping_pong& p) {
  pair_of_threads pair(p);
  pair.try_out();
  std::uint64_t trips = 0;
  double ns = 1e5;
  for ([[maybe_unused]] auto _ : state) {
    sign_of_life();
    const std::uint32_t some = pingpong::trips_for(ns);
    const auto took = static_cast<double>(pair.trips(some));
    state.SetIterationTime(1e-9 * took);
    ns = took / some;
    trips += some;
  }
  pair.try_out();
  state.SetItemsProcessed(static_cast<std::int64_t>(trips));
}

void run_operation(benchmark::State& state, const operation& o) {
  constexpr std::uint64_t some = 1000;
  const auto it = o.make();
  for ([[maybe_unused]] auto _ : state) {
    sign_of_life();
    it->run(some);
  }
  if (!it->is_right()) throw fault("what was read is not what was written");
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(some));
}

}  // namespace

void add_handoffs() {
  const auto where = cpus_of_suite()[0] == cpus_of_suite()[1] ? placement::one_cpu : placement::two_cpus;
  for (const ping_pong& p : ping_pongs()) {
    if (!makes_sense(p, where)) continue;
    const std::string wait = p.wait.empty() ? "" : fmt::format("/{}", p.wait);
    add(fmt::format("{}/round_trip{}", p.about.name, wait), std::string(p.about.what), [&p](benchmark::State& state) {
      run_round_trips(state, p);
    })->UseManualTime();
  }
  for (const operation& o : operations()) {
    add(std::string(o.name), std::string(o.what), [&o](benchmark::State& state) { run_operation(state, o); });
  }
}

}  // namespace volley::bench
