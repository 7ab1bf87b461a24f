// SPDX-License-Identifier: MIT
#pragma once

// Stop tokens on Relacy's threads, for std's cannot live there. The same promises as std's: a callback runs in the thread that
// requests the stop, or at once in the thread that registers it too late; and its destructor waits while another thread runs it.

#include "env.hpp"

namespace model {

class stop_source {
 public:
  struct registered {
    void (*run)(registered&) = nullptr;
    atomic<std::uint32_t> ended{0};
  };

  void request_stop() {
    lock();
    requested_.store(1, std::memory_order::release);
    while (count_ != 0) {
      registered* const next = list_[--count_];
      unlock();
      next->run(*next);
      next->ended.store(1, std::memory_order::release);
      lock();
    }
    unlock();
  }

  bool stop_requested() const { return requested_.load(std::memory_order::acquire) != 0; }

  /// False when it is too late: the stop has been requested.
  bool add(registered& r) {
    lock();
    const bool in_time = !stop_requested();
    if (in_time) list_[count_++] = &r;
    unlock();
    return in_time;
  }

  void remove(registered& r) {
    lock();
    bool listed = false;
    for (unsigned i = 0; i != count_; ++i) {
      if (list_[i] != &r) continue;
      list_[i] = list_[--count_];
      listed = true;
      break;
    }
    unlock();
    while (!listed && r.ended.load(std::memory_order::acquire) == 0) volley::modelled::relax();
  }

 private:
  void lock() {
    while (lock_.exchange(1, std::memory_order::acquire) != 0) volley::modelled::relax();
  }
  void unlock() { lock_.store(0, std::memory_order::release); }

  atomic<std::uint32_t> lock_{0};
  atomic<std::uint32_t> requested_{0};
  registered* list_[steps::most_threads];
  unsigned count_ = 0;
};

class stop_token {
 public:
  explicit stop_token(stop_source& s) : source_(&s) {}
  bool stop_requested() const { return source_->stop_requested(); }
  stop_source& source() const { return *source_; }

 private:
  stop_source* source_;
};

template <class F>
class stop_callback : stop_source::registered {
 public:
  stop_callback(const stop_token& token, F f) : source_(token.source()), f_(std::move(f)) {
    run = [](registered& r) { static_cast<stop_callback&>(r).f_(); };
    if (source_.add(*this)) return;
    f_();
    ended.store(1, std::memory_order::relaxed);
  }
  stop_callback(const stop_callback&) = delete;
  stop_callback& operator=(const stop_callback&) = delete;
  ~stop_callback() { source_.remove(*this); }

 private:
  stop_source& source_;
  F f_;
};

}  // namespace model
