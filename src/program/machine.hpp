// SPDX-License-Identifier: MIT
#pragma once

// What a figure was measured on.

#include <nlohmann/json.hpp>

#include <optional>
#include <string>
#include <vector>

namespace volley::program {

struct machine {
  std::string cpu;
  std::string architecture;
  std::string kernel;
  bool is_virtual = false;
  std::vector<int> usable;            ///< CPUs that this process may run on
  std::optional<double> quota;        ///< CPUs that its cgroup grants, if it limits them
  std::optional<std::string> python;  ///< path of the python3 that is found first
};

machine this_machine();

/// The first program of this name on PATH.
std::optional<std::string> find_program(const std::string& name);

nlohmann::ordered_json to_json(const machine& m);
std::string describe(const machine& m);

}  // namespace volley::program
