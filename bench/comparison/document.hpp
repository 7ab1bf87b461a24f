// SPDX-License-Identifier: MIT
#pragma once

// report.json, what it says in one sentence, and the page that shows it.

#include <nlohmann/json.hpp>

#include <string>
#include <string_view>

namespace volley::bench {

inline constexpr std::string_view schema_name = "volley-report";
inline constexpr int schema_version = 1;

/// What --help says of report.json.
extern const char* const schema_text;

/// One sentence: this or a mutex? Says what is missing where the rows for it are not there.
std::string answer_of(const nlohmann::ordered_json& report);

/// The whole page: opens from a disk, asks no network.
std::string page_of(const nlohmann::ordered_json& report);

/// Throws program::bad_usage, which names the file and says why, unless it is a report of this schema.
nlohmann::ordered_json read_report(const std::string& path);

}  // namespace volley::bench
