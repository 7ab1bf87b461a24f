// SPDX-License-Identifier: MIT

// lockfree_mpmc_ring with seven threads that stopped for ever, each before any of its steps, and an eighth that goes on: it finds exactly the
// room and the elements that those seven have not claimed, within a bounded number of its own steps. That they stop while the others run, and
// see old values, is the model's: stress/model/lockfree_progress_model_test.cpp.

#include <volley/env/hooked.hpp>
#include <volley/ring/lockfree_mpmc_ring.hpp>

#include <gtest/gtest.h>

#include "numbers.hpp"
#include "scale.hpp"

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <string>
#include <thread>
#include <vector>

namespace volley::testing {
namespace {

GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(RingOfNumbers);  // of that header only the seed is used

/// Stops the calling thread before a step of its choice, until it is let go.
class stopping {
 public:
  static void step(volley::step s) {
    auto* const self = current();
    if (self == nullptr) return;
    if (self->steps_ == self->stop_before_) self->stop();
    ++self->steps_;
    if (s == volley::step::rmw) ++self->rmws_;
  }
  /// The calling thread's; none for one that never stops.
  static stopping*& current() {
    thread_local stopping* mine = nullptr;
    return mine;
  }

  explicit stopping(unsigned before) : stop_before_(before) {}

  /// Returns when the thread has stopped, or has ended.
  void wait_until_quiet() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return quiet_; });
  }
  void end() {
    const std::lock_guard lock(mutex_);
    quiet_ = true;
    changed_.notify_all();
  }
  void let_go() {
    const std::lock_guard lock(mutex_);
    let_go_ = true;
    changed_.notify_all();
  }
  /// Compare-and-swaps done: none of them failed, as one thread ran at a time.
  unsigned claims() const { return rmws_; }

 private:
  void stop() {
    std::unique_lock lock(mutex_);
    quiet_ = true;
    changed_.notify_all();
    changed_.wait(lock, [this] { return let_go_; });
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  unsigned stop_before_;
  unsigned steps_ = 0;
  unsigned rmws_ = 0;
  bool quiet_ = false;
  bool let_go_ = false;
};
struct counted_steps : stopping {
  static inline unsigned long taken = 0;
  static void step(volley::step s) {
    if (current() == nullptr) ++taken;
    stopping::step(s);
  }
};
using stoppable = hooked<counted_steps>;
using ring = lockfree_mpmc_ring<int, dynamic_capacity, stoppable>;

/// Seven threads, one after the other, each stopped in the middle of one operation; and what must be so then.
class seven_stopped {
 public:
  seven_stopped(std::size_t capacity, std::mt19937_64& random) : ring_(capacity), room_(capacity) {
    for (std::size_t lap = random() % (3 * capacity); lap != 0; --lap)
      EXPECT_TRUE(ring_.try_push(0) && ring_.try_pop());
    for (std::size_t n = random() % (capacity + 1); n != 0; --n) push(true);
    for (unsigned i = 0; i != 7; ++i) stop_one(random() % 2 == 0, static_cast<unsigned>(random() % 10));
  }
  seven_stopped(const seven_stopped&) = delete;
  seven_stopped& operator=(const seven_stopped&) = delete;
  ~seven_stopped() {
    for (const auto& v : victims_) v->let_go();
    for (std::thread& t : threads_) t.join();
  }

  /// The eighth: fills what room there is, takes what is inside, a few times.
  void expect_the_rest_to_work() {
    for (int round = 0; round != 4; ++round) {
      for (std::size_t n = room_; n != 0; --n) push(true);
      push(false);
      for (std::size_t n = inside_.size(); n != 0; --n) pop();
      pop();
    }
  }

 private:
  template <class F>
  auto bounded(const F& f) {
    const unsigned long before = counted_steps::taken;
    const auto result = f();
    EXPECT_LE(counted_steps::taken - before, 2 * (2 * ring_.capacity() + 1 + 3)) << "alone it has no reason for more";
    return result;
  }
  void push(bool fits) {
    ASSERT_EQ(bounded([&] { return ring_.try_push(next_); }), fits) << "a false full, or room for one too many";
    if (!fits) return;
    inside_.push_back(next_++);
    --room_;
  }
  void pop() {
    const auto expected = inside_.empty() ? std::nullopt : std::optional(inside_.front());
    ASSERT_EQ(bounded([&] { return ring_.try_pop(); }), expected) << "a false empty, or out of order";
    if (!expected) return;
    inside_.pop_front();
    ++room_;
  }

  void stop_one(bool pushes, unsigned before) {
    stopping& mine = *victims_.emplace_back(std::make_unique<stopping>(before));
    const int value = next_++;
    threads_.emplace_back([this, &mine, pushes, value] {
      stopping::current() = &mine;
      if (pushes) (void)ring_.try_push(value);
      if (!pushes) (void)ring_.try_pop();
      stopping::current() = nullptr;
      mine.end();
    });
    mine.wait_until_quiet();
    // The first claim takes a cell or an element, the second puts one in or gives one back.
    if (pushes) {
      if (mine.claims() > 0) --room_;
      if (mine.claims() > 1) inside_.push_back(value);
    } else {
      if (mine.claims() > 0) inside_.pop_front();
      if (mine.claims() > 1) ++room_;
    }
  }

  ring ring_;
  std::size_t room_;
  std::deque<int> inside_;
  int next_ = 1;
  std::vector<std::unique_ptr<stopping>> victims_;
  std::vector<std::thread> threads_;
};

TEST(LockfreeMpmcRing, TheEighthThreadGoesOnWhereverSevenStopped) {
  const watchdog watch(60);
  const std::uint64_t seed = random_seed();
  SCOPED_TRACE("VOLLEY_TEST_SEED=" + std::to_string(seed));
  std::mt19937_64 random(seed);
  for (const std::size_t capacity : {1U, 2U, 3U, 8U}) {
    for (std::size_t n = scaled(150); n != 0; --n) {
      seven_stopped(capacity, random).expect_the_rest_to_work();
      if (::testing::Test::HasFailure()) FAIL() << "at capacity " << capacity;
    }
  }
}

}  // namespace
}  // namespace volley::testing
