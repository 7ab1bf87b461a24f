// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

namespace volley::pingpong {

/// The smallest value that at least a share q of all do not exceed: one of the values, never one in between.
/// Precondition: `sorted` is sorted and not empty; 0 <= q <= 1.
template <class T>
T quantile(const std::vector<T>& sorted, double q) {
  const auto n = static_cast<double>(sorted.size());
  const auto rank = static_cast<std::size_t>(std::ceil(q * n - 1e-9));  // 0.9 * 10 is a little more than 9
  return sorted[std::min(std::max(rank, std::size_t{1}), sorted.size()) - 1];
}

}  // namespace volley::pingpong
