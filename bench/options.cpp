// SPDX-License-Identifier: MIT
#include "options.hpp"

#include "bout.hpp"
#include "duel_program.hpp"
#include "program/bad_usage.hpp"

#include <algorithm>
#include <charconv>
#include <initializer_list>

#include <fmt/format.h>

namespace volley::bench {
namespace {

using program::bad_usage;

constexpr unsigned most_threads = 64;

/// "4P1C"
shape read_shape(const std::string& text) {
  shape s{};
  const char* const end = text.data() + text.size();
  const auto producers = std::from_chars(text.data(), end, s.producers);
  if (producers.ec == std::errc{} && producers.ptr != end && *producers.ptr == 'P') {
    const auto consumers = std::from_chars(producers.ptr + 1, end, s.consumers);
    const bool is_whole = consumers.ec == std::errc{} && std::string_view(consumers.ptr, end) == "C";
    const bool is_sane =
        s.producers != 0 && s.consumers != 0 && s.producers <= most_threads && s.consumers <= most_threads;
    if (is_whole && is_sane) return s;
  }
  throw bad_usage(fmt::format("--shape {}: producers and consumers are needed, such as 4P1C", text));
}

/// "32" or "32:1": ours, the rival's.
std::pair<unsigned, unsigned> read_batch(const std::string& text) {
  constexpr unsigned n = transfer::largest_batch;
  if (text == "1") return {1, 1};
  if (text == fmt::format("{}", n)) return {n, n};
  if (text == fmt::format("{}:1", n)) return {n, 1};
  throw bad_usage(fmt::format("--batch {0}: 1, {1} (both), or {1}:1 (ours alone)", text, n));
}

const contestant* find_or_null(std::string_view name, std::size_t bytes) {
  for (const contestant& c : contestants()) {
    if (c.name == name && c.bytes == bytes) return &c;
  }
  return nullptr;
}

/// Ours for a shape: the one that promises no more than the shape needs.
std::string usual_ours(const shape& s) {
  for (const char* const name : {"spsc_ring", "mpsc_ring", "spmc_ring", "mpmc_ring"}) {
    const contestant* const c = find_or_null(name, element_sizes[0]);
    if (c != nullptr && fits(*c, s)) return name;
  }
  throw bad_usage(fmt::format("there is no ring of ours for {} yet; --ours names one", s.label()));
}

bool is_usual(const contestant& c) { return c.whose != side::ours || !c.name.ends_with("<N>"); }

bool is_wanted(const contestant& c, const duel_options& o) {
  if (o.rivals.empty()) return is_usual(c);
  return std::find(o.rivals.begin(), o.rivals.end(), c.name) != o.rivals.end();
}

void add_block(std::vector<row_spec>& rows, task what, const duel_options& o, const shape& s, const contestant& ours) {
  const auto [our_batch, rival_batch] = read_batch(o.batch);
  if (!fits(ours, s)) throw bad_usage(fmt::format("{} is not for {}", ours.name, s.label()));
  if (our_batch != 1 && !ours.has_batches) throw bad_usage(fmt::format("{} has no batches", ours.name));
  for (const side whose : {side::rival, side::baseline, side::ours}) {
    for (const contestant& c : contestants()) {
      const bool is_able = fits(c, s) && c.bytes == ours.bytes && (rival_batch == 1 || c.has_batches);
      const bool is_other = &c != &ours || our_batch != rival_batch;
      if (c.whose == whose && is_able && is_other && is_wanted(c, o))
        rows.push_back({what, &ours, &c, s, our_batch, rival_batch});
    }
  }
}

void add_common(CLI::App& c, duel_options& into) {
  c.add_option("--payload", into.payloads, "Bytes of an element: 8, 64 or 256 (all)")
      ->type_name("BYTES")
      ->allow_extra_args(false)
      ->check(CLI::IsMember(std::vector<std::size_t>(element_sizes.begin(), element_sizes.end())).description(""));
  c.add_option("--ours", into.ours, "The one that the others are compared with; may be repeated")
      ->type_name("NAME")
      ->allow_extra_args(false);
  c.add_option("--rival", into.rivals, "Only this one; may be repeated, and may be another of ours")
      ->type_name("NAME")
      ->allow_extra_args(false);
  c.add_option("--rounds", into.under.rounds, "Rounds of each row (40)")
      ->type_name("N")
      ->check(CLI::Range(std::size_t{1}, most_rounds).description(""));
  c.add_option("--capacity", into.under.capacity, "Elements that each holds, where it can be chosen (1024)")
      ->type_name("N")
      ->check(CLI::Range(std::size_t{1}, std::size_t{1} << 20).description(""));
  add_common_options(c, into.under.patience_s, into.cpus, into.json);
}

}  // namespace

CLI::App* add_throughput(CLI::App& to, duel_options& into) {
  CLI::App* const c =
      to.add_subcommand("throughput", "Elements per second, ours over the rival's, in short rounds by turns.");
  c->add_option("--shape", into.shapes, "Producers and consumers, such as 4P1C; may be repeated (1P1C)")
      ->type_name("xPyC")
      ->allow_extra_args(false);
  c->add_option("--batch", into.batch, "Elements a call: 1, 32, or 32:1 (ours in batches, the rival one by one)")
      ->type_name("N[:M]");
  c->add_option("--at-least", into.bar, "Fail (exit code 1) if ours is not so many times as fast as the best rival")
      ->type_name("X");
  add_common(*c, into);
  return c;
}

CLI::App* add_rtt(CLI::App& to, duel_options& into) {
  CLI::App* const c =
      to.add_subcommand("rtt", "Round trip through two rings, in times of F_line2, in short rounds by turns.");
  c->add_option("--at-most", into.bar, "Fail (exit code 1) if ours takes more than so many times F_line2")
      ->type_name("X");
  add_common(*c, into);
  return c;
}

CLI::App* add_pairs(CLI::App& to, pairs_options& into) {
  CLI::App* const c = to.add_subcommand("pairs", "Pushes and pops on one thread, for instructions.py to count.");
  c->add_option("name", into.name, "Which; `ring_duel list` names them")->required();
  c->add_option("bytes", into.bytes, "Bytes of an element: 8, 64 or 256");
  c->add_option("count", into.count, "How many pairs");
  return c;
}

std::vector<row_spec> chosen_rows(task what, const duel_options& o) {
  for (const auto* const names : {&o.ours, &o.rivals}) {
    for (const std::string& name : *names) find(name, element_sizes[0]);
  }
  std::vector<row_spec> rows;
  const std::vector<std::string> shapes = o.shapes.empty() ? std::vector<std::string>{"1P1C"} : o.shapes;
  const std::vector<std::size_t> all_sizes(element_sizes.begin(), element_sizes.end());
  for (const std::string& text : shapes) {
    const shape s = read_shape(text);
    const std::vector<std::string> ours = o.ours.empty() ? std::vector{usual_ours(s)} : o.ours;
    for (const std::string& name : ours) {
      for (const std::size_t bytes : o.payloads.empty() ? all_sizes : o.payloads)
        add_block(rows, what, o, s, find(name, bytes));
    }
  }
  if (rows.empty()) throw bad_usage("there is nothing to compare: no rival of that name has this shape and batch");
  return rows;
}

const contestant& find(std::string_view name, std::size_t bytes) {
  if (const contestant* const c = find_or_null(name, bytes)) return *c;
  throw bad_usage(
      fmt::format("there is no '{}' with elements of {} bytes; ring_duel list names what there is", name, bytes));
}

}  // namespace volley::bench
