// SPDX-License-Identifier: MIT
#pragma once

// How long a wait may take: an absolute deadline of the steady clock, or Env::os::never; and a stop token, or never_stopped.

#include <volley/env/stop.hpp>
#include <volley/status.hpp>

#include <chrono>

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

/// What the caller of a wait gives, made into that.
template <class Env>
struct how_long {
  using os = typename Env::os;
  using time_point = typename os::time_point;
  using stop_token = typename os::stop_token;

  static auto for_ever() noexcept { return until(os::never); }
  static auto for_ever(const stop_token& stop) noexcept { return until(os::never, stop); }
  static auto until(time_point deadline) noexcept { return patience<Env, never_stopped>{deadline, unstoppable}; }
  static auto until(time_point deadline, const stop_token& stop) noexcept {
    return patience<Env, stop_token>{deadline, stop};
  }
  /// That much after now; `never` where the clock does not go so far.
  template <class Rep, class Period>
  static time_point after(std::chrono::duration<Rep, Period> d) noexcept {
    using seconds = std::chrono::duration<double>;
    const time_point now = os::now();
    if (!(d > d.zero())) return now;
    if (seconds(d) >= seconds(os::never - now)) return os::never;
    return now + std::chrono::ceil<typename os::duration>(d);
  }

 private:
  inline static constexpr never_stopped unstoppable{};
};

}  // namespace volley::detail
