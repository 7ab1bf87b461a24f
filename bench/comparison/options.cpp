// SPDX-License-Identifier: MIT
#include "options.hpp"

#include "document.hpp"
#include "program/bad_usage.hpp"

#include <algorithm>
#include <string_view>

namespace volley::bench {
namespace {

const char* const about =
    "Settles \"this or a mutex?\" on this machine: measures Volley, what the standard library has, and the queues of "
    "others, each beside the "
    "least that the machine can do, and writes report.json and report.html (one page, to be opened from the disk). Let "
    "nothing else run "
    "meanwhile. Ctrl-C leaves a report of what was measured so far.";

std::vector<std::string> section_names() {
  std::vector<std::string> names;
  for (int i = 0; i <= static_cast<int>(section::core_map); ++i) names.emplace_back(to_string(static_cast<section>(i)));
  return names;
}

}  // namespace

bool report_options::wants(const job& j) const {
  const auto is_in = [](const auto& all, std::string_view name) {
    return all.empty() || std::find(all.begin(), all.end(), name) != all.end();
  };
  return is_in(only, to_string(j.in)) && (j.in == section::core_map || is_in(names, j.name()));
}

void add_options(CLI::App& to, report_options& into) {
  to.description(about);
  to.footer(schema_text);
  to.add_flag_callback(
      "--quick", [&into] { into.what = extent::quick; }, "Fewer rows, in less than 3 minutes (all: less than 20)");
  to.add_option("--out", into.out, "The directory for report.json and report.html (volley-report)")->type_name("DIR");
  to.add_option("--only", into.only, "Only this section; may be repeated: " + CLI::detail::join(section_names(), ", "))
      ->type_name("SECTION")
      ->allow_extra_args(false)
      ->check(CLI::IsMember(section_names()).description(""));
  to.add_option("--name", into.names, "Only the rows of this name, such as mutex_condvar or turn/park; may be repeated")
      ->type_name("NAME")
      ->allow_extra_args(false);
  to.add_option("--cpus", into.cpus, "The two CPUs to use")->type_name("A,B");
  to.add_option("--seconds", into.seconds, "Time for all of it (155 for --quick, else 960)")
      ->type_name("N")
      ->check(CLI::Range(1.0, 86400.0).description(""));
  to.add_option("--patience", into.patience_s, "A round that lasts for longer counts as hung (10)")
      ->type_name("SECONDS")
      ->check(CLI::Range(2, 3600).description(""));
  to.add_option("--compare", into.compared,
                "Measure nothing: say what is faster or slower in B.json than in A.json beyond the noise (the middle "
                "halves of the ratios "
                "to the floor do not overlap); exit code 1 if something of Volley's is slower by more than the "
                "threshold, or failed")
      ->type_name("A.json B.json")
      ->expected(2);
  to.add_option("--threshold", into.threshold, "Of --compare, in percent (10)")
      ->type_name("PERCENT")
      ->check(CLI::Range(0.0, 1e6).description(""));
  to.add_option("--from", into.from, "Measure nothing: make report.html from this report.json")->type_name("FILE");
}

void check(const report_options& o) {
  if (!o.from.empty() && !o.compared.empty()) throw program::bad_usage("--from and --compare do not go together");
  if (o.out.empty()) throw program::bad_usage("--out '': the name is empty");
}

}  // namespace volley::bench
