// SPDX-License-Identifier: MIT
#pragma once

// An end of a channel for wait_any: an event that is set while a pop, or a push, is worth a try.
//   volley::waitable_pop from(ch);
//   switch (volley::wait_any(from.ready(), stopped)) {
//     case 0: while ((s = from.try_pop(element)) == volley::status::ok) use(element); ...   // s is empty or closed
// The event is set from the beginning, until a try_ says empty (full), and again when something has come since, or the channel was closed. wait_any
// takes nothing of the channel; so whoever waits again after some elements is told of the rest.
//
// Who: a waitable_pop is a consumer, a waitable_push a producer: what the ring allows them; one thread at a time has it, and resets its event; any
//   thread may wait for that. Where several pop, a wake may find that another was faster: then try_pop says empty, as ever.
// Progress: as the channel's try_pop and try_push, for an element or room no call waits. But who arms or disarms this end, and who tells it, waits
//   while another thread is between the lock and the unlock of the list of those to be told (channel/watched_event.hpp), a few steps. The one
//   that says empty or full has looked twice, and made a system call (some 0.5 us).
// Memory: that of the channel.
// Cost: to the other side nothing while this end is not armed, that is, from the wake to the next empty (full). While it is armed, the first push
//   (pop) or close() sets the event, and it is armed no longer.
// Errors: none. Destruction: at any time, by who has it, when every wait on its event has returned; before the channel.
// Between processes: not at all. Waiting: as the channel's Wait says; all objects of one wait_any have the same.
// Algorithm: channel/told_end.hpp; the bell is the event.

#include <volley/channel/told_end.hpp>
#include <volley/env/scope.hpp>
#include <volley/handoff/manual_reset_event.hpp>

namespace volley {
namespace detail {

template <class Channel>
class event_bell {
 public:
  using event_type = manual_reset_event<typename Channel::wait_policy, in_process, typename Channel::ring_type::env>;

  void make_readable() noexcept { event_.set(); }
  void clear() noexcept { event_.reset(); }
  event_type& event() noexcept { return event_; }

 private:
  event_type event_{true};
};

template <class Channel, class Side>
class waitable_end : public told_end<Channel, Side, event_bell<Channel>> {
  using base = told_end<Channel, Side, event_bell<Channel>>;

 public:
  using base::base;

  /// What to wait for, by itself or in wait_any. Only this end sets and resets it.
  typename event_bell<Channel>::event_type& ready() noexcept { return base::bell().event(); }
};

}  // namespace detail

/// The end where it is popped.
template <class Channel>
class waitable_pop : public detail::popping_end<detail::waitable_end<Channel, detail::items_side>> {
 public:
  explicit waitable_pop(Channel& ch) noexcept
      : detail::popping_end<detail::waitable_end<Channel, detail::items_side>>(ch) {}
};

/// The end where it is pushed.
template <class Channel>
class waitable_push : public detail::pushing_end<detail::waitable_end<Channel, detail::room_side>> {
 public:
  explicit waitable_push(Channel& ch) noexcept
      : detail::pushing_end<detail::waitable_end<Channel, detail::room_side>>(ch) {}
};

template <class Channel>
waitable_pop(Channel&) -> waitable_pop<Channel>;
template <class Channel>
waitable_push(Channel&) -> waitable_push<Channel>;

}  // namespace volley
