// SPDX-License-Identifier: MIT
#include "python_peer.hpp"

#include "../program/cpus.hpp"
#include "python_peer_script.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <sstream>

#include <fmt/format.h>

namespace volley::pingpong {
namespace {

struct pipes {
  int to[2] = {-1, -1};
  int from[2] = {-1, -1};
};

/// -I: nothing of the user's environment; -S: no site packages to look through.
[[noreturn]] void become_python(const pipes& p, const std::string& interpreter, pid_t parent,
                                const std::vector<int>& all_cpus) {
  program::ending::become_helper(parent);
  program::run_on(all_cpus);
  dup2(p.to[0], STDIN_FILENO);
  dup2(p.from[1], STDOUT_FILENO);
  const int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
  if (nowhere >= 0) dup2(nowhere, STDERR_FILENO);
  execl(interpreter.c_str(), interpreter.c_str(), "-I", "-S", "-c", python_peer_script, static_cast<char*>(nullptr));
  _exit(127);
}

}  // namespace

python_peer::python_peer(const std::string& interpreter, const std::vector<int>& all_cpus) {
  pipes p;
  if (pipe2(p.to, O_CLOEXEC) != 0 || pipe2(p.from, O_CLOEXEC) != 0) throw cannot_measure("no pipe for python3");
  const pid_t parent = getpid();
  const pid_t pid = fork();
  if (pid == 0) become_python(p, interpreter, parent, all_cpus);
  close(p.to[0]);
  close(p.from[1]);
  to_.reset(fdopen(p.to[1], "w"));
  from_.reset(fdopen(p.from[0], "r"));
  if (pid < 0) throw cannot_measure("python3 cannot be started");
  process_.emplace(pid, program::ending::importance::optional);
  const std::string greeting = read_line();
  if (!greeting.starts_with("ready ")) throw cannot_measure(fmt::format("{} does not work", interpreter));
  version_ = greeting.substr(6);
}

std::string python_peer::read_line() {
  std::string line;
  for (int c = std::fgetc(from_.get()); c != EOF && c != '\n'; c = std::fgetc(from_.get()))
    line += static_cast<char>(c);
  return line;
}

std::string python_peer::ask(const std::string& order) {
  std::fputs((order + "\n").c_str(), to_.get());
  std::fflush(to_.get());
  const std::string answer = read_line();
  if (answer.starts_with("ok ")) return answer.substr(3);
  throw cannot_measure(answer.empty() ? "python3 ended" : fmt::format("python3: {}", answer));
}

python_handoff::python_handoff(python_peer& peer, std::string_view name, std::string_view who, const cpus& where)
    : peer_(peer),
      name_(name),
      who_(who),
      lead_cpu_(where.leader.value_or(-1)),
      follow_cpu_(where.follower.value_or(-1)) {}

std::string python_handoff::order(std::uint32_t trips, int timed) const {
  return fmt::format("{} {} {} {} {} {}", name_, who_, trips, lead_cpu_, follow_cpu_, timed);
}

cost python_handoff::run(std::uint32_t trips) {
  std::istringstream answer(peer_.ask(order(trips, 0)));
  cost c;
  answer >> c.ns >> c.cpu_s >> c.switches;
  return c;
}

cost python_handoff::run_timed(const pace& p, histogram& into) {
  must_be_back_to_back(p);
  std::istringstream answer(peer_.ask(order(p.trips, 1)));
  cost c;
  answer >> c.ns >> c.cpu_s >> c.switches;
  for (std::uint64_t ns = 0; answer >> ns;) into.record(ns);
  return c;
}

}  // namespace volley::pingpong
