// SPDX-License-Identifier: MIT
#pragma once

// How a channel ends: what a push asks before its element goes in, and how a pop knows that nothing will ever come. Two forms, by who pushes:
//
// sealed_end   many producers: seal() of the ring stops the very word that each push claims by, so a push comes before the seal or fails.
//              When a pop has seen the seal, and then an empty ring, that is the end.
// guarded_end  one producer, whose claim is a plain store beside the seal. So it says that it is inside, looks whether somebody closes, and
//              only then pushes. Who closes asks it to, has the fence, and then says that it is closed; when a pop has seen that, nobody
//              inside, and then an empty ring, that is the end.
//
// Progress: wait-free, but for close() of a sealed_end, which is as its ring's seal().
// Memory: what was done before close() is visible to who is told that it is closed; all that went in, to who has seen is_final().
//
// State of a guarded_end
//   closing_  somebody wants no more to go in      closed_  and whoever is inside without knowing it can be seen there
//   inside_   1 while the producer is between its entry and its exit
//   over_     somebody has seen closed_ and then nobody inside: so it stays, though a push that will be refused may come in once more
// The producer stores inside_ and then looks at closing_; who closes stores closing_, and inside_ can be seen by all who see closed_: each has a
// fence between (env/native_wait.hpp). In process that of the producer is for the compiler only, and who closes pays a system call. Where
// the kernel refused it from the beginning, and between processes, who closes has an RMW on inside_ instead, and each change of inside_ is
// one: a plain store would end the release sequence of that of who closes, and what the producer reads behind it would say nothing. Where
// the kernel refuses later (a sandbox entered meanwhile), who closes sleeps a millisecond: by then a store that was on its way has long arrived.
// A producer that leaves without having pushed looks once more whether somebody closes: a pop that found it inside may sleep.
// Source: Dekker's pair of flags, with the asymmetric fence of D. Goldblatt, P1202 (2018).
//
// Edges
//   enter  meet: light_fence <> close: heavy_fence             who is inside is seen, or who closes   dies: ChannelModel.EveryOrderIsNeeded
//   ask    close: closing_.store, inside_.fetch_add -> is_closing: closing_.load, enter, leave: inside_.exchange   what came before close()
//          dies: ChannelModel.EveryOrderIsNeeded
//   end    close: closed_.store -> is_closed: closed_.load     closing_, and what came before close()   dies: ChannelModel.EveryOrderIsNeeded
//   leave  leave: inside_.store, inside_.exchange -> is_final: inside_.load   all that was pushed   dies: ChannelModel.EveryOrderIsNeeded
//   over   is_final: over_.store -> is_final: over_.load       all that was pushed                     dies: ChannelModel.EveryOrderIsNeeded

#include <volley/config.hpp>
#include <volley/env/native_wait.hpp>
#include <volley/env/scope.hpp>
#include <volley/status.hpp>
#include <volley/wait/stopping.hpp>

#include <atomic>
#include <cstdint>

namespace volley::detail {

template <class Ring>
class sealed_end {
 public:
  explicit sealed_end(bool /*fences_work*/) noexcept {}

  /// Attempt() pushes, if it can, and says whether it did. ok, full or closed.
  template <class Attempt, class InVain>
  status admit(Ring& ring, const Attempt& attempt, const InVain& /*in_vain*/) {
    if (attempt()) return status::ok;
    return ring.is_sealed() ? status::closed : status::full;
  }

  void close(Ring& ring) noexcept { ring.seal(); }
  bool is_closed(const Ring& ring) const noexcept { return ring.is_sealed(); }
  bool is_final(const Ring& ring) const noexcept { return ring.is_sealed(); }
};

template <class Ring, class Scope>
class alignas(cache_line) guarded_end {
  using enum std::memory_order;
  using env = typename Ring::env;
  using os = typename env::os;

 public:
  /// Whether heavy fences are to be had.
  explicit guarded_end(bool fences_work) noexcept : is_asymmetric_(fences_work) {}

  /// Attempt() pushes, if it can, and says whether it did; in_vain() is called when none did and somebody closes. ok, full or closed.
  template <class Attempt, class InVain>
  status admit(Ring&, const Attempt& attempt, const InVain& in_vain) {
    const status s = admit(attempt);
    if (s != status::ok && is_closing()) [[unlikely]]
      in_vain();
    return s;
  }

  void close(Ring&) noexcept {
    closing_.store(1, release);  // -> ask: what came before close()
    if (!is_asymmetric_) {
      inside_.fetch_add(0, release);  // -> ask: closing_, for a producer that enters or leaves after this
    } else if (!os::heavy_fence()) {  // <> enter: closing_, then who is inside
      let_stores_arrive<env>();
    }
    closed_.store(1, release);  // -> end: who is inside without having seen closing_
  }
  bool is_closed(const Ring&) const noexcept {
    return closed_.load(acquire) != 0;  // <- end: closing_, and who was inside
  }
  bool is_final(const Ring& ring) const noexcept {
    if (over_.load(acquire) != 0) return true;  // <- over: all that was pushed
    if (!is_closed(ring)) return false;
    if (inside_.load(acquire) != 0) return false;  // <- leave: all that was pushed
    over_.store(1, release);                       // -> over: all that was pushed
    return true;
  }

 private:
  /// The producer inside, also while an element throws.
  class presence {
   public:
    explicit presence(guarded_end& e) noexcept : end_(e) { end_.enter(); }
    presence(const presence&) = delete;
    presence& operator=(const presence&) = delete;
    ~presence() { end_.leave(); }

   private:
    guarded_end& end_;
  };

  template <class Attempt>
  status admit(const Attempt& attempt) {
    const presence here(*this);
    if (is_closing()) [[unlikely]]
      return status::closed;
    return attempt() ? status::ok : status::full;
  }

  void enter() noexcept {
    if (is_asymmetric_) [[likely]] {
      inside_.store(1, relaxed);  // ~ own: the fence is what makes it count
      meet();
    } else {
      inside_.exchange(1, acquire);  // <- ask: closing_, if who closes came before this
    }
  }
  void leave() noexcept {
    if (is_asymmetric_) [[likely]] {
      inside_.store(0, release);  // -> leave: all that was pushed
      meet();
    } else {
      inside_.exchange(0, acq_rel);  // -> leave, <- ask: all that was pushed; closing_, if who closes was first
    }
  }
  static void meet() noexcept { os::light_fence(); }  // <> enter: inside_, then the look at closing_
  bool is_closing() const noexcept {
    return closing_.load(acquire) != 0;  // <- ask: what came before close()
  }

  using flag = typename env::template atomic<std::uint32_t>;

  flag closing_{0};
  flag closed_{0};
  mutable flag over_{0};
  const bool is_asymmetric_;
  alignas(cache_line) flag inside_{0};
};

}  // namespace volley::detail
