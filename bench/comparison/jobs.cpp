// SPDX-License-Identifier: MIT
#include "jobs.hpp"

#include "arms.hpp"

#include <algorithm>
#include <chrono>
#include <span>
#include <string>
#include <utility>

#include <fmt/format.h>

namespace volley::bench {
namespace {

using namespace std::chrono_literals;
using pingpong::mechanism_name;

constexpr mechanism_name line1{"F_line1", ""};
constexpr mechanism_name futex{"F_futex", ""};
constexpr mechanism_name usual{"turn", "spin_park"};

constexpr std::array<std::chrono::nanoseconds, 6> gaps{0us, 1us, 10us, 100us, 1ms, 10ms};
constexpr auto idle_gap = 100ms;
constexpr std::array<shape, 6> shapes{{{1, 1}, {2, 2}, {4, 4}, {4, 1}, {1, 4}, {16, 16}}};
constexpr std::size_t quick_shapes = 3;

// Others that wait for one thing every so often, that carry data, or that crowd, each beside the usual one. A line more is a row
// more; a name that is not enrolled is left out.
struct other {
  mechanism_name name;
  bool in_quick;
};
constexpr other waiting[] = {
    {{"turn", "busy_spin"}, true}, {{"turn", "spin_yield"}, false},
    {{"turn", "park"}, true},      {{"mutex_condvar", ""}, true},
    {{"sem_t", ""}, false},        {{"binary_semaphore", ""}, false},
    {{"atomic_wait", ""}, false},  {{"auto_reset_event", "spin_park"}, false},
};
constexpr other crowded[] = {
    {{"turn", "spin_yield"}, true}, {{"turn", "park"}, true}, {{"auto_reset_event", "spin_park"}, false},
    {{"mutex_condvar", ""}, true},  {{"sem_t", ""}, true},    {{"binary_semaphore", ""}, true},
    {{"atomic_wait", ""}, true},
};
constexpr other carriers[] = {
    {{"turn", "spin_park"}, true},      {{"spsc_ring", ""}, true},          {{"mutex_condvar", ""}, true},
    {{"mutex+ring", ""}, true},         {{"mpmc_ring", ""}, false},         {{"binary_semaphore", ""}, false},
    {{"readerwriterqueue", ""}, false}, {{"boost::spsc_queue", ""}, false},
};
// In --quick, of ours, these alone go through the round trips; of others, all.
constexpr std::string_view quick_ours[] = {"turn",      "auto_reset_event", "counting_semaphore", "call_slot/24+24",
                                           "spsc_ring", "mpmc_ring"};

template <class Range>
bool is_in(const Range& all, std::string_view name) {
  return std::find(std::begin(all), std::end(all), name) != std::end(all);
}

handoff_row row_of(measure what, pingpong::placement where, std::vector<mechanism_name> arms) {
  handoff_row r;
  r.what = what;
  r.where = where;
  r.arms = std::move(arms);
  r.floors = 1;
  return r;
}

/// What somebody else's is held against: what does the same, and waits as ours does if nothing is said.
mechanism_name counterpart(const ping_pong& theirs) {
  if (ring_behind(theirs.about.name) != nullptr) return {"spsc_ring", ""};
  if (theirs.about.what_for == use::meeting) return {"spin_barrier", "spin_park"};
  return usual;
}

/// Of ours: the turn in every way that it waits, everything else in its usual one.
bool is_shown(const ping_pong& p) {
  const bool is_loaded = taken_apart(p.about.name).bytes != 0;
  const bool is_of_fixed_capacity = p.about.name.ends_with("<N>");
  return !is_loaded && !is_of_fixed_capacity &&
         (p.whose != side::ours || p.about.name == usual.name || p.wait.empty() || p.wait == usual.wait);
}

bool has_place(const ping_pong& p, parties who, pingpong::placement where) {
  if (who == parties::processes && !p.between_processes) return false;
  return makes_sense(p, where) && (where == pingpong::placement::two_cpus || ring_behind(p.about.name) == nullptr);
}

job trip_job(const ping_pong& p, parties who, pingpong::placement where) {
  job j;
  handoff_row r = row_of(measure::rtt, where, {where == pingpong::placement::two_cpus ? line1 : futex});
  r.who = who;
  const mechanism_name ours = counterpart(p);
  const ping_pong* const known = find_ping_pong(ours);
  const bool is_beside = p.whose != side::ours && !p.is_floor() && known != nullptr && has_place(*known, who, where);
  if (is_beside) r.arms.push_back(ours);
  r.arms.push_back(p.name());
  j.what = r;
  j.shown_from = is_beside ? 2 : 1;
  j.in_quick = p.whose != side::ours || is_in(quick_ours, p.about.name);
  return j;
}

void add_round_trips(std::vector<job>& to, std::size_t cpus) {
  constexpr std::pair<parties, pingpong::placement> places[] = {{parties::threads, pingpong::placement::two_cpus},
                                                                {parties::threads, pingpong::placement::one_cpu},
                                                                {parties::processes, pingpong::placement::two_cpus}};
  for (const auto& [who, where] : places) {
    if (where == pingpong::placement::two_cpus && cpus < 2) continue;
    for (const ping_pong& p : ping_pongs()) {
      const bool is_the_floor = p.name() == (where == pingpong::placement::two_cpus ? line1 : futex);
      if (is_shown(p) && has_place(p, who, where) && !is_the_floor) to.push_back(trip_job(p, who, where));
    }
  }
}

void add_payloads(std::vector<job>& to) {
  for (const other& o : carriers) {
    for (const ping_pong& p : ping_pongs()) {
      if (taken_apart(p.about.name).base != o.name.name || p.wait != o.name.wait) continue;
      job j;
      j.in = section::payload;
      j.what = row_of(measure::rtt, pingpong::placement::two_cpus, {line1, p.name()});
      j.shown_from = 1;
      j.in_quick = o.in_quick;
      to.push_back(j);
    }
  }
}

/// The usual one alone, then each of the others beside it.
void add_beside_usual(std::vector<job>& to, const job& like, const handoff_row& alone, std::span<const other> others) {
  job j = like;
  j.what = alone;
  j.shown_from = 1;
  to.push_back(j);
  for (const other& o : others) {
    if (find_ping_pong(o.name) == nullptr) continue;
    handoff_row r = alone;
    r.arms.push_back(o.name);
    j.what = r;
    j.shown_from = 2;
    j.in_quick = o.in_quick;
    to.push_back(j);
  }
}

void add_cadences(std::vector<job>& to) {
  const auto add = [&to](section in, std::chrono::nanoseconds gap) {
    job j;
    j.in = in;
    handoff_row r = row_of(measure::paced, pingpong::placement::two_cpus, {line1, usual});
    r.gap = gap;
    add_beside_usual(to, j, r, waiting);
  };
  for (const auto gap : gaps) add(section::cadence, gap);
  add(section::idle, idle_gap);
}

void add_crowds(std::vector<job>& to) {
  job j;
  j.in = section::crowd;
  add_beside_usual(to, j, row_of(measure::crowd, pingpong::placement::two_cpus, {futex, usual}), crowded);
}

/// Ours that promises no more than the shape needs.
const contestant* ours_for(const shape& s) {
  for (const std::string_view name : {"spsc_ring", "mpsc_ring", "spmc_ring", "mpmc_ring"}) {
    const contestant* const c = ring_behind(name);
    if (c != nullptr && fits(*c, s)) return c;
  }
  return nullptr;
}

void add_throughputs(std::vector<job>& to) {
  for (std::size_t i = 0; i != shapes.size(); ++i) {
    const contestant* const ours = ours_for(shapes[i]);
    if (ours == nullptr) continue;
    for (const contestant& c : contestants()) {
      if (c.bytes != ours->bytes || !fits(c, shapes[i]) || c.name.ends_with("<N>")) continue;
      job j;
      j.in = section::throughput;
      j.what = row_spec{task::throughput, ours, &c, shapes[i], 1, 1};
      j.in_quick = i < quick_shapes;
      to.push_back(j);
    }
  }
}

}  // namespace

std::string_view to_string(section s) {
  constexpr std::string_view names[] = {"round_trip", "payload", "cadence", "idle", "crowd", "throughput", "core_map"};
  return names[static_cast<std::size_t>(s)];
}

std::string job::name() const {
  if (const auto* const r = std::get_if<handoff_row>(&what)) return label_of(r->arms.back());
  if (const auto* const r = std::get_if<row_spec>(&what)) return std::string(r->rival->name);
  return "";
}

std::string job::label() const {
  std::string text(to_string(in));
  std::replace(text.begin(), text.end(), '_', ' ');
  if (const auto* const r = std::get_if<row_spec>(&what)) text += fmt::format(" {}", r->threads.label());
  return in == section::core_map ? text : fmt::format("{}: {}", text, name());
}

std::vector<job> every_job(extent what, std::size_t cpus) {
  std::vector<job> jobs;
  if (cpus >= 2) {
    job map;
    map.in = section::core_map;
    map.what = whole_map{};
    jobs.push_back(map);
  }
  add_round_trips(jobs, cpus);
  if (cpus >= 2) {
    add_throughputs(jobs);
    add_cadences(jobs);
    add_payloads(jobs);
    add_crowds(jobs);
  }
  if (what == extent::quick) std::erase_if(jobs, [](const job& j) { return !j.in_quick; });
  return jobs;
}

}  // namespace volley::bench
