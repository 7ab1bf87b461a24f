// SPDX-License-Identifier: MIT
#pragma once

// The event count of one side of a channel: threads sleep on it, and others, who cannot sleep, are told of its notifies: the pollable ends
// (channel/pollable.hpp) and suspended coroutines (channel/coroutine.hpp), here called watchers.
//
// Who: any thread does anything. A watcher is in the hands of one thread at a time, but for tell() and deliver().
// Progress: a notify is that of asymmetric_event_count: lock-free, as long as no watcher is in the list. One that is to wake somebody while there
//   are watchers, and watch and unwatch, wait while another thread is between the lock and the unlock of the list: a few steps, and of one who
//   enrols while another is coming (wait/epochs.hpp) a membarrier(2), in which no user's code runs.
// Memory: what was done before a notify is visible to the watcher that it tells, and to who finds by unwatch() that it was told.
//
// State: the event count; and a list of watchers, the oldest first, under a lock. A watcher is in the list exactly as long as it is enrolled as
// a sleeper: it enrols under the lock, and who takes it out, itself or who tells it, leaves for it. So each enrolment is left once, and while
// nobody is in the list a notify costs what it ever did.
// Why nobody is left untold. A watcher enrols, has the heavy fence, and then looks, like a thread: the change is seen, or the watcher. Who has
// seen it, by the RMW that says so, takes the lock after that: so it finds in the list all whom it saw enrolled and who are still there. If it has
// marked them as told, so that nobody else tells them, they are no more than it is to tell, and in front of all who came later.
// How many are in the list is counted before they enrol, which is a release: so who has seen one enrolled and counts none knows that it has gone,
// and leaves the lock alone. Threads that sleep are not in the list, so that they cost no notify the lock.
// Who was told and does not take what it was for passes it on, like a thread that was woken (channel/waiting_ring.hpp).
// Source: the wait list beside the futex word is that of the parking lot of WebKit (F. Pizlo, "Locking in WebKit", 2016), of one word.
//
// Edges: none of its own; those of handoff/asymmetric_event_count.hpp, of wait/epochs.hpp and of the lock, wait/crowd.hpp.

#include <volley/env/scope.hpp>
#include <volley/env/stop.hpp>
#include <volley/handoff/asymmetric_event_count.hpp>
#include <volley/wait/crowd.hpp>
#include <volley/wait/patience.hpp>
#include <volley/wait/policy.hpp>
#include <volley/wait/stopping.hpp>

#include <atomic>
#include <cstdint>
#include <optional>

namespace volley::detail {

template <class Wait, class Env>
class watched_event;

/// Who wants to be told, and does not sleep. It must not end while it watches.
class watcher {
 public:
  watcher(const watcher&) = delete;
  watcher& operator=(const watcher&) = delete;

 protected:
  constexpr watcher() noexcept = default;
  ~watcher() = default;

 private:
  template <class, class>
  friend class watched_event;

  /// It watches no more. Called under the lock, by who notifies: nothing here may wait, or run the user's code. True: deliver() follows when
  /// the lock is free; who says so must live until then.
  virtual bool tell() noexcept = 0;
  virtual void deliver() noexcept = 0;

  // Under the lock.
  watcher* before_ = nullptr;
  watcher* after_ = nullptr;
  bool watches_ = false;
};

template <class Wait, class Env>
class watched_event : public asymmetric_event_count<Wait, Env> {
  using enum std::memory_order;
  using event = asymmetric_event_count<Wait, Env>;
  using os = typename Env::os;
  using lock = crowd<Env, spin_park, in_process, 22, 14>;

 public:
  using event::event;

  /// One thread and one watcher; but while nobody watches, no thread beside one who was woken so before and is still coming (wait/epochs.hpp:
  /// in turn): each who waits looks then, and passes on what it leaves.
  void notify_one() noexcept {
    const auto how = [this](auto& sleepers) {
      return watchers_.load(relaxed) == 0 ? sleepers.wake_in_turn() : sleepers.wake(1);  // ~ hint(enrol)
    };
    if (event::notify_one_as(how)) [[unlikely]]
      tell(1);
  }
  void notify_all() noexcept {
    if (event::notify(everybody)) [[unlikely]]
      tell(everybody);
  }

  /// From now on it is told of the next notify. To be followed by a look; it must not watch already.
  void watch(watcher& w) noexcept {
    {
      const section alone(lock_);
      w.watches_ = true;
      w.after_ = nullptr;
      w.before_ = last_;
      (last_ != nullptr ? last_->after_ : first_) = &w;
      last_ = &w;
      count(+1);
      (void)event::enrol();
    }
    if (!event::is_fenced()) [[unlikely]]
      let_stores_arrive<Env>();
  }
  /// It watches no more. False if it did not: it has been told.
  bool unwatch(watcher& w) noexcept {
    const section alone(lock_);
    if (!w.watches_) return false;
    take_out(w);
    return true;
  }

 private:
  class section {
   public:
    explicit section(lock& l) noexcept : lock_(l) {
      const never_stopped none;
      const auto take = [](auto seen) {
        return lock::value_of(seen) != 0 ? std::optional(seen - lock::one_value) : std::nullopt;
      };
      (void)lock_.wait(take, patience<Env, never_stopped>{os::never, none});
    }
    section(const section&) = delete;
    section& operator=(const section&) = delete;
    ~section() { lock_.post(1, 1); }

   private:
    lock& lock_;
  };

  void take_out(watcher& w) noexcept {
    (w.before_ != nullptr ? w.before_->after_ : first_) = w.after_;
    (w.after_ != nullptr ? w.after_->before_ : last_) = w.before_;
    w.watches_ = false;
    count(-1);
    event::cancel();
  }
  /// Under the lock.
  void count(int more) noexcept {
    const std::uint32_t now = watchers_.load(relaxed);                 // ~ own
    watchers_.store(now + static_cast<std::uint32_t>(more), relaxed);  // ~ chain(enrol)
  }

  [[gnu::noinline]] void tell(int n) noexcept {
    if (watchers_.load(relaxed) == 0) return;  // ~ chain(enrol)
    watcher* deliverers = nullptr;
    watcher** end = &deliverers;
    {
      const section alone(lock_);
      for (; n != 0 && first_ != nullptr; --n) {
        watcher& w = *first_;
        take_out(w);
        if (!w.tell()) continue;
        *end = &w;
        w.after_ = nullptr;
        end = &w.after_;
      }
    }
    // A wake in turn, if they came between the look at their number and that wake: then they may be all who are enrolled, and who watches has
    // no fence before its look.
    if (event::end_turn()) [[unlikely]]
      notify_one();
    while (deliverers != nullptr) {
      watcher& w = *deliverers;
      deliverers = w.after_;  // before it may watch again
      w.deliver();
    }
  }

  typename Env::template atomic<std::uint32_t> watchers_{0};  ///< in the list
  lock lock_{1};
  watcher* first_ = nullptr;
  watcher* last_ = nullptr;
};

static_assert(sizeof(watched_event<spin_park, native>) == sizeof(asymmetric_event_count<>),
              "it fits into what is left of the line");

}  // namespace volley::detail
