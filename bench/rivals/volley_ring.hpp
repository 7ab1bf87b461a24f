// SPDX-License-Identifier: MIT
#pragma once

// Volley's own, by the same concept: one adapter for every ring. Ring is a type; Name says which it is.

#include "adapter.hpp"

#include <cstddef>
#include <span>

namespace volley::bench {

template <class T, class Ring, class Roles>
class volley_ring : public Roles {
 public:
  explicit volley_ring(std::size_t capacity) requires std::constructible_from<Ring, std::size_t> : ring_(capacity) {}
  explicit volley_ring(std::size_t /*capacity*/) requires(!std::constructible_from<Ring, std::size_t>) {}

  bool try_push(const T& value) { return ring_.try_push(value); }
  bool try_pop(T& out) { return ring_.try_pop(out); }
  std::size_t try_push_n(std::span<const T> from) requires requires(Ring& r) { r.try_push_n(from); }
  { return ring_.try_push_n(from); }
  std::size_t try_pop_n(std::span<T> into) requires requires(Ring& r) { r.try_pop_n(into); }
  { return ring_.try_pop_n(into); }

 private:
  Ring ring_;
};

}  // namespace volley::bench
