// SPDX-License-Identifier: MIT
#include "report.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace volley::pingpong {
namespace {

/// The same parties in the same place, by turn and by mutex and condition variable.
struct match {
  const row* ours;
  const row* theirs;
};

const row* find(const std::vector<row>& rows, mechanism_name name, parties who, placement where) {
  const auto found = std::find_if(rows.begin(), rows.end(), [&](const row& r) {
    return r.seen && r.spec.name == name && r.spec.who == who && r.spec.where == where;
  });
  return found == rows.end() ? nullptr : &*found;
}

/// The default wait mode first; whatever there is, if it was left out.
match find_match(const std::vector<row>& rows, parties who, placement where) {
  const row* const theirs = find(rows, {"mutex_condvar", ""}, who, where);
  for (const char* wait : {"spin_park", "spin_yield", "park", "busy_spin"}) {
    const row* const ours = find(rows, {"turn", wait}, who, where);
    if (ours != nullptr && theirs != nullptr) return {ours, theirs};
  }
  return {nullptr, nullptr};
}

/// "500 times faster", or "as fast"; the word that compares goes with it: than, or as.
struct comparison {
  std::string how;
  std::string_view word;
};

comparison compare(const match& m) {
  const double factor = m.theirs->seen->rtt_ns.p50 / m.ours->seen->rtt_ns.p50;
  if (factor > 0.95 && factor < 1.05) return {"as fast", "as"};
  const bool faster = factor > 1;
  return {fmt::format("{} times {}", short_number(faster ? factor : 1 / factor), faster ? "faster" : "slower"), "than"};
}

std::string sentence(const match& m) {
  const row_spec& spec = m.ours->spec;
  const figures& a = *m.ours->seen;
  const figures& b = *m.theirs->seen;
  const auto [how, word] = compare(m);
  return fmt::format(
      "{} hand over {} with volley::turn ({}) {} with a mutex and a condition variable: {} against {} a "
      "round trip, for {} % of the CPU time",
      title_of(spec.who, spec.where), how, spec.name.wait, word, short_time(a.rtt_ns.p50), short_time(b.rtt_ns.p50),
      short_number(100 * a.cpu_s_per_million / std::max(b.cpu_s_per_million, 1e-9)));
}

}  // namespace

std::string verdict(const std::vector<row>& rows) {
  for (const parties who : every_party) {
    const match two = find_match(rows, who, placement::two_cpus);
    const match one = find_match(rows, who, placement::one_cpu);
    if (two.ours == nullptr && one.ours == nullptr) continue;
    if (two.ours == nullptr) return sentence(one) + ".";
    if (one.ours == nullptr) return sentence(two) + ".";
    return fmt::format("{}; on one CPU it is {}.", sentence(two), compare(one).how);
  }
  const match any = find_match(rows, parties::threads, placement::unpinned);
  if (any.ours != nullptr) return sentence(any) + ".";
  return "No verdict: it needs turn and mutex_condvar, measured in the same place.";
}

}  // namespace volley::pingpong
