// SPDX-License-Identifier: MIT
#pragma once

// One permit for one thread: the thread parks until another one unparks it. An unpark that comes first is kept; several are one.
//
// Who: any thread unparks, also the one that parks; one thread at a time parks.
// Progress: unpark is wait-free: one RMW, and a FUTEX_WAKE only if the thread sleeps. try_park is wait-free. park waits until there is a permit,
//   and, asleep, while whoever unparked it or requested the stop is between its RMW and its FUTEX_WAKE.
// Memory: what a thread did before unpark() is visible to the parking thread after the park() or try_park() that took the permit, of all
//   the unparks that this permit stands for.
// Errors: park returns ok, timeout or stopped; nothing throws. A timeout or a stop takes no permit; one that ties with an unpark is no
//   timeout and no stop.
// Destruction: the thread whose park() or try_park() has just taken a permit may destroy the parker at once, if no other unpark is under
//   way and no call is started: the last touch of the memory by unpark() is the RMW that gave the permit. Not after a timeout or a stop.
// Between processes: parker<Wait, between_processes> in memory that all map, at any address; one of them constructs it, before the
//   others use it. When the process that parks is killed asleep, the next unpark wakes nobody, and another thread may park in its place.
//   When a process is killed between the two steps of an unpark, the next unpark wakes who sleeps.
//
// State: one word, 1 while there is a permit (wait/wait_on.hpp has the parked bit in it), and two seats (wait/seat.hpp): of who
// unparks and of who parks. unpark writes the word even where a permit is there already: else what came before it would reach nobody.
// For the same reason the permit is taken by an exchange, not by a store, which could write over an unpark that it has not seen.
// Waiting: Wait is busy_spin, spin_yield, spin_park (default) or park.
// Source: LockSupport of D. Lea, "The java.util.concurrent synchronizer framework" (2005); the word is that of wait/wait_on.hpp.
//
// Edges
//   post   unpark: exchange, in wait/wait_on.hpp -> take: exchange    also the unparks that one permit stands for
//          dies: ParkerModel.EveryOrderIsNeeded

#include <volley/config.hpp>
#include <volley/env/native_wait.hpp>
#include <volley/env/scope.hpp>
#include <volley/env/stop.hpp>
#include <volley/status.hpp>
#include <volley/wait/patience.hpp>
#include <volley/wait/policy.hpp>
#include <volley/wait/seat.hpp>
#include <volley/wait/wait_on.hpp>

#include <atomic>
#include <cstdint>
#include <type_traits>

namespace volley {

template <class Wait = spin_park, class Scope = in_process, class Env = native>
class alignas(cache_line) parker {
  using enum std::memory_order;
  using os = typename Env::os;
  using waiting = detail::wait_on<Env, Wait, Scope>;
  static constexpr std::uint32_t permit = 1;

 public:
  using time_point = typename os::time_point;
  using stop_token = typename os::stop_token;

  constexpr parker() noexcept(noexcept(word(0U))) : word_(0U) {}
  parker(const parker&) = delete;
  parker& operator=(const parker&) = delete;
  ~parker() = default;

  /// Gives the permit, unless it is there already.
  void unpark() noexcept { waiting::post(word_, permit, unparking_); }

  /// Takes the permit; waits for it if it is not there.
  void park() noexcept { (void)park_until(os::never, never_stopped{}); }

  /// The same until an absolute deadline of the steady clock (in the past: returns at once), or until a stop is requested.
  /// ok, timeout or stopped.
  [[nodiscard]] status park(time_point deadline) noexcept { return park_until(deadline, never_stopped{}); }
  [[nodiscard]] status park(const stop_token& stop) noexcept { return park_until(os::never, stop); }
  [[nodiscard]] status park(time_point deadline, const stop_token& stop) noexcept { return park_until(deadline, stop); }

  /// One look: true if the permit was there; it is taken then.
  [[nodiscard]] bool try_park() noexcept {
    if (waiting::look(word_) != permit) return false;
    take();
    return true;
  }

 private:
  using word = typename Env::template atomic<std::uint32_t>;

  template <class Stop>
  status park_until(time_point deadline, const Stop& stop) {
    const auto permitted = [](std::uint32_t seen) { return seen == permit; };
    const detail::patience<Env, Stop> p{deadline, stop};
    const status s = waiting::until(word_, permitted, parking_, unparking_, p);
    if (s == status::ok) take();
    return s;
  }

  /// The permit is there, and nobody else takes it.
  void take() {
    (void)word_.exchange(0, acquire);  // <- post: also of an unpark since the look
  }

  word word_;
  detail::seat<Env> unparking_;
  detail::seat<Env> parking_;
};

static_assert(sizeof(parker<>) == cache_line && std::is_standard_layout_v<parker<>>);

}  // namespace volley
