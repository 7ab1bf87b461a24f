// SPDX-License-Identifier: MIT
#pragma once

// What the threads of a trial of a channel (channels.hpp) have in common: how they call it, who stops them and who closes it, what they complain of.

#include "handoffs.hpp"
#include "structure.hpp"

#include <volley/status.hpp>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <mutex>
#include <stop_token>
#include <utility>
#include <vector>

namespace volley::stress {

/// What must not be, counted by whoever sees it; the last of it in words.
class faults {
 public:
  void unless(bool holds, const char* otherwise) noexcept {
    if (holds) return;
    last_.store(otherwise, std::memory_order_relaxed);  // ~ count
    count_.fetch_add(1, std::memory_order_relaxed);     // ~ count
  }
  void judge(verdict& to) const {
    const std::uint64_t count = count_.load(std::memory_order_relaxed);           // ~ count
    to.expect_none(count, crime::broken, last_.load(std::memory_order_relaxed));  // ~ count
  }

 private:
  std::atomic<const char*> last_{""};
  std::atomic<std::uint64_t> count_{0};
};

/// A call that is about to be made.
class caller {
 public:
  using time_point = std::chrono::steady_clock::time_point;

  caller(worker& who, std::stop_token stop, bool only_stop_ends)
      : me(who), stop_(std::move(stop)), only_stop_ends_(only_stop_ends) {}

  worker& me;

  /// call() or call(token): without it where somebody will close the channel.
  template <class F>
  auto for_ever(const F& call) {
    return takes_stop() ? call(stop_) : call();
  }
  bool takes_stop() { return only_stop_ends_ || me.luck.one_in(2); }
  const std::stop_token& stop() const noexcept { return stop_; }
  time_point deadline() { return deadline_ = some_deadline(me.luck); }
  /// As a duration from now on, of zero or less at times.
  auto in_a_while() { return deadline() - std::chrono::steady_clock::now(); }

  /// Whether a call may have ended so: not before its deadline, nor without a stop.
  bool may_say(status s) const {
    if (s == status::timeout) return std::chrono::steady_clock::now() >= deadline_;
    return s != status::stopped || stop_.stop_requested();
  }

 private:
  std::stop_token stop_;
  bool only_stop_ends_;
  time_point deadline_ = time_point::max();
};

struct push_end {
  std::size_t in = 0;
  status why = status::ok;
  bool gave_back = false;  ///< it claimed room, and came to nothing
};

/// A stop source for each thread, which others stop.
class stops {
 public:
  explicit stops(std::size_t threads) : sources_(threads) {}

  std::stop_token token(std::size_t of) {
    const std::lock_guard lock(mutex_);
    return sources_[of].get_token();
  }
  void stop(std::size_t which) {
    std::stop_source one(std::nostopstate);
    {
      const std::lock_guard lock(mutex_);
      one = sources_[which];
    }
    one.request_stop();
  }
  void renew(std::size_t mine) {
    const std::lock_guard lock(mutex_);
    sources_[mine] = std::stop_source();
  }

 private:
  std::mutex mutex_;
  std::vector<std::stop_source> sources_;
};

/// Who closes, when, and what they had done before that.
class closing {
 public:
  explicit closing(bool by_several) : by_several_(by_several) {}

  template <class Channel>
  void close(Channel& ch) {
    if (!has_begun_.exchange(true, std::memory_order_relaxed)) {  // ~ own: who is told of the close sees it by that
      before_.write(1);
    } else if (!by_several_) {
      return;
    }
    ch.close();
    const tick t = now();
    tick first = at_.load(std::memory_order_relaxed);  // ~ count
    // ~ count; ~ count
    while (t < first && !at_.compare_exchange_weak(first, t, std::memory_order_relaxed, std::memory_order_relaxed)) {
    }
  }
  /// Whether somebody may have been told: then what was done before can be seen. Of one close only: of the other it is not known which was seen.
  bool may_be_told() const { return by_several_ ? has_begun() : before_.is(1); }
  /// When a close() had first returned.
  tick at() const {
    return at_.load(std::memory_order_relaxed);  // ~ count
  }

 private:
  bool has_begun() const {
    return has_begun_.load(std::memory_order_relaxed);  // ~ own
  }

  bool by_several_;
  note before_{};
  std::atomic<bool> has_begun_{false};
  std::atomic<tick> at_{std::numeric_limits<tick>::max()};
};

}  // namespace volley::stress
