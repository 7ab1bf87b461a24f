// SPDX-License-Identifier: MIT
#pragma once

// What a run has shown, for the evidence table: a line of JSON a fact, in a file of this program in the directory that VOLLEY_RECORDS names.
// Nothing is written where that is not set.

#include <cstdint>
#include <memory>
#include <string>

namespace model {

/// One fact, written when it ends. It carries the name of the test that runs.
class record {
 public:
  explicit record(const char* kind);
  record(const record&) = delete;
  record& operator=(const record&) = delete;
  ~record();

  record& with(const char* key, const std::string& text);
  record& with(const char* key, std::uint64_t number);

 private:
  struct fields;
  std::unique_ptr<fields> fields_;
};

}  // namespace model
