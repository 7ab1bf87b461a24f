// SPDX-License-Identifier: MIT
#pragma once

// What must hold of those who wait for a notify and do not sleep. Everything of the user's is relaxed, the descriptor too: the event count and
// its list must see to it that nobody is left untold.

#include <volley/channel/pollable.hpp>
#include <volley/channel/suspension.hpp>

#include "engine.hpp"
#include "stop.hpp"

#include <memory>
#include <optional>

namespace model {

using volley::modelled;
using volley::status;
using enum std::memory_order;

/// The model's Env, with a descriptor that one thread can poll.
template <class Base>
struct polled : Base {
  struct os : Base::os {
    class descriptor {
     public:
      static int get() { return 0; }
      void make_readable() {
        readable_.store(1, relaxed);
        Base::os::wake(&readable_, volley::detail::everybody, volley::sharing::in_process);
        ++written_;
      }
      void clear() { readable_.store(0, relaxed); }
      void poll() const {
        while (readable_.load(relaxed) == 0)
          (void)Base::os::park(readable_, 0, volley::sharing::in_process, Base::os::never);
      }
      int written() const { return written_; }

     private:
      atomic<std::uint32_t> readable_{1};
      int written_ = 0;
    };
  };
};

/// A channel as far as its watchers see it: permits to be taken, in the place of elements.
template <class Env>
struct permits {
  struct ring_type {
    using env = Env;
  };
  volley::detail::watched_event<volley::park, Env> event{0xffff'ffffU};
  atomic<std::uint32_t> left{0};
  atomic<std::uint32_t> closed{0};

  void give(std::uint32_t n = 1) {
    left.fetch_add(n, relaxed);
    event.notify_one();
  }
  void close() {
    closed.store(1, relaxed);
    event.notify_all();
  }
  status take() {
    for (std::uint32_t seen = left.load(relaxed); seen != 0;) {
      if (left.compare_exchange_strong(seen, seen - 1, relaxed, relaxed)) return status::ok;
    }
    return closed.load(relaxed) != 0 ? status::closed : status::empty;
  }
  void take_asleep() {
    event.await([this] { return take() == status::ok; });
  }
  void pass_on() {
    if (event.is_awaited() && left.load(relaxed) != 0) event.notify_one();
  }
};

struct permits_side {
  static constexpr status not_yet = status::empty;
  template <class Env>
  static auto& event(permits<Env>& p) {
    return p.event;
  }
  template <class Env>
  static void pass_on(permits<Env>& p) {
    p.pass_on();
  }
};
/// Who was told and leaves keeps it to itself.
struct selfish_side : permits_side {
  template <class Env>
  static void pass_on(permits<Env>&) {}
};

template <class Env>
struct with_fences : scenario {
  struct fences_refused {
    fences_refused() { machine::refuses_fences = Env::is_refused; }
  };
  fence_words fences;
  fences_refused made_first;
};

struct usual_env : polled<modelled> {
  static constexpr bool is_refused = false;
};
struct refused_env : polled<modelled> {
  static constexpr bool is_refused = true;
};

// ---- pollable ends ----

template <class Env, class Side = permits_side>
class end : public volley::detail::pollable_end<permits<Env>, Side> {
  using base = volley::detail::pollable_end<permits<Env>, Side>;

 public:
  explicit end(permits<Env>& p) : base(p) {}
  status try_take() {
    return base::attempt([this] { return base::channel().take(); });
  }
  status take() {
    const status s = try_take();
    return s == status::empty ? take_when_readable() : s;
  }
  status take_when_readable() {
    for (;;) {
      base::pollable().poll();
      if (const status s = try_take(); s != status::empty) return s;
    }
  }
  int written() { return base::pollable().written(); }
};

/// One gives so many, one by one; another polls for as many.
template <class Env, int Permits = 2>
struct one_polls : with_fences<Env> {
  static constexpr int threads = 2;
  permits<Env> all;
  end<Env> mine{all};

  void thread(unsigned which) override {
    for (int i = 0; i != Permits; ++i) {
      if (which == 0) all.give();
      if (which == 1) require(mine.take() == status::ok, "a permit");
    }
  }
  void after() override {
    require(all.left.load(relaxed) == 0, "each was taken");
    require(mine.written() <= 2 * Permits, "one write a notify, and one a permit that came just before, at most");
  }
};

/// When what is awaited comes: at any time, or when two are armed, who then leave, if they do, when it has come.
enum class comes : bool { any_time, late };

template <class Env, comes When>
struct with_two : with_fences<Env> {
  permits<Env> all;
  end<Env> mine[2]{end<Env>(all), end<Env>(all)};
  atomic<std::uint32_t> armed{0};
  atomic<std::uint32_t> given{0};

  void wait_for_two() const {
    while (When == comes::late && armed.load(relaxed) != 2) modelled::relax();
  }
  void give() {
    wait_for_two();
    all.give();
    given.store(1, relaxed);
  }
  void stay_armed() {
    armed.fetch_add(1, relaxed);
    while (When == comes::late && given.load(relaxed) == 0) modelled::relax();
  }
  void poll_for(status what, end<Env>& from) {
    status s = from.try_take();
    armed.fetch_add(1, relaxed);
    if (s == status::empty) s = from.take_when_readable();
    require(s == what, "what it polled for");
    from.disarm();  // what it was told meanwhile is for the other one
  }
};

/// Two poll for one each; one gives both.
template <class Env, comes When>
struct two_poll : with_two<Env, When> {
  static constexpr int threads = 3;

  void thread(unsigned which) override {
    for (int i = 0; which == 2 && i != 2; ++i) this->give();
    if (which != 2) this->poll_for(status::ok, this->mine[which]);
  }
};

/// One polls and one sleeps, for one each.
template <class Env>
struct one_sleeps : with_fences<Env> {
  static constexpr int threads = 3;
  permits<Env> all;
  end<Env> mine{all};

  void thread(unsigned which) override {
    for (int i = 0; which == 2 && i != 2; ++i) all.give();
    if (which == 1) all.take_asleep();
    if (which != 0) return;
    require(mine.take() == status::ok, "a permit");
    mine.disarm();
  }
};

/// How the other one waits: who sleeps is woken beside who is told, who polls is not.
enum class other : bool { sleeps, polls };
/// One arms, and then is no more, told or not; another waits for the only permit, and gets it.
template <class Env, other How, comes When, class Side = permits_side>
struct one_leaves : with_two<Env, When> {
  static constexpr int threads = 3;

  void thread(unsigned which) override {
    if (which == 2) this->give();
    if (which == 1 && How == other::sleeps) this->all.take_asleep();
    if (which == 1 && How == other::polls) this->poll_for(status::ok, this->mine[0]);
    if (which != 0) return;
    bool took = false;
    {
      end<Env, Side> leaver(this->all);
      took = leaver.try_take() == status::ok;
      if (!took) this->stay_armed();
    }
    if (took) this->all.give();
  }
};

/// The close alone ends the wait of both.
template <class Env, comes When>
struct all_close : with_two<Env, When> {
  static constexpr int threads = 3;

  void thread(unsigned which) override {
    if (which != 2) return this->poll_for(status::closed, this->mine[which]);
    this->wait_for_two();
    this->all.close();
  }
};

// ---- suspended coroutines ----

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
