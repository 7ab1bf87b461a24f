// SPDX-License-Identifier: MIT
#pragma once

// A mechanism with its type put aside: where it lies, and its three loops. A call through a pointer is paid once a
// round, never once a trip.

#include "pace.hpp"

#include <volley/env/native.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <new>
#include <string_view>
#include <type_traits>
#include <vector>

namespace volley::pingpong {

using steady = std::chrono::steady_clock;

inline std::uint64_t ns_between(steady::time_point from, steady::time_point to) {
  return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::nanoseconds>(to - from).count());
}

/// Name and wait mode, as they stand in a row; wait is empty for what is not Volley's.
struct mechanism_name {
  std::string_view name;
  std::string_view wait;
  friend bool operator==(const mechanism_name&, const mechanism_name&) = default;
};

/// How a side waits at first. What sleeps at once finds its peer asleep on each hop, and so it should on the first: a
/// round that starts with both sides awake, and in step, may go on so for a while, and is then a hundred times faster
/// than the next.
enum class how : std::uint8_t { awake, asleep };

/// What M says of itself as M::waits.
template <class M>
constexpr how waits_of() {
  if constexpr (requires { M::waits; }) {
    return M::waits;
  } else {
    return how::awake;
  }
}

struct mechanism {
  mechanism_name name;
  how waits;
  void* state;
  void (*lead)(void* state, std::uint32_t trips);
  void (*lead_timed)(void* state, const pace& p, histogram& into);
  void (*follow)(void* state, std::uint32_t trips);
};

template <class Mechanism>
struct loops {
  static void lead(void* state, std::uint32_t trips) { make_trips(*static_cast<Mechanism*>(state), trips); }

  /// Counts the length of each trip in ns. Until one is due the clock is polled: the leader is awake when it posts.
  static void lead_timed(void* state, const pace& p, histogram& into) {
    auto& m = *static_cast<Mechanism*>(state);
    timed_trips<steady>(
        p, into, [&m] { make_trips(m, 1); }, native::relax);
  }

  static void follow(void* state, std::uint32_t trips) {
    auto& m = *static_cast<Mechanism*>(state);
    if constexpr (brings_its_own) {
      m.follow(trips);
    } else {
      for (; trips != 0; --trips) {
        m.template await<1>();
        m.template post<1>();
      }
    }
  }

 private:
  /// Where a trip is one call: what is waited for comes back from what posts.
  static constexpr bool brings_its_own = requires(Mechanism & m) { m.lead(1U); };

  [[gnu::always_inline]] static void make_trips(Mechanism& m, std::uint32_t trips) {
    if constexpr (brings_its_own) {
      m.lead(trips);
    } else {
      for (; trips != 0; --trips) {
        m.template post<0>();
        m.template await<0>();
      }
    }
  }
};

/// The mechanisms of one pair of parties, each constructed in memory that both share. The memory is never given back:
/// the follower may still look at it when the leader is gone.
class catalogue {
 public:
  template <class Mechanism, class... Args>
  Mechanism& add(mechanism_name name, Args&&... args) {
    void* const at = room_for(sizeof(Mechanism));
    auto* const made = ::new (at) Mechanism(std::forward<Args>(args)...);
    using its = loops<Mechanism>;
    all_.push_back({name, waits_of<Mechanism>(), made, its::lead, its::lead_timed, its::follow});
    return *made;
  }

  const mechanism& operator[](std::size_t i) const { return all_[i]; }
  std::size_t size() const { return all_.size(); }

 private:
  static void* room_for(std::size_t size);

  std::vector<mechanism> all_;
};

/// What goes over with each hop, in bytes; 0: nothing but the hop. Else one of these.
inline constexpr std::array<std::size_t, 3> payload_sizes{8, 64, 256};

/// All that runs between two parties that share memory: between threads if Scope is in_process. Capacity: of the rings.
/// Payload: of all but the floors.
template <class Scope>
catalogue all_mechanisms(std::size_t capacity, std::size_t payload_bytes);

}  // namespace volley::pingpong
