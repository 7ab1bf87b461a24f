// SPDX-License-Identifier: MIT

// Which orders of a header are needed: each is weakened in turn.

#include "arguments.hpp"
#include "engine.hpp"
#include "records.hpp"
#include "verdicts.hpp"

#include <cstdio>
#include <fstream>
#include <set>

namespace model {
namespace {

/// The lines of a header that carry a tag of an order stronger than relaxed.
std::set<unsigned> tagged_lines(const char* file) {
  std::set<unsigned> lines;
  std::ifstream in(file);
  std::string text;
  for (unsigned n = 1; std::getline(in, text); ++n) {
    const auto comment = text.find("  // ");
    if (comment == std::string::npos || text.find_first_not_of(' ') == comment + 2) continue;
    const auto tag = text.substr(comment + 5, 2);
    if (tag == "->" || tag == "<-" || tag == "<>") lines.insert(n);
  }
  return lines;
}

/// All sites of the header that a plain run of the scenarios reaches; an error if a tagged line is not among them.
testing::AssertionResult reach(const std::string& header, const std::vector<recipe>& scenarios,
                               const std::vector<search>& searches) {
  for (const recipe& r : scenarios) {
    const exploration e = explore(r, searches.front());
    if (!e.passed)
      return testing::AssertionFailure() << "fails unweakened: " << rl::test_result_str(e.why) << story_of(e);
  }
  std::set<unsigned> tagged;
  for (int id = 0; id != order_sites::count(); ++id) {
    const order_site& s = order_sites::site(id);
    if (s.stands_in(header) && tagged.empty()) tagged = tagged_lines(s.file);
  }
  if (tagged.empty())
    return testing::AssertionFailure() << "no order of " << header << " was reached, or its source is not there";
  for (int id = 0; id != order_sites::count(); ++id) {
    const order_site& s = order_sites::site(id);
    if (s.stands_in(header) && s.written != std::memory_order::relaxed) tagged.erase(s.line);
  }
  if (!tagged.empty())
    return testing::AssertionFailure() << header << ":" << *tagged.begin() << ": no test executes this order";
  return testing::AssertionSuccess();
}

bool caught(const std::vector<recipe>& scenarios, const std::vector<search>& searches) {
  for (const search& s : searches) {
    for (const recipe& r : scenarios) {
      if (!explore(r, s).passed) return true;
    }
  }
  return false;
}

/// What weakening came to.
struct tally {
  int orders = 0;
  int caught = 0;
  int argued = 0;
  std::string wrong;
};

/// Weakens one order by one step.
void weaken_one(const std::string& header, int id, std::memory_order to, bool dead, arguments& known, tally& t) {
  const order_site site = order_sites::site(id);
  const argued* const why = known.find(header, site, to);
  const char* const end =
      dead ? (why == nullptr ? "caught" : "caught, and argued for") : (why == nullptr ? "SURVIVED" : "argued for");
  std::printf("[ weakened ] %s:%u %s %s -> %s: %s\n", header.c_str(), site.line, name(site.what), name(site.written),
              name(to), end);
  record("weakened")
      .with("header", header)
      .with("function", site.function)
      .with("line", site.line)
      .with("operation", name(site.what))
      .with("order", name(site.written))
      .with("as", name(to))
      .with("end", end)
      .with("why", why == nullptr ? "" : why->why);
  ++t.orders;
  t.caught += dead ? 1 : 0;
  t.argued += !dead && why != nullptr ? 1 : 0;
  if (dead == (why == nullptr)) return;
  t.wrong += "\n  line " + std::to_string(site.line) + " " + name(site.what) + " as " + name(to) + ", " +
             site.function + ": `" + code_of_line(site.file, site.line) + "`" +
             (dead ? " is caught: its argument is wrong" : "");
}

tally weaken_each(const std::string& header, const std::vector<recipe>& scenarios, const std::vector<search>& searches,
                  arguments& known) {
  tally t;
  const int sites = order_sites::count();
  for (int id = 0; id != sites; ++id) {
    const order_site site = order_sites::site(id);
    if (!site.stands_in(header)) continue;
    for (const std::memory_order to : order_sites::one_step_weaker(site.written, site.what)) {
      order_sites::weaken(id, to);
      const bool dead = caught(scenarios, searches);
      order_sites::restore();
      weaken_one(header, id, to, dead, known, t);
    }
  }
  for (const argued& a : known.all()) {
    if (header.ends_with(a.header) && !a.used) t.wrong += "\n  no such order, but an argument for it: " + a.name();
  }
  return t;
}

testing::AssertionResult judge(const std::string& header, const tally& t) {
  if (t.orders == 0) return testing::AssertionFailure() << header << " has no order to weaken";
  if (!t.wrong.empty())
    return testing::AssertionFailure() << "orders of " << header << " that no test needs:" << t.wrong;
  return testing::AssertionSuccess();
}

}  // namespace

testing::AssertionResult every_order_is_needed(const std::string& header, const std::vector<recipe>& scenarios,
                                               const std::vector<search>& searches) {
  return every_order_is_needed(header, scenarios, searches, VOLLEY_SURVIVORS);
}

testing::AssertionResult every_order_is_needed(const std::string& header, const std::vector<recipe>& scenarios,
                                               const std::vector<search>& searches, const std::string& survivors) {
  arguments known(survivors);
  if (!known.errors().empty()) return testing::AssertionFailure() << known.errors().front();
  order_sites::watch();
  auto verdict = reach(header, scenarios, searches);
  if (verdict) verdict = judge(header, weaken_each(header, scenarios, searches, known));
  order_sites::rest();
  return verdict;
}

}  // namespace model
