// SPDX-License-Identifier: MIT
#pragma once

// What a ring or queue must offer to be compared, whoever wrote it. An adapter is a class template over the element; a header of
// this folder ends with the list of its adapters, `in_HEADER`.
//
// Beyond the concept an adapter may have
//   try_push_n(span), try_pop_n(span) -> how many      where the thing has batches
//   producer(), consumer()                             an end for one thread, where the thing's fast mode needs one (tokens)
//   takes                                              false for elements that it cannot hold
//   needs_a_cpu_each                                   true if who has claimed spins, without an end, until all have gone on who claimed before
// Where its mode waits in its own way, "try" does, and never says full or empty.

#include "guarantee.hpp"

#include <concepts>
#include <cstddef>
#include <span>
#include <string_view>
#include <utility>

namespace volley::bench {

/// For those whose capacity is part of the type; all others are given the same one.
inline constexpr std::size_t usual_capacity = 1024;

template <class A, class T>
concept fifo_adapter = std::constructible_from<A, std::size_t> && requires(A& a, const T& in, T& out) {
  { a.try_push(in) } -> std::same_as<bool>;
  { a.try_pop(out) } -> std::same_as<bool>;
  { A::name } -> std::convertible_to<std::string_view>;
  { A::mode } -> std::convertible_to<std::string_view>;  // which of its modes
  { A::promises } -> std::convertible_to<guarantee>;     // and what that promises
  { A::many_producers } -> std::convertible_to<bool>;
  { A::many_consumers } -> std::convertible_to<bool>;
};

template <class End, class T>
concept has_batches = requires(End& end, std::span<const T> in, std::span<T> out) {
  { end.try_push_n(in) } -> std::same_as<std::size_t>;
  { end.try_pop_n(out) } -> std::same_as<std::size_t>;
};

template <template <class> class... A>
struct adapters {};

/// Bases of adapters: who may call it at the same time.
template <bool ManyProducers, bool ManyConsumers>
struct roles {
  static constexpr bool many_producers = ManyProducers;
  static constexpr bool many_consumers = ManyConsumers;
};
using one_to_one = roles<false, false>;
using many_to_one = roles<true, false>;
using one_to_many = roles<false, true>;
using many_to_many = roles<true, true>;

/// What one thread pushes to, or pops from.
template <class A>
decltype(auto) producer_end(A& a) {
  if constexpr (requires { a.producer(); }) {
    return a.producer();
  } else {
    return (a);
  }
}
template <class A>
decltype(auto) consumer_end(A& a) {
  if constexpr (requires { a.consumer(); }) {
    return a.consumer();
  } else {
    return (a);
  }
}

template <class A>
constexpr bool takes_its_element = true;
template <class A>
requires requires { A::takes; }
constexpr bool takes_its_element<A> = A::takes;

template <class A>
constexpr bool wants_cpus = false;
template <class A>
requires requires { A::needs_a_cpu_each; }
constexpr bool wants_cpus<A> = A::needs_a_cpu_each;

}  // namespace volley::bench
