// SPDX-License-Identifier: MIT
#pragma once

// A role that a ring gives to one thread at a time, or a side of it that hands out guards, as an Env that does not look sees it:
// nothing. <volley/env/checked.hpp> has the one that looks.

namespace volley {

struct unwatched_role {
  /// of: the ring; who: the role. Both are string literals.
  constexpr unwatched_role(const char* /*of*/, const char* /*who*/) noexcept {}

  struct [[nodiscard]] acting {};
  /// The calling thread acts in this role for as long as what this returns lives: no other may, and it itself not once more.
  static constexpr acting act() noexcept { return {}; }
  /// The same, of a ring where it may not while a guard of this role is open.
  static constexpr acting act_unguarded() noexcept { return {}; }

  /// A guard that this role handed out begins, and ends.
  static constexpr void open() noexcept {}
  static constexpr void close() noexcept {}
};

/// Acts in a role that one thread at a time may have; in one that many may have, does nothing.
template <bool Alone, class Role>
auto act_in(Role& role) noexcept {
  if constexpr (Alone) return role.act_unguarded();
  if constexpr (!Alone) return unwatched_role::acting{};
}

/// The two roles of a ring. Where a role is nothing, so are both: as a [[no_unique_address]] member they take no room.
template <class Role>
struct two_roles {
  constexpr explicit two_roles(const char* of) noexcept : producer(of, "producer"), consumer(of, "consumer") {}

  [[no_unique_address]] Role producer;
  [[no_unique_address]] Role consumer;
};

}  // namespace volley
