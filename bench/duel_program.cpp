// SPDX-License-Identifier: MIT
#include "duel_program.hpp"

#include "program/bad_usage.hpp"
#include "program/ending.hpp"

#include <algorithm>
#include <exception>

#include <fmt/format.h>

namespace volley::bench {
namespace {

constexpr int misused = 2;

int misuse(const std::string& program, std::string why) {
  std::replace(why.begin(), why.end(), '\n', ' ');
  fmt::print(stderr, "{}: {}\n", program, why);
  return misused;
}

}  // namespace

void add_common_options(CLI::App& to, int& patience_s, std::string& cpus, std::string& json) {
  to.add_option("--patience", patience_s, "A round that lasts for longer counts as hung (10)")
      ->type_name("SECONDS")
      ->check(CLI::Range(2, 3600).description(""));
  to.add_option("--cpus", cpus, "The two CPUs to use")->type_name("A,B");
  to.add_option("--json", json, "Write the figures to FILE too; - is standard output")->type_name("FILE");
}

std::optional<int> parse(CLI::App& program, int count, char** words) {
  try {
    program.parse(count, words);
  } catch (const CLI::Success& e) {  // --help
    return program.exit(e);
  } catch (const CLI::ParseError& e) {
    return misuse(program.get_name(), fmt::format("{} ({} --help tells more)", e.what(), program.get_name()));
  }
  return std::nullopt;
}

int run_or_say(const char* name, const std::function<int()>& run) {
  try {
    return run();
  } catch (const program::bad_usage& e) {
    return misuse(name, e.what());
  } catch (const std::exception& e) {
    fmt::print(stderr, "{}: {}\n", name, e.what());
    return failed;
  }
}

outlets::outlets(const std::string& json_path) : text(json_path == "-" ? stderr : stdout) {
  if (!json_path.empty()) json.emplace(json_path);
  program::ending::prepare();
}

}  // namespace volley::bench
