// SPDX-License-Identifier: MIT
#pragma once

// The two sides of a channel, for who waits in an event loop for what the other side brings.

#include <volley/channel/channel.hpp>
#include <volley/status.hpp>

namespace volley::detail {

/// Of who pops.
struct items_side {
  static constexpr status not_yet = status::empty;

  template <class Channel>
  static auto& event(Channel& ch) noexcept {
    return ch.items_;
  }
  /// To be called by who was told and has taken nothing.
  template <class Channel>
  static void pass_on(Channel& ch) noexcept {
    ch.pass_items_on();
  }
  /// ok: a pop is worth a try. Else empty or closed.
  template <class Channel>
  static status look(Channel& ch) noexcept {
    return ch.look();
  }
};

/// Of who pushes.
struct room_side {
  static constexpr status not_yet = status::full;

  template <class Channel>
  static auto& event(Channel& ch) noexcept {
    return ch.room_;
  }
  template <class Channel>
  static void pass_on(Channel& ch) noexcept {
    ch.pass_room_on();
  }
};

/// What a try says of its end. A batch of some is ok.
constexpr status said(status s) noexcept { return s; }
template <class T>
constexpr status said(const result<T>& r) noexcept {
  return r.why();
}
constexpr status said(const batch& b) noexcept { return b.count != 0 ? status::ok : b.why; }

}  // namespace volley::detail
