// SPDX-License-Identifier: MIT
#include "session.hpp"

#include "../program/ending.hpp"
#include "creation.hpp"
#include "crowd.hpp"

#include <volley/env/scope.hpp>

#include <stdexcept>
#include <utility>

namespace volley::pingpong {

session::session(session_setup setup) : setup_(std::move(setup)) {
  for (std::size_t i = 0; setup_.pairs > 1 && i != setup_.pairs; ++i) {
    crowd_.push_back(all_mechanisms<in_process>(setup_.ring_capacity, setup_.payload_bytes));
  }
  // Processes first: a fork copies the calling thread alone.
  for (const parties who : {parties::processes, parties::threads}) {
    pairs_[static_cast<std::size_t>(who)] =
        make_pair_of(who, setup_.ring_capacity, setup_.payload_bytes, setup_.usable);
  }
}

cpus session::cpus_of(placement where) const {
  const std::vector<int>& two = setup_.chosen;
  if (where == placement::two_cpus) return {two.front(), two.back()};
  if (where == placement::one_cpu) return {two.front(), two.front()};
  return {};
}

void session::enter(parties who, placement where) {
  who_ = who;
  where_ = where;
  program::ending::watch(title_of(who, where));
  here().place(cpus_of(where));
  program::ending::rest();
}

python_peer& session::python() {
  if (!python_failure_.empty()) throw cannot_measure(python_failure_);
  try {
    if (!python_) python_.emplace(setup_.python.value_or("python3"), setup_.usable);
  } catch (const cannot_measure& e) {
    python_failure_ = e.what();
    throw;
  }
  return *python_;
}

std::unique_ptr<contestant> session::contestant_of(mechanism_name name) {
  if (name.name == "thread") return std::make_unique<thread_creation>(cpus_of(where_));
  if (name.name == "process") return std::make_unique<process_creation>(cpus_of(where_));
  if (name.name.starts_with("python_")) {
    return std::make_unique<python_handoff>(python(), name.name, to_string(who_), cpus_of(where_));
  }
  const catalogue& all = here().mechanisms();
  for (std::size_t i = 0; i != all.size(); ++i) {
    if (all[i].name != name) continue;
    if (!crowd_.empty() && who_ == parties::threads) return std::make_unique<crowd>(crowd_, i, cpus_of(where_));
    return std::make_unique<handoff>(here(), i);
  }
  throw std::logic_error("no such mechanism: " + std::string(name.name));
}

}  // namespace volley::pingpong
