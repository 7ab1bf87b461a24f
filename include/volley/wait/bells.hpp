// SPDX-License-Identifier: MIT
#pragma once

// How a post reaches who waits for several objects where the kernel has no futex_waitv: that one sleeps on one word of the whole process,
// the rings, and has hung a bell for each of its objects. A post that finds sleepers looks whether a bell hangs there, and rings.
//
// Who: any thread of one process does anything.
// Progress: all of it is wait-free; a ring is one RMW and a FUTEX_WAKE, and without a bell one load.
//
// State: how many bells hang, in 256 places; which one is an object's comes from its address. An object of which a post found sleepers pays
// for a bell of its own, or, once in 256, for that of another object, with a wake that is not needed.
// Why no wake is lost: a bell is hung, and the rings are read, before its owner enrols as a sleeper, by an RMW on the object's word; and the post
// is an RMW on the same word. If the post comes first, who enrols finds it. If it comes after, it has read from the enrolment, sees the
// bell, and adds to the rings after they were read: then the kernel does not let the owner sleep on them, or the wake comes when it does.
//
// Edges
//   ring   ring: rings_.fetch_add -> rings: rings_.load   who has seen the ring sees the post; and see `enrol` in wait/crowd.hpp
//          dies: WaitAnyModel.EveryOrderIsNeeded

#include <volley/env/scope.hpp>
#include <volley/wait/stopping.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace volley::detail {

// Visible: a program and its shared objects have one of these, or they would not hear each other.
template <class Env>
class [[gnu::visibility("default")]] bells {
  using enum std::memory_order;
  using os = typename Env::os;
  using word = typename Env::template atomic<std::uint32_t>;

 public:
  /// The one of the process.
  static bells* here() noexcept { return os::template one_per_process<bells>(); }

  void hang(const void* object) noexcept {
    place_of(object).fetch_add(1, relaxed);  // ~ chain(enrol)
  }
  void take_down(const void* object) noexcept {
    place_of(object).fetch_sub(1, relaxed);  // ~ own
  }

  /// Called after the RMW that told of sleepers on the object at this address, which may be gone.
  void ring(const void* object) noexcept {
    if (place_of(object).load(relaxed) == 0) return;  // ~ hint(enrol)
    rings_.fetch_add(1, release);                     // -> ring: what was posted
    os::wake(&rings_, everybody, sharing::in_process);
  }

  std::uint32_t rings() const noexcept {
    return rings_.load(acquire);  // <- ring: all that was rung for is there
  }
  /// Sleeps while there are no more rings than that, until the deadline.
  void sleep(std::uint32_t seen, typename os::time_point deadline) const noexcept {
    (void)os::park(rings_, seen, sharing::in_process, deadline);
  }

 private:
  struct place {
    word hung{0};
  };

  /// Of objects side by side, each a cache line, to places far apart.
  word& place_of(const void* object) noexcept {
    const auto scattered =
        static_cast<std::uint64_t>(reinterpret_cast<std::uintptr_t>(object)) / 8 * 0x9e37'79b9'7f4a'7c15U;
    return places_[(scattered >> 32) % Env::bell_places].hung;
  }

  word rings_{0};
  place places_[Env::bell_places];
};

}  // namespace volley::detail
