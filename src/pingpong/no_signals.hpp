// SPDX-License-Identifier: MIT
#pragma once

#include <csignal>

namespace volley::pingpong {

/// While it lives, threads start with all signals blocked: those are the main thread's.
class no_signals {
 public:
  no_signals() {
    sigset_t every;
    sigfillset(&every);
    pthread_sigmask(SIG_SETMASK, &every, &before_);
  }
  no_signals(const no_signals&) = delete;
  no_signals& operator=(const no_signals&) = delete;
  ~no_signals() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

 private:
  sigset_t before_;
};

}  // namespace volley::pingpong
