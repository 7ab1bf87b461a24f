// SPDX-License-Identifier: MIT
#pragma once

// Orders that no test needs, each with the argument why C++20 does: survivors.md. An entry is
//
//   ## ring/x.hpp
//   - publish: `s.state.store(full(p), release);`, store as relaxed: why that order is written all the same
//
// the function, the line of the source without its comment, the operation and the weaker order that survives.

#include "engine.hpp"

#include <string>
#include <vector>

namespace model {

struct argued {
  std::string header;
  std::string function;
  std::string code;
  std::string operation;
  std::string as;
  std::string why;
  bool used = false;

  std::string name() const { return header + ": " + function + ": `" + code + "`, " + operation + " as " + as; }
};

class arguments {
 public:
  /// All entries of the file. A line that looks like one and cannot be read is in errors().
  explicit arguments(const std::string& path);

  const std::vector<std::string>& errors() const { return errors_; }
  const std::vector<argued>& all() const { return all_; }
  /// The entry for this site as that order, or null. It is used from then on.
  const argued* find(const std::string& header, const order_site& site, std::memory_order as);

 private:
  std::vector<argued> all_;
  std::vector<std::string> errors_;
};

/// A line of a source file without its comment and the space around it.
std::string code_of_line(const std::string& file, unsigned line);

}  // namespace model
