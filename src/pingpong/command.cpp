// SPDX-License-Identifier: MIT
#include "command.hpp"

#include "../program/cpus.hpp"
#include "../program/ending.hpp"
#include "../program/json_file.hpp"
#include "../program/machine.hpp"
#include "measure_rows.hpp"
#include "mechanisms/volleys.hpp"
#include "progress.hpp"
#include "report.hpp"
#include "session.hpp"

#include <cstdio>
#include <optional>
#include <utility>

#include <fmt/format.h>

namespace volley::pingpong {
namespace {

constexpr auto legend =
    "Floors, the least that a round trip can cost: F_line1 one cache line goes back and forth; F_line2 a line for "
    "each\n"
    "direction; F_futex the kernel's sleep and wake; F_yield sched_yield. Each row was measured in turn with its "
    "floor.\n";

std::vector<row_spec> wanted_rows(const options& o, const program::machine& m) {
  std::vector<row_spec> rows = every_row({m.usable.size(), m.python.has_value(), o.pairs});
  std::erase_if(rows, [&](const row_spec& r) { return !o.wants(r); });
  return rows;
}

/// Paced, the leader polls the clock, on a CPU that must not be the follower's.
void leave_to_two_cpus(std::vector<row_spec>& rows) {
  for (row_spec& r : rows) {
    if (r.where == placement::one_cpu && r.reason.empty()) r.reason = "paced, each side needs a CPU";
  }
}

/// With a payload: what is made of a party, and Python's, hands over nothing but the turn.
void leave_to_carriers(std::vector<row_spec>& rows) {
  for (row_spec& r : rows) {
    const bool carries = r.what != kind::creation && !r.name.name.starts_with("python_");
    if (!carries && r.reason.empty()) r.reason = "carries no payload";
  }
}

/// The rows by name, a line for each group.
std::string names_of(const std::vector<row_spec>& rows) {
  std::string text;
  const row_spec* last = nullptr;
  for (const row_spec& r : rows) {
    if (last == nullptr || last->who != r.who || last->where != r.where) {
      text += fmt::format("{}{} {}:", last == nullptr ? "" : "\n", to_string(r.who), to_string(r.where));
    }
    text += " " + r.label() + (r.reason.empty() ? "" : "(-)");
    last = &r;
  }
  return text + "\n";
}

std::string placement_line(const std::vector<int>& chosen, const std::vector<int>& usable) {
  const std::string near = chosen.size() < 2 ? "" : program::nearness(chosen[0], chosen[1]);
  const std::string two =
      chosen.size() < 2 ? "no two CPUs"
                        : fmt::format("two CPUs: {} and {}{}", chosen[0], chosen[1], near.empty() ? "" : " in " + near);
  return fmt::format("Placed   {}; one CPU: {}; unpinned: {}\n", two, chosen[0], program::cpu_list(usable));
}

/// Prints where people look: standard output, unless the JSON goes there.
class printer {
 public:
  explicit printer(std::FILE* to) : to_(to) {}
  void operator()(const std::string& text) {
    fmt::print(to_, "{}", text);
    if (std::fflush(to_) != 0) throw std::system_error(errno, std::generic_category(), "cannot print");
  }

 private:
  std::FILE* to_;
};

listener listen(printer& print, progress& line) {
  return {[&line](std::size_t done, std::size_t all, const row_spec& next) {
            line.show(done, all, fmt::format("{}: {}", title_of(next.who, next.where), next.label()));
          },
          [&print, &line](const std::vector<row>& rows) {
            line.clear();
            print(table(rows, title_of(rows.front().spec.who, rows.front().spec.where)));
          }};
}

void print_opening(printer& print, const options& o, const run_facts& facts, const std::vector<row_spec>& rows) {
  print(program::describe(facts.machine) + placement_line(facts.chosen, facts.machine.usable) +
        fmt::format(
            "Clock    {:.0f} ns a reading; each single round trip below holds one, and is right to {:.1f} %\n\n{}",
            facts.overhead_ns, 100 * histogram::relative_error, legend));
  if (facts.gap.count() != 0) {
    print(fmt::format("\nPaced: a trip is due every {}, and is timed from then; CPU is the waiting side's alone.\n",
                      short_time(static_cast<double>(facts.gap.count()))));
  }
  if (facts.payload_bytes != 0) {
    print(fmt::format("\nEach hop carries {} bytes, written before it and read after it; the floors carry none.\n",
                      facts.payload_bytes));
  }
  if (facts.pairs != 1) {
    print(fmt::format("\n{} pairs at once: a trip is one pair's, while the others make theirs; so is the floor's.\n",
                      facts.pairs));
  }
  if (o.what == options::extent::quick) {
    const auto all = every_row({facts.machine.usable.size(), true}).size();
    print(fmt::format("\nQuick: {} of the {} rows.\n{}", rows.size(), all, names_of(rows)));
  }
}

}  // namespace

int run(const options& o) {
  const auto start = steady::now();
  run_facts facts;
  facts.machine = program::this_machine();
  check_names(o);
  facts.chosen = chosen_cpus(o, facts.machine.usable);
  facts.gap = chosen_gap(o);
  auto specs = wanted_rows(o, facts.machine);
  if (facts.gap.count() != 0) leave_to_two_cpus(specs);
  facts.payload_bytes = o.payload;
  facts.pairs = o.pairs;
  if (o.payload != 0) leave_to_carriers(specs);
  if (o.then == options::action::list) {
    printer print(stdout);
    print(names_of(specs));
    return 0;
  }
  program::ending::prepare();
  std::optional<program::json_file> json;
  if (o.json) json.emplace(*o.json);

  facts.what = o.what == options::extent::quick ? run_facts::extent::quick : run_facts::extent::all;
  session s({facts.machine.usable, facts.chosen, facts.machine.python, o.capacity == 0 ? usual_capacity : o.capacity,
             o.payload, o.pairs});
  facts.overhead_ns = clock_overhead_ns();

  printer print(o.json == "-" ? stderr : stdout);
  progress line;
  print_opening(print, o, facts, specs);
  const auto rows = measure_rows(s, specs, time_budget(o.budget(), facts.gap), listen(print, line));
  facts.seconds = static_cast<double>(ns_between(start, steady::now())) * 1e-9;
  facts.python_version = s.python_version();
  print(fmt::format("\n{}\n", verdict(rows)));
  if (json) json->write(to_json(facts, rows));
  return 0;
}

}  // namespace volley::pingpong
