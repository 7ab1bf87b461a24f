// SPDX-License-Identifier: MIT
#pragma once

// What waiting needs of the machine: the futex, the clock, a pair of fences, who runs where, and what an event loop can poll.
//
// Edges
//   fence   light_fence, heavy_fence: fetch_add -> heavy_fence, light_fence: fetch_add   where ThreadSanitizer watches: all before
//           dies: FenceRace.OfTwoWhoStoreAndThenLookOneSeesTheOther

#include <volley/env/native.hpp>
#include <volley/env/os/cpu.hpp>
#include <volley/env/os/event_descriptor.hpp>
#include <volley/env/os/futex.hpp>
#include <volley/env/os/membarrier.hpp>
#include <volley/env/os/quota.hpp>
#include <volley/env/scope.hpp>
#include <volley/env/stop.hpp>

#include <algorithm>
#include <atomic>
#include <bit>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <utility>
#include <version>
#if defined(__cpp_lib_jthread)
#include <stop_token>
#endif

namespace volley {

struct native::os {
  using clock = std::chrono::steady_clock;  // CLOCK_MONOTONIC, as the futex counts
  using time_point = clock::time_point;
  using duration = std::chrono::nanoseconds;
  static constexpr time_point never = (time_point::max)();
#if defined(__cpp_lib_jthread)
  using stop_token = std::stop_token;
  template <class F>
  using stop_callback = std::stop_callback<F>;
#else
  using stop_token = never_stopped;  // libc++ where it has none, or as an experiment: a wait cannot be stopped
#endif

  /// What an event loop can poll.
  using descriptor = volley::os::event_descriptor;

  static time_point now() noexcept { return clock::now(); }

  /// Sleeps while the word holds `expected`; may return at any time. True when the deadline has passed. Of a word of 64 bits the
  /// upper half is compared.
  template <class U>
  static bool park(const atomic<U>& w, std::uint32_t expected, sharing scope, time_point deadline) noexcept {
    if (deadline == never) return volley::os::futex_wait(futex_of(&w), expected, scope, nullptr);
    const auto since = deadline.time_since_epoch();
    if (since <= duration::zero()) return true;
    const timespec until = timespec_of(since);
    return volley::os::futex_wait(futex_of(&w), expected, scope, &until);
  }

  /// Sleeps while each of n words of this process holds what is expected of it: entry(i) -> a pair of its address and that; otherwise as park.
  /// False where the kernel refuses to wait for several.
  template <class Entry>
  static bool park_on_any(std::size_t n, const Entry& entry, time_point deadline) noexcept {
    const auto since = deadline.time_since_epoch();
    if (since <= duration::zero()) return true;
    const timespec until = timespec_of(since);
    const auto at = [&entry](std::size_t i) {
      const auto [word, expected] = entry(i);
      return std::pair(futex_of(word), expected);
    };
    const auto end = volley::os::futex_wait_for_any(n, at, deadline == never ? nullptr : &until);
    if (end != volley::os::slept::refused) return true;
    ask_no_more_for_any();
    return false;
  }

  /// False once the kernel has refused.
  static bool can_park_on_any() noexcept {
    return !no_park_on_any_.load(relaxed);  // ~ count
  }

  /// What there is one of in the process.
  template <class Thing>
  static Thing* one_per_process() noexcept {
    return &the_one<Thing>;
  }

  /// Less than n, which is 1 or more. One after the other they are all over the range, evenly, beginning elsewhere in each thread. (What a thread
  /// asks for in between counts as well: every k-th of them are not spread so evenly where k is a Fibonacci number.)
  static std::size_t next_of(std::size_t n) noexcept {
    constexpr std::uint32_t golden = 0x9e37'79b9;  // 2^32 / the golden ratio
    next_ += golden;
    const auto start = static_cast<std::uint32_t>(reinterpret_cast<std::uintptr_t>(&next_) >> 6) * golden;
    return static_cast<std::size_t>((std::uint64_t{next_ + start} * n) >> 32);
  }

  /// Wakes up to n sleepers. Takes the address alone: the object may already be gone.
  template <class U>
  static void wake(const atomic<U>* w, int n, sharing scope) noexcept {
    volley::os::futex_wake(futex_of(w), n, scope);
  }

  /// A pair that orders a store before a later load on both sides: of a light fence here and a heavy one there, what came before one of
  /// them is seen after the other. The light one only keeps the compiler from reordering; the heavy one makes all CPUs wait, some 0.5 us,
  /// and is false where the kernel refuses it: then nothing is ordered. Two light ones order nothing between them.
  /// ThreadSanitizer knows neither; in its builds both are RMWs of one word, which order the same and more.
  static void light_fence() noexcept {
    std::atomic_signal_fence(seq_cst);
    if constexpr (volley::os::is_watched) meet();
  }
  static bool heavy_fence() noexcept {
    if constexpr (volley::os::is_watched) meet();
    return volley::os::membarrier();
  }
  /// Registers the process for heavy_fence() and tries one. False where the kernel refuses.
  static bool fences_work() noexcept { return volley::os::register_membarrier() && volley::os::membarrier(); }

  /// Called just before a wake; with learn_park_cost, by who was woken, it tells how long a park takes to end. Of wakes at one time the
  /// last is logged; those of other processes are not.
  static void log_wake(const void* word) noexcept {
    woken_at_.store(now().time_since_epoch().count(), relaxed);  // ~ count
    woken_.store(word, relaxed);                                 // ~ count
  }
  /// Called by who parked on the word since `start` and was awake at `end`.
  static void learn_park_cost(const void* word, time_point start, time_point end) noexcept {
    if (woken_.load(relaxed) != word) return;         // ~ count
    const std::int64_t at = woken_at_.load(relaxed);  // ~ count
    const std::int64_t took = duration(end.time_since_epoch()).count() - at;
    if (at < duration(start.time_since_epoch()).count() || took <= 0) return;
    const auto seen = static_cast<std::uint32_t>((std::min)(took, std::int64_t{10} * longest_spin));
    const std::uint32_t cost = park_cost();
    park_cost_.store(seen > cost ? cost + (seen - cost) / 8 : cost - (cost - seen) / 8, relaxed);  // ~ count
  }
  /// From a wake to the running of who was woken, in ns, as seen of late in this process.
  static std::uint32_t park_cost() noexcept {
    return park_cost_.load(relaxed);  // ~ count
  }

  static void yield() noexcept { volley::os::yield(); }
  static constexpr std::uint16_t unknown_cpu = volley::os::unknown_cpu;
  static std::uint16_t cpu() noexcept { return volley::os::cpu(); }

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

  /// What the kernel compares: 32 bits.
  template <class U>
  static const void* futex_of(const atomic<U>* w) noexcept {
    static_assert(std::is_standard_layout_v<atomic<U>> && (sizeof(*w) == 4 || sizeof(*w) == 8));
    const bool upper_half_is_behind = sizeof(*w) == 8 && std::endian::native == std::endian::little;
    return reinterpret_cast<const std::byte*>(w) + (upper_half_is_behind ? 4 : 0);
  }

  // Not written where it is used: g++ 12 does not survive this order in a template here.
  static void ask_no_more_for_any() noexcept {
    no_park_on_any_.store(true, relaxed);  // ~ count
  }

  static timespec timespec_of(duration since) noexcept {
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(since);
    timespec t{};
    t.tv_sec = static_cast<decltype(t.tv_sec)>(seconds.count());
    t.tv_nsec = static_cast<decltype(t.tv_nsec)>(duration(since - seconds).count());
    return t;
  }

  static void meet() noexcept {
    fence_.fetch_add(0, acq_rel);  // <- fence, -> fence: what was done before the other side's
  }

  inline static atomic<std::uint32_t> fence_{0};
  inline static atomic<const void*> woken_{nullptr};
  inline static atomic<std::int64_t> woken_at_{0};
  inline static atomic<std::uint32_t> park_cost_{longest_spin / 4};
  inline static atomic<std::int64_t> next_look_{0};
  inline static atomic<bool> quota_is_one_{false};
  inline static atomic<bool> no_park_on_any_{false};
  inline static thread_local std::uint32_t next_ = 0;
  template <class Thing>
  [[gnu::visibility("default")]] inline static constinit Thing the_one{};
};

}  // namespace volley
