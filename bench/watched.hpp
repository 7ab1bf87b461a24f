// SPDX-License-Identifier: MIT
#pragma once

// Work done in a child, so that whatever happens there is told and the rest goes on.

#include "pingpong/shared_memory.hpp"

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <new>
#include <stdexcept>
#include <string>
#include <utility>

namespace volley::bench {

/// What went wrong in what is measured; ends the row.
struct fault : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// Lies in memory shared by parent and child, before whatever else the child has to tell. The parent looks at `beat` and `stage` while the
/// child lives, at the rest when it is dead.
struct life_signs {
  std::atomic<std::uint32_t> beat;   ///< grows with each round
  std::atomic<std::uint32_t> stage;  ///< what the child was about when it stopped
  bool is_faulty;
  char fault[200];

  /// In the child: a round of this stage begins.
  void enter(std::uint32_t of_stage) {
    stage.store(of_stage, std::memory_order_relaxed);  // ~ own
    beat.fetch_add(1, std::memory_order_relaxed);      // ~ count
  }
  std::uint32_t last_stage() const {
    return stage.load(std::memory_order_relaxed);  // ~ own
  }
};

struct unmap {
  template <class T>
  void operator()(T* at) const {
    munmap(at, sizeof *at);
  }
};
template <class T>
using shared_with_child = std::unique_ptr<T, unmap>;

template <class T>
shared_with_child<T> make_shared_with_child() {
  void* const at = pingpong::map_shared(sizeof(T));
  if (at == nullptr) throw std::bad_alloc();
  return shared_with_child<T>(::new (at) T{});
}

/// Runs body() in a child, and waits for its end, asleep: what is measured has the CPUs for itself. What went wrong: an exception's text, a
/// crash, or more than `patience` seconds without a beat; empty if nothing did.
std::string run_in_child(life_signs& of, int patience, const std::function<void()>& body);

}  // namespace volley::bench
