// SPDX-License-Identifier: MIT
#pragma once

// A coroutine that is suspended until a channel has something for it: a watcher (channel/watched_event.hpp) that, when it is told, has the
// executor try for it, and resumes the coroutine when it has got it. It is apart from the coroutine, which may be destroyed in the meantime.
//
// Who: sleep and end: who has the coroutine. resume: the executor. wake: who stops. The rest: who notifies.
// Progress: no thread waits here, but while another one is between the lock and the unlock of the list of watchers.
// Memory: what the coroutine did before it was suspended is visible where it goes on.
//
// State: how many hold it, and
//   looking   the coroutine, or what it left with the executor, tries for what it waits for
//   asleep    it is suspended, and watches
//   told      it is to try; if it was asleep before, whoever changed that gives it to the executor
//   gone      the coroutine is no more
// Who has it watches, looks, and then sleeps by a CAS, which fails if it has been told: then it looks again. Once it is asleep it belongs to who
// tells it, and after that to the executor, whose CAS from told to looking only one can win: so a resumption that is called twice, or when the
// coroutine is gone, does nothing. Who destroys the coroutine while the executor tries, or resumes it, has destroyed a coroutine that runs.
//
// Edges
//   sleep  sleep: CAS -> resume: CAS              what the coroutine did before     dies: SuspensionModel.EveryOrderIsNeeded
//   hold   let_go: fetch_sub -> let_go: fetch_sub    who frees it comes after all    dies: SuspensionModel.EveryOrderIsNeeded

#include <volley/channel/resumption.hpp>
#include <volley/channel/watched_event.hpp>

#include <atomic>
#include <cstdint>
#include <utility>

namespace volley::detail {

/// Coroutine: what can be called to go on. Awaiter: has attempt(), which never throws, and says whether the coroutine may go on.
template <class Env, class Event, class Awaiter, class Coroutine, class Executor>
class suspension final : private watcher, private resumable {
  using enum std::memory_order;
  using word = typename Env::template atomic<std::uint32_t>;
  enum : std::uint32_t { looking, asleep, told, gone };

 public:
  /// Awake, and held by who made it, until end().
  static suspension* make(Event& event, Awaiter& awaiter, Coroutine coroutine, Executor executor) {
    return new suspension(event, awaiter, std::move(coroutine), std::move(executor));
  }

  /// True: the coroutine is asleep, and may have gone on already: nothing of it may be touched. False: attempt() said yes.
  bool sleep() {
    for (;;) {
      event_.watch(*this);
      if (awaiter_.attempt()) {
        (void)event_.unwatch(*this);
        return false;
      }
      std::uint32_t seen = looking;
      const bool sleeps =
          state_.compare_exchange_strong(seen, asleep, release, relaxed);  // -> sleep: all before; ~ hint(sleep)
      if (sleeps) return true;
      state_.exchange(looking, relaxed);  // ~ own: nobody else has it
    }
  }

  /// As if it were told, if it was not.
  void wake() noexcept {
    if (event_.unwatch(*this) && tell()) deliver();
  }

  /// The coroutine waits no longer, or is about to be no more.
  void end() noexcept {
    (void)event_.unwatch(*this);
    state_.exchange(gone, relaxed);  // ~ own: and, if it was told, chain(sleep)
    let_go();
  }

 private:
  suspension(Event& event, Awaiter& awaiter, Coroutine coroutine, Executor executor)
      : event_(event), awaiter_(awaiter), coroutine_(std::move(coroutine)), executor_(std::move(executor)) {}
  ~suspension() = default;

  bool tell() noexcept override {
    const std::uint32_t was = state_.exchange(told, relaxed);  // ~ chain(sleep)
    if (was == asleep) hold();                                 // until it is delivered
    return was == asleep;
  }
  void deliver() noexcept override {
    executor_(resumption(*this));
    let_go();
  }

  void resume() override {
    std::uint32_t seen = told;
    const bool mine =
        state_.compare_exchange_strong(seen, looking, acquire, relaxed);  // <- sleep: all before; ~ hint(sleep)
    if (!mine) return;                                                    // it is gone, or this was called before
    if (awaiter_.attempt() || !sleep()) coroutine_();
  }
  void hold() noexcept override {
    holders_.fetch_add(1, relaxed);  // ~ count
  }
  void let_go() noexcept override {
    const std::uint32_t held = holders_.fetch_sub(1, acq_rel);  // <- hold, -> hold: the last comes after all
    if (held == 1) delete this;
  }

  Event& event_;
  Awaiter& awaiter_;
  Coroutine coroutine_;
  Executor executor_;
  word state_{looking};
  word holders_{1};
};

}  // namespace volley::detail
