// SPDX-License-Identifier: MIT
#include "channel/rows.hpp"

#include <fmt/format.h>

namespace volley::bench {
namespace {

using namespace std::chrono_literals;

constexpr double bare_bar = 0.93;  ///< of the speed of the ring alone
constexpr double crowd_bar = 0.8;  ///< of the speed with two threads
constexpr double faster = 1.0;
constexpr double tie_bar = 0.9;  ///< where there is nothing to be won
constexpr double idle_ms = 1.0;
constexpr shape two_threads{1, 1};

bool is_ours(const contestant& c) { return c.make_beats != nullptr && c.whose == side::ours; }
bool is_others(const contestant& c) { return c.make_beats != nullptr && c.whose != side::ours; }

/// The one that makes a locked operation an element is measured beside its ring, where it says what that costs.
bool is_usual(const contestant& c) { return is_ours(c) && c.name.ends_with('>'); }

shape usual_shape(const contestant& c) {
  if (!c.many_producers) return c.many_consumers ? shape{1, 4} : two_threads;
  return c.many_consumers ? shape{2, 2} : shape{4, 1};
}

/// Sixteen threads.
shape crowd_of(const contestant& c) {
  if (!c.many_producers) return c.many_consumers ? shape{1, 15} : shape{1, 1, 8};
  return c.many_consumers ? shape{8, 8} : shape{15, 1};
}

/// "channel<spsc_ring<N>>/between_processes" holds an "spsc_ring<N>".
std::string_view ring_in(std::string_view channel) {
  const auto from = channel.find('<') + 1;
  return channel.substr(from, channel.rfind('>') - from);
}

template <class Is, class Do>
void for_each(const Is& is, const Do& todo) {
  for (const contestant& c : contestants()) {
    if (is(c)) todo(c);
  }
}

/// Each of ours beside each of the others that can do the same.
template <class Do>
void for_each_pairing(const Do& todo) {
  for_each(is_usual, [&](const contestant& ours) {
    for_each(is_others, [&](const contestant& other) {
      if (fits(other, usual_shape(ours))) todo(ours, other);
    });
  });
}

std::string_view note_on(const contestant& ours, const contestant& other) {
  if (is_alike(ours.promises, other.promises)) return "";
  return other.promises.keeps == order::one_fifo ? "it is unbounded" : "it is unbounded, and keeps no order for all";
}

void add_bare(std::vector<channel_row>& to) {
  for_each(is_ours, [&](const contestant& ours) {
    for_each([&](const contestant& c) { return c.name == ring_in(ours.name) && c.bytes == ours.bytes; },
             [&](const contestant& ring) {
               channel_row r{channel_table::bare, {task::throughput, &ours, &ring, usual_shape(ours)}};
               if (ours.name == "channel<spsc_ring>") r.at_least = bare_bar;
               to.push_back(r);
             });
  });
}

void add_throughput(std::vector<channel_row>& to) {
  for_each_pairing([&](const contestant& ours, const contestant& other) {
    channel_row r{channel_table::throughput, {task::throughput, &ours, &other, usual_shape(ours)}, faster};
    r.note = note_on(ours, other);
    to.push_back(r);
  });
}

void add_latency(std::vector<channel_row>& to) {
  for (const std::chrono::nanoseconds gap : {std::chrono::nanoseconds(10us), std::chrono::nanoseconds(1ms)}) {
    for_each_pairing([&](const contestant& ours, const contestant& other) {
      channel_row r{channel_table::latency, {task::cadence, &ours, &other, two_threads}, faster};
      r.spec.gap = gap;
      if (gap == 1ms) {
        r.at_least = tie_bar;
        r.note = "a tie: both are the kernel's sleep and wake";
      }
      to.push_back(r);
    });
  }
}

/// A row takes long. Ours that is for two threads stands beside all the others; the rest of ours wait in the same way, and stand beside one.
void add_idle(std::vector<channel_row>& to, std::chrono::nanoseconds idle) {
  for_each_pairing([&](const contestant& ours, const contestant& other) {
    const bool is_for_two = !ours.many_producers && !ours.many_consumers;
    if (!is_for_two && other.name != "mutex+condvar") return;
    channel_row r{channel_table::idle, {task::idle, &ours, &other, two_threads}, {}, idle_ms};
    r.spec.gap = idle;
    r.note = "a tie: who sleeps uses nothing";
    to.push_back(r);
  });
}

void add_crowd(std::vector<channel_row>& to) {
  for_each(is_usual, [&](const contestant& ours) {
    channel_row r{channel_table::crowd, {task::throughput, &ours, &ours, crowd_of(ours)}, crowd_bar};
    r.spec.rival_threads = two_threads;
    to.push_back(r);
  });
  for_each_pairing([&](const contestant& ours, const contestant& other) {
    channel_row r{channel_table::crowd, {task::throughput, &ours, &other, crowd_of(ours)}, faster};
    r.note = note_on(ours, other);
    to.push_back(r);
  });
}

std::string gap_label(std::chrono::nanoseconds gap) {
  if (gap >= 1s) return fmt::format("{} s", gap / 1s);
  return gap >= 1ms ? fmt::format("{} ms", gap / 1ms) : fmt::format("{} us", gap / 1us);
}

}  // namespace

std::string channel_row::label() const {
  if (is_against_itself())
    return fmt::format("{} {} / {}", spec.ours->name, spec.threads.label(), spec.rival_threads->label());
  const std::string how = spec.gap.count() == 0 ? spec.threads.label() : gap_label(spec.gap);
  return fmt::format("{} {} / {}", spec.ours->name, how, spec.rival->name);
}

std::string_view name_of(channel_table t) {
  constexpr std::string_view names[] = {"bare", "throughput", "latency", "idle", "crowd"};
  return names[static_cast<std::size_t>(t)];
}

std::vector<channel_row> every_channel_row(channel_table t, std::chrono::nanoseconds idle) {
  std::vector<channel_row> rows;
  switch (t) {
    case channel_table::bare:
      add_bare(rows);
      break;
    case channel_table::throughput:
      add_throughput(rows);
      break;
    case channel_table::latency:
      add_latency(rows);
      break;
    case channel_table::idle:
      add_idle(rows, idle);
      break;
    case channel_table::crowd:
      add_crowd(rows);
      break;
  }
  return rows;
}

}  // namespace volley::bench
