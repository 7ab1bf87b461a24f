// SPDX-License-Identifier: MIT
#pragma once

// The Env that counts: steps, locked operations and system calls of each thread. For tests of what an operation costs.

#include <volley/env/hooked.hpp>

#include <array>
#include <cstdint>

namespace volley {

/// What one thread has done since it last cleared its tally.
struct step_tally {
  std::array<std::uint64_t, kinds_of_step> of{};

  std::uint64_t operator[](step s) const noexcept { return of[static_cast<unsigned>(s)]; }
  /// Loads, stores and RMWs.
  std::uint64_t steps() const noexcept { return (*this)[step::load] + (*this)[step::store] + (*this)[step::rmw]; }
  std::uint64_t locked() const noexcept { return (*this)[step::rmw]; }
  std::uint64_t syscalls() const noexcept {
    return (*this)[step::park] + (*this)[step::wake] + (*this)[step::yield] + (*this)[step::fence] +
           (*this)[step::descriptor];
  }
};

struct count_hook {
  /// The calling thread's.
  static step_tally& mine() noexcept {
    thread_local step_tally tally;
    return tally;
  }
  static void step(volley::step s) noexcept { ++mine().of[static_cast<unsigned>(s)]; }
};

struct counting : hooked<count_hook> {
  static step_tally& tally() noexcept { return count_hook::mine(); }
};

}  // namespace volley
