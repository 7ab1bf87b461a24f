// SPDX-License-Identifier: MIT
#include "rows.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace volley::pingpong {
namespace {

using floors = std::array<std::string_view, 2>;
constexpr floors line1{"F_line1"};
constexpr floors line2{"F_line2"};
constexpr floors futex{"F_futex"};
constexpr floors yield{"F_yield"};
constexpr floors futex_or_yield{"F_futex", "F_yield"};
constexpr floors none{};

enum class between : std::uint8_t { both, threads_only, processes_only };

/// What --quick keeps, by group: a bit for each placement of threads, then of processes.
enum quick : unsigned { never = 0, t_two = 1, t_one = 2, t_any = 4, p_two = 8, p_one = 16, p_any = 32 };

struct line {
  mechanism_name name;
  kind what;
  floors apart;     ///< its floor where each party has a CPU
  floors together;  ///< its floor where both share one
  between who = between::both;
  unsigned kept = never;
};

constexpr line lines[] = {
    {{"F_line1", ""}, kind::floor, line1, none, between::both, t_two | p_two},
    {{"F_line2", ""}, kind::floor, line1, none, between::both, t_two | p_two},
    {{"F_futex", ""}, kind::floor, line1, futex, between::both, t_two | t_one | t_any | p_two},
    {{"F_yield", ""}, kind::floor, line1, futex, between::both, t_one},
    {{"turn", "busy_spin"}, kind::volley, line1, yield, between::both, t_two | p_two},
    {{"turn", "spin_yield"}, kind::volley, line1, yield, between::both, t_two},
    {{"turn", "spin_park"}, kind::volley, line1, futex_or_yield, between::both, t_two | t_one | t_any | p_two},
    {{"turn", "park"}, kind::volley, futex, futex, between::both, t_two | t_one},
    {{"spsc_ring", "busy_spin"}, kind::volley, line2, yield, between::both, t_two | p_two},
    {{"spsc_ring", "spin_yield"}, kind::volley, line2, yield, between::both, t_two | t_one},
    {{"mutex_polled", ""}, kind::baseline, line1, yield, between::both, t_two},
    {{"mutex_condvar", ""}, kind::baseline, futex, futex, between::both, t_two | t_one | t_any | p_two},
    {{"binary_semaphore", ""}, kind::baseline, line1, futex, between::threads_only, t_two},
    {{"atomic_wait", ""}, kind::baseline, line1, futex, between::threads_only, t_two},
    {{"sem_t", ""}, kind::baseline, futex, futex, between::both, t_two},
    {{"pipe", ""}, kind::baseline, futex, futex, between::both, t_two | p_two},
    {{"eventfd", ""}, kind::baseline, futex, futex, between::both, never},
    {{"socketpair", ""}, kind::baseline, futex, futex, between::both, p_two},
    {{"python_lock", ""}, kind::baseline, futex, futex, between::threads_only, t_any},
    {{"python_condition", ""}, kind::baseline, futex, futex, between::threads_only, t_any},
    {{"python_event", ""}, kind::baseline, futex, futex, between::threads_only, t_any},
    {{"python_pipe", ""}, kind::baseline, futex, futex, between::both, p_two},
    {{"thread", ""}, kind::creation, futex, futex, between::threads_only, t_two},
    {{"process", ""}, kind::creation, futex, futex, between::processes_only, p_two},
};

bool is_python(const line& l) { return l.name.name.starts_with("python_"); }

/// Whether the two sides of a pair, or several pairs, use one CPU.
bool is_shared(placement where, const surroundings& in) {
  return where == placement::one_cpu || in.cpus < 2 || in.pairs > 1;
}

/// Why a line cannot be measured by several pairs at once; empty if it can.
std::string_view crowd_obstacle(const line& l, parties who) {
  if (who == parties::processes) return "several pairs are of threads only";
  if (is_python(l) || l.what == kind::creation) return "one at a time only";
  if (l.name.wait == "busy_spin")
    return "several pairs, each polling alone, measure nothing but the scheduler's time slice";
  return {};
}

/// Why a line cannot be measured there; empty if it can.
std::string_view obstacle(const line& l, parties who, placement where, const surroundings& in) {
  if (where == placement::two_cpus && in.cpus < 2) return "only one CPU is usable here";
  if (who == parties::processes && l.who == between::threads_only) {
    return is_python(l) ? "works between threads only" : "the standard library's waits work between threads only";
  }
  if (is_python(l) && !in.has_python) return "no python3 on PATH";
  if (in.pairs > 1 && !crowd_obstacle(l, who).empty()) return crowd_obstacle(l, who);
  if (is_shared(where, in) && l.together[0].empty())
    return "on a CPU that is shared, polling alone measures nothing but the scheduler's time slice";
  return {};
}

row_spec spec_of(const line& l, parties who, placement where, const surroundings& in) {
  row_spec r{l.name, l.what, who, where, {}, obstacle(l, who, where, in), false};
  for (const auto floor : is_shared(where, in) ? l.together : l.apart) {
    if (!floor.empty()) r.floors.push_back(floor);
  }
  r.in_quick = (l.kept >> (3 * static_cast<unsigned>(who) + static_cast<unsigned>(where)) & 1U) != 0;
  return r;
}

/// A thread is made beside threads, a process beside processes.
bool belongs(const line& l, parties who) {
  if (l.what != kind::creation) return true;
  return (who == parties::threads) == (l.who == between::threads_only);
}

}  // namespace

std::string_view to_string(parties p) { return p == parties::threads ? "threads" : "processes"; }

std::string_view to_string(placement p) {
  return p == placement::two_cpus ? "two_cpus" : p == placement::one_cpu ? "one_cpu" : "unpinned";
}

std::string_view to_string(kind k) {
  switch (k) {
    case kind::floor:
      return "floor";
    case kind::volley:
      return "volley";
    case kind::baseline:
      return "baseline";
    case kind::creation:
      return "creation";
  }
  return "";
}

std::string title_of(parties who, placement where) {
  const std::string_view place = where == placement::two_cpus  ? "on two CPUs"
                                 : where == placement::one_cpu ? "on one CPU"
                                                               : "wherever the kernel puts them";
  return fmt::format("Two {} {}", to_string(who), place);
}

std::string row_spec::label() const {
  return name.wait.empty() ? std::string(name.name) : fmt::format("{}/{}", name.name, name.wait);
}

std::vector<row_spec> every_row(const surroundings& in) {
  std::vector<row_spec> rows;
  for (const parties who : every_party) {
    for (const placement where : every_placement) {
      for (const line& l : lines) {
        if (belongs(l, who)) rows.push_back(spec_of(l, who, where, in));
      }
    }
  }
  return rows;
}

}  // namespace volley::pingpong
