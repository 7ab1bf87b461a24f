// SPDX-License-Identifier: MIT
#pragma once

// How long a wait may take: an absolute deadline of the steady clock, or Env::os::never; and a stop token, or never_stopped.

#include <volley/env/stop.hpp>
#include <volley/status.hpp>

namespace volley::detail {

template <class Env, class Stop>
struct patience {
  using os = typename Env::os;

  typename os::time_point deadline;
  const Stop& stop;

  bool is_over() const { return stop.stop_requested() || (deadline != os::never && os::now() >= deadline); }
  /// Why it ended, once it has.
  status why() const { return stop.stop_requested() ? status::stopped : status::timeout; }
};

}  // namespace volley::detail
