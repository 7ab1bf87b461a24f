// SPDX-License-Identifier: MIT
#pragma once

// Other processes, and what they share with this one.

#include <volley/handoff/turn.hpp>
#include <volley/ring/spsc_ring.hpp>

#include <gtest/gtest.h>

#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "mapped.hpp"
#include "scale.hpp"

#include <csignal>
#include <cstddef>
#include <cstdint>
#include <fstream>
#include <string>
#include <thread>

namespace volley::testing {

/// What two processes have in common, each at an address of its own.
template <class Wait, class Scope = between_processes>
struct table {
  volley::turn<Wait, Scope> turn;
  std::uint64_t counter = 0;  // plain, as is the next: whoever has the turn has them
  bool last = false;
  spsc_ring<std::uint64_t, 5> there;
  spsc_ring<std::uint64_t, 5> back;
};

/// A child that runs f and exits with what that returns; it ends with its parent, and after a minute in any case.
class child {
 public:
  template <class F>
  explicit child(const F& f) : pid_(::fork()) {
    if (pid_ != 0) return;
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    std::signal(SIGALRM, SIG_DFL);
    ::alarm(60);
    ::_exit(f());
  }
  child(const child&) = delete;
  child& operator=(const child&) = delete;
  ~child() {
    if (pid_ <= 0) return;
    send(SIGKILL);
    (void)wait();
  }

  void send(int signal) const { ::kill(pid_, signal); }
  /// Its exit code, or minus the signal that ended it.
  int wait() {
    int how = 0;
    ::waitpid(pid_, &how, 0);
    pid_ = 0;
    return WIFEXITED(how) ? WEXITSTATUS(how) : -WTERMSIG(how);
  }
  /// True when the main thread of the process is in this state: 'S' asleep, 'T' stopped.
  bool is(char state) const { return state_of_process(pid_) == state; }

  static char state_of_process(::pid_t pid) {
    std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
    std::string line;
    std::getline(file, line);
    const auto name_end = line.rfind(')');
    return name_end == std::string::npos || name_end + 2 >= line.size() ? '?' : line[name_end + 2];
  }

 private:
  ::pid_t pid_;
};

/// One side's part of n trips. How often the counter was not what this side expected.
template <class Table>
std::size_t play(Table& shared, unsigned which, std::size_t n) {
  const auto side = shared.turn.side(which);
  std::size_t wrong = 0;
  for (std::size_t i = 0; i != n; ++i) {
    side.await();
    if (shared.counter++ != 2 * i + which) ++wrong;
    side.pass();
  }
  return wrong;
}

/// Gives back n numbers as they come. How many were not the next.
template <class Table>
std::size_t echo(Table& shared, std::size_t n) {
  std::size_t wrong = 0;
  for (std::uint64_t i = 0; i != n; ++i) {
    std::uint64_t got = 0;
    until([&] { return shared.there.try_pop(got); });
    if (got != i) ++wrong;
    until([&] { return shared.back.try_push(got); });
  }
  return wrong;
}

/// Sends n numbers through an echo, as many at a time as go in. How many came back wrong.
template <class Table>
std::size_t call(Table& shared, std::size_t n) {
  std::size_t wrong = 0;
  std::uint64_t sent = 0;
  for (std::uint64_t received = 0; received != n;) {
    if (sent != n && shared.there.try_push(sent)) ++sent;
    if (const auto got = shared.back.try_pop()) {
      if (*got != received++) ++wrong;
    } else {
      std::this_thread::yield();
    }
  }
  return wrong;
}

}  // namespace volley::testing
