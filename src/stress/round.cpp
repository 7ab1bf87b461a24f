// SPDX-License-Identifier: MIT
#include "round.hpp"

#include "../program/cpus.hpp"

#include <algorithm>
#include <array>
#include <condition_variable>
#include <cstring>
#include <deque>
#include <exception>
#include <mutex>
#include <span>
#include <thread>

#include <fmt/format.h>

namespace volley::stress {
namespace {

constexpr std::array<const char*, kinds_of_step> step_names{"load", "store", "rmw",   "relax",     "park",
                                                            "wake", "yield", "fence", "descriptor"};

/// All that the threads of a round use. It outlives the round when they hang.
struct stage {
  std::unique_ptr<trial> on;
  std::deque<trace> seen;
  std::vector<std::thread> threads;
  std::atomic<bool> over{false};
  std::atomic<unsigned> missing{0};  // threads that have not started yet
  std::mutex mutex;
  std::condition_variable ended;
  unsigned running = 0;  // under the mutex
  std::string thrown;    // under the mutex
};

class places {
 public:
  places(placement where, std::span<const int> cpus, dice& luck)
      : where_(where), cpus_(cpus.begin(), cpus.end()), first_(luck.below(cpus.size())) {}

  /// Puts the calling thread where it belongs. What the kernel refuses (a CPU that was taken away) is not needed either.
  void go(std::size_t thread) const {
    if (where_ == placement::anywhere || where_ == placement::wandering) return;
    const std::size_t step = where_ == placement::one_cpu ? 0 : where_ == placement::two_cpus ? thread % 2 : thread;
    const int mine = cpus_[(first_ + step) % cpus_.size()];
    (void)program::run_on(std::span(&mine, 1));
  }

 private:
  placement where_;
  std::vector<int> cpus_;
  std::size_t first_;
};

/// The traces know only their own thread; who wanders is moved from outside.
void wander(const std::vector<int>& cpus, std::vector<std::thread>& threads, dice& luck) {
  for (std::thread& t : threads) {
    cpu_set_t one;
    CPU_ZERO(&one);
    const int cpu = cpus[luck.below(cpus.size())];
    if (cpu >= CPU_SETSIZE) continue;  // more CPUs than a cpu_set_t has room for
    CPU_SET(static_cast<std::size_t>(cpu), &one);
    (void)pthread_setaffinity_np(t.native_handle(), sizeof one, &one);
  }
}

void play(stage& s, worker me, const places& where, bool bad_weather) {
  trace& seen = s.seen[me.number];
  where.go(me.number);
  --s.missing;
  while (s.missing != 0) std::this_thread::yield();
  weather_hook::begin(seen, bad_weather, me.luck.roll());
  std::string thrown;
  try {
    s.on->work(me);
  } catch (const std::exception& e) {
    thrown = e.what();
  }
  weather_hook::end();
  seen.has_ended.store(true);
  const std::lock_guard lock(s.mutex);
  if (!thrown.empty()) s.thrown = thrown;
  --s.running;
  s.ended.notify_one();
}

void start(stage& s, const places& where, dice& luck) {
  const unsigned n = s.on->threads();
  s.seen.resize(n);
  s.missing = n;
  s.running = n;
  const std::uint64_t weather =
      luck.below(4);  // fine for all in a quarter of the rounds; else for a third of the threads
  for (unsigned i = 0; i != n; ++i) {
    const bool bad = weather != 0 && !luck.one_in(3);
    s.threads.emplace_back(play, std::ref(s), worker(i, luck.split(), s.seen[i], s.over), where, bad);
  }
}

std::uint64_t ended_operations(const stage& s) {
  std::uint64_t n = 0;
  for (const trace& t : s.seen) n += t.operations.load() + (t.has_ended ? 1 : 0);
  return n;
}

/// True when all threads have ended; false when nothing has happened for too long.
bool wait_for_all(stage& s, const conditions& c, placement where, dice luck) {
  const tick begun = now();
  tick last_change = begun;
  std::uint64_t last = 0;
  std::unique_lock lock(s.mutex);
  while (!s.ended.wait_for(lock, std::chrono::milliseconds(where == placement::wandering ? 2 : 20),
                           [&s] { return s.running == 0; })) {
    const tick t = now();
    if (t - begun > c.longest || c.is_over()) s.over = true;
    if (where == placement::wandering) wander(c.cpus, s.threads, luck);
    const std::uint64_t done = ended_operations(s);
    if (done != last) last_change = t;
    last = done;
    if (t - last_change > c.patience) return false;
  }
  return true;
}

/// The words of it that are not zero, four in a line; how many there are at most, so that the largest rings stay readable.
std::string dump(memory m) {
  constexpr std::size_t most = 512;
  std::string text;
  std::size_t shown = 0;
  for (std::size_t at = 0; at + sizeof(std::uint64_t) <= m.size(); at += sizeof(std::uint64_t)) {
    std::uint64_t word = 0;
    std::memcpy(&word, &m[at], sizeof word);
    if (word == 0) continue;
    if (shown == most) return text + "\n  and more";
    text += fmt::format("{}+{:<5} {:016x}", shown % 4 == 0 ? "\n  " : "  ", at, word);
    ++shown;
  }
  return text.empty() ? "\n  all zero" : text;
}

finding hang_of(const stage& s, const conditions& c) {
  std::vector<std::uint64_t> before;
  for (const trace& t : s.seen) before.push_back(t.steps.load());
  std::this_thread::sleep_for(std::chrono::milliseconds(200));
  std::string text = fmt::format("no operation has ended for {:.0f} s", static_cast<double>(c.patience) * 1e-9);
  for (std::size_t i = 0; i != s.seen.size(); ++i) {
    const trace& t = s.seen[i];
    const std::uint64_t more = t.steps.load() - before[i];
    text += t.has_ended
                ? fmt::format("\n thread {}: has ended; {} operations", i, t.operations.load())
                : fmt::format("\n thread {}: in {}; {} operations, {} steps, {} of them in the last 0.2 s, then a {}",
                              i, t.doing.load(), t.operations.load(), t.steps.load(), more,
                              step_names[static_cast<std::size_t>(t.last.load())]);
  }
  for (const memory& m : s.on->state())
    text += fmt::format("\n {} bytes, words that are not zero:{}", m.size(), dump(m));
  return {crime::hung, 1, std::move(text)};
}

}  // namespace

std::string_view to_string(placement p) {
  static constexpr std::array<std::string_view, 5> names{"anywhere", "spread", "one_cpu", "two_cpus", "wandering"};
  return names[static_cast<std::size_t>(p)];
}

outcome run_round(const structure& s, const conditions& c) {
  dice luck(seed_for(c.seed, s.name));
  outcome found;
  found.where = every_placement[luck.below(std::size(every_placement))];
  setup as{luck.split(), std::max(2U, c.most_threads), c.size};
  auto on = std::make_unique<stage>();
  on->on = s.make(as);
  found.threads = on->on->threads();
  found.shape = on->on->shape();
  const places where(found.where, c.cpus, luck);
  start(*on, where, luck);
  found.hangs = !wait_for_all(*on, c, found.where, luck);
  found.operations = ended_operations(*on) - (found.hangs ? 0 : found.threads);
  if (found.hangs) {
    found.findings.push_back(hang_of(*on, c));
    for (std::thread& t : on->threads) t.detach();
    (void)on.release();  // its threads use it for ever
    return found;
  }
  for (std::thread& t : on->threads) t.join();
  verdict judged;
  judged.expect(on->thrown.empty(), "an exception: " + on->thrown);
  on->on->judge(judged);
  found.findings = judged.findings();
  found.histories = judged.histories();
  found.recorded = judged.recorded();
  return found;
}

}  // namespace volley::stress
