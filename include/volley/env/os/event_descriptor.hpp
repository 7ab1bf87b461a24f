// SPDX-License-Identifier: MIT
#pragma once

// A file descriptor that others can poll, and that this process makes readable. Linux: eventfd(2).

#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>

namespace volley::os {

/// Neither of its calls blocks. What they may fail by is that it is so already: readable, or not.
class event_descriptor {
 public:
  /// Readable. If the kernel has none to give, get() is -1, and errno says why.
  event_descriptor() noexcept : fd_(::eventfd(1, EFD_NONBLOCK | EFD_CLOEXEC)) {}
  event_descriptor(const event_descriptor&) = delete;
  event_descriptor& operator=(const event_descriptor&) = delete;
  ~event_descriptor() {
    const int saved = errno;
    if (fd_ != -1) ::close(fd_);
    errno = saved;
  }

  int get() const noexcept { return fd_; }

  /// Readable; a new edge for who polls by edges, also if it was readable.
  void make_readable() const noexcept {
    const int saved = errno;
    const std::uint64_t one = 1;
    while (::write(fd_, &one, sizeof one) < 0 && errno == EINTR) {
    }
    errno = saved;
  }
  /// No longer readable.
  void clear() const noexcept {
    const int saved = errno;
    std::uint64_t count = 0;
    while (::read(fd_, &count, sizeof count) < 0 && errno == EINTR) {
    }
    errno = saved;
  }

 private:
  const int fd_;
};

}  // namespace volley::os
