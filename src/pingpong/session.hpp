// SPDX-License-Identifier: MIT
#pragma once

// Everything that runs: the two pairs, Python, and where they are put.

#include "contestant.hpp"
#include "pair.hpp"
#include "python_peer.hpp"
#include "rows.hpp"

#include <array>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace volley::pingpong {

struct session_setup {
  std::vector<int> usable;            ///< CPUs
  std::vector<int> chosen;            ///< two of them, or the only one
  std::optional<std::string> python;  ///< path
  std::size_t ring_capacity = 0;
  std::size_t payload_bytes = 0;  ///< 0, or one of payload_sizes
  std::size_t pairs = 1;          ///< of threads at once
};

class session {
 public:
  /// Forks. Call it while this is the only thread.
  explicit session(session_setup setup);

  /// Puts both parties of this kind in their place.
  void enter(parties who, placement where);

  /// What the name stands for, for the parties and the place of the last enter().
  std::unique_ptr<contestant> contestant_of(mechanism_name name);

  cpus cpus_of(placement where) const;
  std::string python_version() const { return python_ ? python_->version() : ""; }

 private:
  pair& here() { return *pairs_[static_cast<std::size_t>(who_)]; }
  python_peer& python();

  session_setup setup_;
  std::array<std::unique_ptr<pair>, 2> pairs_;
  std::vector<catalogue> crowd_;  ///< of several pairs at once the mechanisms of each; else empty
  std::optional<python_peer> python_;
  std::string python_failure_;
  parties who_ = parties::threads;
  placement where_ = placement::unpinned;
};

}  // namespace volley::pingpong
