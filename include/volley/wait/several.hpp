// SPDX-License-Identifier: MIT
#pragma once

// How a thread waits for whichever of several objects comes first, each of which it knows by a few functions: it spins as wait/spinning.hpp
// says, then enrols with each as a sleeper (wait/crowd.hpp) and sleeps on all their words at once.
//
// Who: any thread of one process.
// Progress: as wait/crowd.hpp, once for each object.
// Memory: what a poster did before its post is visible to who took what it posted.
//
// Why no wake is lost, where it sleeps by futex_waitv: an object that was not there to take when the caller enrolled, or looked, ticks with the next
// post, and the kernel compares that. Where it sleeps on the rings of wait/bells.hpp: see there.
// Why nobody else's wake is lost: a wake for one of the sleepers on an object may come to a caller that takes another object. So whoever leaves an
// object that is there to take, and does not take it, wakes the next one there, if any. One wake will do: after a look that found nothing the
// caller is asleep on that object once at most.
// A stop is a post of nothing to the first object: it wakes as a post does, by either way.
// Fair: the first that is looked at is another one each time, evenly over all (Env::os::next_of).
// Source: futex_waitv(2) of Linux 5.16 (A. Almeida); wait/crowd.hpp. It has no atomic operation of its own, hence no edge.

#include <volley/status.hpp>
#include <volley/wait/bells.hpp>
#include <volley/wait/patience.hpp>
#include <volley/wait/seat.hpp>
#include <volley/wait/spinning.hpp>
#include <volley/wait/stopping.hpp>
#include <volley/wait/waitable.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <utility>

namespace volley::detail {

inline constexpr std::size_t most_of_several = 128;  // what the kernel takes

/// One call: so many objects, one or more, and as many standings.
template <class Env, class Wait>
class several {
  using os = typename Env::os;
  static constexpr std::size_t none = most_of_several;

 public:
  several(std::span<const waitable<Wait, Env>> objects, standing* standings) noexcept
      : objects_(objects), mine_(standings), start_(os::next_of(objects.size())) {
    for (std::size_t i = 0; i != objects.size(); ++i) mine_[i].first = objects_[i].look();
  }

  /// Which one was taken: valid if a try_take() said yes or a wait() ok.
  std::size_t taken() const noexcept { return taken_; }

  bool try_take() noexcept {
    return find([this](std::size_t i) { return objects_[i].try_take(mine_[i]); });
  }

  template <class Stop>
  status wait(const patience<Env, Stop>& p) noexcept {
    if (try_take()) return status::ok;
    if (p.is_over())
      return try_take() ? status::ok : p.why();  // not after as many polls of each object as one alone would get
    const auto ready = [this] { return try_take(); };
    const auto to_sleep = [this, &p] { return sleep(p); };
    seat<Env>& peer = farthest();
    const place_of_wait<Env> here{objects_[0].its_seat(), peer, &objects_[0].sleeps_on()};
    return spinning<Env, Wait>::wait(ready, to_sleep, here, p);
  }

 private:
  /// The first, from where this call starts, that takes(i).
  template <class Takes>
  bool find(const Takes& takes) noexcept {
    const std::size_t n = objects_.size();
    for (std::size_t k = 0, i = start_; k != n; ++k, i = i + 1 == n ? 0 : i + 1) {
      if (!takes(i)) continue;
      taken_ = i;
      return true;
    }
    return false;
  }

  /// The seat of one that is not posted from this CPU, if there is one: while this thread spins, that one may come.
  seat<Env>& farthest() const noexcept {
    for (std::size_t i = 0; i != objects_.size(); ++i) {
      seat<Env>& s = objects_[i].its_seat();
      if (!s.is_here()) return s;
    }
    return objects_[0].its_seat();
  }

  /// Bells at all objects, as long as it lives.
  class peal {
   public:
    explicit peal(std::span<const waitable<Wait, Env>> objects) noexcept : objects_(objects) {
      for (const auto& one : objects_) bells<Env>::here()->hang(&one.sleeps_on());
    }
    peal(const peal&) = delete;
    peal& operator=(const peal&) = delete;
    ~peal() {
      for (const auto& one : objects_) bells<Env>::here()->take_down(&one.sleeps_on());
    }

   private:
    std::span<const waitable<Wait, Env>> objects_;
  };

  template <class Stop>
  status sleep(const patience<Env, Stop>& p) noexcept {
    if constexpr (Wait::spins) os::look_at_quota();  // for the next wait: this one has lost nothing by it
    [[maybe_unused]] const auto registration = on_stop<os>(p.stop, [first = objects_[0]] { first.tick(); });
    const auto on_words = [this, &p] { return os::park_on_any(objects_.size(), slept_on(), p.deadline); };
    if (os::can_park_on_any()) {
      const std::optional<status> end = sleep_by(p, on_words, [] {});
      if (end) return *end;
    }
    // Who enrols now does so with its bells hung.
    const peal hung(objects_);
    bells<Env>& all = *bells<Env>::here();
    std::uint32_t rings = 0;
    const auto on_rings = [&all, &rings, &p] {
      all.sleep(rings, p.deadline);
      return true;
    };
    return *sleep_by(p, on_rings, [&all, &rings] { rings = all.rings(); });
  }

  /// Enrols, and sleeps until one was taken, or the patience is over. Nothing if it cannot park(), and nothing was taken. before_looks() comes
  /// before all looks that are followed by a park.
  template <class Park, class BeforeLooks, class Stop>
  std::optional<status> sleep_by(const patience<Env, Stop>& p, const Park& park,
                                 const BeforeLooks& before_looks) noexcept {
    for (;;) {
      before_looks();
      bool has_room = true;
      const bool took = find([this, &has_room](std::size_t i) {
        if (objects_[i].take_or_enrol(mine_[i])) return true;
        has_room = has_room && mine_[i].enrolled;
        return false;
      });
      if (took) {
        (void)leave(false);
        return status::ok;
      }
      if (p.is_over())
        return leave(true) || try_take() ? status::ok : p.why();  // what came with the end of the patience counts
      if (!has_room) {
        os::yield();
      } else if (!park()) {
        return leave(true) ? std::optional(status::ok) : std::nullopt;
      }
    }
  }

  /// Leaves all where it is enrolled; takes one of them if that is wanted.
  bool leave(bool wanted) noexcept {
    bool took = false;
    const std::size_t n = objects_.size();
    for (std::size_t k = 0, i = start_; k != n; ++k, i = i + 1 == n ? 0 : i + 1) {
      if (!mine_[i].enrolled) continue;
      mine_[i].enrolled = false;
      if (!objects_[i].leave(mine_[i], wanted && !took)) continue;
      took = true;
      taken_ = i;
    }
    return took;
  }

  auto slept_on() const noexcept {
    return [this](std::size_t i) {
      return std::pair(&objects_[i].sleeps_on(), static_cast<std::uint32_t>(mine_[i].seen >> 32));
    };
  }

  std::span<const waitable<Wait, Env>> objects_;
  standing* mine_;
  std::size_t start_;
  std::size_t taken_ = none;
};

}  // namespace volley::detail
