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
#include <string>
#include <utility>
#include <vector>

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

/// The time that is left, and the part of it that the next turn of a job may take.
class schedule {
 public:
  schedule(std::size_t all, double seconds) : start_(steady::now()), all_(all), seconds_(seconds) {}

  /// Most turns take less than their part, so that those that take longer may have double.
  std::chrono::duration<double> part() const {
    constexpr double shortest = 0.02;
    const auto parts = static_cast<double>(std::max(all_ - done_, std::size_t{2}));
    return std::chrono::duration<double>(std::max(2 * left() / parts, shortest));
  }
  /// A job whose turns are long sits some of them out, so that the others come round often.
  double most_for_one(std::size_t jobs) const { return 3 * passed() / static_cast<double>(jobs); }
  void done() { ++done_; }
  double passed() const { return std::chrono::duration<double>(steady::now() - start_).count(); }
  double left() const { return std::max(0.0, seconds_ - passed()); }

  /// How far it is, and "about 2 min left": by the pace so far, and the whole time at most.
  void show(pingpong::progress& line, const std::string& what) const {
    const auto turns_left = static_cast<double>(all_ - done_);
    const double by_pace = done_ == 0 ? left() : passed() / static_cast<double>(done_) * turns_left;
    const double seconds = std::min(left(), by_pace);
    const std::string text = seconds < 90 ? fmt::format("about {:.0f} s left", std::max(seconds, 1.0))
                                          : fmt::format("about {:.0f} min left", seconds / 60);
    line.show(done_, all_, fmt::format("{}, {}", text, what));
  }

 private:
  steady::time_point start_;
  std::size_t all_;
  std::size_t done_ = 0;
  double seconds_;
};

/// Of all that was begun; of the others too, once it is certain that there is no time for them.
ordered_json rows_of_all(const std::vector<measurement>& all, bool is_over) {
  ordered_json rows = ordered_json::array();
  for (const measurement& m : all) {
    if (!m.is_begun() && !is_over) continue;
    for (ordered_json& row : m.is_begun() ? m.rows() : rows_without(m.what(), "out of time"))
      rows.push_back(std::move(row));
  }
  return rows;
}

/// To make and write a report is work: once a second is often enough.
class every_second {
 public:
  bool is_due() {
    const auto now = steady::now();
    if (now < due_) return false;
    due_ = now + std::chrono::seconds(1);
    return true;
  }

 private:
  steady::time_point due_{};
};

void measure_all(std::vector<measurement>& all, job_conditions under, const report_options& o, ordered_json& report,
                 const shelf& to) {
  schedule time(turns * all.size(), o.budget());
  pingpong::progress line;
  every_second writing;
  const auto put = [&](bool is_over) {
    report["seconds"] = time.passed();
    report["complete"] = is_over;
    report["rows"] = rows_of_all(all, is_over);
    to.put(report);
  };
  for (std::size_t turn = 0; turn != turns; ++turn) {
    for (measurement& m : all) {
      if (time.left() == 0) break;
      time.show(line, m.what().label());
      under.time = time.part();
      if (!m.went_wrong() && m.seconds() <= time.most_for_one(all.size())) m.take_turn(under);
      time.done();
      if (!writing.is_due()) continue;
      put(false);
      program::ending::last_words(
          fmt::format("volley: stopped in turn {} of {}; what is measured is in {}\n", turn + 1, turns, to.page()));
    }
  }
  put(true);
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

bool is_map(const job& j) { return j.in == section::core_map; }

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
  if (const auto map = std::find_if(jobs.begin(), jobs.end(), is_map); map != jobs.end()) {
    report["core_map"] = measure_map(under);
    jobs.erase(map);
  }
  std::vector<measurement> all(jobs.begin(), jobs.end());
  measure_all(all, under, o, report, to);
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
