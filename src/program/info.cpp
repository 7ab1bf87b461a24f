// SPDX-License-Identifier: MIT
#include "info.hpp"

#include "cpus.hpp"
#include "json_file.hpp"
#include "machine.hpp"

#include <volley/config.hpp>

#include <cstdio>
#include <optional>

#include <fmt/format.h>

namespace volley::program {

CLI::App* add_info(CLI::App& program, info_options& into) {
  CLI::App* const c =
      program.add_subcommand("info", "Says what this machine is: CPUs, which of them may be used, kernel, limits.");
  c->add_option("--json", into.json, "Write it to FILE too; - is standard output")->type_name("FILE");
  return c;
}

int run_info(const info_options& o) {
  std::optional<json_file> json;
  if (o.json) json.emplace(*o.json);
  const machine m = this_machine();
  const auto two = choose_two(m.usable);
  const std::string near = two.size() < 2 ? "" : nearness(two[0], two[1]);
  std::FILE* const to = o.json == "-" ? stderr : stdout;
  fmt::print(to, "{}", describe(m));
  if (two.size() == 2)
    fmt::print(to, "Pair     {} and {}{} (what pingpong uses)\n", two[0], two[1], near.empty() ? "" : " in " + near);
  fmt::print(to, "Line     {} bytes\n", cache_line);
  fmt::print(to, "Spinning {}\n",
             m.usable.size() < 2 || m.quota.value_or(2) <= 1 ? "never pays: one CPU's worth of time"
                                                             : "pays between two CPUs");
  if (!json) return 0;
  auto all = to_json(m);
  all["pair"] = two;
  all["nearness"] = near;
  all["cache_line"] = cache_line;
  json->write({{"machine", all}});
  return 0;
}

}  // namespace volley::program
