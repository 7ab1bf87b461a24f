// SPDX-License-Identifier: MIT
#pragma once

// An end of a channel that is told when a try is worth it again, by a bell: what channel/pollable.hpp and channel/waitable.hpp have in common. A bell
// rings until it is cleared: make_readable(), clear(), neither of which waits.
//
// State: a watcher (channel/watched_event.hpp, which says why no wake is lost). While the end is armed it watches, or was told and rings; when it is
// not, it rings if whoever waits for it is to come back. It is cleared when it is armed next.
// What was told while an element was taken is no more than what was there to be found: who waits comes back, or passes it on by disarm().

#include <volley/channel/channel.hpp>
#include <volley/channel/sides.hpp>
#include <volley/channel/watched_event.hpp>
#include <volley/status.hpp>

#include <cstdint>
#include <utility>

namespace volley::detail {

template <class Channel, class Side, class Bell>
class told_end {
 public:
  using side = Side;

  explicit told_end(Channel& ch) noexcept : channel_(ch) {}
  told_end(const told_end&) = delete;
  told_end& operator=(const told_end&) = delete;
  ~told_end() { disarm(); }

  /// Calls once(), any try_ of the channel of this side; if it had to say empty (full), arms and calls it once more. So if that is
  /// what it returns, the bell will ring when there is something to be had, or rings already.
  template <class Try>
  auto attempt(const Try& once) {
    auto first = once();
    if (said(first) != Side::not_yet) return first;
    arm_anew();
    auto second = once();
    if (said(second) != Side::not_yet) {
      come_back();
      Side::pass_on(channel_);  // it has enrolled, so that others rely on its look
    }
    return second;
  }

  /// Silent, until a try_ says empty (full) again. For who leaves for a while; what it was told goes on to the next.
  void disarm() noexcept {
    quieten();
    Side::pass_on(channel_);
  }

 protected:
  Channel& channel() noexcept { return channel_; }
  Bell& bell() noexcept { return ringer_.bell; }
  const Bell& bell() const noexcept { return ringer_.bell; }

 private:
  enum class standing : std::uint8_t { quiet, armed, readable };

  /// What watches. Not this object itself: who notifies must not meet it while its destructor runs.
  class ringer final : public watcher {
   public:
    Bell bell;

   private:
    bool tell() noexcept override {
      bell.make_readable();
      return false;
    }
    void deliver() noexcept override {}
  };

  void arm_anew() noexcept {
    quieten();
    Side::event(channel_).watch(ringer_);
    stands_ = standing::armed;
  }
  void come_back() noexcept {
    if (Side::event(channel_).unwatch(ringer_)) ringer_.bell.make_readable();  // else it is
    stands_ = standing::readable;
  }
  void quieten() noexcept {
    const standing was = std::exchange(stands_, standing::quiet);
    if (was == standing::readable || (was == standing::armed && !Side::event(channel_).unwatch(ringer_)))
      ringer_.bell.clear();
  }

  Channel& channel_;
  ringer ringer_;
  standing stands_ = standing::readable;
};

/// What an End of the side where it is popped does.
template <class End>
class popping_end : public End {
 public:
  using End::End;

  /// As the channel's try_pop, each form; when it says empty, the bell will ring.
  template <class... Out>
  [[nodiscard]] auto try_pop(Out&&... out) {
    return End::attempt([&] { return End::channel().try_pop(std::forward<Out>(out)...); });
  }

  /// Without popping. True: a pop is worth a try, or says closed. False: the bell will ring.
  [[nodiscard]] bool arm() noexcept {
    return End::attempt([this] { return items_side::look(End::channel()); }) != status::empty;
  }
};

/// And of the side where it is pushed.
template <class End>
class pushing_end : public End {
 public:
  using End::End;

  /// As the channel's try_push, each form: the argument is moved from only if it went in; when it says full, the bell will ring.
  template <class V>
  [[nodiscard]] status try_push(V&& v) {
    return End::attempt([&] { return End::channel().try_push(std::forward<V>(v)); });
  }
};

}  // namespace volley::detail
