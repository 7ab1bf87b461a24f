// SPDX-License-Identifier: MIT
#pragma once

// Volley's own, by the same concept: one adapter for every channel.

#include "rivals/adapter.hpp"

#include <volley/channel/channel.hpp>
#include <volley/status.hpp>

#include <cstddef>
#include <span>

namespace volley::bench {

template <class T, class Channel, class Roles>
class volley_channel : public Roles {
 public:
  explicit volley_channel(std::size_t capacity) requires std::constructible_from<Channel, std::size_t>
      : channel_(capacity) {}
  explicit volley_channel(std::size_t /*capacity*/) requires(!std::constructible_from<Channel, std::size_t>) {}

  bool try_push(const T& value) { return channel_.push(value) == status::ok; }
  bool try_pop(T& out) { return channel_.pop(out) == status::ok; }
  std::size_t try_push_n(std::span<const T> from) { return channel_.push_n(from).count; }
  std::size_t try_pop_n(std::span<T> into) { return channel_.pop_n(into).count; }

 private:
  Channel channel_;
};

}  // namespace volley::bench
