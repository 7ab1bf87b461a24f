// SPDX-License-Identifier: MIT

#include "records.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>

namespace model {

struct record::fields {
  nlohmann::json all;
};

record::record(const char* kind) : fields_(std::make_unique<fields>()) {
  fields_->all["kind"] = kind;
  if (const auto* info = testing::UnitTest::GetInstance()->current_test_info()) {
    fields_->all["suite"] = info->test_suite_name();
    fields_->all["test"] = info->name();
  }
}

record& record::with(const char* key, const std::string& text) {
  fields_->all[key] = text;
  return *this;
}
record& record::with(const char* key, std::uint64_t number) {
  fields_->all[key] = number;
  return *this;
}

record::~record() {
  const char* const folder = std::getenv("VOLLEY_RECORDS");
  if (folder == nullptr) return;
  const std::string path =
      std::string(folder) + "/" + program_invocation_short_name + "-" + std::to_string(getpid()) + ".jsonl";
  std::ofstream out(path, std::ios::app);
  out << fields_->all.dump() << '\n' << std::flush;
  if (out) return;
  std::fprintf(stderr, "%s cannot be written to\n", path.c_str());  // evidence that is missing is no evidence
  std::abort();
}

}  // namespace model
