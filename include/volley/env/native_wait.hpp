// SPDX-License-Identifier: MIT
#pragma once

// What waiting needs of the machine: the futex, the clock, and who runs where.

#include <volley/env/native.hpp>
#include <volley/env/os/cpu.hpp>
#include <volley/env/os/futex.hpp>
#include <volley/env/os/quota.hpp>
#include <volley/env/scope.hpp>
#include <volley/env/stop.hpp>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <type_traits>
#include <version>
#if defined(__cpp_lib_jthread)
#include <stop_token>
#endif

namespace volley {

struct native::os {
  using clock = std::chrono::steady_clock;  // CLOCK_MONOTONIC, as the futex counts
  using time_point = clock::time_point;
  using duration = std::chrono::nanoseconds;
  using word = atomic<std::uint32_t>;
  static constexpr time_point never = (time_point::max)();
#if defined(__cpp_lib_jthread)
  using stop_token = std::stop_token;
  template <class F>
  using stop_callback = std::stop_callback<F>;
#else
  using stop_token = never_stopped;  // libc++ where it has none, or as an experiment: a wait cannot be stopped
#endif

  static time_point now() noexcept { return clock::now(); }

  /// Sleeps while the word holds `expected`; may return at any time. True when the deadline has passed.
  static bool park(const word& w, std::uint32_t expected, sharing scope, time_point deadline) noexcept {
    static_assert(std::is_standard_layout_v<word> && sizeof(word) == sizeof(std::uint32_t));
    if (deadline == never) return volley::os::futex_wait(&w, expected, scope, nullptr);
    const auto since = deadline.time_since_epoch();
    if (since <= duration::zero()) return true;
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(since);
    timespec until{};
    until.tv_sec = static_cast<decltype(until.tv_sec)>(seconds.count());
    until.tv_nsec = static_cast<decltype(until.tv_nsec)>(duration(since - seconds).count());
    return volley::os::futex_wait(&w, expected, scope, &until);
  }

  /// Wakes up to n sleepers. Takes the address alone: the object may already be gone.
  static void wake(const word* w, int n, sharing scope) noexcept { volley::os::futex_wake(w, n, scope); }

  static void yield() noexcept { volley::os::yield(); }
  static std::uint32_t cpu() noexcept { return volley::os::cpu(); }

  /// False when the cgroup, when last looked at, granted one CPU or less: who spins then uses up the time that its peer needs.
  static bool two_can_run() noexcept {
    return !quota_is_one_.load(relaxed);  // ~ count
  }

  /// Looks at the cgroup, at most once a second; some 50 us. For who is about to sleep anyway.
  static void look_at_quota() noexcept {
    const std::int64_t ns = duration(now().time_since_epoch()).count();
    std::int64_t due = next_look_.load(relaxed);  // ~ count
    if (ns < due) return;
    // Whoever wins looks; the others go on with what was last seen.
    const bool mine =
        next_look_.compare_exchange_strong(due, ns + 1'000'000'000, relaxed, relaxed);  // ~ count; ~ count
    if (mine) quota_is_one_.store(volley::os::quota_cpus() <= 1.0, relaxed);            // ~ count
  }

 private:
  using enum std::memory_order;
  inline static atomic<std::int64_t> next_look_{0};
  inline static atomic<bool> quota_is_one_{false};
};

}  // namespace volley
