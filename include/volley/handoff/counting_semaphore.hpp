// SPDX-License-Identifier: MIT
#pragma once

// Permits to be had: release adds some, acquire takes one and waits until there is one.
//
// Who: any thread calls anything; who releases need not have acquired.
// Progress: release is wait-free: one RMW, and one FUTEX_WAKE if somebody sleeps. try_acquire is lock-free: its CAS is
//   repeated only where another call changed the word, or the CPU gave it up. acquire waits until there is a permit for it, and, asleep, while
//   whoever released it or requested the stop is between
//   its RMW and its FUTEX_WAKE. Who arrives may take a permit before those that were waiting for it: there is no queue.
// Memory: what a thread did before release() is visible to who acquired a permit that this release, or a later one, made available.
// Errors: acquire returns ok, timeout or stopped; nothing throws. A timeout or a stop takes no permit; one that ties with a permit is no
//   timeout and no stop. To begin with more than max() permits, or to release so many that there are more, is an error of the caller's, and
//   is not noticed.
// Destruction: the thread whose acquire() or try_acquire() has just succeeded may destroy the semaphore at once, if no other call is
//   under way and none is started: the last touch of the memory by release() is the RMW that added the permit. Not after a timeout or a stop.
// Between processes: counting_semaphore<Wait, between_processes> in memory that all map, at any address; one of them constructs it, before
//   the others use it. A process that is killed takes with it the permits that it had acquired. If it was asleep, it counts as a sleeper from
//   then on: each release makes its system call. A wake may be lost with it: the permit then waits for who comes next or for the next release,
//   which wakes for it too. The same holds of one killed between the two steps of a release.
//
// State: one word, whose value is the number of permits (wait/crowd.hpp), and a seat (wait/seat.hpp) beside it. A count of 0 stays 0 until a
// release: a sleeper wakes only to that, to the end of its patience, or for nothing. A release of n wakes up to n sleepers in one call. No
// wake is lost: whoever was woken takes a permit if one is there, also if it would rather leave; and who is not asleep yet is not let to sleep.
// Waiting: Wait is busy_spin, spin_yield, spin_park (default) or park.
// Source: wait/crowd.hpp, where the edges are, too.

#include <volley/config.hpp>
#include <volley/env/native_wait.hpp>
#include <volley/env/scope.hpp>
#include <volley/env/stop.hpp>
#include <volley/status.hpp>
#include <volley/wait/crowd.hpp>
#include <volley/wait/patience.hpp>
#include <volley/wait/policy.hpp>

#include <cstdint>
#include <optional>
#include <type_traits>

namespace volley {

template <class Wait = spin_park, class Scope = in_process, class Env = native>
class alignas(cache_line) counting_semaphore {
  using os = typename Env::os;
  using crowd = detail::crowd<Env, Wait, Scope, 22, 14>;
  using bits = typename crowd::bits;

 public:
  using time_point = typename os::time_point;
  using stop_token = typename os::stop_token;

  /// With so many permits to begin with: 0 to max().
  constexpr explicit counting_semaphore(std::uint32_t initial = 0) noexcept(noexcept(crowd(0U))) : crowd_(initial) {}
  counting_semaphore(const counting_semaphore&) = delete;
  counting_semaphore& operator=(const counting_semaphore&) = delete;
  ~counting_semaphore() = default;

  /// The most permits that there may be at a time.
  static constexpr std::uint32_t(max)() noexcept { return static_cast<std::uint32_t>(crowd::most_value); }

  /// Adds n permits. Precondition: no more than max() are there then.
  void release(std::uint32_t n = 1) noexcept { crowd_.post(n, static_cast<int>(n)); }

  /// Takes a permit; waits until there is one.
  void acquire() noexcept { (void)crowd_.wait(one_less, patience<never_stopped>{os::never, {}}); }

  /// The same until an absolute deadline of the steady clock (in the past: returns at once), or until a stop is requested.
  /// ok, timeout or stopped.
  [[nodiscard]] status acquire(time_point deadline) noexcept {
    return crowd_.wait(one_less, patience<never_stopped>{deadline, {}});
  }
  [[nodiscard]] status acquire(const stop_token& stop) noexcept {
    return crowd_.wait(one_less, patience<stop_token>{os::never, stop});
  }
  [[nodiscard]] status acquire(time_point deadline, const stop_token& stop) noexcept {
    return crowd_.wait(one_less, patience<stop_token>{deadline, stop});
  }

  /// Takes a permit if there is one, and says whether it did. It does not fail because of another thread's call at the same time.
  [[nodiscard]] bool try_acquire() noexcept { return crowd_.try_take(one_less); }

 private:
  friend struct detail::several_access;
  template <class Stop>
  using patience = detail::patience<Env, Stop>;

  static constexpr auto one_less = [](bits seen) {
    return crowd::value_of(seen) != 0 ? std::optional<bits>(seen - crowd::one_value) : std::nullopt;
  };

  static std::optional<bits> take_since(bits /*first*/, bits seen) noexcept { return one_less(seen); }

  crowd crowd_;
};

static_assert(sizeof(counting_semaphore<>) == cache_line && std::is_standard_layout_v<counting_semaphore<>>);

}  // namespace volley
