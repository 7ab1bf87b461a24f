// SPDX-License-Identifier: MIT
#pragma once

// An end of a channel for an event loop: a file descriptor that becomes readable when a pop, or a push, is worth a try again.
//   volley::pollable_pop from(ch);          // from.fd() goes into epoll, poll, select, io_uring or Asio, once, to be polled for reading
//   whenever it is readable:
//     while ((s = from.try_pop(element)) == volley::status::ok) use(element);
//     s is empty: go back to the loop       s is closed: the last element is out, take it out of the loop
// It is readable from the beginning, until a try_ says empty (full), and again when something has come since, or the channel was closed.
// So level-triggered one may also take just some and go back; edge-triggered (EPOLLET) one goes on until that, as ever.
//
// Who: a pollable_pop is a consumer, a pollable_push a producer: what the ring allows them; one thread at a time has it. Others may
//   push and pop, asleep, too. Where several pop, a wake may find that another was faster: then try_pop says empty, as ever.
// Progress: as the channel's try_pop and try_push, for an element or room no call waits. But who arms or disarms this end, and who tells it, waits
//   while another thread is between the lock and the unlock of the list of those to be told (channel/watched_event.hpp): a few steps, and a
//   system call for each that is told. The one that says empty or full has looked twice, and made a system call (some 0.5 us), two if the
//   descriptor was readable.
// Memory: that of the channel.
// Cost: to the other side nothing while this end is not armed, that is, from the wake to the next empty (full): no system call, no locked
//   instruction. While it is armed, the first push (pop) or close() writes to the descriptor, and it is armed no longer: one write a wake.
// Errors: the constructor throws std::system_error if the process can have no more descriptors; make() returns null instead.
// Destruction: at any time, by who has it; before the channel. The descriptor is closed with it, and nobody else may close it.
// Between processes: not at all.
//
// Algorithm: channel/told_end.hpp; the bell is the descriptor.
// Source: eventfd(2), epoll(7).

#include <volley/channel/told_end.hpp>
#include <volley/env/native_wait.hpp>
#include <volley/refusal.hpp>

#include <cerrno>
#include <cstddef>
#include <memory>
#include <new>
#include <utility>

namespace volley {
namespace detail {

template <class Channel, class Side>
class pollable_end : public told_end<Channel, Side, typename Channel::ring_type::env::os::descriptor> {
  using base = told_end<Channel, Side, typename Channel::ring_type::env::os::descriptor>;

 public:
  explicit pollable_end(Channel& ch) : pollable_end(ch, nullptr) {
    if (fd() == -1) refuse_for_want(errno, "volley: no descriptor for a pollable end");
  }

  /// What to poll for reading. It stays the same, and is this object's.
  int fd() const noexcept { return base::bell().get(); }

 protected:
  pollable_end(Channel& ch, std::nullptr_t) noexcept : base(ch) {}

  template <class End>
  static std::unique_ptr<End> made(End* end) noexcept {
    std::unique_ptr<End> made(end);
    return made != nullptr && made->fd() != -1 ? std::move(made) : nullptr;
  }
};

}  // namespace detail

/// The end where it is popped.
template <class Channel>
class pollable_pop : public detail::popping_end<detail::pollable_end<Channel, detail::items_side>> {
  using base = detail::popping_end<detail::pollable_end<Channel, detail::items_side>>;

 public:
  explicit pollable_pop(Channel& ch) : base(ch) {}
  /// The way in without exceptions: null where the constructor would throw.
  static std::unique_ptr<pollable_pop> make(Channel& ch) noexcept {
    return base::made(new (std::nothrow) pollable_pop(ch, nullptr));
  }

 private:
  pollable_pop(Channel& ch, std::nullptr_t none) noexcept : base(ch, none) {}
};

/// The end where it is pushed.
template <class Channel>
class pollable_push : public detail::pushing_end<detail::pollable_end<Channel, detail::room_side>> {
  using base = detail::pushing_end<detail::pollable_end<Channel, detail::room_side>>;

 public:
  explicit pollable_push(Channel& ch) : base(ch) {}
  /// The way in without exceptions: null where the constructor would throw.
  static std::unique_ptr<pollable_push> make(Channel& ch) noexcept {
    return base::made(new (std::nothrow) pollable_push(ch, nullptr));
  }

 private:
  pollable_push(Channel& ch, std::nullptr_t none) noexcept : base(ch, none) {}
};

template <class Channel>
pollable_pop(Channel&) -> pollable_pop<Channel>;
template <class Channel>
pollable_push(Channel&) -> pollable_push<Channel>;

}  // namespace volley
