// SPDX-License-Identifier: MIT

// Stages of work with channels between them, that Ctrl-C ends without losing anything:  pipeline [WORKERS [NUMBERS]]
//
//   numbers -> jobs -> several workers, which square them -> squares -> printed
//
// Ctrl-C stops the source alone. It closes its channel; what is in it is still worked on; when the workers have ended the next channel is closed;
// the printer has everything, and ends. A signal is taken by a thread that waits for it, not by a handler, in which nothing useful may be called.

#include <volley/channel/channel.hpp>
#include <volley/ring/mpmc_ring.hpp>
#include <volley/ring/mpsc_ring.hpp>

#include <csignal>
#include <cstdio>
#include <stop_token>
#include <thread>
#include <vector>

#include <pthread.h>

#include "arguments.hpp"

namespace {

struct square {
  long long of;
  long long is;
};
using jobs = volley::channel<volley::mpmc_ring<long long>>;
using squares = volley::channel<volley::mpsc_ring<square>>;

/// How many went in.
long long produce(jobs& to, long long most, const std::stop_token& stop) {
  long long in = 0;
  while (in != most && !stop.stop_requested() && to.push(in + 1, stop) == volley::status::ok) ++in;
  to.close();
  return in;
}

void work(jobs& from, squares& to) {
  for (const long long n : from) to.push({n, n * n});
}

/// How many came out.
long long print(squares& from) {
  long long out = 0;
  for (const square& s : from) {
    std::printf("%lld %lld\n", s.of, s.is);
    ++out;
  }
  return out;
}

}  // namespace

int main(int argc, char** argv) {
  const int workers = examples::number(argc, argv, 1, 2);
  const int numbers = examples::number(argc, argv, 2, 1'000'000'000);

  sigset_t ends;
  sigemptyset(&ends);
  sigaddset(&ends, SIGINT);
  sigaddset(&ends, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &ends, nullptr);  // before there are threads, which inherit it
  std::stop_source stop;
  std::thread signals([&] {
    int which = 0;
    sigwait(&ends, &which);
    stop.request_stop();
  });

  jobs todo(64);
  squares done(64);
  long long in = 0;
  long long out = 0;
  std::thread source([&] { in = produce(todo, numbers, stop.get_token()); });
  std::thread printer([&] { out = print(done); });
  {
    std::vector<std::jthread> all;
    for (int i = 0; i != workers; ++i) all.emplace_back([&] { work(todo, done); });
  }  // each has come to the end of what there was to do
  done.close();
  printer.join();
  source.join();
  pthread_kill(signals.native_handle(), SIGINT);  // where there was no signal
  signals.join();
  std::fprintf(stderr, "%lld in, %lld out\n", in, out);
  return in == out ? 0 : 1;
}
