// SPDX-License-Identifier: MIT
#include "rounds.hpp"

#include "stats.hpp"

#include <algorithm>
#include <array>

namespace volley::pingpong {
namespace {

std::uint64_t samples_in(double ns, double ns_per_trip) {
  constexpr double most = 50'000;
  return static_cast<std::uint64_t>(std::min(ns / ns_per_trip, most));
}

double middle(const histogram& h) { return static_cast<double>(std::max<std::uint64_t>(h.quantile(0.5), 1)); }

measured measure_paced(contestant& floor, contestant& own, const plan& p, const std::function<void()>& before_each) {
  measured m;
  const pace round{trips_at(p.gap), p.gap};
  do {
    histogram below;
    before_each();
    floor.run_timed(round, below);
    histogram here;
    before_each();
    const cost c = own.run_timed(round, here);
    m.ratios.push_back(middle(here) / middle(below));
    m.samples.add(here);
    m.trips += round.trips;
    m.cpu_s += c.cpu_s;
    m.switches += c.switches;
  } while (m.ratios.size() < p.rounds && steady::now() < p.until);
  return m;
}

}  // namespace

contender::contender(contestant& c, const std::function<void()>& before_each)
    : contestant_(c), before_each_(before_each) {
  constexpr std::uint32_t warm_up = 4;
  before_each_();
  note(contestant_.run(warm_up), warm_up);
}

cost contender::round() {
  trips_ = trips_for(ns_per_trip_);
  before_each_();
  const cost c = contestant_.run(trips_);
  note(c, trips_);
  return c;
}

void contender::series(histogram& into, std::uint64_t wanted) {
  const std::uint32_t some = trips_for(ns_per_trip_, 2 * round_ns);
  const auto trips = static_cast<std::uint32_t>(std::min<std::uint64_t>(some, std::max<std::uint64_t>(wanted, 1)));
  before_each_();
  contestant_.run_timed({trips}, into);
}

void contender::note(const cost& c, std::uint32_t trips) {
  ns_per_trip_ = static_cast<double>(std::max<std::uint64_t>(c.ns, 1)) / trips;
}

std::uint32_t trips_for(double ns_per_trip, double wanted_ns) {
  return static_cast<std::uint32_t>(std::clamp(wanted_ns / ns_per_trip, double{fewest_trips}, double{most_trips}));
}

std::uint32_t trips_at(std::chrono::nanoseconds gap) {
  constexpr double wanted_ns = 10e6;
  const auto each = static_cast<double>(std::max<std::int64_t>(gap.count(), 1));
  return static_cast<std::uint32_t>(std::clamp(wanted_ns / each, each < 50e6 ? 5.0 : 1.0, 1000.0));
}

measured measure(contestant& floor, contestant& own, const plan& p, const std::function<void()>& before_each) {
  if (p.gap.count() != 0) return measure_paced(floor, own, p, before_each);
  measured m;
  contender below(floor, before_each);
  contender here(own, before_each);
  do {
    below.round();
    const cost c = here.round();
    m.ratios.push_back(here.ns_per_trip() / below.ns_per_trip());
    m.trips += here.trips();
    m.cpu_s += c.cpu_s;
    m.switches += c.switches;
  } while (m.ratios.size() < p.rounds && steady::now() < p.rounds_until);
  const std::uint64_t wanted = std::max(p.samples, samples_in(20 * round_ns, here.ns_per_trip()));
  do {
    here.series(m.samples, wanted - m.samples.count());
  } while (m.samples.count() < wanted && steady::now() < p.until);
  return m;
}

double glance(contestant& c, const std::function<void()>& before_each) {
  contender one(c, before_each);
  std::vector<double> seen;
  for (int i = 0; i != 5; ++i) {
    one.round();
    seen.push_back(one.ns_per_trip());
  }
  std::sort(seen.begin(), seen.end());
  return quantile(seen, 0.5);
}

}  // namespace volley::pingpong
