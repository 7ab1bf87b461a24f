// SPDX-License-Identifier: MIT
#pragma once

// A call from one thread to another, and its answer, through one place: the request, the answer and the word that says where the call is
// share a cache line if the larger of the two has up to 48 bytes and neither is aligned to more than 16, so that a call and its answer move one
// line there and back.
//
// Who: one thread at a time calls, one serves. f must not call or serve the same slot: until f returns, its call may look as if nobody served it.
// Progress: call waits while the server does not serve, and, after a call that was given up, while the server is still busy with that.
//   serve waits while nobody calls. Asleep, each also waits while the other side, or who requested the stop, is between its RMW and its
//   FUTEX_WAKE. Answering is one RMW (a store where Wait never parks), and a FUTEX_WAKE only if the caller sleeps. try_serve does not wait
//   (its f may).
// Memory: what the caller did before call() is visible to f; what f did, to the caller whose call() has returned ok or closed.
// Errors: call() returns the answer, timeout, stopped, or closed if f threw: there is no answer then, and the exception goes on through
//   serve(). serve() returns ok, timeout or stopped. Nothing else throws but the moves of Req and Resp: into the slot the request's, before
//   anything was asked; out of it the answer's, which is then destroyed.
//   A call that is given up before the server has accepted it never was: the server does not see it, the caller destroys the request. If
//   the server was faster, call() says timeout or stopped all the same, and f is run to its end; the server destroys its answer. Until then
//   the slot is busy: the next call waits for that, within its own deadline. An answer that ties with the deadline or the stop is an answer. A
//   serve() that times out or is stopped takes nothing; one that finds a call at once serves it, stopped or not.
//   A call whose stop has been requested already does not ask; one whose deadline has passed asks, and gives up after the first polls.
// Destruction: a caller whose call() has just returned ok or closed may destroy the slot at once, if the server starts no other serve():
//   its last touch of the memory is the one that answered. Not after a timeout or a stop.
// Between processes: call_slot<Req, Resp, Wait, between_processes> in memory that both map, at any address, with requests and answers that
//   mean the same in both; one of them constructs it, before the other uses it. If one is killed inside a call, the slot is to be made anew.
//
// State: handoff/one_call.hpp has the word, what it says, and the edges; here are two seats (wait/seat.hpp) beside it. The deadline or the
// stop token makes a call revocable, which costs the server two CAS in the place of one exchange, or store; a call without either costs
// one RMW on each side, or one store where Wait never parks: then the token leaves the CPU right behind what goes with it.
// Waiting: Wait is busy_spin, spin_yield, spin_park (default) or park.
// Source: the request slot of a combining scheme for one client (RCL: J.-P. Lozi et al., "Remote core locking", USENIX ATC 2012).

#include <volley/config.hpp>
#include <volley/env/native_wait.hpp>
#include <volley/env/scope.hpp>
#include <volley/env/stop.hpp>
#include <volley/handoff/one_call.hpp>
#include <volley/status.hpp>
#include <volley/wait/patience.hpp>
#include <volley/wait/policy.hpp>
#include <volley/wait/seat.hpp>

#include <cstdint>
#include <type_traits>
#include <utility>

namespace volley {

template <class Req, class Resp, class Wait = spin_park, class Scope = in_process, class Env = native>
class call_slot {
  using os = typename Env::os;
  using one_call = detail::one_call<Req, Resp, Wait, Scope, Env>;
  using accepted = typename one_call::accepted;
  enum side : std::uint8_t { caller, server };

 public:
  using time_point = typename os::time_point;
  using stop_token = typename os::stop_token;

  call_slot() noexcept : word_(0U) {}
  call_slot(const call_slot&) = delete;
  call_slot& operator=(const call_slot&) = delete;
  ~call_slot() = default;  // what is in it belongs to a call that has not returned

  /// Asks, and waits for the answer. closed: serving it ended by an exception.
  [[nodiscard]] result<Resp> call(Req request) { return call_until(std::move(request), os::never, never_stopped{}); }

  /// The same until an absolute deadline of the steady clock, or until a stop is requested; then timeout or stopped.
  [[nodiscard]] result<Resp> call(Req request, time_point deadline) {
    return call_until(std::move(request), deadline, never_stopped{});
  }
  [[nodiscard]] result<Resp> call(Req request, const stop_token& stop) {
    return call_until(std::move(request), os::never, stop);
  }
  [[nodiscard]] result<Resp> call(Req request, time_point deadline, const stop_token& stop) {
    return call_until(std::move(request), deadline, stop);
  }

  /// Waits for a call and answers it by f(Req&&) -> Resp.
  template <class F>
  void serve(F&& f) {
    (void)serve_until(f, os::never, never_stopped{});
  }

  /// The same until a deadline (in the past: returns at once), or until a stop is requested. ok, timeout or stopped.
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

  /// Answers a call if there is one now. True if it did.
  template <class F>
  [[nodiscard]] bool try_serve(F&& f) {
    one_call c(word_, held_);
    const accepted how = c.accept();
    if (how == accepted::nothing) return false;
    c.answer(f, how);
    return true;
  }

 private:
  template <class Stop>
  result<Resp> call_until(Req&& request, time_point deadline, const Stop& stop) {
    const detail::patience<Env, Stop> p{deadline, stop};
    one_call c(word_, held_);
    if ((c.look() & one_call::abandoned) != 0) [[unlikely]] {
      const status s = c.until_idle(seats_[caller], seats_[server], p);
      if (s != status::ok) return result<Resp>(s);
    }
    if (stop.stop_requested()) return result<Resp>(status::stopped);
    const bool is_revocable = !std::is_same_v<Stop, never_stopped> || deadline != os::never;
    c.ask(std::move(request), one_call::request | (is_revocable ? one_call::revocable : 0U));
    const status s = c.template until<one_call::done>(seats_[caller], seats_[server], p);
    if (s != status::ok && c.give_up()) return result<Resp>(s);
    return c.take();
  }

  template <class F, class Stop>
  status serve_until(F& f, time_point deadline, const Stop& stop) {
    const detail::patience<Env, Stop> p{deadline, stop};
    one_call c(word_, held_);
    for (;;) {
      const status s = c.template until<one_call::request>(seats_[server], seats_[caller], p);
      if (s != status::ok) return s;
      const accepted how = c.accept();
      if (how == accepted::nothing) continue;  // withdrawn in this moment
      c.answer(f, how);
      return status::ok;
    }
  }

  alignas(cache_line) typename one_call::word word_;
  detail::seat<Env> seats_[2];
  typename one_call::storage held_;
};

}  // namespace volley
