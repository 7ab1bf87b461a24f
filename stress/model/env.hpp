// SPDX-License-Identifier: MIT
#pragma once

// The world of the model: the same face as volley::native, over Relacy. Every atomic operation is a scheduling point, may read
// stale values, has its order weakened on demand (sites.hpp), and may be the last step of a stopped thread (adversary.hpp). The
// kernel is modelled too, and promises no more than Linux does.

#include <volley/env/role.hpp>
#include <volley/env/scope.hpp>

#include "adversary.hpp"
#include "futex.hpp"
#include "sites.hpp"

namespace model {

constexpr rl::memory_order to_relacy(std::memory_order order) {
  using enum std::memory_order;
  switch (order) {
    case relaxed:
      return rl::mo_relaxed;
    case consume:
      return rl::mo_consume;
    case acquire:
      return rl::mo_acquire;
    case release:
      return rl::mo_release;
    case acq_rel:
      return rl::mo_acq_rel;
    case seq_cst:
      break;
  }
  return rl::mo_seq_cst;
}

/// Notices a use after the end of an object's life. Relacy has such a mark too, but an optimiser may drop the store in its
/// destructor; this one is volatile.
class lifetime {
 public:
  lifetime() = default;
  lifetime(const lifetime&) = delete;
  lifetime& operator=(const lifetime&) = delete;
  ~lifetime() { mark_ = 0; }

  void check(place p) const { require(mark_ == alive, "used after its destruction", p); }

 private:
  static constexpr unsigned alive = 0xa11fe;
  volatile unsigned mark_ = alive;
};

template <class T>
class atomic {
 public:
  explicit atomic(T value, place p = place::here()) { a_.store(value, rl::mo_relaxed, p.info()); }
  atomic(const atomic&) = delete;
  atomic& operator=(const atomic&) = delete;
  ~atomic() { held_stores::flush(); }  // a thread's own stores to it come before its end

  T load(std::memory_order written, place p = place::here()) const {
    const auto order = begin(written, operation::load, p, false);
    return ended(a_.load(to_relacy(order), p.info()), p);
  }
  void store(T value, std::memory_order written, place p = place::here()) {
    const auto order = begin(written, operation::store, p, true);
    const auto bits = static_cast<std::uint64_t>(value);
    if (!held_stores::hold(this, &store_now, bits, order, p)) store_now(this, bits, order, p);
  }
  T exchange(T value, std::memory_order written, place p = place::here()) {
    const auto order = begin(written, operation::rmw, p, true);
    return ended(a_.exchange(value, to_relacy(order), p.info()), p);
  }
  T fetch_add(T value, std::memory_order written, place p = place::here()) {
    const auto order = begin(written, operation::rmw, p, true);
    return ended(a_.fetch_add(value, to_relacy(order), p.info()), p);
  }
  T fetch_sub(T value, std::memory_order written, place p = place::here()) {
    const auto order = begin(written, operation::rmw, p, true);
    return ended(a_.fetch_sub(value, to_relacy(order), p.info()), p);
  }
  T fetch_or(T value, std::memory_order written, place p = place::here()) {
    const auto order = begin(written, operation::rmw, p, true);
    return ended(a_.fetch_or(value, to_relacy(order), p.info()), p);
  }
  T fetch_and(T value, std::memory_order written, place p = place::here()) {
    const auto order = begin(written, operation::rmw, p, true);
    return ended(a_.fetch_and(value, to_relacy(order), p.info()), p);
  }
  bool compare_exchange_strong(T& expected, T value, std::memory_order success, std::memory_order failure,
                               place p = place::here()) {
    const auto orders = begin_cas(success, failure, p);
    return ended(a_.compare_exchange_strong(expected, value, to_relacy(orders.first), p.info(),
                                            to_relacy(orders.second), p.info()),
                 p);
  }
  bool compare_exchange_weak(T& expected, T value, std::memory_order success, std::memory_order failure,
                             place p = place::here()) {
    const auto orders = begin_cas(success, failure, p);
    return ended(a_.compare_exchange_weak(expected, value, to_relacy(orders.first), p.info(), to_relacy(orders.second),
                                          p.info()),
                 p);
  }

  /// What the kernel sees: the newest value. It counts as a read of this thread, or a loop around the system call could read a
  /// value for ever that the kernel has already said is old. Relacy fails a CAS on the newest value only.
  T newest(place p) const {
    T value = static_cast<T>(a_.debug_value() + 1);
    a_.compare_exchange_strong(value, value, rl::mo_relaxed, p.info(), rl::mo_relaxed, p.info());
    return value;
  }

 private:
  std::memory_order begin(std::memory_order written, operation what, place p, bool writes) const {
    const auto order = order_sites::order(written, what, p);
    step(order, p, writes);
    return order;
  }
  std::pair<std::memory_order, std::memory_order> begin_cas(std::memory_order success, std::memory_order failure,
                                                            place p) const {
    using enum std::memory_order;
    auto won = order_sites::order(success, operation::cas_success, p);
    const auto lost = order_sites::order(failure, operation::cas_failure, p);
    // Relacy wants the failure order no stronger than the success order; C++17 does not ask for that.
    if (lost == seq_cst) won = seq_cst;
    if (lost == acquire && won == relaxed) won = acquire;
    if (lost == acquire && won == release) won = acq_rel;
    step(won, p, true);
    return {won, lost};
  }
  void step(std::memory_order order, place p, bool writes) const {
    freeze::before_each_step(p);
    steps::take();
    held_stores::before(this, order, writes);
  }
  /// Other threads run just before an operation takes effect, so that is where its object may have gone.
  template <class R>
  R ended(R r, place p) const {
    life_.check(p);
    return r;
  }
  static void store_now(void* self, std::uint64_t value, std::memory_order order, place p) {
    auto& a = *static_cast<atomic*>(self);
    a.a_.store(static_cast<T>(value), to_relacy(order), p.info());
    a.life_.check(p);
  }

  mutable rl::atomic<T> a_;
  lifetime life_;
};

/// A variable without synchronisation of its own: Relacy reports every race on it.
template <class T>
class plain {
 public:
  explicit plain(T value) : v_(value) {}
  T get(place p = place::here()) const { return v_(p.info()).load(); }
  void set(T value, place p = place::here()) { v_(p.info()).store(value); }

 private:
  rl::var<T> v_;
};

/// Storage for one T, of any kind: a shadow variable beside it takes part in Relacy's race detection, and says whether it is full.
template <class T>
class cell {
 public:
  cell() {}  // NOLINT(modernize-use-equals-default): the bytes stay uninitialised on purpose
  cell(const cell&) = delete;
  cell& operator=(const cell&) = delete;
  ~cell() = default;

  template <class... Args>
  void construct(Args&&... args) {
    if (shadow_.get() != empty) require(false, "constructed twice");
    shadow_.set(full);
    ::new (static_cast<void*>(raw_)) T(std::forward<Args>(args)...);
  }
  T& value() {
    if (shadow_.get() != full) require(false, "read while empty");
    return *std::launder(reinterpret_cast<T*>(raw_));
  }
  void destroy() {
    std::destroy_at(&value());
    shadow_.set(empty);
  }

 private:
  static constexpr int empty = 0;
  static constexpr int full = 1;

  plain<int> shadow_{empty};
  alignas(T) std::byte raw_[sizeof(T)];
};

/// The pair of fences of Env::os, for scenarios that have one of these as a member. As the machine has it and no stronger: two light ones
/// order nothing. So each of four threads has a word, on which its light fence is an RMW, and a heavy one is an RMW on each.
class fence_words {
 public:
  fence_words() { here_ = this; }
  fence_words(const fence_words&) = delete;
  fence_words& operator=(const fence_words&) = delete;
  ~fence_words() { here_ = nullptr; }

  static void light(place p) { mine().fetch_add(0, std::memory_order::acq_rel, p); }
  static void heavy(place p) {
    (void)mine();
    for (auto& word : here_->words_) word.fetch_add(0, std::memory_order::acq_rel, p);
  }

 private:
  static atomic<std::uint32_t>& mine() {
    require(here_ != nullptr, "a scenario with fences has fence_words");
    return here_->words_[rl::ctx().current_thread()];
  }

  inline static fence_words* here_ = nullptr;
  using word = atomic<std::uint32_t>;
  word words_[4]{word(0), word(0), word(0), word(0)};
};

/// The one of its kind in the process that is modelled, for scenarios that have it as a member.
template <class Thing>
class only {
 public:
  only() { here = &thing_; }
  only(const only&) = delete;
  only& operator=(const only&) = delete;
  ~only() { here = nullptr; }

  inline static Thing* here = nullptr;

 private:
  Thing thing_;
};

class stop_token;  // stop.hpp
template <class F>
class stop_callback;

template <class Storage, class Header>
class bytes;  // bytes.hpp

}  // namespace model

namespace volley {

/// The Env of the model checker. Start: the value from which indices count, so that tests begin a few steps before the wrap.
template <unsigned Start = 0>
struct basic_model {
  using role = unwatched_role;
  using index = std::uint8_t;
  static constexpr index first_index = Start;
  static constexpr unsigned hot_polls = 1;
  static constexpr unsigned most_pauses = 1;
  static constexpr unsigned polls_per_look = 1;
  static constexpr std::uint32_t longest_spin = 0;  // a spin in the model is one poll: more of them show nothing new
  static constexpr std::uint32_t shortest_spin = 0;
  static constexpr unsigned bell_places = 1;

  template <class T>
  using atomic = ::model::atomic<T>;
  template <class T>
  using cell = ::model::cell<T>;
  template <class Storage, class Header>
  using bytes = ::model::bytes<Storage, Header>;

  static void soon_written(const void*) noexcept {}
  static void relax(::model::place p = ::model::place::here()) {
    ::model::held_stores::flush();
    rl::yield(1, p.info());
  }

  struct os {
    using clock = std::chrono::steady_clock;
    using time_point = clock::time_point;
    using duration = std::chrono::nanoseconds;
    static constexpr time_point never = time_point::max();
    using stop_token = ::model::stop_token;
    template <class F>
    using stop_callback = ::model::stop_callback<F>;

    /// Time stands still but for the ticks that the scenario allows; whether one passes just now is the scheduler's choice.
    static time_point now() {
      if (::model::machine::ticks_left > 0 && rl::ctx().rand(2, rl::sched_type_user) != 0) {
        --::model::machine::ticks_left;
        ++::model::machine::clock;
      }
      return time_point(duration(::model::machine::clock));
    }

    template <class U>
    static bool park(const atomic<U>& w, std::uint32_t expected, sharing, time_point deadline,
                     ::model::place p = ::model::place::here()) {
      using ::model::machine;
      if (deadline.time_since_epoch().count() <= machine::clock) return true;
      // Whether the deadline will come is chosen on the way in: a wait that could always still time out hides every lost wake-up.
      const bool times_out =
          deadline != never && machine::ticks_left > 0 && rl::ctx().rand(2, rl::sched_type_user) != 0;
      const bool expired = ::model::futex::wait(w, expected, times_out, ::model::futex::compare::as_the_kernel_does, p);
      if (expired) machine::clock = std::max(machine::clock, std::int64_t{deadline.time_since_epoch().count()});
      return expired;
    }
    template <class Entry>
    static bool park_on_any(std::size_t n, const Entry& entry, time_point deadline,
                            ::model::place p = ::model::place::here()) {
      using ::model::machine;
      if (machine::refuses_waitv) return false;
      if (deadline.time_since_epoch().count() <= machine::clock) return true;
      const bool times_out =
          deadline != never && machine::ticks_left > 0 && rl::ctx().rand(2, rl::sched_type_user) != 0;
      const bool expired =
          ::model::futex::wait_for_any(n, entry, times_out, ::model::futex::compare::as_the_kernel_does, p);
      if (expired) machine::clock = std::max(machine::clock, std::int64_t{deadline.time_since_epoch().count()});
      return true;
    }
    static bool can_park_on_any() { return !::model::machine::refuses_waitv; }
    /// Null where the scenario has none.
    template <class Thing>
    static Thing* one_per_process() {
      return ::model::only<Thing>::here;
    }
    static std::size_t next_of(std::size_t n) {
      return n == 1 ? 0 : rl::ctx().rand(static_cast<unsigned>(n), rl::sched_type_user);
    }

    template <class U>
    static void wake(const atomic<U>* w, int n, sharing, ::model::place p = ::model::place::here()) {
      ::model::futex::wake(w, n, p);
    }
    static void yield(::model::place p = ::model::place::here()) { relax(p); }
    static constexpr std::uint16_t unknown_cpu = 0xffff;
    static std::uint16_t cpu() {
      return ::model::machine::one_cpu ? 0 : static_cast<std::uint16_t>(rl::ctx().current_thread());
    }
    static bool fences_work() { return !::model::machine::refuses_fences; }
    static void light_fence(::model::place p = ::model::place::here()) { ::model::fence_words::light(p); }
    static bool heavy_fence(::model::place p = ::model::place::here()) {
      if (::model::machine::refuses_fences) return false;
      ::model::fence_words::heavy(p);
      return true;
    }
    static void log_wake(const void*) {}
    static void learn_park_cost(const void*, time_point, time_point) {}
    static std::uint32_t park_cost() { return 0; }
    static bool two_can_run() { return !::model::machine::quota_is_one; }
    static void look_at_quota() {}
  };
};

using modelled = basic_model<>;

}  // namespace volley
