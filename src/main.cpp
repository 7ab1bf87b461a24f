// SPDX-License-Identifier: MIT
#include "pingpong/command.hpp"
#include "program/bad_usage.hpp"
#include "program/info.hpp"
#include "program/sibling.hpp"

#include <volley/config.hpp>

#include <CLI/CLI.hpp>

#include <cstdio>
#include <exception>
#include <string>

#include <fmt/format.h>

namespace {

constexpr int failed = 1;
constexpr int misused = 2;

int misuse(std::string why) {
  for (char& c : why) {
    if (c == '\n') c = ' ';
  }
  fmt::print(stderr, "volley: {}\n", why);
  return misused;
}

/// Before the options are looked at: a first word that is neither a subcommand nor an option of the program itself.
void check_first_word(const CLI::App& program, int count, char** words) {
  constexpr auto there_are = "pingpong, stress, report or info (volley --help tells more)";
  if (count < 2) throw volley::program::bad_usage(fmt::format("say what to do: {}", there_are));
  const std::string first = words[1];
  const auto is_it = [&](const CLI::App* command) { return command->check_name(first); };
  if (first.starts_with("-") ? program.get_option_no_throw(first) != nullptr
                             : !program.get_subcommands(is_it).empty()) {
    return;
  }
  throw volley::program::bad_usage(fmt::format("there is no '{}': {}", first, there_are));
}

int run(int count, char** words) {
  CLI::App program("Handing work between threads without a lock: measured on this machine.", "volley");
  program.set_version_flag(
      "--version", fmt::format("volley {}.{}.{}", VOLLEY_VERSION_MAJOR, VOLLEY_VERSION_MINOR, VOLLEY_VERSION_PATCH));
  program.require_subcommand(1);
  volley::pingpong::options pingpong;
  volley::program::info_options info;
  const CLI::App* const pingpong_command = add_command(program, pingpong);
  for (const volley::program::sibling& s : volley::program::siblings) program.add_subcommand(s.name, s.about);
  const CLI::App* const info_command = volley::program::add_info(program, info);
  try {
    check_first_word(program, count, words);
    if (const auto* const other = volley::program::sibling_named(words[1])) {
      return volley::program::become(*other, words + 1);
    }
    program.parse(count, words);
  } catch (const CLI::Success& e) {  // --help, --version
    return program.exit(e);
  } catch (const CLI::ParseError& e) {
    return misuse(
        fmt::format("{} (volley{} --help tells more)", e.what(), pingpong_command->parsed() ? " pingpong" : ""));
  }
  return info_command->parsed() ? run_info(info) : volley::pingpong::run(pingpong);
}

}  // namespace

int main(int count, char** words) {
  try {
    return run(count, words);
  } catch (const volley::program::bad_usage& e) {
    return misuse(e.what());
  } catch (const std::exception& e) {
    fmt::print(stderr, "volley: {}\n", e.what());
    return failed;
  }
}
