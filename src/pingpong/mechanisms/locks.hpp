// SPDX-License-Identifier: MIT
#pragma once

// The locks that a handoff is usually built from. POSIX's, because they also work between processes.

#include "../mechanism.hpp"
#include "polling.hpp"

#include <volley/config.hpp>
#include <volley/env/scope.hpp>

#include <pthread.h>
#include <semaphore.h>

#include <cerrno>
#include <mutex>
#include <system_error>

namespace volley::pingpong {

inline void must(int error, const char* what) {
  if (error != 0) throw std::system_error(error, std::generic_category(), what);
}

template <class Scope>
inline constexpr bool is_shared = Scope::value == sharing::between_processes;

template <class Scope>
class posix_mutex {
 public:
  posix_mutex() {
    pthread_mutexattr_t kind;
    must(pthread_mutexattr_init(&kind), "pthread_mutexattr_init");
    if (is_shared<Scope>)
      must(pthread_mutexattr_setpshared(&kind, PTHREAD_PROCESS_SHARED), "pthread_mutexattr_setpshared");
    must(pthread_mutex_init(&mutex_, &kind), "pthread_mutex_init");
    pthread_mutexattr_destroy(&kind);
  }
  posix_mutex(const posix_mutex&) = delete;
  posix_mutex& operator=(const posix_mutex&) = delete;
  ~posix_mutex() { pthread_mutex_destroy(&mutex_); }

  void lock() { pthread_mutex_lock(&mutex_); }
  void unlock() { pthread_mutex_unlock(&mutex_); }
  pthread_mutex_t* native_handle() { return &mutex_; }

 private:
  pthread_mutex_t mutex_;
};

/// Whose turn it is, under a mutex, looked at again and again.
template <class Scope>
class mutex_polled {
 public:
  template <unsigned Side>
  void post() {
    const std::lock_guard hold(mutex_);
    turn_ = 1 - Side;
  }
  template <unsigned Side>
  void await() {
    poll_politely::until([this] {
      const std::lock_guard hold(mutex_);
      return turn_ == Side;
    });
  }

 private:
  alignas(cache_line) posix_mutex<Scope> mutex_;
  unsigned turn_ = 0;
};

/// Whose turn it is, under a mutex, and a condition variable to sleep on: how most people write it. It signals after it
/// has unlocked, which is the faster order.
template <class Scope>
class mutex_condvar {
 public:
  static constexpr how waits = how::asleep;

  mutex_condvar() {
    pthread_condattr_t kind;
    must(pthread_condattr_init(&kind), "pthread_condattr_init");
    if (is_shared<Scope>)
      must(pthread_condattr_setpshared(&kind, PTHREAD_PROCESS_SHARED), "pthread_condattr_setpshared");
    must(pthread_cond_init(&changed_, &kind), "pthread_cond_init");
    pthread_condattr_destroy(&kind);
  }
  mutex_condvar(const mutex_condvar&) = delete;
  mutex_condvar& operator=(const mutex_condvar&) = delete;
  ~mutex_condvar() { pthread_cond_destroy(&changed_); }

  template <unsigned Side>
  void post() {
    {
      const std::lock_guard hold(mutex_);
      turn_ = 1 - Side;
    }
    pthread_cond_signal(&changed_);
  }
  template <unsigned Side>
  void await() {
    const std::lock_guard hold(mutex_);
    while (turn_ != Side) pthread_cond_wait(&changed_, mutex_.native_handle());
  }

 private:
  alignas(cache_line) posix_mutex<Scope> mutex_;
  pthread_cond_t changed_;
  unsigned turn_ = 0;
};

/// A POSIX semaphore a direction.
template <class Scope>
class sem_pair {
 public:
  static constexpr how waits = how::asleep;

  sem_pair() {
    for (one& s : sems_) must(sem_init(&s.sem, is_shared<Scope> ? 1 : 0, 0) == 0 ? 0 : errno, "sem_init");
  }
  sem_pair(const sem_pair&) = delete;
  sem_pair& operator=(const sem_pair&) = delete;
  ~sem_pair() {
    for (one& s : sems_) sem_destroy(&s.sem);
  }

  template <unsigned Side>
  void post() {
    sem_post(&sems_[1 - Side].sem);
  }
  template <unsigned Side>
  void await() {
    while (sem_wait(&sems_[Side].sem) != 0) {  // EINTR
    }
  }

 private:
  struct one {
    alignas(cache_line) sem_t sem;
  };
  one sems_[2];
};

}  // namespace volley::pingpong
