// SPDX-License-Identifier: MIT
#include "options.hpp"

#include "../program/bad_usage.hpp"
#include "../program/cpus.hpp"
#include "../program/files.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace volley::pingpong {
namespace {

using program::bad_usage;

constexpr std::size_t largest_ring = 1 << 20;
constexpr std::size_t most_pairs = 64;

const char* const about =
    "Measures round trips between two threads and between two processes: Volley's, the usual locks', the kernel's, "
    "Python's; "
    "each beside the least that one can cost on this machine (its floor), in the same few milliseconds.";

bool exists(int cpu) {
  const auto online = program::parse_cpu_list(program::read_file("/sys/devices/system/cpu/online").value_or(""));
  return online.empty() || std::find(online.begin(), online.end(), cpu) != online.end();
}

/// "0,1" as two numbers; throws what is wrong with it.
std::vector<int> read_cpus(const std::string& given, const std::vector<int>& usable) {
  std::vector<int> two = program::parse_cpu_list(given);
  if (two.size() != 2 || two[0] == two[1] || given != fmt::format("{},{}", two[0], two[1])) {
    throw bad_usage(fmt::format("--cpus {}: two different CPUs are needed, such as 0,1", given));
  }
  for (const int cpu : two) {
    if (std::find(usable.begin(), usable.end(), cpu) != usable.end()) continue;
    const auto why =
        exists(cpu) ? fmt::format("this process may not use CPU {}", cpu) : fmt::format("there is no CPU {}", cpu);
    throw bad_usage(fmt::format("--cpus {}: {} (usable: {})", given, why, program::cpu_list(usable)));
  }
  return two;
}

}  // namespace

bool options::wants(const row_spec& r) const {
  if (what == extent::quick && only.empty() && !r.in_quick) return false;
  if (who && *who != r.who) return false;
  if (where && *where != r.where) return false;
  return only.empty() ||
         std::any_of(only.begin(), only.end(), [&](const auto& o) { return o == r.name.name || o == r.label(); });
}

CLI::App* add_command(CLI::App& program, options& into) {
  CLI::App* const c = program.add_subcommand("pingpong", about);
  const auto one_of = [&](const char* flag, const char* help, const char* type, const auto& every, auto& chosen) {
    std::vector<std::string> names;
    names.reserve(every.size());
    for (const auto each : every) names.emplace_back(to_string(each));
    const auto choose = [&every, &chosen](const std::string& name) {
      chosen = *std::find_if(every.begin(), every.end(), [&](auto each) { return to_string(each) == name; });
    };
    c->add_option_function<std::string>(flag, choose, help)
        ->type_name(type)
        ->check(CLI::IsMember(names).description(""));
  };
  c->add_flag_callback(
      "--quick", [&into] { into.what = options::extent::quick; }, "A subset that it names, in 15 seconds (all: 60)");
  c->add_option("--only", into.only, "Only this row, such as turn, turn/park or pipe; may be repeated")
      ->type_name("NAME")
      ->allow_extra_args(false);
  one_of("--parties", "Only these: threads or processes", "WHO", every_party, into.who);
  one_of("--placement", "Only there: two_cpus, one_cpu or unpinned", "WHERE", every_placement, into.where);
  c->add_option("--cpus", into.cpus, "The two CPUs to use; one_cpu uses the first one")->type_name("A,B");
  c->add_option("--capacity", into.capacity, "Elements that each ring holds (1024 if not given)")
      ->type_name("N")
      ->check(CLI::Range(std::size_t{1}, largest_ring).description(""));
  c->add_option(
       "--payload", into.payload,
       "Bytes that are written before each hop and read after it: 8, 64 or 256 (none if not given); rings have "
       "them as their elements, floors carry none")
      ->type_name("BYTES")
      ->check(CLI::IsMember(std::vector<std::size_t>(payload_sizes.begin(), payload_sizes.end())).description(""));
  c->add_option("--pairs", into.pairs,
                "So many pairs of threads at once, such as 8, each handing over by itself, on the CPUs of one (1)")
      ->type_name("N")
      ->check(CLI::Range(std::size_t{1}, most_pairs).description(""));
  c->add_option("--every", into.every,
                "A trip is due every so often, such as 100us, and is timed from when it was due; CPU time is then that "
                "of the waiting side (trips go back to back if not given)")
      ->type_name("TIME");
  c->add_option("--seconds", into.seconds, "Time for all of it; rows that do not fit in are left out")
      ->type_name("N")
      ->check(CLI::Range(0.1, 86400.0).description(""));
  c->add_option("--json", into.json, "Write the figures to FILE too; - is standard output")->type_name("FILE");
  c->add_flag_callback(
      "--list", [&into] { into.then = options::action::list; }, "Name the rows, and measure nothing");
  return c;
}

std::vector<int> chosen_cpus(const options& o, const std::vector<int>& usable) {
  return o.cpus.empty() ? program::choose_two(usable) : read_cpus(o.cpus, usable);
}

std::chrono::nanoseconds chosen_gap(const options& o) {
  if (o.every.empty()) return {};
  if (o.pairs != 1) throw bad_usage("--every and --pairs do not go together: paced, each side needs a CPU");
  constexpr std::pair<std::string_view, double> units[] = {{"ns", 1}, {"us", 1e3}, {"ms", 1e6}, {"s", 1e9}};
  constexpr double longest = 1e9;
  const char* const end = o.every.data() + o.every.size();
  double number = 0;
  const auto [unit, error] = std::from_chars(o.every.data(), end, number);
  for (const auto& [name, ns] : units) {
    const double gap = number * ns;
    if (error == std::errc{} && std::string_view(unit, end) == name && gap >= 1 && gap <= longest)
      return std::chrono::nanoseconds(static_cast<std::int64_t>(gap));
  }
  throw bad_usage(fmt::format("--every {}: a time from 1ns to 1s is needed, such as 100us", o.every));
}

void check_names(const options& o) {
  const auto rows = every_row({2, true});
  for (const auto& wanted : o.only) {
    const auto is_it = [&](const row_spec& r) { return wanted == r.name.name || wanted == r.label(); };
    if (std::any_of(rows.begin(), rows.end(), is_it)) continue;
    throw bad_usage(fmt::format("--only {}: there is no such row; volley pingpong --list names them", wanted));
  }
}

}  // namespace volley::pingpong
