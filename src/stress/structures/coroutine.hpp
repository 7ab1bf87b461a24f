// SPDX-License-Identifier: MIT
#pragma once

#include "../../../tests/conformance/coroutines.hpp"
#include "../element_ways.hpp"

#include <volley/channel/coroutine.hpp>

#include <coroutine>
#include <exception>
#include <memory>
#include <optional>
#include <utility>

namespace volley::stress {

/// A coroutine that begins at once; when it has come to its end, wherever that is, it ends the queue of who waits for it.
class errand {
 public:
  struct promise_type {
    template <class... Arguments>
    explicit promise_type(testing::run_queue& q, Arguments&...) : queue(&q) {}

    errand get_return_object() { return errand(std::coroutine_handle<promise_type>::from_promise(*this)); }
    static std::suspend_never initial_suspend() noexcept { return {}; }
    auto final_suspend() const noexcept {
      struct tells : std::suspend_always {
        static void await_suspend(std::coroutine_handle<promise_type> h) noexcept { h.promise().queue->end(); }
      };
      return tells{};
    }
    void return_void() const noexcept {}
    void unhandled_exception() const noexcept { std::terminate(); }

    testing::run_queue* queue;
  };

  errand(errand&& other) noexcept : coroutine_(std::exchange(other.coroutine_, nullptr)) {}
  errand& operator=(errand&&) = delete;
  ~errand() {
    if (coroutine_) coroutine_.destroy();
  }

 private:
  explicit errand(std::coroutine_handle<promise_type> c) : coroutine_(c) {}

  std::coroutine_handle<promise_type> coroutine_;
};

template <class Make, class Answer>
errand await_for(testing::run_queue&, Make make, std::optional<Answer>& to) {
  to.emplace(co_await make());
}

/// The executor that posts to it. Whoever wakes what has been destroyed may be late, and post when the queue is no more, too.
inline auto posting(const std::shared_ptr<testing::run_queue>& queue) {
  return [to = std::weak_ptr(queue)](resumption r) {
    if (const auto q = to.lock()) q->executor()(std::move(r));
  };
}

/// One await after the other, each in a coroutine of its own: that goes on in this thread, or in whoever wakes it; or is destroyed while it waits.
class awaits {
 public:
  /// What make(executor, [stop]) comes to; none if the coroutine is no more.
  template <class Answer, class Make>
  std::optional<Answer> call(caller& who, const Make& make) {
    const std::uint64_t way = who.me.luck.below(8);
    return who.for_ever([&](const auto&... stop) {
      if (way < 3) return run<Answer>([&] { return make(inline_executor{}, stop...); }, false);
      return run<Answer>([&] { return make(posting(queue_), stop...); }, way == 7);
    });
  }

 private:
  template <class Answer, class Make>
  std::optional<Answer> run(const Make& make, bool is_given_up) {
    std::optional<Answer> got;
    queue_->begin();
    const errand it = await_for(*queue_, make, got);
    if (!is_given_up) queue_->run_until_ended();
    return got;
  }

  std::shared_ptr<testing::run_queue> queue_ = std::make_shared<testing::run_queue>();
};

template <class Channel, class Goods>
struct awaiting_ways {
  class pusher {
   public:
    pusher(Channel& ch, faults&) : ch_(ch) {}

    push_end push(caller& who, std::uint64_t id, std::uint64_t) {
      const auto got = awaits_.template call<status>(who, [&](auto executor, const auto&... stop) {
        return async_push(ch_, channel_element(id), executor, stop...);
      });
      const status s = got.value_or(status::full);
      return {s == status::ok ? std::size_t{1} : std::size_t{0}, s};
    }

   private:
    Channel& ch_;
    awaits awaits_;
  };

  class popper {
   public:
    popper(Channel& ch, faults&) : ch_(ch) {}

    template <class See>
    status pop(caller& who, const See& see) {
      if (who.me.luck.one_in(4)) {
        const auto ready = awaits_.template call<status>(
            who, [&](auto executor, const auto&... stop) { return async_wait_ready(ch_, executor, stop...); });
        return ready == status::ok ? Goods::try_pop(ch_, see) : ready.value_or(status::empty);
      }
      const auto got = awaits_.template call<result<channel_element>>(
          who, [&](auto executor, const auto&... stop) { return async_pop(ch_, executor, stop...); });
      if (got && *got) Goods::see_whole(**got, see);
      return got ? got->why() : status::empty;
    }

   private:
    Channel& ch_;
    awaits awaits_;
  };
};

template <class Channel, class Goods>
struct awaiting_trial {
  static std::unique_ptr<trial> make(setup& s) {
    using it = channel_trial<Channel, Goods, sleeping_ways<Channel, Goods>, awaiting_ways<Channel, Goods>>;
    return std::make_unique<it>(s, channel_of_elements<Channel>);
  }
};

inline structure coroutine_structure() { return {"coroutine", channel_dice<awaiting_trial>::some}; }

}  // namespace volley::stress
