// SPDX-License-Identifier: MIT
#include "../program/bad_usage.hpp"
#include "command.hpp"

#include <CLI/CLI.hpp>

#include <cstdio>
#include <exception>
#include <string>

#include <fmt/format.h>

// The program behind `volley stress`: one of its own, so that whoever measures need not build all that there is to stress.

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

int run(int count, char** words) {
  CLI::App app(
      "Stresses every structure of Volley on this machine: real threads, random delays at every atomic step, recorded "
      "histories that are checked. Exit code 1 if anything wrong was seen.",
      "volley stress");
  volley::stress::options o;
  volley::stress::add_options(app, o);
  try {
    app.parse(count, words);
  } catch (const CLI::Success& e) {
    return app.exit(e);
  } catch (const CLI::ParseError& e) {
    return misuse(fmt::format("{} (volley stress --help tells more)", e.what()));
  }
  return volley::stress::run(o, volley::stress::every_structure());
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
