// SPDX-License-Identifier: MIT
#pragma once

// A file descriptor to read for each side: pipes, eventfds, a pair of Unix sockets. Eight bytes a hop, since that is
// what an eventfd takes. Made before the follower is forked, so that both have them.

#include "../mechanism.hpp"

#include <fcntl.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <system_error>

namespace volley::pingpong {

/// Make opens the four ends: from[s] is what side s reads, to[s] what it writes.
template <class Make>
class descriptor_pair {
 public:
  static constexpr how waits = how::asleep;

  descriptor_pair() {
    if (!Make::open(from_, to_)) throw std::system_error(errno, std::generic_category(), Make::name);
  }
  descriptor_pair(const descriptor_pair&) = delete;
  descriptor_pair& operator=(const descriptor_pair&) = delete;
  ~descriptor_pair() = default;  // they end with the program, like the memory that this lies in

  template <unsigned Side>
  void post() {
    const std::uint64_t one = 1;
    while (write(to_[Side], &one, sizeof one) != sizeof one) {  // EINTR
    }
  }
  template <unsigned Side>
  void await() {
    std::uint64_t got = 0;
    while (read(from_[Side], &got, sizeof got) != sizeof got) {  // EINTR
    }
  }

 private:
  int from_[2] = {-1, -1};
  int to_[2] = {-1, -1};
};

struct with_pipes {
  static constexpr const char* name = "pipe";
  static bool open(int (&from)[2], int (&to)[2]) {
    int there[2];
    int back[2];
    if (pipe2(there, O_CLOEXEC) != 0 || pipe2(back, O_CLOEXEC) != 0) return false;
    to[0] = there[1], from[1] = there[0];
    to[1] = back[1], from[0] = back[0];
    return true;
  }
};

struct with_eventfds {
  static constexpr const char* name = "eventfd";
  static bool open(int (&from)[2], int (&to)[2]) {
    for (unsigned side = 0; side != 2; ++side) {
      from[side] = to[1 - side] = eventfd(0, EFD_CLOEXEC);
      if (from[side] < 0) return false;
    }
    return true;
  }
};

struct with_sockets {
  static constexpr const char* name = "socketpair";
  static bool open(int (&from)[2], int (&to)[2]) {
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, from) != 0) return false;
    to[0] = from[0], to[1] = from[1];
    return true;
  }
};

}  // namespace volley::pingpong
