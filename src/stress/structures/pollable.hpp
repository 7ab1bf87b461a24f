// SPDX-License-Identifier: MIT
#pragma once

#include "../element_ways.hpp"
#include "../told_ways.hpp"

#include <volley/channel/pollable.hpp>

#include <sys/epoll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <system_error>

namespace volley::stress {

/// By epoll, of the level or the edge by turns of the threads. Where it is to be stopped it looks for that every millisecond.
template <class End>
class epoll_sleep {
 public:
  explicit epoll_sleep(End& end) : epoll_(::epoll_create1(EPOLL_CLOEXEC)) {
    static std::atomic<unsigned> made{0};
    epoll_event e{};
    e.events = EPOLLIN | (++made % 2 == 0 ? EPOLLET : 0U);
    if (epoll_ == -1 || ::epoll_ctl(epoll_, EPOLL_CTL_ADD, end.fd(), &e) != 0)
      throw std::system_error(errno, std::generic_category(), "cannot poll");
  }
  epoll_sleep(const epoll_sleep&) = delete;
  epoll_sleep& operator=(const epoll_sleep&) = delete;
  ~epoll_sleep() { ::close(epoll_); }

  status wait(caller& who) {
    if (!who.takes_stop()) {
      while (!is_told(-1)) {
      }
      return status::ok;
    }
    while (!is_told(1)) {
      if (who.stop().stop_requested()) return status::stopped;
    }
    return status::ok;
  }
  status wait_until(caller&, caller::time_point deadline) {
    do {
      if (is_told(1)) return status::ok;
    } while (std::chrono::steady_clock::now() < deadline);
    return status::timeout;
  }

 private:
  /// For so many milliseconds at most, or for ever.
  bool is_told(int milliseconds) const {
    epoll_event e{};
    return ::epoll_wait(epoll_, &e, 1, milliseconds) == 1;
  }

  int epoll_;
};

inline structure pollable_structure() {
  return {"pollable", channel_dice<told_trial<pollable_push, pollable_pop, epoll_sleep>::of>::some};
}

}  // namespace volley::stress
