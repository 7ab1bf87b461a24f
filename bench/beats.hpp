// SPDX-License-Identifier: MIT
#pragma once

// One poster, one waiter, and a post every so often: what it takes from the post to the waiter's running, and what both sides use of a CPU
// for it. Closed loop: the next post waits for the last one's having been noticed, so at short gaps the pace is the mechanism's own.
//
// The poster polls the clock until a post is due, and so has its CPU for itself and awake; that polling is not the handoff's and does not
// count. What counts of it is the time inside post(), less one reading of the clock. Of the waiter all of its CPU time counts, which
// includes a reading of the clock and a plain store for each post. To wait for the answer the poster polls a line of its own, so that no
// second wait of the mechanism is measured with the first; the mechanism's way back is gone through at once.

#include <volley/config.hpp>
#include <volley/env/native.hpp>

#include "pingpong/mechanism.hpp"
#include "pingpong/usage.hpp"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <ctime>
#include <vector>

namespace volley::bench {

/// What it says of itself, if it does.
template <class M>
bool all_right(const M& m) {
  if constexpr (requires { m.is_right(); }) {
    return m.is_right();
  } else {
    return true;
  }
}

/// What the poster does while nothing is due.
enum class poster : std::uint8_t { polls_the_clock, sleeps };

struct pace {
  std::chrono::nanoseconds gap;
  std::uint32_t posts;
  poster between;
};

class beats {
  using enum std::memory_order;
  using steady = std::chrono::steady_clock;

 public:
  virtual ~beats() = default;

  /// A round: both sides at the same time.
  void prepare(const pace& p) {
    pace_ = p;
    posted_.assign(p.posts, {});
    returned_.assign(p.posts, {});
    noticed_.assign(p.posts, {});
    noticed_count_.store(0, relaxed);  // ~ init
  }
  virtual void post_all() = 0;
  virtual void notice_all() = 0;

  /// Of the last round: ns from each post to its being noticed, in order; ns in post(), each with a reading of the clock; the waiter's
  /// CPU time, of all.
  std::vector<std::uint64_t> latencies() const { return differences(noticed_); }
  std::vector<std::uint64_t> posting() const { return differences(returned_); }
  double waiter_cpu_s() const { return waiter_cpu_s_; }

  /// Whether all that came over so far was what was sent.
  virtual bool is_right() const { return true; }

 protected:
  template <class M>
  void post_all_to(M& m) {
    auto due = steady::now() + pace_.gap;
    for (std::uint32_t i = 0; i != pace_.posts; ++i) {
      wait_for(due);
      posted_[i] = steady::now();
      m.template post<0>();
      returned_[i] = steady::now();
      while (!is_noticed(i)) native::relax();
      m.template await<0>();
      due = posted_[i] + pace_.gap;
    }
  }
  template <class M>
  void notice_all_from(M& m) {
    const auto before = pingpong::usage::of_this_thread();
    for (std::uint32_t i = 0; i != pace_.posts; ++i) {
      m.template await<1>();
      noticed_[i] = steady::now();
      m.template post<1>();
      say_noticed(i);
    }
    waiter_cpu_s_ = (pingpong::usage::of_this_thread() - before).cpu_s;
  }

 private:
  void say_noticed(std::uint32_t post) {
    noticed_count_.store(post + 1, release);  // -> notice: the next post may come
  }
  bool is_noticed(std::uint32_t post) const {
    return noticed_count_.load(acquire) > post;  // <- notice: the other side has answered as well
  }
  void wait_for(steady::time_point due) const {
    if (pace_.between == poster::sleeps) {
      const auto since = due.time_since_epoch();
      const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(since);
      const timespec until{seconds.count(), std::chrono::nanoseconds(since - seconds).count()};
      clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, nullptr);
    }
    while (steady::now() < due) native::relax();
  }
  std::vector<std::uint64_t> differences(const std::vector<steady::time_point>& to) const {
    std::vector<std::uint64_t> ns;
    ns.reserve(to.size());
    for (std::size_t i = 0; i != to.size(); ++i) ns.push_back(pingpong::ns_between(posted_[i], to[i]));
    return ns;
  }

  pace pace_{};
  std::vector<steady::time_point> posted_;
  std::vector<steady::time_point> returned_;
  alignas(2 * cache_line) std::vector<steady::time_point> noticed_;
  double waiter_cpu_s_ = 0;
  alignas(2 * cache_line) std::atomic<std::uint32_t> noticed_count_{0};
};

template <class M>
class beats_of final : public beats {
 public:
  void post_all() override { post_all_to(m_); }
  void notice_all() override { notice_all_from(m_); }
  bool is_right() const override { return all_right(m_); }

 private:
  M m_;
};

}  // namespace volley::bench
