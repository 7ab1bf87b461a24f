// SPDX-License-Identifier: MIT
#pragma once

// An event loop of one thread, by epoll, as the tests need it.

#include <gtest/gtest.h>

#include <sys/epoll.h>
#include <unistd.h>

#include <cstdint>

namespace volley::testing {

enum class trigger : std::uint32_t { level = EPOLLIN, edge = EPOLLIN | EPOLLET };

/// Polls one descriptor.
class poller {
 public:
  poller(int fd, trigger how) : epoll_(::epoll_create1(EPOLL_CLOEXEC)) {
    epoll_event e{};
    e.events = static_cast<std::uint32_t>(how);
    EXPECT_EQ(::epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &e), 0);
  }
  poller(const poller&) = delete;
  poller& operator=(const poller&) = delete;
  ~poller() { ::close(epoll_); }

  /// Whether there is an event now.
  bool has_event() const { return wait(0) == 1; }
  void wait_for_event() const {
    while (wait(-1) != 1) {
    }
  }

 private:
  int wait(int milliseconds) const {
    epoll_event e{};
    return ::epoll_wait(epoll_, &e, 1, milliseconds);
  }

  int epoll_;
};

}  // namespace volley::testing
