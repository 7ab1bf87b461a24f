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
//   closing_  | by an RMW | closing |: somebody wants no more to go in
//   closed_   and whoever is inside without knowing it can be seen there
//   inside_   1 while the producer is between its entry and its exit
//   over_     somebody has seen closed_ and then nobody inside: so it stays, though a push that will be refused may come in once more
// The producer stores inside_ and then looks at closing_; who closes stores closing_, and inside_ can be seen by all who see closed_: each has a
// fence between (env/native_wait.hpp). In process that of the producer is for the compiler only, and who closes pays a system call. Where
// the kernel refused it from the beginning, and between processes, each makes an RMW on meeting_ instead: who comes second there sees what
// the first one has stored. closing_ says so from the beginning, so that the producer's one look finds out both. Where the kernel refuses
// later (a sandbox entered meanwhile), who closes sleeps a millisecond: by then a store that was on its way has long arrived.
// A producer that leaves without having pushed looks once more whether somebody closes: a pop that found it inside may sleep.
// Source: Dekker's pair of flags, with the asymmetric fence of D. Goldblatt, P1202 (2018).
//
// Edges
//   enter  somebody_closes: light_fence <> close: heavy_fence    who is inside is seen, or who closes   dies: ChannelModel.EveryOrderIsNeeded
//   meet   close, does_close: meeting_.fetch_add -> the same     the same, by RMWs                      dies: ChannelModel.EveryOrderIsNeeded
//   ask    close: closing_.store -> somebody_closes: closing_.load   what came before close()           dies: ChannelModel.EveryOrderIsNeeded
//   end    close: closed_.store -> is_closed: closed_.load       closing_, and what came before close() dies: ChannelModel.EveryOrderIsNeeded
//   leave  ~presence: inside_.store -> is_final: inside_.load    all that was pushed                    dies: ChannelModel.EveryOrderIsNeeded
//   over   is_final: over_.store -> is_final: over_.load         all that was pushed                    dies: ChannelModel.EveryOrderIsNeeded

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
  explicit guarded_end(bool fences_work) noexcept : closing_(fences_work ? 0 : by_rmw) {}

  /// Attempt() pushes, if it can, and says whether it did; in_vain() is called when none did and somebody closes. ok, full or closed.
  template <class Attempt, class InVain>
  status admit(Ring&, const Attempt& attempt, const InVain& in_vain) {
    const status s = admit(attempt);
    if (s != status::ok && somebody_closes()) [[unlikely]]
      in_vain();
    return s;
  }

  void close(Ring&) noexcept {
    const std::uint32_t how = closing_.load(relaxed) & by_rmw;  // ~ own: it never changes
    closing_.store(how | closing, release);                     // -> ask: what came before close()
    if (how != 0) {
      meeting_.fetch_add(0, acq_rel);  // <- meet, -> meet: who is inside; closing_, for who comes after this
    } else if (!os::heavy_fence()) {   // <> enter: closing_, then who is inside
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
  static constexpr std::uint32_t closing = 1;
  static constexpr std::uint32_t by_rmw = 2;

  /// The producer inside, also while an element throws.
  class presence {
   public:
    explicit presence(guarded_end& e) noexcept : end_(e) {
      end_.inside_.store(1, relaxed);  // ~ own: the fence is what makes it count
    }
    presence(const presence&) = delete;
    presence& operator=(const presence&) = delete;
    ~presence() {
      end_.inside_.store(0, release);  // -> leave: all that was pushed
    }

   private:
    guarded_end& end_;
  };

  template <class Attempt>
  status admit(const Attempt& attempt) {
    const presence here(*this);
    if (somebody_closes()) [[unlikely]]
      return status::closed;
    return attempt() ? status::ok : status::full;
  }

  /// The producer, after a store to inside_.
  bool somebody_closes() noexcept {
    os::light_fence();                                  // <> enter: inside_, then the look at closing_
    const std::uint32_t seen = closing_.load(acquire);  // <- ask: what came before close()
    return seen != 0 && does_close(seen);
  }
  [[gnu::noinline]] bool does_close(std::uint32_t seen) noexcept {
    if ((seen & closing) != 0) return true;
    meeting_.fetch_add(0, acq_rel);                  // <- meet, -> meet: closing_; inside_, for who closes after this
    return (closing_.load(relaxed) & closing) != 0;  // ~ hint(ask): who does close, admit looks at once more
  }

  using flag = typename env::template atomic<std::uint32_t>;

  flag closing_;
  flag closed_{0};
  mutable flag over_{0};
  alignas(cache_line) flag inside_{0};
  flag meeting_{0};
};

}  // namespace volley::detail
