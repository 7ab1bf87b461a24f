// SPDX-License-Identifier: MIT
#pragma once

// Coroutines and an executor as simple as can be, for the tests of what awaits a channel.

#include <volley/channel/coroutine.hpp>

#include <condition_variable>
#include <coroutine>
#include <deque>
#include <exception>
#include <mutex>
#include <optional>
#include <utility>

namespace volley::testing {

/// A coroutine that begins at once, and lives as long as this.
class task {
 public:
  struct promise_type {
    task get_return_object() { return task(std::coroutine_handle<promise_type>::from_promise(*this)); }
    static std::suspend_never initial_suspend() noexcept { return {}; }
    static std::suspend_always final_suspend() noexcept { return {}; }
    void return_void() const noexcept {}
    void unhandled_exception() const noexcept { std::terminate(); }
  };

  task(task&& other) noexcept : coroutine_(std::exchange(other.coroutine_, nullptr)) {}
  task& operator=(task&&) = delete;
  ~task() {
    if (coroutine_) coroutine_.destroy();
  }

  bool is_done() const { return coroutine_.done(); }

 private:
  explicit task(std::coroutine_handle<promise_type> c) : coroutine_(c) {}

  std::coroutine_handle<promise_type> coroutine_;
};

/// What is posted, until somebody runs it.
class run_queue {
 public:
  /// What a channel calls.
  auto executor() {
    return [this](resumption r) { post(std::move(r)); };
  }

  /// Runs what is there, and what that brings; how many.
  int run() {
    int n = 0;
    for (auto next = take(); next; next = take(), ++n) (*next)();
    return n;
  }
  /// The same until end(), waiting for more.
  void run_until_ended() {
    for (;;) {
      (void)run();
      std::unique_lock lock(mutex_);
      if (ended_ && posted_.empty()) return;
      more_.wait(lock, [this] { return ended_ || !posted_.empty(); });
    }
  }
  /// Not ended yet, or not any more.
  void begin() {
    const std::lock_guard lock(mutex_);
    ended_ = false;
  }
  void end() {
    const std::lock_guard lock(mutex_);
    ended_ = true;
    more_.notify_all();
  }
  void clear() {
    const std::lock_guard lock(mutex_);
    posted_.clear();
  }

 private:
  void post(resumption r) {
    const std::lock_guard lock(mutex_);
    posted_.push_back(std::move(r));
    more_.notify_one();
  }
  std::optional<resumption> take() {
    const std::lock_guard lock(mutex_);
    if (posted_.empty()) return std::nullopt;
    std::optional<resumption> first(std::move(posted_.front()));
    posted_.pop_front();
    return first;
  }

  std::mutex mutex_;
  std::condition_variable more_;
  std::deque<resumption> posted_;
  bool ended_ = false;
};

}  // namespace volley::testing
