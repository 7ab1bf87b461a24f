// SPDX-License-Identifier: MIT
#include "creation.hpp"

#include "../program/cpus.hpp"
#include "mechanism.hpp"
#include "usage.hpp"

#include <pthread.h>
#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace volley::pingpong {
namespace {

/// Each makes one party, waits for its end, and says what it used.
template <class Make>
cost rounds_of(std::uint32_t trips, const Make& make) {
  usage theirs;
  const usage before = usage::of_this_thread();
  const auto from = steady::now();
  for (std::uint32_t i = 0; i != trips; ++i) theirs = theirs + make();
  const auto to = steady::now();
  const usage both = theirs + (usage::of_this_thread() - before);
  return {ns_between(from, to), both.cpu_s, both.switches};
}

template <class Make>
cost samples_of(const pace& p, const Make& make, histogram& into) {
  must_be_back_to_back(p);
  usage theirs;
  const auto from = steady::now();
  timed_trips<steady>(
      p, into, [&] { theirs = theirs + make(); }, [] {});
  return {ns_between(from, steady::now()), theirs.cpu_s, theirs.switches};
}

void* note_usage(void* at) {
  *static_cast<usage*>(at) = usage::of_this_thread();
  return nullptr;
}

class thread_maker {
 public:
  explicit thread_maker(std::optional<int> cpu) {
    pthread_attr_init(&how_);
    if (!cpu) return;
    const auto room = static_cast<std::size_t>(*cpu) + 1;
    cpu_set_t* const mask = CPU_ALLOC(room);
    if (mask == nullptr) return;
    CPU_ZERO_S(CPU_ALLOC_SIZE(room), mask);
    CPU_SET_S(room - 1, CPU_ALLOC_SIZE(room), mask);
    pthread_attr_setaffinity_np(&how_, CPU_ALLOC_SIZE(room), mask);
    CPU_FREE(mask);
  }
  thread_maker(const thread_maker&) = delete;
  thread_maker& operator=(const thread_maker&) = delete;
  ~thread_maker() { pthread_attr_destroy(&how_); }

  usage operator()() const {
    usage theirs;
    pthread_t thread{};
    const int error = pthread_create(&thread, &how_, note_usage, &theirs);
    if (error != 0) throw cannot_measure(std::strerror(error));
    pthread_join(thread, nullptr);
    return theirs;
  }

 private:
  pthread_attr_t how_;
};

double seconds(const timeval& t) { return static_cast<double>(t.tv_sec) + 1e-6 * static_cast<double>(t.tv_usec); }

usage make_process(std::optional<int> cpu) {
  const pid_t pid = fork();
  if (pid == 0) {
    if (cpu) program::run_on({&*cpu, 1});
    _exit(0);
  }
  if (pid < 0) throw cannot_measure(std::strerror(errno));
  rusage its{};
  wait4(pid, nullptr, 0, &its);
  return {seconds(its.ru_utime) + seconds(its.ru_stime), static_cast<std::uint64_t>(its.ru_nvcsw)};
}

}  // namespace

cost thread_creation::run(std::uint32_t trips) { return rounds_of(trips, thread_maker(cpu_)); }

cost thread_creation::run_timed(const pace& p, histogram& into) { return samples_of(p, thread_maker(cpu_), into); }

process_creation::process_creation(const cpus& where) {
  if (where.follower != where.leader) move_to_ = where.follower;
}

cost process_creation::run(std::uint32_t trips) {
  return rounds_of(trips, [this] { return make_process(move_to_); });
}

cost process_creation::run_timed(const pace& p, histogram& into) {
  return samples_of(
      p, [this] { return make_process(move_to_); }, into);
}

}  // namespace volley::pingpong
