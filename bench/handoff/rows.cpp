// SPDX-License-Identifier: MIT
#include "rows.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace volley::bench {
namespace {

using namespace std::chrono_literals;
using pingpong::mechanism_name;

constexpr double parked_bar = 1.10;   ///< asleep, in times of F_futex
constexpr double one_cpu_bar = 1.15;  ///< of spin_park on one CPU, in times of the better of F_futex and F_yield
constexpr double tie_bar = 0.9;       ///< where there is nothing to be won
constexpr double crowd_bar = 0.8;     ///< of the speed of the same threads over raw futexes

struct named_bar {
  std::string_view name;
  std::optional<double> at_most;  ///< polling, in times of its floor
};

/// All of ours that hand over, and the round trips that are promised.
constexpr named_bar trip_bars[] = {
    {"turn", {}},
    {"parker", {}},
    {"auto_reset_event", 1.15},
    {"manual_reset_event", {}},
    {"counting_semaphore", {}},
    {"event_count", {}},
    {"asymmetric_event_count", {}},
    {"call_slot/8+8", 1.10},
    {"call_slot/24+24", 1.10},
    {"call_slot/40+40", 1.15},
    {"call_ring/1", 1.65},
    {"call_ring/8", 0.35},
    {"exchanger/swap", 2.0},
    {"exchanger/there+back", {}},
    {"rendezvous", 2.0},
    {"spin_barrier", 1.2},
    {"wait_any", {}},
};

constexpr named_bar cost_bars[] = {
    {"counting_semaphore/release+acquire", 2.2},
    {"event_count/notify_one", 1.2},
    {"event_count/notify_all", 1.2},
    {"asymmetric_event_count/notify_one", 0.5},
    {"asymmetric_event_count/notify_all", 0.5},
};

constexpr std::array<std::chrono::nanoseconds, 6> gaps{0us, 1us, 10us, 100us, 1ms, 10ms};

template <std::size_t N>
std::optional<double> bar_of(const named_bar (&bars)[N], std::string_view name) {
  const auto* const found = std::find_if(bars, bars + N, [&](const named_bar& b) { return b.name == name; });
  return found == bars + N ? std::nullopt : found->at_most;
}

bool fits(const ping_pong& p, parties who) { return who == parties::threads || p.between_processes; }

std::optional<double> trip_bar(const ping_pong& p, placement where) {
  if (p.whose != side::ours) return std::nullopt;
  if (p.sleeps_at_once) return parked_bar;
  if (where == placement::two_cpus) return bar_of(trip_bars, p.about.name);
  if (p.wait == "spin_park") return one_cpu_bar;
  return std::nullopt;
}

handoff_row row_of(measure what, parties who, placement where) {
  handoff_row r;
  r.what = what;
  r.who = who;
  r.where = where;
  return r;
}

handoff_row trip_row(const ping_pong& p, parties who, placement where) {
  handoff_row r = row_of(measure::rtt, who, where);
  r.arms = floors_of(p, where);
  r.floors = r.arms.size();
  r.arms.push_back(p.name());
  r.bar = trip_bar(p, where);
  return r;
}

/// Ours first, then the others.
std::vector<const ping_pong*> in_order() {
  std::vector<const ping_pong*> all;
  for (const ping_pong& p : ping_pongs()) all.push_back(&p);
  const auto place = [](const ping_pong* p) {
    const auto* const at = std::find_if(std::begin(trip_bars), std::end(trip_bars),
                                        [&](const named_bar& b) { return b.name == p->about.name; });
    return at - std::begin(trip_bars);
  };
  std::stable_sort(all.begin(), all.end(), [&](auto* a, auto* b) { return place(a) < place(b); });
  return all;
}

void add_trips(std::vector<handoff_row>& to, parties who) {
  for (const placement where : {placement::two_cpus, placement::one_cpu}) {
    for (const ping_pong* const p : in_order()) {
      if (!p->is_floor() && fits(*p, who) && makes_sense(*p, where)) to.push_back(trip_row(*p, who, where));
    }
  }
}

bool is_alike(const ping_pong& ours, const ping_pong& theirs) {
  return ours.about.what_for == theirs.about.what_for ||
         (ours.about.what_for == use::call && theirs.about.what_for == use::signal);
}

/// spin_park against all; what is always asleep against what is always asleep.
bool is_pairing(const ping_pong& ours, const ping_pong& theirs) {
  if (ours.whose != side::ours || theirs.whose != side::rival || !is_alike(ours, theirs)) return false;
  return ours.wait == "spin_park" || (ours.wait == "park" && theirs.sleeps_at_once);
}

void add_rivals(std::vector<handoff_row>& to, parties who) {
  for (const placement where : {placement::two_cpus, placement::one_cpu}) {
    for (const ping_pong* const ours : in_order()) {
      for (const ping_pong& theirs : ping_pongs()) {
        if (!is_pairing(*ours, theirs) || !fits(*ours, who) || !fits(theirs, who)) continue;
        handoff_row r = trip_row(*ours, who, where);
        r.what = measure::rivals;
        r.arms.push_back(theirs.name());
        r.bar = 1.0;
        if (ours->sleeps_at_once && theirs.sleeps_at_once) {
          r.bar = tie_bar;
          r.note = "a tie: both are the kernel's sleep and wake";
        }
        to.push_back(r);
      }
    }
  }
}

void add_costs(std::vector<handoff_row>& to) {
  for (const side whose : {side::ours, side::rival}) {
    for (const operation& o : operations()) {
      if (o.whose != whose) continue;
      handoff_row r = row_of(measure::cost, parties::threads, placement::one_cpu);
      r.arms = {{"F_rmw", ""}, {o.name, ""}};
      r.floors = 1;
      r.bar = bar_of(cost_bars, o.name);
      to.push_back(r);
    }
  }
}

void add_cadences(std::vector<handoff_row>& to) {
  for (const ping_pong* const p : in_order()) {
    if (p->whose != side::ours || p->wait != "spin_park" || p->make_beats == nullptr ||
        p->about.what_for != use::signal)
      continue;
    for (const auto gap : gaps) {
      handoff_row r = row_of(measure::cadence, parties::threads, placement::two_cpus);
      r.gap = gap;
      for (const auto wait : {"busy_spin", "spin_park", "park"}) r.arms.push_back({p->about.name, wait});
      to.push_back(r);
    }
  }
}

void add_crowds(std::vector<handoff_row>& to) {
  for (const placement where : pingpong::every_placement) {
    for (const ping_pong* const p : in_order()) {
      if (p->is_floor() || p->wait == "busy_spin") continue;
      handoff_row r = row_of(measure::crowd, parties::threads, where);
      r.arms = {{"F_futex", ""}, p->name()};
      r.floors = 1;
      if (p->wait == "spin_park" || p->wait == "park") r.bar = crowd_bar;
      to.push_back(r);
    }
  }
}

std::string gap_label(std::chrono::nanoseconds gap) {
  if (gap >= 1ms) return fmt::format("{} ms", gap / 1ms);
  return fmt::format("{} us", gap / 1us);
}

}  // namespace

bool makes_sense(const ping_pong& p, placement where) {
  return where == placement::two_cpus ||
         (p.wait != "busy_spin" && p.about.name != "F_line1" && p.about.name != "F_line2");
}

std::vector<mechanism_name> floors_of(const ping_pong& p, placement where) {
  if (p.sleeps_at_once) return {{"F_futex", ""}};
  if (where == placement::two_cpus) return {{p.about.floor == lines::one ? "F_line1" : "F_line2", ""}};
  if (p.wait == "spin_yield") return {{"F_yield", ""}};
  return {{"F_futex", ""}, {"F_yield", ""}};
}

const ping_pong* find_ping_pong(mechanism_name name) {
  for (const ping_pong& p : ping_pongs()) {
    if (p.name() == name) return &p;
  }
  return nullptr;
}

const operation* find_operation(std::string_view name) {
  for (const operation& o : operations()) {
    if (o.name == name) return &o;
  }
  return nullptr;
}

std::string label_of(mechanism_name name) {
  return name.wait.empty() ? std::string(name.name) : fmt::format("{}/{}", name.name, name.wait);
}

std::string handoff_row::label() const {
  if (what == measure::cadence) return fmt::format("{} every {}", ours().name, gap_label(gap));
  if (what == measure::rivals) return fmt::format("{} / {}", label_of(ours()), arms.back().name);
  return label_of(ours());
}

std::vector<handoff_row> every_handoff_row(measure what, parties who) {
  std::vector<handoff_row> rows;
  if (what == measure::rtt) add_trips(rows, who);
  if (what == measure::rivals) add_rivals(rows, who);
  if (what == measure::cost) add_costs(rows);
  if (what == measure::cadence) add_cadences(rows);
  if (what == measure::crowd) add_crowds(rows);
  return rows;
}

std::vector<std::string_view> missing() {
  std::vector<std::string_view> names;
  for (const named_bar& b : trip_bars) {
    if (find_ping_pong({b.name, "spin_park"}) == nullptr) names.push_back(b.name);
  }
  for (const named_bar& b : cost_bars) {
    if (find_operation(b.name) == nullptr) names.push_back(b.name);
  }
  return names;
}

}  // namespace volley::bench
