// SPDX-License-Identifier: MIT
#pragma once

// Calls in flight from one thread to another: up to N at a time, each answered in place, served and collected in the order in which they
// were posted. Each has a cache line of its own if the larger of request and answer has up to 56 bytes and neither
// is aligned to more than 8.
//
// Who: one thread at a time is the caller (post and collect), one the server. f must not serve the same ring: until f returns, its call may look as
//   if nobody served it.
// Progress: post and try_collect are wait-free: at most one RMW, and a FUTEX_WAKE if the server sleeps on that very call. collect waits
//   until the oldest call is answered; serve, until the next one is posted. Asleep, each also waits while the other side, or who requested
//   the stop, is between its RMW and its FUTEX_WAKE. Answering is one RMW (a store where Wait never parks), and a
//   FUTEX_WAKE only if the caller sleeps on that very call.
// Memory: what the caller did before post() is visible to f; what f did, to the caller whose collect() has returned that answer, or closed.
// Errors: post() returns ok, or full when N calls are in flight; the request is untouched then. collect() returns the answer, empty when no
//   call is in flight, timeout, stopped, or closed if f threw on that call: there is no answer then, and the exception goes on through
//   serve(). serve() returns ok, timeout or stopped. A timeout or a stop takes nothing: the answer still comes, to a later collect(), the
//   call to a later serve(); a serve() that finds a call at once serves it, stopped or not. A call that was posted cannot be withdrawn. Nothing
//   else throws but the moves of Req and Resp: into the ring the
//   request's, before anything was posted; out of it the answer's, which is then destroyed, and the call is over.
// Destruction: destroys the requests that nobody served and the answers that nobody collected. A caller who has collected all that it
//   posted may destroy the ring at once, if the server starts no other serve(): its last touch of the memory is the one that answered. Else
//   every call must have returned first.
// Between processes: call_ring<Req, Resp, N, Wait, between_processes> in memory that both map, at any address, with requests and answers
//   that mean the same in both; one of them constructs it, before the other uses it. If one is killed inside a call, the ring is to be made anew.
//
// State: N times a word and storage (handoff/one_call.hpp has what they say, and the edges), and for each side a line of its own: which of
// them is next; and a line for both, seldom written: their seats (wait/seat.hpp). Posted and not yet collected are the in_flight places
// before to_post; the server goes round by itself, and learns from each word whether it may. The server sleeps on the word that it expects next, the caller on the one
// that it collects next. On one and the same: the server before the request, the caller after it.
// Waiting: Wait is busy_spin, spin_yield, spin_park (default) or park.
// Source: slots with a flag of their own in the place of shared indices: J. Giacomoni, T. Moseley, M. Vachharajani, "FastForward for
// efficient pipeline parallelism" (PPoPP 2008), and the answer written where the request was.

#include <volley/config.hpp>
#include <volley/env/native_wait.hpp>
#include <volley/env/scope.hpp>
#include <volley/env/stop.hpp>
#include <volley/handoff/one_call.hpp>
#include <volley/status.hpp>
#include <volley/wait/patience.hpp>
#include <volley/wait/policy.hpp>
#include <volley/wait/seat.hpp>

#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <utility>

namespace volley {

template <class Req, class Resp, std::size_t N, class Wait = spin_park, class Scope = in_process, class Env = native>
class call_ring {
  static_assert(N != 0, "a ring of no calls");
  using os = typename Env::os;
  using one_call = detail::one_call<Req, Resp, Wait, Scope, Env>;
  using accepted = typename one_call::accepted;

 public:
  using time_point = typename os::time_point;
  using stop_token = typename os::stop_token;

  call_ring() noexcept = default;
  call_ring(const call_ring&) = delete;
  call_ring& operator=(const call_ring&) = delete;
  ~call_ring() {
    for (; caller_.in_flight != 0; --caller_.in_flight) at(oldest()).clear();
  }

  // ---- the caller ----

  /// How many calls can be in flight.
  static constexpr std::size_t capacity() noexcept { return N; }
  /// How many calls are in flight: posted, and not yet collected.
  std::size_t in_flight() const noexcept { return caller_.in_flight; }

  /// Posts a call. ok, or full: then the request is untouched.
  [[nodiscard]] status post(Req&& request) {
    if (caller_.in_flight == N) return status::full;
    at(caller_.to_post).ask(std::move(request), one_call::request);
    caller_.to_post = after(caller_.to_post);
    ++caller_.in_flight;
    return status::ok;
  }
  [[nodiscard]] status post(const Req& request) { return caller_.in_flight == N ? status::full : post(Req(request)); }

  /// Waits for the answer to the oldest call in flight. empty: there is none; closed: serving it ended by an exception.
  [[nodiscard]] result<Resp> collect() { return collect_until(os::never, never_stopped{}); }

  /// The same until an absolute deadline of the steady clock (in the past: returns at once), or until a stop is requested; then timeout
  /// or stopped.
  [[nodiscard]] result<Resp> collect(time_point deadline) { return collect_until(deadline, never_stopped{}); }
  [[nodiscard]] result<Resp> collect(const stop_token& stop) { return collect_until(os::never, stop); }
  [[nodiscard]] result<Resp> collect(time_point deadline, const stop_token& stop) {
    return collect_until(deadline, stop);
  }

  /// The answer to the oldest call in flight, if it is there now; else empty.
  [[nodiscard]] result<Resp> try_collect() {
    if (caller_.in_flight == 0) return result<Resp>(status::empty);
    one_call c = at(oldest());
    if ((c.look() & one_call::done) == 0) return result<Resp>(status::empty);
    --caller_.in_flight;
    return c.take();
  }

  // ---- the server ----

  /// Waits for the next call and answers it by f(Req&&) -> Resp.
  template <class F>
  void serve(F&& f) {
    (void)serve_until(f, os::never, never_stopped{});
  }

  /// The same until a deadline, or until a stop is requested. ok, timeout or stopped.
  template <class F>
  [[nodiscard]] status serve(F&& f, time_point deadline) {
    return serve_until(f, deadline, never_stopped{});
  }
  template <class F>
  [[nodiscard]] status serve(F&& f, const stop_token& stop) {
    return serve_until(f, os::never, stop);
  }
  template <class F>
  [[nodiscard]] status serve(F&& f, time_point deadline, const stop_token& stop) {
    return serve_until(f, deadline, stop);
  }

  /// Answers the next call if it is there now. True if it did.
  template <class F>
  [[nodiscard]] bool try_serve(F&& f) {
    if ((at(server_.to_serve).look() & one_call::request) == 0) return false;
    answer(f);
    return true;
  }

 private:
  enum side : std::uint8_t { caller, server };
  struct slot {
    alignas(cache_line) typename one_call::word word{0U};
    typename one_call::storage held;
  };
  struct alignas(cache_line) caller_line {
    std::size_t to_post = 0;
    std::size_t in_flight = 0;
  };
  struct alignas(cache_line) server_line {
    std::size_t to_serve = 0;
  };

  one_call at(std::size_t place) noexcept { return {slots_[place].word, slots_[place].held}; }
  static std::size_t after(std::size_t place) noexcept { return place + 1 == N ? 0 : place + 1; }
  std::size_t oldest() const noexcept {
    return caller_.to_post >= caller_.in_flight ? caller_.to_post - caller_.in_flight
                                                : caller_.to_post + N - caller_.in_flight;
  }

  template <class Stop>
  result<Resp> collect_until(time_point deadline, const Stop& stop) {
    if (caller_.in_flight == 0) return result<Resp>(status::empty);
    const detail::patience<Env, Stop> p{deadline, stop};
    one_call c = at(oldest());
    const status s = c.template until<one_call::done>(seats_[caller], seats_[server], p);
    if (s != status::ok) return result<Resp>(s);
    --caller_.in_flight;
    return c.take();
  }

  template <class F, class Stop>
  status serve_until(F& f, time_point deadline, const Stop& stop) {
    const detail::patience<Env, Stop> p{deadline, stop};
    const status s = at(server_.to_serve).template until<one_call::request>(seats_[server], seats_[caller], p);
    if (s == status::ok) answer(f);
    return s;
  }
  /// Precondition: the next call is there. After its answer the ring may be gone.
  template <class F>
  void answer(F& f) {
    one_call c = at(server_.to_serve);
    server_.to_serve = after(server_.to_serve);
    c.answer(f, accepted::for_good);
  }

  caller_line caller_;
  server_line server_;
  alignas(cache_line) detail::seat<Env> seats_[2];
  slot slots_[N];
};

}  // namespace volley
