// SPDX-License-Identifier: MIT
#pragma once

// The one Python interpreter: started when the first of its rows comes, then told what to run by a line a round.

#include "../program/ending.hpp"
#include "contestant.hpp"
#include "pair.hpp"

#include <cstdint>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace volley::pingpong {

class python_peer {
 public:
  /// Throws cannot_measure when it does not start.
  python_peer(const std::string& interpreter, const std::vector<int>& all_cpus);

  /// Its answer without the leading "ok"; throws cannot_measure when there is none, now and ever after.
  std::string ask(const std::string& order);

  /// "3.11.2"
  const std::string& version() const { return version_; }

 private:
  struct closer {
    void operator()(std::FILE* f) const { std::fclose(f); }
  };
  using stream = std::unique_ptr<std::FILE, closer>;

  std::string read_line();

  std::optional<program::ending::child> process_;
  stream to_;
  stream from_;
  std::string version_;
};

/// One of its mechanisms, between two of its threads or processes.
class python_handoff final : public contestant {
 public:
  python_handoff(python_peer& peer, std::string_view name, std::string_view who, const cpus& where);
  cost run(std::uint32_t trips) override;
  cost run_timed(const pace& p, histogram& into) override;

 private:
  std::string order(std::uint32_t trips, int timed) const;

  python_peer& peer_;
  std::string name_;
  std::string who_;
  int lead_cpu_;
  int follow_cpu_;
};

}  // namespace volley::pingpong
