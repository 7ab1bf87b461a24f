// SPDX-License-Identifier: MIT
#pragma once

#include "ending.hpp"

#include <nlohmann/json.hpp>

#include <optional>
#include <string>

namespace volley::program {

/// Where `--json FILE` goes. Opened before anything is measured, so that a path that does not work is told at once
/// (throws bad_usage); a file appears whole or not at all: it is written beside its place, then renamed. "-" is
/// standard output; a device or a pipe is written directly.
class json_file {
 public:
  explicit json_file(std::string path);
  json_file(const json_file&) = delete;
  json_file& operator=(const json_file&) = delete;
  ~json_file();

  /// Once. Throws std::system_error when the disk is full and the like.
  void write(const nlohmann::ordered_json& what);

 private:
  void open_beside();

  std::string path_;
  int fd_ = -1;
  std::optional<ending::draft> draft_;
};

}  // namespace volley::program
