// SPDX-License-Identifier: MIT

#include "arguments.hpp"

#include <fstream>

namespace model {
namespace {

/// What is before `end` in what is left of the text, and takes both away; false where it is not there.
bool cut(std::string& text, const std::string& end, std::string& part) {
  const auto at = text.find(end);
  if (at == std::string::npos || at == 0) return false;
  part = text.substr(0, at);
  text.erase(0, at + end.size());
  return true;
}

bool read(std::string text, argued& a) {
  text.erase(0, 2);  // "- "
  if (!cut(text, ": `", a.function) || !cut(text, "`, ", a.code) || !cut(text, " as ", a.operation)) return false;
  if (!cut(text, ": ", a.as)) return false;
  a.why = text;
  return !a.why.empty();
}

}  // namespace

arguments::arguments(const std::string& path) {
  std::ifstream in(path);
  if (!in) errors_.push_back(path + " cannot be read");
  std::string header;
  std::string text;
  for (unsigned n = 1; std::getline(in, text); ++n) {
    if (text.starts_with("## ")) header = text.substr(3);
    if (!text.starts_with("- ")) continue;
    argued a;
    a.header = header;
    if (header.empty() || !read(text, a)) {
      errors_.push_back(path + ":" + std::to_string(n) + ": no `- function: ...` below a `## header`");
    } else {
      all_.push_back(a);
    }
  }
}

const argued* arguments::find(const std::string& header, const order_site& site, std::memory_order as) {
  for (argued& a : all_) {
    if (!header.ends_with(a.header) || a.function != site.function || a.operation != name(site.what)) continue;
    if (a.as != name(as) || a.code != code_of_line(site.file, site.line)) continue;
    a.used = true;
    return &a;
  }
  return nullptr;
}

std::string code_of_line(const std::string& file, unsigned line) {
  std::ifstream in(file);
  std::string text;
  for (unsigned n = 0; n != line; ++n) {
    if (!std::getline(in, text)) return {};
  }
  const auto comment = text.find("// ");
  if (comment != std::string::npos) text.erase(comment);
  const auto from = text.find_first_not_of(' ');
  if (from == std::string::npos) return {};
  return text.substr(from, text.find_last_not_of(' ') + 1 - from);
}

}  // namespace model
