// SPDX-License-Identifier: MIT
#pragma once

// What a program has without any library: the standard library's waits, and POSIX's.

#include "met_twice.hpp"
#include "two_ways.hpp"

#include "pingpong/mechanisms/locks.hpp"
#include "pingpong/mechanisms/std_waits.hpp"

#include <pthread.h>

#include <barrier>
#include <condition_variable>
#include <latch>
#include <mutex>
#include <optional>
#include <semaphore>

namespace volley::bench {

struct std_semaphore_calls {
  static void post(auto& s) { s.release(); }
  static void await(auto& s) { s.acquire(); }
};
struct counting_from_zero : std::counting_semaphore<> {
  counting_from_zero() : counting_semaphore(0) {}
};
using std_counting_pair = two_ways<counting_from_zero, std_semaphore_calls>;

/// One-shot, so made anew for each hop, by whoever waited: the one before the last, whose count_down() has returned for sure.
class renewed_latch {
 public:
  void count_down() { latches_[posts_++ % 2].it->count_down(); }
  void wait() {
    latches_[waits_++ % 2].it->wait();
    latches_[waits_ % 2].it.emplace(1);
  }

 private:
  struct alignas(cache_line) one {
    std::optional<std::latch> it{std::in_place, 1};
  };
  one latches_[2];
  alignas(cache_line) unsigned posts_ = 0;
  alignas(cache_line) unsigned waits_ = 0;
};
struct latch_calls {
  static void post(auto& l) { l.count_down(); }
  static void await(auto& l) { l.wait(); }
};
using std_latch_pair = two_ways<renewed_latch, latch_calls>;

struct std_barrier_of_two : std::barrier<> {
  std_barrier_of_two() : barrier(2) {}
};

class posix_barrier_of_two {
 public:
  posix_barrier_of_two() { pingpong::must(pthread_barrier_init(&it_, nullptr, 2), "pthread_barrier_init"); }
  posix_barrier_of_two(const posix_barrier_of_two&) = delete;
  posix_barrier_of_two& operator=(const posix_barrier_of_two&) = delete;
  ~posix_barrier_of_two() { pthread_barrier_destroy(&it_); }
  void arrive_and_wait() { pthread_barrier_wait(&it_); }

 private:
  pthread_barrier_t it_;
};

struct std_release_then_acquire {
  std::counting_semaphore<> s{0};
  void operator()() {
    s.release();
    s.acquire();
  }
};
struct posix_post_then_wait {
  sem_t s;
  posix_post_then_wait() { sem_init(&s, 0, 0); }
  posix_post_then_wait(const posix_post_then_wait&) = delete;
  posix_post_then_wait& operator=(const posix_post_then_wait&) = delete;
  ~posix_post_then_wait() { sem_destroy(&s); }
  void operator()() {
    sem_post(&s);
    sem_wait(&s);
  }
};
struct lock_then_unlock {
  std::mutex m;
  void operator()() {
    m.lock();
    m.unlock();
  }
};
struct condvar_notify {
  std::condition_variable c;
  void operator()() { c.notify_one(); }
};
struct atomic_notify {
  std::atomic<std::uint32_t> a{0};
  void operator()() { a.notify_one(); }
};

inline void enrol_std_waits() {
  using namespace pingpong;
  constexpr auto signal = use::signal;
  constexpr auto two = lines::two;
  enrol<std_semaphores>({"binary_semaphore", signal, two, "two std::binary_semaphore"});
  enrol<std_counting_pair>({"std_counting_semaphore", signal, two, "two std::counting_semaphore"});
  enrol<std_atomic_wait>({"atomic_wait", signal, lines::one, "std::atomic: store, notify_one, wait"});
  enrol<std_latch_pair>({"std_latch", signal, two, "std::latch, made anew for each hop"});
  enrol<sem_pair<in_process>, sem_pair<between_processes>>({"sem_t", signal, two, "two POSIX semaphores"});
  enrol<mutex_condvar<in_process>, mutex_condvar<between_processes>>(
      {"mutex_condvar", signal, lines::one, "a flag, a mutex and a condition variable"});
  enrol<met_twice<std_barrier_of_two>>({"std_barrier", use::meeting, two, "std::barrier of two, met twice a trip"});
  enrol<met_twice<posix_barrier_of_two>>({"pthread_barrier", use::meeting, two, "a barrier of two, met twice a trip"});
  enrol_operation<std_release_then_acquire>("std_counting_semaphore/release+acquire", "uncontended", side::rival);
  enrol_operation<posix_post_then_wait>("sem_t/post+wait", "uncontended", side::rival);
  enrol_operation<lock_then_unlock>("mutex/lock+unlock", "uncontended", side::rival);
  enrol_operation<condvar_notify>("condition_variable/notify_one", "nobody sleeps", side::rival);
  enrol_operation<atomic_notify>("atomic_wait/notify_one", "nobody sleeps", side::rival);
}

}  // namespace volley::bench
