// SPDX-License-Identifier: MIT
#pragma once

// Where n threads wait for each other, again and again: none goes on before all have arrived.
//
// Who: any thread. n arrivals make a phase, whoever they come from; as a rule n threads call in turn, each once a phase.
// Progress: an arrival is lock-free: its CAS fails only because another arrival, withdrawal or sleeper succeeded. Then it waits while one
//   of the n has not come, and, asleep, while the last one to come, or who requested the stop, is between its RMW and its FUTEX_WAKE.
// Memory: what each of the n did before it arrived is visible to all of them after arrive_and_wait() returned ok.
// Errors: arrive_and_wait returns ok, timeout or stopped. A timeout or a stop withdraws the arrival, as if it had not been: the others go on
//   waiting for n. One that ties with the last arrival is no timeout and no stop. The constructor throws std::invalid_argument where there
//   are 0 participants or more than max(); make() returns null instead.
// Destruction: alone: every call must have returned, for the last one to arrive still looks for sleepers when the others may have gone.
// Between processes: spin_barrier<Wait, between_processes> in memory that all map, at any address; one of them constructs it, before the
//   others use it. A process that is killed while it waits has arrived. Killed as the last to arrive, between the two steps of that, it leaves
//   those who sleep asleep; a deadline then ends their waits, with ok.
//
// State: one word (wait/crowd.hpp), whose value is | phase | arrived |, and how many it takes, which nobody changes. arrived < n always: the
// last arrival sets it to 0 and counts the phase up in one RMW, and wakes all. The phase in which a thread arrived is in the word that its own
// arrival replaced; the phase cannot end without n - 1 more. A waiter waits for any other phase, and withdraws only from its own. The phases wrap:
// with more threads than participants a waiter that looked away for exactly 2^14 phases would wait for one more, and if it gave up, take
// back the arrival of another.
// No wake is lost: the last arrival ticks in the RMW that turns the phase, so who is not asleep yet is not let to sleep; and it wakes all
// who are, not so many as it saw: some may have gone on, come again, and be asleep for the next phase. The edges are those of crowd.hpp.
// Where the first and the last to arrive were is noted: who waits does not spin if both were on its own CPU.
// Waiting: Wait is busy_spin, spin_yield, spin_park (default) or park.
// Source: the central barrier with a sense that turns, of J. Mellor-Crummey, M. Scott, "Algorithms for scalable synchronization on
//   shared-memory multiprocessors" (1991), section 3.1; the phase is the sense.

#include <volley/config.hpp>
#include <volley/env/native_wait.hpp>
#include <volley/env/scope.hpp>
#include <volley/env/stop.hpp>
#include <volley/refusal.hpp>
#include <volley/status.hpp>
#include <volley/wait/crowd.hpp>
#include <volley/wait/patience.hpp>
#include <volley/wait/policy.hpp>
#include <volley/wait/seat.hpp>
#include <volley/wait/stopping.hpp>

#include <cstdint>
#include <memory>
#include <new>
#include <optional>
#include <type_traits>

namespace volley {

template <class Wait = spin_park, class Scope = in_process, class Env = native>
class alignas(cache_line) spin_barrier {
  using os = typename Env::os;
  using crowd = detail::crowd<Env, Wait, Scope, 27, 13>;
  using bits = typename crowd::bits;
  static constexpr bits one_phase = bits{1} << 13;

 public:
  using time_point = typename os::time_point;
  using stop_token = typename os::stop_token;

  /// For 1 to max() participants; std::invalid_argument otherwise.
  explicit spin_barrier(std::uint32_t participants) : crowd_(0), participants_(checked(participants)) {}
  /// The way in without exceptions: null where the constructor would throw.
  static std::unique_ptr<spin_barrier> make(std::uint32_t participants) {
    if (!is_possible(participants)) return nullptr;
    return std::unique_ptr<spin_barrier>(new (std::nothrow) spin_barrier(participants));
  }
  spin_barrier(const spin_barrier&) = delete;
  spin_barrier& operator=(const spin_barrier&) = delete;
  ~spin_barrier() = default;

  static constexpr std::uint32_t(max)() noexcept { return static_cast<std::uint32_t>(one_phase - 1); }
  std::uint32_t participants() const noexcept { return participants_; }

  /// Arrives, and waits until all have.
  void arrive_and_wait() noexcept { (void)arrive_until(os::never, never_stopped{}); }

  /// The same until an absolute deadline of the steady clock (in the past: ok only if the others come while it looks), or until a stop
  /// is requested. ok, timeout or stopped.
  [[nodiscard]] status arrive_and_wait(time_point deadline) noexcept { return arrive_until(deadline, never_stopped{}); }
  [[nodiscard]] status arrive_and_wait(const stop_token& stop) noexcept { return arrive_until(os::never, stop); }
  [[nodiscard]] status arrive_and_wait(time_point deadline, const stop_token& stop) noexcept {
    return arrive_until(deadline, stop);
  }

 private:
  static constexpr bool notes_cpu = Wait::spins && (Wait::parks || Wait::yields);

  static constexpr bool is_possible(std::uint32_t participants) { return participants != 0 && participants <= (max)(); }
  static std::uint32_t checked(std::uint32_t participants) {
    if (!is_possible(participants)) detail::refuse_argument("volley: a barrier has 1 to max() participants");
    return participants;
  }

  static bits arrived_in(bits seen) noexcept { return seen % one_phase; }
  static bits phase_in(bits seen) noexcept { return crowd::value_of(seen) / one_phase; }
  bool is_last(bits before) const noexcept { return arrived_in(before) + 1 == participants_; }

  /// The word after one more arrival.
  bits with_me(bits seen) const noexcept {
    if (!is_last(seen)) return seen + crowd::one_value;
    const bits value = (crowd::value_of(seen) - arrived_in(seen) + one_phase) & crowd::most_value;
    return seen - crowd::value_of(seen) + value + crowd::one_tick;
  }

  template <class Stop>
  status arrive_until(time_point deadline, const Stop& stop) noexcept {
    const bits before = crowd_.swap([this](bits seen) { return with_me(seen); });
    // Not before that: each touch of the line is one more that must wait for it.
    if (notes_cpu && arrived_in(before) == 0) first_.note_cpu();
    if (is_last(before)) {
      if (notes_cpu) crowd_.note_cpu_shared_with(first_);
      crowd_.wake(before, detail::everybody);
      return status::ok;
    }
    const auto is_over = [mine = phase_in(before)](bits seen) { return phase_in(seen) != mine; };
    const auto all_here = [is_over](bits seen) { return is_over(seen) ? std::optional<bits>(seen) : std::nullopt; };
    const status s = crowd_.wait(all_here, detail::patience<Env, Stop>{deadline, stop});
    return s == status::ok || withdraw(is_over) ? status::ok : s;
  }

  /// Takes an arrival back. True if the phase was faster: then it has not.
  template <class IsOver>
  bool withdraw(const IsOver& is_over) noexcept {
    bool was_over = false;
    (void)crowd_.try_take([&was_over, is_over](bits seen) {
      was_over = is_over(seen) || arrived_in(seen) == 0;  // 0: a phase of that number, and another one
      return std::optional<bits>(was_over ? seen : seen - crowd::one_value);
    });
    return was_over;
  }

  crowd crowd_;
  detail::seat<Env> first_;  // where the first to arrive was
  const std::uint32_t participants_;
};

static_assert(sizeof(spin_barrier<>) == cache_line && std::is_standard_layout_v<spin_barrier<>>);

}  // namespace volley
