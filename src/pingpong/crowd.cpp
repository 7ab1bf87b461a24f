// SPDX-License-Identifier: MIT
#include "crowd.hpp"

#include "usage.hpp"

namespace volley::pingpong {
namespace {

/// Of two threads of a pair one is on each CPU, and of two pairs the leaders are on different ones.
std::vector<int> places(std::size_t pairs, const cpus& where) {
  const int two[] = {where.leader.value_or(crew::any_cpu), where.follower.value_or(crew::any_cpu)};
  std::vector<int> all;
  for (std::size_t me = 0; me != 2 * pairs; ++me) all.push_back(two[(me + me / 2) % 2]);
  return all;
}

}  // namespace

crowd::crowd(const std::vector<catalogue>& each, std::size_t which, const cpus& where)
    : each_(each), which_(which), threads_(places(each.size(), where)) {}

template <class Lead>
cost crowd::run_all(std::uint32_t trips, const Lead& lead) {
  std::vector<usage> used(2 * each_.size());
  const std::uint64_t ns = threads_.run(static_cast<unsigned>(used.size()), [&](unsigned me) {
    const mechanism& m = each_[me / 2][which_];
    const usage before = usage::of_this_thread();
    if (me % 2 == 0) {
      lead(m, me / 2);
    } else {
      m.follow(m.state, trips);
    }
    used[me] = usage::of_this_thread() - before;
  });
  usage all;
  for (const usage& u : used) all = all + u;
  return {ns, all.cpu_s / static_cast<double>(each_.size()), all.switches / each_.size()};
}

cost crowd::run(std::uint32_t trips) {
  return run_all(trips, [trips](const mechanism& m, std::size_t /*pair*/) { m.lead(m.state, trips); });
}

cost crowd::run_timed(const pace& p, histogram& into) {
  must_be_back_to_back(p);
  std::vector<histogram> seen(each_.size());
  const cost c =
      run_all(p.trips, [&p, &seen](const mechanism& m, std::size_t pair) { m.lead_timed(m.state, p, seen[pair]); });
  for (const histogram& h : seen) into.add(h);
  return c;
}

}  // namespace volley::pingpong
