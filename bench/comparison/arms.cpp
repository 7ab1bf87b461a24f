// SPDX-License-Identifier: MIT
#include "arms.hpp"

#include "handoff/adapters/std_waits.hpp"
#include "pingpong/mechanisms/carrying.hpp"
#include "pingpong/mechanisms/floors.hpp"
#include "pingpong/mechanisms/volleys.hpp"

#include <atomic>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>

#include <fmt/format.h>

namespace volley::bench {
namespace {

constexpr std::string_view with = " with ";

/// Names that last as long as the program.
std::string_view lasting(std::string name) {
  static std::deque<std::string> all;
  return all.emplace_back(std::move(name));
}

std::string_view loaded(std::string_view base, std::size_t bytes) {
  return lasting(fmt::format("{}{}{} bytes", base, with, bytes));
}

/// Two rings, one a direction. The element says whether it is the right one.
class ring_trips {
  using enum std::memory_order;
  static constexpr std::chrono::seconds patience{5};

 public:
  explicit ring_trips(const contestant& c) : pair_(c.make_round_trip(usual_capacity)) {}

  void lead(std::uint32_t trips) {
    if (!pair_->lead(trips, steady::now() + patience)) is_wrong_.store(true, relaxed);  // ~ own
  }
  void follow(std::uint32_t trips) {
    if (!pair_->follow(trips, steady::now() + patience)) is_wrong_.store(true, relaxed);  // ~ own
  }
  bool is_right() const { return !is_wrong_.load(relaxed); }  // ~ own

 private:
  std::unique_ptr<round_trip> pair_;
  std::atomic<bool> is_wrong_{false};
};

std::function<bool()> add_ring(pingpong::catalogue& to, pingpong::parties /*who*/, pingpong::mechanism_name name) {
  const contestant& c = *ring_behind(name.name);
  const auto& measured = to.add<ring_trips>(name, c);
  const auto& trial = to.add<ring_trips>(name, c);
  return [&measured, &trial] { return measured.is_right() && trial.is_right(); };
}

void enrol_ring(const contestant& c) {
  const std::string_view name = c.bytes == element_sizes[0] ? c.name : loaded(c.name, c.bytes);
  ping_pong p{};
  p.about = {name, use::signal, lines::two, c.mode};
  p.whose = c.whose;
  p.add = add_ring;
  ping_pongs().push_back(p);
}

template <class M>
void enrol_carrying(std::string_view base, side whose, std::string_view wait) {
  const auto add = [&]<std::size_t Bytes>() {
    enrol<pingpong::carrying<M, Bytes>>(
        {loaded(base, Bytes), use::signal, lines::one, "data beside it, in lines of its own"}, whose, wait);
  };
  add.template operator()<element_sizes[0]>();
  add.template operator()<element_sizes[1]>();
  add.template operator()<element_sizes[2]>();
}

}  // namespace

void enrol_arms() {
  for (const contestant& c : contestants()) enrol_ring(c);
  enrol_carrying<pingpong::turn_pair<spin_park, in_process>>("turn", side::ours, "spin_park");
  enrol_carrying<pingpong::mutex_condvar<in_process>>("mutex_condvar", side::rival, "");
  enrol_carrying<pingpong::std_semaphores>("binary_semaphore", side::rival, "");
}

loaded_name taken_apart(std::string_view name) {
  const auto at = name.find(with);
  if (at == std::string_view::npos) return {name, 0};
  loaded_name both{name.substr(0, at), 0};
  const std::string_view number = name.substr(at + with.size());
  std::from_chars(number.data(), number.data() + number.size(), both.bytes);
  return both;
}

const contestant* ring_behind(std::string_view name) {
  const loaded_name wanted = taken_apart(name);
  const std::size_t bytes = wanted.bytes == 0 ? element_sizes[0] : wanted.bytes;
  for (const contestant& c : contestants()) {
    if (c.name == wanted.base && c.bytes == bytes) return &c;
  }
  return nullptr;
}

}  // namespace volley::bench
