// SPDX-License-Identifier: MIT
#pragma once

// Where single trips are counted: any number of them, in fixed memory that two processes may share, none left out.
//
// Up to 255 ns each value has a bucket of its own; above, each power of two has 128 buckets, so a bucket is at most
// 1/128 of its lowest value wide, and its middle, which is what a quantile answers, is within 1/256 (0.4 %) of each
// value in it. The least, the greatest and the mean are exact. (The layout is that of HdrHistogram, by Gil Tene.)

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>

namespace volley::pingpong {

/// One thread at a time. Trivially copyable: a copy in shared memory is as good.
class histogram {
 public:
  static constexpr double relative_error = 1.0 / 256;

  void record(std::uint64_t ns) noexcept {
    ++counts_[bucket_of(ns)];
    ++count_;
    sum_ += static_cast<double>(ns);
    least_ = std::min(least_, ns);
    greatest_ = std::max(greatest_, ns);
  }

  void add(const histogram& other) noexcept {
    for (std::size_t i = 0; i != counts_.size(); ++i) counts_[i] += other.counts_[i];
    count_ += other.count_;
    sum_ += other.sum_;
    least_ = std::min(least_, other.least_);
    greatest_ = std::max(greatest_, other.greatest_);
  }

  std::uint64_t count() const noexcept { return count_; }
  double mean() const noexcept { return count_ == 0 ? 0 : sum_ / static_cast<double>(count_); }
  std::uint64_t greatest() const noexcept { return greatest_; }

  /// What stats.hpp's quantile says of all values, within relative_error. Precondition: there is one.
  std::uint64_t quantile(double q) const noexcept {
    const auto n = static_cast<double>(count_);
    const auto rank = std::max<std::uint64_t>(static_cast<std::uint64_t>(std::ceil(q * n - 1e-9)), 1);
    std::uint64_t seen = 0;
    for (std::size_t i = 0; i != counts_.size(); ++i) {
      seen += counts_[i];
      if (seen >= rank) return std::clamp(middle_of(i), least_, greatest_);
    }
    return greatest_;
  }

  /// The same where at least ten values lie beyond it, so that it is no single accident: p99.9 takes 10,000 values.
  std::optional<std::uint64_t> tail(double q) const noexcept {
    constexpr double fewest_beyond = 10;
    if (static_cast<double>(count_) * (1 - q) < fewest_beyond - 1e-6) return std::nullopt;
    return quantile(q);
  }

 private:
  static constexpr unsigned bits = 7;
  static constexpr std::size_t per_doubling = std::size_t{1} << bits;

  static constexpr unsigned shift_of(std::uint64_t ns) noexcept {
    const auto width = static_cast<unsigned>(std::bit_width(ns));
    return width <= bits + 1 ? 0 : width - bits - 1;
  }
  static constexpr std::size_t bucket_of(std::uint64_t ns) noexcept {
    const unsigned shift = shift_of(ns);
    return shift * per_doubling + static_cast<std::size_t>(ns >> shift);
  }
  static constexpr std::uint64_t middle_of(std::size_t bucket) noexcept {
    if (bucket < 2 * per_doubling) return bucket;
    const std::size_t shift = bucket / per_doubling - 1;
    const std::uint64_t lowest = std::uint64_t{bucket - shift * per_doubling} << shift;
    return lowest + (std::uint64_t{1} << shift) / 2;
  }

  static constexpr std::size_t buckets = (64 - bits + 1) * per_doubling;
  std::array<std::uint64_t, buckets> counts_{};
  std::uint64_t count_ = 0;
  double sum_ = 0;
  std::uint64_t least_ = std::numeric_limits<std::uint64_t>::max();
  std::uint64_t greatest_ = 0;
};

}  // namespace volley::pingpong
