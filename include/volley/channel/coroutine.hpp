// SPDX-License-Identifier: MIT
#pragma once

// Pops and pushes for coroutines: where the channel's would put the thread to sleep, these suspend the coroutine.
//   task consume(auto& ch, auto executor) {
//     while (auto job = co_await volley::async_pop(ch, executor)) run(*job);      // until ch is closed and drained
//   }
// What the coroutine waits for is had before it goes on: by a try that the executor makes, in its thread, each time the other side has
// brought something. So no thread waits, nothing polls, and a coroutine that was not lucky is not resumed for that.
//
// Who: who awaits is a consumer (a producer) of the channel, and so is the executor in its place: what the ring allows them. Of an spsc_ring one
//   coroutine pops at a time. The executor: see channel/resumption.hpp; it and the channel outlive what awaits. Each is to be awaited once, in its
//   place or where it was returned to.
// Where it goes on: where the executor calls the resumption; never within a push, pop, close() or request_stop(), unless the executor calls it
//   at once, as inline_executor does. If there is something to be had at once, the coroutine is not suspended.
// Progress: of the other side as try_push and try_pop, and the executor's call if a coroutine waits. No thread waits in co_await for an element or for
//   room; but who suspends, ends or tells a coroutine waits while another thread is between the lock and the unlock of the list of those to be
//   told (channel/watched_event.hpp), a few steps.
// Memory: that of the channel.
// Status: ok, closed or stopped; there is no deadline: a timer of the event loop requests the stop.
// Errors: std::bad_alloc from the first suspension of each await, which allocates a block of some 150 bytes; what the element throws. Both
//   come out of co_await.
// Destruction: of a suspended coroutine, at any time but while the executor resumes it: it waits no longer, and takes nothing with it; what the
//   executor was given for it does nothing. A wake that had come for it goes on to the next. The channel: after what awaits it.
// Between processes: not at all.
//
// Source: the algorithm is that of channel/suspension.hpp and channel/watched_event.hpp; the names are those of WG21 P0260.

#include <volley/channel/channel.hpp>
#include <volley/channel/resumption.hpp>
#include <volley/channel/sides.hpp>
#include <volley/channel/suspension.hpp>
#include <volley/env/stop.hpp>
#include <volley/status.hpp>

#include <concepts>
#include <coroutine>
#include <exception>
#include <optional>
#include <type_traits>
#include <utility>

namespace volley {
namespace detail {

/// What attempt() says; true if it threw, which is kept.
template <class Attempt>
bool kept(const Attempt& attempt, [[maybe_unused]] std::exception_ptr& thrown) noexcept {
#if defined(__cpp_exceptions)
  try {
    return attempt();
  } catch (...) {
    thrown = std::current_exception();
    return true;
  }
#else
  return attempt();
#endif
}

/// What a stop does while a coroutine waits.
template <class Suspension>
struct waker {
  Suspension* of;

  void operator()() const noexcept { of->wake(); }
};
template <class Os, class Stop, class Action>
struct callback_of {
  using type = typename Os::template stop_callback<Action>;
};
template <class Os, class Action>
struct callback_of<Os, never_stopped, Action> {
  using type = no_callback;
};

/// Awaits that once(), a try of the channel, says something else than empty (full). Its address is known while it waits.
template <class Channel, class Side, class Once, class Executor, class Stop>
class [[nodiscard]] awaiting {
  using env = typename Channel::ring_type::env;
  using event = std::remove_reference_t<decltype(Side::event(std::declval<Channel&>()))>;
  using sleeper = suspension<env, event, awaiting, std::coroutine_handle<>, Executor>;
  using callback = typename callback_of<typename env::os, Stop, waker<sleeper>>::type;
  using answer = std::invoke_result_t<Once&>;

 public:
  awaiting(Channel& ch, Once once, Executor executor, Stop stop)
      : channel_(ch), once_(std::move(once)), executor_(std::move(executor)), stop_(std::move(stop)) {}
  awaiting(const awaiting&) = delete;
  awaiting& operator=(const awaiting&) = delete;
  ~awaiting() { end(); }

  bool await_ready() noexcept { return attempt(); }
  bool await_suspend(std::coroutine_handle<> coroutine) {
    sleeper_ = sleeper::make(Side::event(channel_), *this, coroutine, std::move(executor_));
    if constexpr (!std::is_same_v<Stop, never_stopped>) callback_.emplace(stop_, waker<sleeper>{sleeper_});
    return sleeper_->sleep();
  }
  answer await_resume() {
    end();
    if (thrown_) std::rethrow_exception(thrown_);
    return std::move(*answer_);
  }

 private:
  friend sleeper;

  /// Whether there is an answer, or an exception.
  bool attempt() noexcept {
    return kept(
        [this] {
          answer a = once_();
          if (said(a) != Side::not_yet) {
            answer_.emplace(std::move(a));
          } else if (stop_.stop_requested()) {
            answer_.emplace(status::stopped);
          }
          return answer_.has_value();
        },
        thrown_);
  }

  void end() noexcept {
    callback_.reset();  // waits while another thread is in it
    if (sleeper_ == nullptr) return;
    std::exchange(sleeper_, nullptr)->end();
    Side::pass_on(channel_);
  }

  Channel& channel_;
  Once once_;
  Executor executor_;
  Stop stop_;
  std::optional<answer> answer_;
  std::exception_ptr thrown_;
  sleeper* sleeper_ = nullptr;
  std::optional<callback> callback_;
};

template <class Side, class Channel, class Once, class Executor>
auto await_on(Channel& ch, Once once, Executor executor) {
  return awaiting<Channel, Side, Once, Executor, never_stopped>(ch, std::move(once), std::move(executor), {});
}
template <class Side, class Channel, class Once, class Executor, class Stop>
auto await_on(Channel& ch, Once once, Executor executor, Stop stop) {
  return awaiting<Channel, Side, Once, Executor, Stop>(ch, std::move(once), std::move(executor), std::move(stop));
}

}  // namespace detail

/// Consumer. The oldest element: result<T>, whose status is ok, closed or stopped.
template <class Channel, executor Executor, std::same_as<typename Channel::stop_token>... Stop>
[[nodiscard]] auto async_pop(Channel& ch, Executor executor, Stop... stop) {
  const auto once = [&ch] { return ch.try_pop(); };
  return detail::await_on<detail::items_side>(ch, once, std::move(executor), std::move(stop)...);
}

/// Producer. Puts the element in: status ok, closed or stopped; if not ok, it is destroyed.
template <class Channel, executor Executor, std::same_as<typename Channel::stop_token>... Stop>
[[nodiscard]] auto async_push(Channel& ch, typename Channel::value_type v, Executor executor, Stop... stop) {
  auto once = [&ch, v = std::move(v)]() mutable { return ch.try_push(std::move(v)); };
  return detail::await_on<detail::room_side>(ch, std::move(once), std::move(executor), std::move(stop)...);
}

/// Consumer. Until a pop is worth a try, for those of batches and of records: status ok, closed or stopped. Takes nothing.
template <class Channel, executor Executor, std::same_as<typename Channel::stop_token>... Stop>
[[nodiscard]] auto async_wait_ready(Channel& ch, Executor executor, Stop... stop) {
  const auto once = [&ch] { return detail::items_side::look(ch); };
  return detail::await_on<detail::items_side>(ch, once, std::move(executor), std::move(stop)...);
}

}  // namespace volley
