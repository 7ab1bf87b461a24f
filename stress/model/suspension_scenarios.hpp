// SPDX-License-Identifier: MIT
#pragma once

// What must hold of suspended coroutines that wait for a notify; beside those who poll for it (watched_scenarios.hpp).

#include <volley/channel/suspension.hpp>

#include "engine.hpp"
#include "stop.hpp"
#include "watched_scenarios.hpp"

#include <memory>
#include <optional>
#include <utility>

namespace model {

/// Where an executor puts what it is given, for one thread to call.
struct queue {
  atomic<std::uint32_t> posted{0};
  atomic<std::uint32_t> ended{0};
  std::optional<volley::resumption> first;
  int executors = 0;

  void post(volley::resumption r) {
    require(posted.load(relaxed) == 0, "one at a time");
    first.emplace(std::move(r));
    posted.store(1, release);
    modelled::os::wake(&posted, 1, volley::sharing::in_process);
  }
  bool run_one() {
    if (posted.load(acquire) == 0) return false;
    const volley::resumption r = std::move(*first);
    first.reset();
    posted.store(0, relaxed);
    r();
    return true;
  }
  void run_until(const bool& done) {
    while (!done) {
      if (!run_one()) (void)modelled::os::park(posted, 0, volley::sharing::in_process, modelled::os::never);
    }
  }
};

/// Its destruction, by whoever comes last, is a write.
struct posting {
  queue* to;
  std::unique_ptr<plain<int>> mark = std::make_unique<plain<int>>(0);

  explicit posting(queue& q) : to(&q) { ++q.executors; }
  posting(posting&&) = default;
  ~posting() {
    if (!mark) return;
    mark->set(1);
    --to->executors;
  }
  void operator()(volley::resumption r) {
    require(mark->get() == 0, "it is still there");
    to->post(std::move(r));
    require(mark->get() == 0, "and still");
  }
};

template <class Env>
struct sleeping {
  permits<Env>& all;
  plain<int> tries{0};
  status answer = status::empty;

  bool attempt() {
    tries.set(tries.get() + 1);
    if (answer == status::empty) answer = all.take();
    return answer != status::empty;
  }
};
struct going_on {
  bool* done;
  void operator()() const {
    require(!*done, "it goes on once");
    *done = true;
  }
};
template <class Env, class Executor = posting>
using sleeper = volley::detail::suspension<Env, volley::detail::watched_event<volley::park, Env>, sleeping<Env>,
                                           going_on, Executor>;

/// One coroutine waits for a permit; where it began, another thread goes on with it if `Elsewhere`.
template <class Env, bool Elsewhere>
struct one_is_suspended : with_fences<Env> {
  static constexpr int threads = Elsewhere ? 3 : 2;
  permits<Env> all;
  queue tasks;
  sleeping<Env> mine{all};
  bool done = false;
  sleeper<Env>* made = sleeper<Env>::make(all.event, mine, going_on{&done}, posting(tasks));

  void thread(unsigned which) override {
    if (which == 0) return all.give();
    if (which == 1 && !made->sleep()) {
      done = true;
      if (Elsewhere) tasks.ended.store(1, release);
    }
    if (Elsewhere && which == 1) return;
    if (Elsewhere) return go_on_elsewhere();
    tasks.run_until(done);
    made->end();
  }
  void go_on_elsewhere() {
    bool mine_to_end = false;
    while (!mine_to_end) {
      if (tasks.run_one()) mine_to_end = done;
      if (tasks.ended.load(acquire) != 0) mine_to_end = true;
      modelled::relax();
    }
    made->end();
  }
  void after() override {
    require(all.left.load(relaxed) == 0, "it was taken");
    require(tasks.executors == 0, "nothing is held for ever");
  }
};

/// Two give one each, perhaps when both sleep, and a third thread has two coroutines.
template <class Env, comes When>
struct two_are_suspended : with_fences<Env> {
  static constexpr int threads = 3;
  permits<Env> all;
  queue tasks[2];
  sleeping<Env> mine[2]{{all}, {all}};
  bool done[2] = {};
  atomic<std::uint32_t> asleep{0};

  void thread(unsigned which) override {
    while (When == comes::late && which != 0 && asleep.load(relaxed) == 0) modelled::relax();
    if (which != 0) return all.give();
    sleeper<Env>* made[2];
    for (int i = 0; i != 2; ++i) {
      made[i] = sleeper<Env>::make(all.event, mine[i], going_on{&done[i]}, posting(tasks[i]));
      done[i] = !made[i]->sleep();
    }
    asleep.store(1, relaxed);
    for (int i = 0; i != 2; ++i) {
      tasks[i].run_until(done[i]);
      made[i]->end();
      all.pass_on();
    }
  }
};

/// The coroutine is destroyed while it sleeps, or has been told; then what the executor has been given is called. Somebody else polls for the
/// only permit, and gets it.
template <class Env, comes When, class Side = permits_side>
struct one_is_destroyed : with_two<Env, When> {
  static constexpr int threads = 3;
  queue tasks;
  bool done = false;

  void thread(unsigned which) override {
    if (which == 2) this->give();
    if (which == 1) this->poll_for(status::ok, this->mine[0]);
    if (which != 0) return;
    {
      sleeping<Env> destroyed{this->all};
      auto* const made = sleeper<Env>::make(this->all.event, destroyed, going_on{&done}, posting(tasks));
      const bool took = !made->sleep();
      if (!took) this->stay_armed();
      made->end();
      Side::pass_on(this->all);
      if (took) this->all.give();
    }
    (void)tasks.run_one();
    require(!done, "a coroutine that is no more does not go on");
  }
  void after() override {
    (void)tasks.run_one();
    require(tasks.executors == 0, "nothing is held for ever");
  }
};

/// A stop comes beside a notify: it ends the wait once, and a permit that it did not take is there.
template <class Env>
struct one_is_stopped_or_told : with_fences<Env> {
  static constexpr int threads = 3;
  permits<Env> all;
  queue tasks;
  sleeping<Env> mine{all};
  stop_source source;
  bool done = false;
  bool taken = false;

  /// As an awaiter would: what there is, or that it is stopped.
  struct stoppable : sleeping<Env> {
    stop_source* by;
    bool attempt() {
      if (sleeping<Env>::attempt()) return true;
      if (by->stop_requested()) this->answer = status::stopped;
      return this->answer != status::empty;
    }
  };

  void thread(unsigned which) override {
    using made_of =
        volley::detail::suspension<Env, volley::detail::watched_event<volley::park, Env>, stoppable, going_on, posting>;
    if (which == 2) return all.give();
    if (which == 1) return source.request_stop();
    stoppable it{{all}, &source};
    auto* const made = made_of::make(all.event, it, going_on{&done}, posting(tasks));
    {
      const auto wake = [made] { made->wake(); };
      const stop_callback<decltype(wake)> registered(stop_token(source), wake);
      done = !made->sleep();
      tasks.run_until(done);
    }
    made->end();
    require(it.answer == status::ok || it.answer == status::stopped, "ok or stopped, nothing else");
    taken = it.answer == status::ok;
  }
  void after() override { require(all.left.load(relaxed) == (taken ? 0U : 1U), "what was not taken is there"); }
};

}  // namespace model
