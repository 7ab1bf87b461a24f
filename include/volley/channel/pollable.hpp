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
// Progress: as the channel's try_pop and try_push. The one that says empty or full has looked twice, and made a system call (some 0.5 us),
//   two if the descriptor was readable; never does it wait for the other side.
// Memory: that of the channel.
// Cost: to the other side nothing while this end is not armed, that is, from the wake to the next empty (full): no system call, no locked
//   instruction. While it is armed, the first push (pop) or close() writes to the descriptor, and it is armed no longer: one write a wake.
// Errors: the constructor throws std::system_error if the process can have no more descriptors; make() returns null instead.
// Destruction: at any time, by who has it; before the channel. The descriptor is closed with it, and nobody else may close it.
// Between processes: not at all.
//
// State: a watcher (channel/watched_event.hpp, which says why no wake is lost). While it is armed it watches, or was told and is readable; when it is
// not, it is readable if the loop is to come back. It is cleared when it is armed next.
// What was told while an element was taken is no more than what was there to be found: the loop comes back, or passes it on by disarm().
// Source: eventfd(2), epoll(7).

#include <volley/channel/channel.hpp>
#include <volley/channel/sides.hpp>
#include <volley/channel/watched_event.hpp>
#include <volley/env/native_wait.hpp>
#include <volley/refusal.hpp>
#include <volley/status.hpp>

#include <cerrno>
#include <cstdint>
#include <memory>
#include <new>
#include <utility>

namespace volley {
namespace detail {

template <class Channel, class Side>
class pollable_end {
  using env = typename Channel::ring_type::env;
  using descriptor = typename env::os::descriptor;

 public:
  explicit pollable_end(Channel& ch) : pollable_end(ch, nullptr) {
    if (fd() == -1) refuse_for_want(errno, "volley: no descriptor for a pollable end");
  }
  ~pollable_end() { disarm(); }

  /// What to poll for reading. It stays the same, and is this object's.
  int fd() const noexcept { return bell_.readable.get(); }

  /// Calls once(), any try_ of the channel of this side; if it had to say empty (full), arms and calls it once more. So if that is
  /// what it returns, the descriptor will become readable when there is something to be had, or is so already.
  template <class Try>
  auto attempt(const Try& once) {
    auto first = once();
    if (said(first) != Side::not_yet) return first;
    arm_anew();
    auto second = once();
    if (said(second) != Side::not_yet) come_back();
    return second;
  }

  /// Not readable, until a try_ says empty (full) again. For who leaves the loop for a while; what it was told goes on to the next.
  void disarm() noexcept {
    quieten();
    Side::pass_on(channel_);
  }

 protected:
  Channel& channel() noexcept { return channel_; }
  descriptor& pollable() noexcept { return bell_.readable; }
  pollable_end(Channel& ch, std::nullptr_t) noexcept : channel_(ch) {}

  template <class End>
  static std::unique_ptr<End> made(End* end) noexcept {
    std::unique_ptr<End> made(end);
    return made != nullptr && made->fd() != -1 ? std::move(made) : nullptr;
  }

 private:
  enum class standing : std::uint8_t { quiet, armed, readable };

  /// What watches. Not this object itself: who notifies must not meet it while its destructor runs.
  class bell final : public watcher {
   public:
    descriptor readable;

   private:
    bool tell() noexcept override {
      readable.make_readable();
      return false;
    }
    void deliver() noexcept override {}
  };

  void arm_anew() noexcept {
    quieten();
    Side::event(channel_).watch(bell_);
    stands_ = standing::armed;
  }
  void come_back() noexcept {
    if (Side::event(channel_).unwatch(bell_)) bell_.readable.make_readable();  // else it is
    stands_ = standing::readable;
  }
  void quieten() noexcept {
    const standing was = std::exchange(stands_, standing::quiet);
    if (was == standing::readable || (was == standing::armed && !Side::event(channel_).unwatch(bell_)))
      bell_.readable.clear();
  }

  Channel& channel_;
  bell bell_;
  standing stands_ = standing::readable;
};

}  // namespace detail

/// The end where it is popped.
template <class Channel>
class pollable_pop : public detail::pollable_end<Channel, detail::items_side> {
  using base = detail::pollable_end<Channel, detail::items_side>;

 public:
  using base::base;
  /// The way in without exceptions: null where the constructor would throw.
  static std::unique_ptr<pollable_pop> make(Channel& ch) noexcept {
    return base::made(new (std::nothrow) pollable_pop(ch, nullptr));
  }

  /// As the channel's try_pop, each form; when it says empty, the descriptor will become readable.
  template <class... Out>
  [[nodiscard]] auto try_pop(Out&&... out) {
    return base::attempt([&] { return base::channel().try_pop(std::forward<Out>(out)...); });
  }

  /// Without popping. True: a pop is worth a try, or says closed. False: the descriptor will become readable.
  [[nodiscard]] bool arm() noexcept {
    return base::attempt([this] { return detail::items_side::look(base::channel()); }) != status::empty;
  }

 private:
  pollable_pop(Channel& ch, std::nullptr_t none) noexcept : base(ch, none) {}
};

/// The end where it is pushed.
template <class Channel>
class pollable_push : public detail::pollable_end<Channel, detail::room_side> {
  using base = detail::pollable_end<Channel, detail::room_side>;

 public:
  using base::base;
  /// The way in without exceptions: null where the constructor would throw.
  static std::unique_ptr<pollable_push> make(Channel& ch) noexcept {
    return base::made(new (std::nothrow) pollable_push(ch, nullptr));
  }

  /// As the channel's try_push, each form: the argument is moved from only if it went in; when it says full, the descriptor will become readable.
  template <class V>
  [[nodiscard]] status try_push(V&& v) {
    return base::attempt([&] { return base::channel().try_push(std::forward<V>(v)); });
  }

 private:
  pollable_push(Channel& ch, std::nullptr_t none) noexcept : base(ch, none) {}
};

template <class Channel>
pollable_pop(Channel&) -> pollable_pop<Channel>;
template <class Channel>
pollable_push(Channel&) -> pollable_push<Channel>;

}  // namespace volley
