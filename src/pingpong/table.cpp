// SPDX-License-Identifier: MIT
#include "report.hpp"

#include <fmt/format.h>

namespace volley::pingpong {
namespace {

constexpr auto heading =
    "                         --------------------- round trip ----------------------  times its floor             CPU "
    "s per  switches\n"
    "                             p25      p50      p90      p99    p99.9      max       p25   p50   p75             "
    "million  per trip\n";

std::string line_of(const row& r) {
  const std::string name = r.spec.label();
  if (!r.seen) return fmt::format("  {:<22}        -  {}\n", name, r.reason);
  const figures& f = *r.seen;
  const rtt& t = f.rtt_ns;
  return fmt::format("  {:<22}{:>9}{:>9}{:>9}{:>9}{:>9}{:>9}    {:>6}{:>6}{:>6} {:<8}{:>10}{:>10}\n", name,
                     short_time(t.p25), short_time(t.p50), short_time(t.p90), short_time(t.p99),
                     t.p999 ? short_time(*t.p999) : "-", short_time(t.max), short_number(f.to_floor.p25),
                     short_number(f.to_floor.p50), short_number(f.to_floor.p75), f.to_floor.floor,
                     short_number(f.cpu_s_per_million), fmt::format("{:.2f}", f.switches_per_rtt));
}

}  // namespace

std::string short_number(double x) {
  if (x >= 99.95) return fmt::format("{:.0f}", x);
  if (x >= 9.995) return fmt::format("{:.1f}", x);
  return fmt::format("{:.2f}", x);
}

std::string short_time(double ns) {
  if (ns < 999.5) return fmt::format("{:.0f} ns", ns);
  if (ns < 999.5e3) return short_number(ns * 1e-3) + " us";
  if (ns < 999.5e6) return short_number(ns * 1e-6) + " ms";
  return short_number(ns * 1e-9) + " s";
}

std::string table(const std::vector<row>& rows, const std::string& title) {
  std::string text = fmt::format("\n{}\n{}", title, heading);
  for (const row& r : rows) text += line_of(r);
  return text;
}

}  // namespace volley::pingpong
