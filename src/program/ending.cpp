// SPDX-License-Identifier: MIT
#include "ending.hpp"

#include <sys/prctl.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <climits>
#include <csignal>
#include <cstddef>
#include <cstring>
#include <utility>

namespace volley::program::ending {
namespace {

// All that the handlers look at. The main thread alone writes it, and takes the signals.
constexpr int most_children = 4;
volatile sig_atomic_t children[most_children];
volatile sig_atomic_t vital_child = 0;
volatile sig_atomic_t has_draft = 0;
volatile sig_atomic_t has_line = 0;
volatile sig_atomic_t is_watching = 0;
volatile sig_atomic_t silent_seconds = 0;
volatile sig_atomic_t patience_seconds = 10;
volatile sig_atomic_t asked = 0;
char draft_path[PATH_MAX];
char watched[200];
char spoken_last[500];

void say(const char* text) { (void)!write(STDERR_FILENO, text, std::strlen(text)); }

[[noreturn]] void leave(int code) {
  for (const volatile auto& pid : children) {
    if (pid > 0) kill(pid, SIGKILL);
  }
  if (has_draft != 0) unlink(draft_path);
  _exit(code);
}

void on_signal(int which) {
  if (has_line != 0) say("\r\033[K");
  say(spoken_last);
  leave(128 + which);
}

void on_asking(int which) {
  if (asked != 0) on_signal(which);
  asked = 1;
}

[[noreturn]] void give_up(const char* why) {
  if (has_line != 0) say("\r\033[K");
  say("volley: ");
  say(watched);
  say(why);
  leave(1);
}

/// Once a second. A stop of the whole program (Ctrl-Z) counts as one second, however long it lasts.
void on_tick(int /*which*/) {
  if (is_watching == 0) return;
  if (vital_child > 0 && waitpid(vital_child, nullptr, WNOHANG) == vital_child) give_up(": the other process died\n");
  silent_seconds = silent_seconds + 1;
  if (silent_seconds > patience_seconds) give_up(": hangs, a round did not end; given up\n");
}

void handle(int which, void (*handler)(int)) {
  struct sigaction action {};
  action.sa_handler = handler;
  action.sa_flags = SA_RESTART;
  sigfillset(&action.sa_mask);
  sigaction(which, &action, nullptr);
}

/// An ignored signal stays ignored (nohup).
void handle_unless_ignored(int which, void (*handler)(int)) {
  struct sigaction now {};
  if (sigaction(which, nullptr, &now) == 0 && now.sa_handler != SIG_IGN) handle(which, handler);
}

}  // namespace

void prepare(int patience) {
  patience_seconds = patience;
  for (const int which : {SIGINT, SIGTERM, SIGHUP}) handle_unless_ignored(which, on_signal);
  handle(SIGPIPE, SIG_IGN);  // a write that fails says so itself
  handle(SIGALRM, on_tick);
  const itimerval each_second{{1, 0}, {1, 0}};
  setitimer(ITIMER_REAL, &each_second, nullptr);
}

void prepare_to_be_asked() {
  for (const int which : {SIGINT, SIGTERM, SIGHUP}) handle_unless_ignored(which, on_asking);
  handle(SIGPIPE, SIG_IGN);
}

bool was_asked() { return asked != 0; }

void become_helper(pid_t parent) {
  for (const int which : {SIGINT, SIGHUP}) handle(which, SIG_IGN);
  handle(SIGTERM, SIG_DFL);
  handle(SIGALRM, SIG_DFL);
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(1);  // it died before the line above
}

void watch(std::string_view what) {
  is_watching = 0;
  const std::size_t n = std::min(what.size(), sizeof watched - 1);
  std::memcpy(watched, what.data(), n);
  watched[n] = '\0';
  silent_seconds = 0;
  is_watching = 1;
}

void last_words(std::string_view text) {
  const std::size_t n = std::min(text.size(), sizeof spoken_last - 1);
  std::memcpy(spoken_last, text.data(), n);
  spoken_last[n] = '\0';
}

void rest() { is_watching = 0; }

void line_shown(bool shown) { has_line = shown ? 1 : 0; }

child::child(pid_t pid, importance how) : pid_(pid) {
  for (volatile auto& place : children) {
    if (place != 0) continue;
    place = pid;
    break;
  }
  if (how == importance::vital) vital_child = pid;
}

child::~child() {
  if (vital_child == pid_) vital_child = 0;
  kill(pid_, SIGKILL);
  for (volatile auto& place : children) {
    if (place == pid_) place = 0;
  }
  waitpid(pid_, nullptr, 0);
}

draft::draft(std::string path) : path_(std::move(path)) {
  std::memcpy(draft_path, path_.c_str(), std::min(path_.size() + 1, sizeof draft_path));
  draft_path[sizeof draft_path - 1] = '\0';
  has_draft = 1;
}

draft::~draft() {
  if (!path_.empty()) {
    unlink(path_.c_str());
    has_draft = 0;
  }
}

void draft::keep() {
  has_draft = 0;
  path_.clear();
}

}  // namespace volley::program::ending
