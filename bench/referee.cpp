// SPDX-License-Identifier: MIT
#include "bout.hpp"
#include "pingpong/shared_memory.hpp"
#include "program/ending.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <memory>
#include <new>
#include <system_error>

#include <fmt/format.h>

namespace volley::bench {
namespace {

using enum std::memory_order;

struct unmap {
  void operator()(ledger* at) const { munmap(at, sizeof *at); }
};
using shared_ledger = std::unique_ptr<ledger, unmap>;

shared_ledger new_ledger() {
  void* const at = pingpong::map_shared(sizeof(ledger));
  if (at == nullptr) throw std::bad_alloc();
  return shared_ledger(::new (at) ledger{});
}

pid_t fork_fighter(const row_spec& r, const conditions& under, ledger& into) {
  const pid_t parent = getpid();
  const pid_t pid = fork();
  if (pid < 0) throw std::system_error(errno, std::generic_category(), "fork");
  if (pid > 0) return pid;
  program::ending::become_helper(parent);
  fight(r, under, into);
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
std::string watch(pid_t pid, const ledger& of, int patience) {
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

row_result measure_in_child(const row_spec& r, const conditions& under) {
  sigset_t child_ended;
  sigemptyset(&child_ended);
  sigaddset(&child_ended, SIGCHLD);
  sigprocmask(SIG_BLOCK, &child_ended, nullptr);

  const shared_ledger book = new_ledger();
  row_result result;
  {
    const pid_t pid = fork_fighter(r, under, *book);
    const program::ending::child fighter(pid, program::ending::importance::optional);
    // The child keeps its own, shorter, patience; this one is for what does not return at all.
    result.why = watch(pid, *book, under.patience_s);
  }
  result.rounds.assign(book->rounds, book->rounds + book->done);
  result.misplaced = book->misplaced;
  if (book->is_faulty) result.why = book->fault;
  const ending turn = book->turn.load(relaxed);  // ~ own
  result.how = result.why.empty() ? ending::fair : turn;
  return result;
}

}  // namespace volley::bench
