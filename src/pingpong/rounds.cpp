// SPDX-License-Identifier: MIT
#include "rounds.hpp"

#include "stats.hpp"

#include <algorithm>
#include <array>

namespace volley::pingpong {
namespace {

std::size_t samples_in(double ns, double ns_per_trip) {
  constexpr double most = 50'000;
  return static_cast<std::size_t>(std::min(ns / ns_per_trip, most));
}

}  // namespace

paced::paced(contestant& c, const std::function<void()>& before_each) : contestant_(c), before_each_(before_each) {
  constexpr std::uint32_t warm_up = 4;
  before_each_();
  note(contestant_.run(warm_up), warm_up);
}

cost paced::round() {
  trips_ = trips_for(ns_per_trip_);
  before_each_();
  const cost c = contestant_.run(trips_);
  note(c, trips_);
  return c;
}

void paced::series(std::vector<std::uint64_t>& into, std::size_t wanted) {
  const std::uint32_t some = trips_for(ns_per_trip_, 2 * round_ns);
  const auto trips = static_cast<std::uint32_t>(std::min<std::size_t>(some, std::max<std::size_t>(wanted, 1)));
  before_each_();
  contestant_.run_timed(trips, into);
}

void paced::note(const cost& c, std::uint32_t trips) {
  ns_per_trip_ = static_cast<double>(std::max<std::uint64_t>(c.ns, 1)) / trips;
}

std::uint32_t trips_for(double ns_per_trip, double wanted_ns) {
  return static_cast<std::uint32_t>(std::clamp(wanted_ns / ns_per_trip, double{fewest_trips}, double{most_trips}));
}

measured measure(contestant& floor, contestant& own, const plan& p, const std::function<void()>& before_each) {
  measured m;
  paced below(floor, before_each);
  paced here(own, before_each);
  do {
    below.round();
    const cost c = here.round();
    m.ratios.push_back(here.ns_per_trip() / below.ns_per_trip());
    m.trips += here.trips();
    m.cpu_s += c.cpu_s;
    m.switches += c.switches;
  } while (m.ratios.size() < p.rounds && steady::now() < p.rounds_until);
  const std::size_t wanted = std::max(p.samples, samples_in(20 * round_ns, here.ns_per_trip()));
  do {
    here.series(m.samples, wanted - m.samples.size());
  } while (m.samples.size() < wanted && steady::now() < p.until);
  return m;
}

double glance(contestant& c, const std::function<void()>& before_each) {
  paced one(c, before_each);
  std::vector<double> seen;
  for (int i = 0; i != 5; ++i) {
    one.round();
    seen.push_back(one.ns_per_trip());
  }
  std::sort(seen.begin(), seen.end());
  return quantile(seen, 0.5);
}

}  // namespace volley::pingpong
