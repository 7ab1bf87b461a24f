// SPDX-License-Identifier: MIT
#include "suite/suite.hpp"

#include "program/cpus.hpp"
#include "program/ending.hpp"

#include <exception>
#include <vector>

namespace volley::bench {
namespace {

bool is_failed = false;
std::string running;
int patience = 60;

}  // namespace

std::array<int, 2> cpus_of_suite() {
  static const std::vector<int> two = program::choose_two(program::usable_cpus());
  return {two.front(), two.back()};
}

int patience_of_suite() { return patience; }
void set_patience_of_suite(int seconds) { patience = seconds; }

benchmark::internal::Benchmark* add(const std::string& name, const std::string& label, const body& run) {
  return benchmark::RegisterBenchmark(name.c_str(), [name, label, run](benchmark::State& state) {
    state.SetLabel(label);
    running = name;
    sign_of_life();
    try {
      run(state);
    } catch (const std::exception& e) {
      state.SkipWithError(e.what());
      is_failed = true;
    }
    program::ending::rest();
  });
}

void sign_of_life() { program::ending::watch(running); }

bool has_failed() { return is_failed; }

}  // namespace volley::bench
