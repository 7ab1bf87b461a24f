// SPDX-License-Identifier: MIT
#pragma once

// Strict alternation between two sides: the ping-pong itself. Side 0 has the first turn.
//
// Who: one thread at a time acts as side 0, one as side 1. Only the side that has the turn may pass it; either may await.
// Progress: pass is wait-free: one RMW (a store where Wait never parks), and a FUTEX_WAKE only if the other side sleeps. await waits while
//   the other side keeps the turn, and, asleep, while whoever passed it or requested the stop is between its RMW and its FUTEX_WAKE. A side that stops for ever
//   while it has the turn stops the other.
// Memory: what a side did before pass() is visible to the other side after the await() that returned ok.
// Errors: await returns ok, timeout or stopped; nothing throws. A timeout or a stop takes nothing: the turn still comes, to a later
//   await; one that ties with the turn is no timeout and no stop.
// Destruction: a side whose await() has just returned ok may destroy the turn at once, if neither side starts another call: the
//   last touch of the memory by pass() is the one that handed over. Not after a timeout or a stop.
// Between processes: turn<Wait, between_processes> in memory that both map, at any address; one of them constructs it, before
//   the other uses it.
//
// State: one word, whose low bit is the side that has the turn; and for each side a seat (wait/seat.hpp), all in one line.
// With strict alternation the value a sleeper sleeps on cannot come back while it sleeps, so one bit is enough: no counter, no
// wrap. The order and the reasons are in wait/wait_on.hpp.
// Waiting: Wait is busy_spin, spin_yield, spin_park (default) or park.

#include <volley/config.hpp>
#include <volley/env/native_wait.hpp>
#include <volley/env/scope.hpp>
#include <volley/env/stop.hpp>
#include <volley/status.hpp>
#include <volley/wait/policy.hpp>
#include <volley/wait/seat.hpp>
#include <volley/wait/wait_on.hpp>

#include <cstdint>
#include <type_traits>

namespace volley {

template <class Wait = spin_park, class Scope = in_process, class Env = native>
class alignas(cache_line) turn {
  using os = typename Env::os;
  using waiting = detail::wait_on<Env, Wait, Scope>;
  static constexpr std::uint32_t side_bit = 1;

 public:
  using time_point = typename os::time_point;
  using stop_token = typename os::stop_token;
  class handle;

  constexpr turn() noexcept(noexcept(word(0U))) : word_(0U) {}
  turn(const turn&) = delete;
  turn& operator=(const turn&) = delete;
  ~turn() = default;

  /// The handle of side 0 or 1: small, copyable, valid as long as the turn.
  handle side(unsigned which) noexcept { return handle(*this, which & side_bit); }

 private:
  using word = typename Env::template atomic<std::uint32_t>;

  word word_;
  detail::seat<Env> seats_[2];
};

template <class Wait, class Scope, class Env>
class turn<Wait, Scope, Env>::handle {
 public:
  /// Hands the turn to the other side. Precondition: this side has it.
  void pass() const noexcept { waiting::hand_over(turn_->word_, me_ ^ side_bit); }

  /// Waits until this side has the turn; returns at once if it has it already.
  void await() const noexcept { (void)await_until(os::never, never_stopped{}); }

  /// The same until an absolute deadline of the steady clock (in the past: returns at once), or until a stop is requested.
  /// ok, timeout or stopped.
  [[nodiscard]] status await(time_point deadline) const noexcept { return await_until(deadline, never_stopped{}); }
  [[nodiscard]] status await(const stop_token& stop) const noexcept { return await_until(os::never, stop); }
  [[nodiscard]] status await(time_point deadline, const stop_token& stop) const noexcept {
    return await_until(deadline, stop);
  }

  /// One look: true if this side has the turn.
  [[nodiscard]] bool try_await() const noexcept { return (waiting::look(turn_->word_) & side_bit) == me_; }

 private:
  friend class turn;

  template <class Stop>
  status await_until(time_point deadline, const Stop& stop) const {
    const auto my_turn = [me = me_](std::uint32_t seen) { return (seen & side_bit) == me; };
    const detail::patience<Env, Stop> p{deadline, stop};
    return waiting::until(turn_->word_, my_turn, turn_->seats_[me_], turn_->seats_[me_ ^ side_bit], p);
  }

  handle(turn& t, std::uint32_t me) noexcept : turn_(&t), me_(me) {}

  turn* turn_;
  std::uint32_t me_;
};

static_assert(sizeof(turn<>) == cache_line && std::is_standard_layout_v<turn<>>);

}  // namespace volley
