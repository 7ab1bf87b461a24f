// SPDX-License-Identifier: MIT
#pragma once

// A ring whose pushes wait for room and whose pops wait for elements, until it is closed and drained.
//   volley::channel<volley::mpmc_ring<job>> jobs(1024);
//   producers:  if (jobs.push(std::move(j)) == volley::status::closed) ...     jobs.close();
//   consumers:  for (job& j : jobs) run(j);
//
// Who: what the ring allows: of an spsc_ring one thread at a time pushes, and one pops (wait_ready and iteration are pops, too). close,
//   is_closed, is_drained, capacity, size_approx and empty_approx: any thread. Construction and destruction: alone, when every call has returned.
// Progress: a try_push, a try_pop or a close() never waits for a peer, wherever that stops or sleeps. Where the ring is wait-free or lock-free the two
//   are lock-free; of another ring (mpmc_ring) a peer that stops in the middle hides elements or keeps room, as its header says. They make a
//   system call only to wake somebody who sleeps. One exception: who tells an end that is polled or suspended (channel/pollable.hpp, waitable.hpp,
//   coroutine.hpp) waits while another thread is between the lock and the unlock of the list of those, a few steps. push, pop and wait_ready
//   wait for the other side, the close, the deadline or the stop; asleep, also while whoever wakes them is between its look and its FUTEX_WAKE,
//   and, of several who sleep, until the one woken before has looked and taken what it found: in process they are woken one after the other;
//   and who pops to the end for a producer that is in the middle of a push: till then try_pop says empty, not closed.
// Memory: what the producer did before its push is visible to who pops that element; what was done before close(), to who is told closed.
// Close: a push that said ok is delivered exactly once, before any pop says closed; a push that overlaps close() may go either way, and its
//   status says which. Nobody stays asleep: whoever waits when it is closed, or when the last element is gone, returns.
// Timeout and stop: a pop that says so has taken nothing, a push has left its argument untouched (of another type: what was made of it is
//   gone); one that ties with an element may say ok. A deadline in the past, or a duration of zero or less, is some looks and no sleep.
// Elements, exceptions: as the ring's. If an element throws while it goes in or comes out, the exception goes on, and the channel is as its
//   ring says. The constructor throws what the ring's does; make() returns null instead.
// Status: ok; full or empty, of the try_ forms only; closed; timeout, of the forms with a deadline; stopped, of those with a stop token.
// Between processes: channel<spsc_ring<T, N>, Wait, between_processes> in memory that all map, at any address; one of them constructs it. If one
//   is killed inside a call, the channel is to be made anew.
// Cost: nothing while nobody sleeps: see channel/waiting_ring.hpp, which has the algorithm. Waiting: Wait is busy_spin, spin_yield, spin_park
//   (default) or park.

#include <volley/channel/byte_channel.hpp>
#include <volley/channel/popping_iterator.hpp>
#include <volley/channel/waiting_ring.hpp>
#include <volley/env/scope.hpp>
#include <volley/ring/storage.hpp>
#include <volley/status.hpp>
#include <volley/wait/policy.hpp>

#include <chrono>
#include <concepts>
#include <cstddef>
#include <iterator>
#include <memory>
#include <new>
#include <optional>
#include <span>
#include <type_traits>
#include <utility>

namespace volley {

template <class Ring, class Wait, class Scope>
class channel : public detail::waiting_ring<Ring, Wait, Scope> {
  using base = detail::waiting_ring<Ring, Wait, Scope>;
  using base::for_ever, base::until, base::after;

 public:
  using value_type = typename Ring::value_type;
  using allocator_type = typename Ring::allocator_type;
  using typename base::stop_token;
  using typename base::time_point;

  channel() requires(!Ring::is_dynamic) = default;
  /// capacity: elements, 1 .. max_capacity().
  explicit channel(std::size_t capacity, const allocator_type& a = {}) requires(Ring::is_dynamic)
      : base(std::in_place, capacity, a) {}
  channel(const channel&) = delete;
  channel& operator=(const channel&) = delete;
  ~channel() = default;

  /// The way in without exceptions: null where the constructor would throw.
  static std::unique_ptr<channel> make(std::size_t capacity, const allocator_type& a = {}) noexcept
      requires(Ring::is_dynamic) {
    auto from = detail::ring_maker::try_memory<Ring>(capacity, a);
    return from ? std::unique_ptr<channel>(new (std::nothrow) channel(nullptr, std::move(*from))) : nullptr;
  }

  // Each that may wait has three forms; each of them takes a stop token as its last argument, or none.
  // name(...): for ever.   name_until(..., deadline): of the steady clock.   name_for(..., duration).

  /// Producer. Puts the element in. ok, closed, timeout or stopped.
  template <std::same_as<stop_token>... Stop>
  status push(const value_type& v, const Stop&... stop) requires(std::is_copy_constructible_v<value_type>) {
    return base::put(pushing(v), for_ever(stop...));
  }
  template <std::same_as<stop_token>... Stop>
  status push(value_type&& v, const Stop&... stop) {
    return base::put(pushing(std::move(v)), for_ever(stop...));
  }
  template <std::convertible_to<value_type> V = value_type, std::same_as<stop_token>... Stop>
  [[nodiscard]] status push_until(V&& v, time_point deadline, const Stop&... stop) {
    return base::put(pushing(element(std::forward<V>(v))), until(deadline, stop...));
  }
  template <std::convertible_to<value_type> V = value_type, class Rep, class Period, std::same_as<stop_token>... Stop>
  [[nodiscard]] status push_for(V&& v, std::chrono::duration<Rep, Period> d, const Stop&... stop) {
    return base::put(pushing(element(std::forward<V>(v))), until(after(d), stop...));
  }
  /// The same without waiting. ok, full or closed.
  [[nodiscard]] status try_push(const value_type& v) requires(std::is_copy_constructible_v<value_type>) {
    return base::try_put(pushing(v));
  }
  [[nodiscard]] status try_push(value_type&& v) { return base::try_put(pushing(std::move(v))); }

  /// Consumer. The oldest element. ok, closed, timeout or stopped; when not ok, out is untouched.
  template <std::same_as<stop_token>... Stop>
  status pop(value_type& out, const Stop&... stop) {
    return base::take(popping(out), for_ever(stop...));
  }
  template <std::same_as<stop_token>... Stop>
  [[nodiscard]] status pop_until(value_type& out, time_point deadline, const Stop&... stop) {
    return base::take(popping(out), until(deadline, stop...));
  }
  template <class Rep, class Period, std::same_as<stop_token>... Stop>
  [[nodiscard]] status pop_for(value_type& out, std::chrono::duration<Rep, Period> d, const Stop&... stop) {
    return base::take(popping(out), until(after(d), stop...));
  }
  /// ok, empty or closed.
  [[nodiscard]] status try_pop(value_type& out) { return base::try_take(popping(out)); }

  /// The same, of elements that need not exist before: a status, and the element if it is ok.
  template <std::same_as<stop_token>... Stop>
  [[nodiscard]] result<value_type> pop(const Stop&... stop) {
    return taken(for_ever(stop...));
  }
  template <std::same_as<stop_token>... Stop>
  [[nodiscard]] result<value_type> pop_until(time_point deadline, const Stop&... stop) {
    return taken(until(deadline, stop...));
  }
  template <class Rep, class Period, std::same_as<stop_token>... Stop>
  [[nodiscard]] result<value_type> pop_for(std::chrono::duration<Rep, Period> d, const Stop&... stop) {
    return taken(until(after(d), stop...));
  }
  [[nodiscard]] result<value_type> try_pop() {
    std::optional<value_type> out;
    return with(base::try_take(popping(out)), out);
  }

  /// Producer. Puts copies of all of these in, in order, in as many goes as it takes: more than the capacity, too. Between two goes others may push.
  template <std::same_as<stop_token>... Stop>
  batch push_n(std::span<const value_type> from, const Stop&... stop) {
    return put_all(from.begin(), from.size(), for_ever(stop...));
  }
  template <std::same_as<stop_token>... Stop>
  [[nodiscard]] batch push_n_until(std::span<const value_type> from, time_point deadline, const Stop&... stop) {
    return put_all(from.begin(), from.size(), until(deadline, stop...));
  }
  template <class Rep, class Period, std::same_as<stop_token>... Stop>
  [[nodiscard]] batch push_n_for(std::span<const value_type> from, std::chrono::duration<Rep, Period> d,
                                 const Stop&... stop) {
    return put_all(from.begin(), from.size(), until(after(d), stop...));
  }
  /// The same from an iterator that others of its range outlive: of a container, or std::make_move_iterator of one; not of a stream.
  template <std::input_iterator Iterator, std::same_as<stop_token>... Stop>
  batch push_n(Iterator first, std::size_t count, const Stop&... stop) {
    return put_all(first, count, for_ever(stop...));
  }
  /// What there is room for now; full: not for all; closed: not for all any more.
  [[nodiscard]] batch try_push_n(std::span<const value_type> from) {
    std::size_t in = 0;
    const status s = from.empty() ? status::ok : base::try_put(pushing_n(from.begin(), from.size(), in));
    if (s != status::ok || in == from.size()) return {in, s};
    return {in, base::is_closed() ? status::closed : status::full};
  }

  /// Consumer. Waits for an element, and takes what there is, at most as many as there is room for.
  template <std::same_as<stop_token>... Stop>
  batch pop_n(std::span<value_type> to, const Stop&... stop) {
    return take_some(to, for_ever(stop...));
  }
  template <std::same_as<stop_token>... Stop>
  [[nodiscard]] batch pop_n_until(std::span<value_type> to, time_point deadline, const Stop&... stop) {
    return take_some(to, until(deadline, stop...));
  }
  template <class Rep, class Period, std::same_as<stop_token>... Stop>
  [[nodiscard]] batch pop_n_for(std::span<value_type> to, std::chrono::duration<Rep, Period> d, const Stop&... stop) {
    return take_some(to, until(after(d), stop...));
  }
  [[nodiscard]] batch try_pop_n(std::span<value_type> to) {
    std::size_t out = 0;
    const status s = to.empty() ? status::ok : base::try_take(popping_n(to, out));
    return {out, s};
  }

  /// Consumer. for (T& element : ch): pops, until the channel is closed and drained. The element lives until the next one is asked for.
  auto begin() { return detail::popping_iterator(*this); }
  static std::default_sentinel_t end() noexcept { return {}; }

 private:
  explicit channel(std::nullptr_t, auto&& memory) noexcept : base(nullptr, std::forward<decltype(memory)>(memory)) {}

  /// v itself, or, where it is not an element yet, the element that it becomes: once, for each try would use it up.
  template <class V>
  static decltype(auto) element(V&& v) {
    if constexpr (std::is_same_v<std::remove_cvref_t<V>, value_type>) return std::forward<V>(v);
    if constexpr (!std::is_same_v<std::remove_cvref_t<V>, value_type>) return value_type(std::forward<V>(v));
  }

  // ---- one try of each, as waiting_ring wants it ----

  template <class V>
  auto pushing(V&& v) noexcept {
    return [this, &v] { return base::ring().try_push(std::forward<V>(v)); };
  }
  template <class Out>
  auto popping(Out& out) noexcept {
    return [this, &out] {
      if constexpr (std::is_same_v<Out, value_type>) return base::ring().try_pop(out);
      if constexpr (!std::is_same_v<Out, value_type>) {
        if (auto got = base::ring().try_pop()) out.emplace(std::move(*got));  // an element need not be assignable
        return out.has_value();
      }
    };
  }
  template <class Iterator>
  auto pushing_n(Iterator first, std::size_t count, std::size_t& in) noexcept {
    return [this, first, count, &in] { return (in = base::ring().try_push_n(first, count)) != 0; };
  }
  auto popping_n(std::span<value_type> to, std::size_t& out) noexcept {
    return [this, to, &out] { return (out = base::ring().try_pop_n(to)) != 0; };
  }

  static result<value_type> with(status s, std::optional<value_type>& out) {
    return s == status::ok ? result<value_type>(std::move(*out)) : result<value_type>(s);
  }
  template <class Patience>
  result<value_type> taken(const Patience& p) {
    std::optional<value_type> out;
    return with(base::take(popping(out), p), out);
  }
  template <class Iterator, class Patience>
  batch put_all(Iterator first, std::size_t count, const Patience& p) {
    batch all;
    using distance = std::iter_difference_t<Iterator>;
    for (std::size_t in = 0; all.count != count; std::ranges::advance(first, static_cast<distance>(in))) {
      in = 0;
      all.why = base::put(pushing_n(first, count - all.count, in), p);
      all.count += in;
      if (all.why != status::ok) break;
    }
    return all;
  }
  template <class Patience>
  batch take_some(std::span<value_type> to, const Patience& p) {
    std::size_t out = 0;
    const status s = to.empty() ? status::ok : base::take(popping_n(to, out), p);
    return {out, s};
  }
};

}  // namespace volley
