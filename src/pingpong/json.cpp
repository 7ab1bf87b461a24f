// SPDX-License-Identifier: MIT
#include "report.hpp"

#include <volley/config.hpp>

#include <cmath>

#include <fmt/format.h>

namespace volley::pingpong {
namespace {

using nlohmann::ordered_json;

/// Four decimals are more than any figure here is worth.
ordered_json rounded(double x) { return std::round(x * 1e4) / 1e4; }

ordered_json text_or_null(std::string_view text) { return text.empty() ? ordered_json(nullptr) : ordered_json(text); }

/// A row without figures has the same keys, and null in each.
ordered_json blank(std::initializer_list<const char*> keys) {
  ordered_json object;
  for (const char* key : keys) object[key] = nullptr;
  return object;
}

ordered_json identity(const row_spec& s) {
  return {{"name", s.name.name},
          {"kind", to_string(s.what)},
          {"wait", text_or_null(s.name.wait)},
          {"parties", to_string(s.who)},
          {"placement", to_string(s.where)}};
}

ordered_json row_json(const row& r) {
  ordered_json j = identity(r.spec);
  j["rtt_ns"] = blank({"p25", "p50", "p90", "p99", "p999", "max"});
  j["ratio"] = blank({"floor", "p25", "p50", "p75"});
  j.update(blank({"cpu_s_per_million", "switches_per_rtt"}));
  j["samples"] = 0;
  j["rounds"] = 0;
  j["reason"] = text_or_null(r.reason);
  if (!r.seen) return j;
  const figures& f = *r.seen;
  const rtt& t = f.rtt_ns;
  j["rtt_ns"].update({{"p25", t.p25}, {"p50", t.p50}, {"p90", t.p90}, {"p99", t.p99}, {"max", t.max}});
  if (t.p999) j["rtt_ns"]["p999"] = *t.p999;
  const ratio& q = f.to_floor;
  j["ratio"].update({{"floor", q.floor}, {"p25", rounded(q.p25)}, {"p50", rounded(q.p50)}, {"p75", rounded(q.p75)}});
  j["cpu_s_per_million"] = rounded(f.cpu_s_per_million);
  j["switches_per_rtt"] = rounded(f.switches_per_rtt);
  j["samples"] = f.samples;
  j["rounds"] = f.rounds;
  return j;
}

}  // namespace

nlohmann::ordered_json to_json(const run_facts& facts, const std::vector<row>& rows) {
  ordered_json j;
  j["version"] = fmt::format("{}.{}.{}", VOLLEY_VERSION_MAJOR, VOLLEY_VERSION_MINOR, VOLLEY_VERSION_PATCH);
  j["machine"] = program::to_json(facts.machine);
  j["machine"]["python"] = text_or_null(facts.python_version);
  j["machine"]["placement"] = {
      {"two_cpus", facts.chosen.size() < 2 ? ordered_json(nullptr) : ordered_json(facts.chosen)},
      {"one_cpu", {facts.chosen.front()}},
      {"unpinned", facts.machine.usable}};
  j["quick"] = facts.what == run_facts::extent::quick;
  j["overhead_ns"] = facts.overhead_ns;
  j["relative_error"] = rounded(histogram::relative_error);
  j["every_ns"] = facts.gap.count() == 0 ? ordered_json(nullptr) : ordered_json(facts.gap.count());
  j["payload_bytes"] = facts.payload_bytes;
  j["pairs"] = facts.pairs;
  j["seconds"] = rounded(facts.seconds);
  j["verdict"] = verdict(rows);
  j["rows"] = ordered_json::array();
  for (const row& r : rows) j["rows"].push_back(row_json(r));
  return j;
}

}  // namespace volley::pingpong
