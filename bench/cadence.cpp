// SPDX-License-Identifier: MIT
#include "cadence.hpp"

#include "pingpong/measure_rows.hpp"
#include "pingpong/stats.hpp"

#include <algorithm>
#include <numeric>
#include <vector>

namespace volley::bench {
namespace {

double mean_of(const std::vector<std::uint64_t>& all) {
  return static_cast<double>(std::accumulate(all.begin(), all.end(), std::uint64_t{0})) /
         static_cast<double>(all.size());
}

}  // namespace

pace pace_of(std::chrono::nanoseconds gap, poster between) {
  constexpr double round_ns = 10e6;
  const double posts = std::clamp(round_ns / static_cast<double>(std::max<std::int64_t>(gap.count(), 1)), 5.0, 1000.0);
  return {gap, 1 + static_cast<std::uint32_t>(posts), between};
}

cadence::cadence(pingpong::crew& threads, const pace& p)
    : threads_(threads), pace_(p), clock_ns_(pingpong::clock_overhead_ns()) {}

beat_figures cadence::round(beats& of) {
  of.prepare(pace_);
  threads_.run(2, [&of](unsigned me) { me == 0 ? of.post_all() : of.notice_all(); });
  std::vector<std::uint64_t> latencies = of.latencies();
  if (latencies.size() > 1) latencies.erase(latencies.begin());  // the threads had only just started
  const double mean = mean_of(latencies);
  std::sort(latencies.begin(), latencies.end());
  const double posting = std::max(0.0, mean_of(of.posting()) - clock_ns_);
  return {static_cast<double>(pingpong::quantile(latencies, 0.5)), mean,
          posting + 1e9 * of.waiter_cpu_s() / static_cast<double>(pace_.posts)};
}

}  // namespace volley::bench
