// SPDX-License-Identifier: MIT
#pragma once

// What a call that may wait, fail or be given up says of its end.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <type_traits>
#include <utility>

namespace volley {

enum class status : std::uint8_t {
  ok,       ///< done
  full,     ///< no room; nothing was changed, the argument is untouched
  empty,    ///< nothing there; nothing was changed
  closed,   ///< closed, and drained of what was in it
  timeout,  ///< the deadline passed first
  stopped,  ///< the stop token was triggered first
};

constexpr std::string_view to_string(status s) noexcept {
  switch (s) {
    case status::ok:
      return "ok";
    case status::full:
      return "full";
    case status::empty:
      return "empty";
    case status::closed:
      return "closed";
    case status::timeout:
      return "timeout";
    case status::stopped:
      return "stopped";
  }
  return "unknown";
}

/// A status, and the value if the status is ok.
template <class T>
class result {
 public:
  using value_type = T;
  static_assert(!std::is_same_v<std::remove_cv_t<T>, status>,
                "a result of a status could not tell a value from a reason");

  /// Without a value: why is anything but ok.
  constexpr explicit result(status why) noexcept : why_(why) {}
  constexpr explicit result(T value) : value_(std::move(value)), why_(status::ok) {}

  constexpr status why() const noexcept { return why_; }
  constexpr bool has_value() const noexcept { return value_.has_value(); }
  constexpr explicit operator bool() const noexcept { return has_value(); }

  /// Precondition of the three: has_value().
  constexpr T& operator*() & noexcept { return *value_; }
  constexpr const T& operator*() const& noexcept { return *value_; }
  constexpr T&& operator*() && noexcept { return std::move(*value_); }
  constexpr T* operator->() noexcept { return std::addressof(*value_); }
  constexpr const T* operator->() const noexcept { return std::addressof(*value_); }

 private:
  std::optional<T> value_;
  status why_;
};

/// How a batch ended: how many elements went in or came out, and ok, or why not all (of a push), or why none (of a pop).
struct batch {
  std::size_t count = 0;
  status why = status::ok;

  explicit operator bool() const noexcept { return why == status::ok; }
};

}  // namespace volley
