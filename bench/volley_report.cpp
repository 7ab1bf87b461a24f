// SPDX-License-Identifier: MIT

// `volley report`: the whole comparison, as a page. A program of its own, so that `volley` builds without the libraries of rivals.

#include "built_with.hpp"
#include "comparison/arms.hpp"
#include "comparison/compare.hpp"
#include "comparison/document.hpp"
#include "comparison/options.hpp"
#include "comparison/run.hpp"
#include "pingpong/measure_rows.hpp"
#include "pingpong/progress.hpp"
#include "program/bad_usage.hpp"
#include "program/cpus.hpp"
#include "program/ending.hpp"
#include "program/machine.hpp"
#include "program/whole_file.hpp"
#include "revision.hpp"
#include "two_cpus.hpp"

#include <volley/config.hpp>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <ctime>
#include <exception>
#include <filesystem>
#include <numeric>
#include <string>

#include <fmt/chrono.h>
#include <fmt/format.h>

namespace volley::bench {
namespace {

using nlohmann::ordered_json;
using steady = pingpong::steady;

constexpr int failed = 1;
constexpr int misused = 2;

/// Where the report goes: whole after each job, so that it is valid whenever the program ends.
class shelf {
 public:
  explicit shelf(const std::string& folder) : folder_(folder) {
    std::error_code error;
    std::filesystem::create_directories(folder_, error);
    if (error) throw program::bad_usage(fmt::format("--out {}: cannot make it: {}", folder, error.message()));
  }

  void put(ordered_json& report) const {
    report["answer"] = answer_of(report);
    program::replace_file(folder_ / "report.json",
                          report.dump(1, ' ', false, ordered_json::error_handler_t::replace) + "\n");
    put_page(report);
  }
  void put_page(const ordered_json& report) const { program::replace_file(page(), page_of(report)); }
  std::string page() const { return folder_ / "report.html"; }

 private:
  std::filesystem::path folder_;
};

const char* compiler() {
#if defined(__clang__)
  return "clang " __clang_version__;
#else
  return "g++ " __VERSION__;
#endif
}

ordered_json opening(const report_options& o, const program::machine& here, const job_conditions& under) {
  ordered_json report{{"schema", schema_name}, {"schema_version", schema_version}};
  report["version"] = fmt::format("{}.{}.{}", VOLLEY_VERSION_MAJOR, VOLLEY_VERSION_MINOR, VOLLEY_VERSION_PATCH);
  report["revision"] = revision;
  report["compiler"] = compiler();
  report["extent"] = o.what == extent::quick ? "quick" : "all";
  report["complete"] = false;
  report["started"] = fmt::format("{:%Y-%m-%d %H:%M:%S} UTC", fmt::gmtime(std::time(nullptr)));
  report["seconds"] = 0;
  report["machine"] = to_json(here);
  report["cpus"] = under.cpus;
  report["nearness"] = program::nearness(under.cpus[0], under.cpus[1]);
  report["clock_ns"] = pingpong::clock_overhead_ns();
  report["relative_error"] = pingpong::histogram::relative_error;
  report["left_out"] = ordered_json::array();
  for (const char* name : left_out) {
    if (name != nullptr) report["left_out"].push_back(name);
  }
  report["answer"] = nullptr;
  report["core_map"] = nullptr;
  report["rows"] = ordered_json::array();
  return report;
}

/// The time that is left, and the part of it that the next job may take.
class schedule {
 public:
  schedule(const std::vector<job>& jobs, double seconds)
      : start_(steady::now()),
        seconds_(seconds),
        weight_(
            std::accumulate(jobs.begin(), jobs.end(), 0.0, [](double sum, const job& j) { return sum + j.weight; })) {}

  /// Most jobs take less than their part, so that those that take longer may have double.
  std::chrono::duration<double> part_of(const job& j) const {
    constexpr double shortest = 0.05;
    return std::chrono::duration<double>(std::max(2 * left() * j.weight / std::max(weight_, 2 * j.weight), shortest));
  }
  void done(const job& j) { weight_ -= j.weight; }
  double passed() const { return std::chrono::duration<double>(steady::now() - start_).count(); }
  double left() const { return std::max(0.0, seconds_ - passed()); }

  /// "about 2 min left": by the pace so far, and the whole time at most.
  std::string left_text(std::size_t jobs_done, std::size_t jobs) const {
    const double by_pace =
        jobs_done == 0 ? left() : passed() / static_cast<double>(jobs_done) * static_cast<double>(jobs - jobs_done);
    const double seconds = std::min(left(), by_pace);
    return seconds < 90 ? fmt::format("about {:.0f} s left", std::max(seconds, 1.0))
                        : fmt::format("about {:.0f} min left", seconds / 60);
  }

 private:
  steady::time_point start_;
  double seconds_;
  double weight_;
};

void measure_all(const std::vector<job>& jobs, job_conditions under, const report_options& o, ordered_json& report,
                 const shelf& to) {
  schedule time(jobs, o.budget());
  pingpong::progress line;
  for (std::size_t i = 0; i != jobs.size(); ++i) {
    line.show(i, jobs.size(), fmt::format("{}, {}", time.left_text(i, jobs.size()), jobs[i].label()));
    under.time = time.part_of(jobs[i]);
    if (jobs[i].in == section::core_map) {
      report["core_map"] = measure_map(under);
    } else {
      const bool is_late = time.left() == 0;
      for (ordered_json& row : is_late ? rows_without(jobs[i], "out of time") : measure_job(jobs[i], under))
        report["rows"].push_back(std::move(row));
    }
    time.done(jobs[i]);
    report["seconds"] = time.passed();
    report["complete"] = i + 1 == jobs.size();
    to.put(report);
    program::ending::last_words(
        fmt::format("volley: stopped; {} of {} parts are measured, see {}\n", i + 1, jobs.size(), to.page()));
  }
}

/// What did not come to its end, a line each. Returns whether something of ours is among it.
bool tell_failures(const ordered_json& report) {
  bool is_ours = false;
  for (const ordered_json& row : report["rows"]) {
    if (row["ending"] == "measured") continue;
    fmt::print("{}: {}: {}\n", row["ending"].get<std::string>(), row["id"].get<std::string>(),
               row["why"].get<std::string>());
    is_ours = is_ours || is_our_failure(row);
  }
  return is_ours;
}

std::array<int, 2> cpus_for(const report_options& o, const std::vector<int>& usable) {
  if (usable.size() < 2 && o.cpus.empty()) return {usable.front(), usable.front()};
  return chosen_two_cpus(o.cpus);
}

int measure(const report_options& o) {
  const program::machine here = program::this_machine();
  job_conditions under;
  under.cpus = cpus_for(o, here.usable);
  under.usable = here.usable;
  under.patience_s = o.patience_s;
  under.what = o.what;
  enrol_arms();
  std::vector<job> jobs = every_job(o.what, here.usable.size());
  std::erase_if(jobs, [&](const job& j) { return !o.wants(j); });
  if (jobs.empty()) throw program::bad_usage("there is nothing to measure: no such row on so many CPUs");
  program::ending::prepare(3 * o.patience_s);
  ordered_json report = opening(o, here, under);
  const shelf to(o.out);
  try {
    to.put(report);
  } catch (const std::exception& e) {
    throw program::bad_usage(fmt::format("--out {}: cannot write there: {}", o.out, e.what()));
  }
  measure_all(jobs, under, o, report, to);
  fmt::print("{}\n\n", report["answer"].get<std::string>());
  const bool is_ours = tell_failures(report);
  fmt::print("{} rows in {:.0f} s: {}\n", report["rows"].size(), report["seconds"].get<double>(), to.page());
  return is_ours ? failed : 0;
}

int compare_two(const report_options& o) {
  const ordered_json before = read_report(o.compared[0]);
  const ordered_json after = read_report(o.compared[1]);
  if (before["machine"] != after["machine"]) fmt::print("The machines differ: ratios to their floors are compared.\n");
  const comparison c = compare(before, after, o.threshold);
  fmt::print("{}", describe(c, o.threshold));
  return c.has_regression ? failed : 0;
}

int run(int count, char** words) {
  CLI::App program("", "volley report");
  report_options o;
  add_options(program, o);
  try {
    program.parse(count, words);
  } catch (const CLI::Success& e) {  // --help
    return program.exit(e);
  } catch (const CLI::ParseError& e) {
    throw program::bad_usage(fmt::format("{} (volley report --help tells more)", e.what()));
  }
  check(o);
  if (!o.compared.empty()) return compare_two(o);
  if (o.from.empty()) return measure(o);
  const ordered_json report = read_report(o.from);
  const shelf to(o.out);
  to.put_page(report);
  fmt::print("{}\n", to.page());
  return 0;
}

int misuse(std::string why) {
  std::replace(why.begin(), why.end(), '\n', ' ');
  fmt::print(stderr, "volley: {}\n", why);
  return misused;
}

}  // namespace
}  // namespace volley::bench

int main(int count, char** words) {
  try {
    return volley::bench::run(count, words);
  } catch (const volley::program::bad_usage& e) {
    return volley::bench::misuse(e.what());
  } catch (const std::exception& e) {
    fmt::print(stderr, "volley: {}\n", e.what());
    return volley::bench::failed;
  }
}
