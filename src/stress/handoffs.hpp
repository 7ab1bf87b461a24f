// SPDX-License-Identifier: MIT
#pragma once

// What the trials of handoffs have in common: one object, a way to wait chosen by dice, sentences about what went wrong.

#include "payload.hpp"

#include <volley/status.hpp>
#include <volley/wait/policy.hpp>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace volley::stress {

/// A trial of one object, with two threads or some.
template <class Object>
class object_trial : public trial {
 public:
  template <class... Args>
  explicit object_trial(unsigned threads, const Args&... args)
      : threads_(threads), object_(std::make_unique<Object>(args...)) {}

  unsigned threads() const final { return threads_; }
  std::vector<memory> state() const override { return {memory_of(*object_)}; }
  std::string shape() const override { return std::to_string(threads_) + " threads"; }
  void judge(verdict& to) override { to.expect_none(wrong_, crime::broken, promise()); }

 protected:
  /// What is not so where wrong_unless() was called with false.
  virtual std::string promise() const { return ""; }

  Object& object() noexcept { return *object_; }
  void wrong_unless(bool holds) noexcept {
    if (!holds) wrong_.fetch_add(1, std::memory_order_relaxed);  // ~ count
  }

 private:
  unsigned threads_;
  std::unique_ptr<Object> object_;
  std::atomic<std::uint64_t> wrong_{0};
};

/// At times in the past, at times so near that it may pass during the call.
inline std::chrono::steady_clock::time_point some_deadline(dice& luck) {
  return std::chrono::steady_clock::now() + std::chrono::microseconds(luck.below(300)) - std::chrono::microseconds(30);
}

/// Calls wait(), and now and then until(deadline) before it, as often as that times out. How often it did is no affair of ours.
template <class Until, class Wait>
void wait_in_some_way(worker& me, const Until& until, const Wait& wait) {
  while (me.luck.one_in(3)) {
    if (until(some_deadline(me.luck)) == status::ok) return;
  }
  wait();
}

/// Plain data that threads hand to each other by the structure alone.
struct note {
  plain_payload<3> text;

  void write(std::uint64_t id) noexcept { text = plain_payload<3>(id); }
  bool is(std::uint64_t id) const noexcept { return text.is(id); }
};

/// By which policy a trial waits: Make<Wait>::make(setup).
template <template <class> class Trial>
std::unique_ptr<trial> make_waiting_trial(setup& s) {
  if (s.luck.one_in(3)) return std::make_unique<Trial<park>>(s);
  return std::make_unique<Trial<spin_park>>(s);
}

}  // namespace volley::stress
