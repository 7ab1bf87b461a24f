// SPDX-License-Identifier: MIT
#include "document.hpp"

#include "page.hpp"
#include "pingpong/report.hpp"
#include "program/bad_usage.hpp"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>

#include <fmt/format.h>

namespace volley::bench {
namespace {

using nlohmann::ordered_json;
using pingpong::short_number;
using pingpong::short_time;

const ordered_json* find_row(const ordered_json& report, std::string_view id) {
  for (const ordered_json& r : report["rows"]) {
    if (r["id"] == id && !r["over_ours"].is_null()) return &r;
  }
  return nullptr;
}

std::string times(double ratio, std::string_view more, std::string_view less) {
  if (ratio > 0.95 && ratio < 1.05) return "as fast";
  return fmt::format("{} times {}", short_number(ratio > 1 ? ratio : 1 / ratio), ratio > 1 ? more : less);
}

double over_ours(const ordered_json& row) { return row["over_ours"]["p50"]; }

[[noreturn]] void refuse(const std::string& path, std::string_view why) {
  throw program::bad_usage(fmt::format("{}: {}", path, why));
}

bool is_spread(const ordered_json& s) {
  const auto is_number = [&](const char* key) {
    return s.contains(key) && s[key].is_number() && s[key].get<double>() > 0;
  };
  return s.is_object() && is_number("p25") && is_number("p50") && is_number("p75") && s["p25"] <= s["p50"] &&
         s["p50"] <= s["p75"];
}

void check_row(const ordered_json& row, const std::string& path) {
  const auto is_text = [&](const char* key) { return row.is_object() && row.contains(key) && row[key].is_string(); };
  for (const char* key : {"id", "section", "name", "kind", "ending"}) {
    if (!is_text(key)) refuse(path, fmt::format("damaged: a row has no {}", key));
  }
  const bool is_measured = row["ending"] == "measured";
  if (is_measured && (!row.contains("ratio") || !is_spread(row["ratio"])))
    refuse(path, fmt::format("damaged: {} has no ratio", row["id"].get<std::string>()));
}

/// So that no text in it can end the script that holds it.
std::string inside_html(const ordered_json& report) {
  std::string text = report.dump(-1, ' ', true, ordered_json::error_handler_t::replace);
  for (std::size_t at = text.find('<'); at != std::string::npos; at = text.find('<', at))
    text.replace(at, 1, "\\u003c");
  return text;
}

}  // namespace

const char* const schema_text =
    "report.json: {schema: \"volley-report\", schema_version: 1, version, revision, compiler, extent: quick | all, "
    "complete, started, "
    "seconds, machine, cpus, clock_ns, relative_error, left_out, answer, core_map: {cpus, pairs: [{a, b, ns}], why} | "
    "null, rows}. A row: "
    "id (the same in each run), section (round_trip, payload, cadence, idle, crowd, throughput), name, wait, kind "
    "(ours, rival, baseline, "
    "floor), mode, parties, placement, shape, bytes, gap_ns, floor, beside (ours that took turns with it), ending "
    "(measured, failed, not "
    "measured), why, rounds; ratio (its time over its floor's, a round each: p25, p50, p75), over_ours (its time over "
    "that of beside), ns "
    "(own, floor, ours: middle times), spacing_ns, cpu_ns (CPU time a trip; cadence and idle: of the waiting side), "
    "cpu_share (of one CPU), "
    "samples and curve ([[quantile, ns]]: single trips; a quantile needs ten samples beyond it). Times are per round "
    "trip, throughput's per "
    "element; null: not known. The version grows when a program that reads it would have to change.";

std::string answer_of(const ordered_json& report) {
  const ordered_json* const two = find_row(report, "round_trip/threads/two_cpus/mutex_condvar");
  const ordered_json* const one = find_row(report, "round_trip/threads/one_cpu/mutex_condvar");
  const ordered_json* const ring = find_row(report, "throughput/threads/1P1C/8/mutex+ring");
  std::string text;
  if (two != nullptr) {
    const auto& ns = (*two)["ns"];
    text = fmt::format(
        "Two threads on two CPUs hand over {} with volley::turn than with a mutex and a condition variable ({} against "
        "{} a "
        "round trip)",
        times(over_ours(*two), "faster", "slower"), short_time(ns["ours"]), short_time(ns["own"]));
  }
  if (ring != nullptr) {
    text += fmt::format("{}{} elements go through volley::spsc_ring than through a ring under a mutex",
                        text.empty() ? "" : ", and ", times(over_ours(*ring), "more", "fewer"));
  }
  if (one != nullptr) {
    text += fmt::format("{}on one CPU, where nobody gains by spinning, the turn is {}", text.empty() ? "" : "; ",
                        times(over_ours(*one), "faster", "slower"));
  }
  if (text.empty())
    return "No answer yet: what it needs, a mutex and a condition variable beside volley::turn, was not measured.";
  text[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(text[0])));
  return text + ".";
}

std::string page_of(const ordered_json& report) {
  std::string page;
  for (const char* part : page_parts) page += part;
  constexpr std::string_view place = "{{REPORT}}";
  page.replace(page.find(place), place.size(), inside_html(report));
  return page;
}

ordered_json read_report(const std::string& path) {
  std::ifstream in(path);
  if (!in) refuse(path, std::strerror(errno));
  const std::string text(std::istreambuf_iterator<char>(in), {});
  if (in.bad() || text.empty()) refuse(path, "there is nothing in it to read");
  ordered_json report = ordered_json::parse(text, nullptr, false);
  if (report.is_discarded()) refuse(path, "it is not JSON");
  if (!report.is_object() || !report.contains("schema") || report["schema"] != schema_name)
    refuse(path, "it is not a report of `volley report`");
  if (!report.contains("schema_version") || report["schema_version"] != schema_version)
    refuse(path,
           fmt::format("it is a report of another version of the format (this program reads {})", schema_version));
  if (!report.contains("machine") || !report["machine"].is_object()) refuse(path, "damaged: it has no machine");
  if (!report.contains("rows") || !report["rows"].is_array()) refuse(path, "damaged: it has no rows");
  for (const ordered_json& row : report["rows"]) check_row(row, path);
  return report;
}

}  // namespace volley::bench
