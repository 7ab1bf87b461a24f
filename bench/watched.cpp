// SPDX-License-Identifier: MIT
#include "watched.hpp"

#include "program/ending.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <exception>
#include <system_error>

#include <fmt/format.h>

namespace volley::bench {
namespace {

using enum std::memory_order;
using steady = std::chrono::steady_clock;

pid_t fork_worker(life_signs& of, const std::function<void()>& body) {
  const pid_t parent = getpid();
  const pid_t pid = fork();
  if (pid < 0) throw std::system_error(errno, std::generic_category(), "fork");
  if (pid > 0) return pid;
  program::ending::become_helper(parent);
  try {
    body();
  } catch (const std::exception& e) {
    of.is_faulty = true;
    *fmt::format_to_n(of.fault, sizeof of.fault - 1, "{}", e.what()).out = '\0';
  }
  _exit(0);
}

/// True once it is dead, whatever of; it stays to be reaped. Sleeps: what is measured has the CPUs for itself.
bool died_within(pid_t pid, int seconds) {
  sigset_t wanted;
  sigemptyset(&wanted);
  sigaddset(&wanted, SIGCHLD);
  const auto until = steady::now() + std::chrono::seconds(seconds);
  for (;;) {
    siginfo_t how{};
    if (waitid(P_PID, static_cast<id_t>(pid), &how, WEXITED | WNOHANG | WNOWAIT) == 0 && how.si_pid == pid) return true;
    if (steady::now() >= until) return false;
    const timespec a_second{1, 0};
    sigtimedwait(&wanted, nullptr, &a_second);
  }
}

/// How the child ended; empty: by itself.
std::string watch(pid_t pid, const life_signs& of, int patience) {
  for (std::uint32_t seen = ~std::uint32_t{0};;) {
    const std::uint32_t beat = of.beat.load(relaxed);  // ~ count
    if (beat == seen) return fmt::format("hangs: a round did not end within {} s", patience);
    seen = beat;
    if (died_within(pid, patience)) break;
  }
  siginfo_t how{};
  waitid(P_PID, static_cast<id_t>(pid), &how, WEXITED | WNOWAIT);
  if (how.si_code == CLD_EXITED) return how.si_status == 0 ? "" : fmt::format("exited with {}", how.si_status);
  return fmt::format("crashed ({})", strsignal(how.si_status));
}

}  // namespace

std::string run_in_child(life_signs& of, int patience, const std::function<void()>& body) {
  sigset_t child_ended;
  sigemptyset(&child_ended);
  sigaddset(&child_ended, SIGCHLD);
  sigprocmask(SIG_BLOCK, &child_ended, nullptr);
  std::string why;
  {
    const pid_t pid = fork_worker(of, body);
    const program::ending::child worker(pid, program::ending::importance::optional);
    why = watch(pid, of, patience);
  }
  return of.is_faulty ? of.fault : why;
}

}  // namespace volley::bench
