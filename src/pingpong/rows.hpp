// SPDX-License-Identifier: MIT
#pragma once

// The table that `volley pingpong` fills: which rows there are, against which floor each is held, and what is known of
// each in the end. Reading order: floors, ours, what it is compared to, what it costs to make a party.

#include "pair.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace volley::pingpong {

enum class placement : std::uint8_t { two_cpus, one_cpu, unpinned };
enum class kind : std::uint8_t { floor, volley, baseline, creation };

inline constexpr std::array every_party{parties::threads, parties::processes};
inline constexpr std::array every_placement{placement::two_cpus, placement::one_cpu, placement::unpinned};

std::string_view to_string(parties p);
std::string_view to_string(placement p);
std::string_view to_string(kind k);

/// "Two threads on two CPUs", for people.
std::string title_of(parties who, placement where);

/// What is known of a row before it is measured.
struct row_spec {
  mechanism_name name;
  kind what = kind::baseline;
  parties who = parties::threads;
  placement where = placement::two_cpus;
  std::vector<std::string_view> floors;  ///< its floor; of several, the one that is lowest here
  std::string_view reason;               ///< why it cannot be measured; else empty
  bool in_quick = false;

  /// "turn/park", or "pipe" where there is no wait mode.
  std::string label() const;
};

struct rtt {
  double p25 = 0, p50 = 0, p90 = 0, p99 = 0;
  std::optional<double> p999;  ///< needs 10,000 samples
  double max = 0;
};

struct ratio {
  std::string floor;
  double p25 = 0, p50 = 0, p75 = 0;
};

struct figures {
  rtt rtt_ns;
  ratio to_floor;
  double cpu_s_per_million = 0;
  double switches_per_rtt = 0;
  std::size_t samples = 0;
  std::size_t rounds = 0;
};

/// A row with its figures, or with the reason why there are none.
struct row {
  row_spec spec;
  std::optional<figures> seen;
  std::string reason;
};

/// What a row depends on beside itself.
struct surroundings {
  std::size_t cpus;  ///< usable
  bool has_python;
  std::size_t pairs = 1;  ///< of threads at once
};

/// Every row there, in the order in which they are measured.
std::vector<row_spec> every_row(const surroundings& in);

}  // namespace volley::pingpong
