// SPDX-License-Identifier: MIT
#pragma once

// How the program ends when it does not come to its own end: on Ctrl-C and its like, when a mechanism hangs, when the
// follower dies. In all of these: child processes are killed, the half-written file is removed, the progress line is
// cleared. Works from signal handlers alone, so that nothing else runs beside what is measured, and so that the thread
// that hangs need not help.

#include <sys/types.h>

#include <string>
#include <string_view>

namespace volley::program::ending {

/// From now on the above holds. A round that lasts for more than `patience` seconds counts as hung.
void prepare(int patience = 10);

/// The same for a program that ends by itself soon after it was asked to: the first such signal only makes was_asked() true, the second ends
/// it as above. Nothing is watched.
void prepare_to_be_asked();
bool was_asked();

/// In a forked child: signals from the terminal are the parent's affair, and the child does not outlive it.
void become_helper(pid_t parent);

/// A round of `what` starts: the program gives up (exit code 1) if the next call of watch or rest is too long in
/// coming.
void watch(std::string_view what);
void rest();

/// On Ctrl-C and its like this is said too, such as where the results so far are. At most 500 bytes.
void last_words(std::string_view text);

/// The progress line is on the screen, or no longer.
void line_shown(bool shown);

/// A child that is killed when the program ends. If it is `vital`, its own end is the program's (exit code 1).
enum class importance { vital, optional };
class child {
 public:
  child(pid_t pid, importance how);
  child(const child&) = delete;
  child& operator=(const child&) = delete;
  ~child();

 private:
  pid_t pid_;
};

/// A file that is removed when the program ends before keep().
class draft {
 public:
  explicit draft(std::string path);
  draft(const draft&) = delete;
  draft& operator=(const draft&) = delete;
  ~draft();
  void keep();
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

}  // namespace volley::program::ending
