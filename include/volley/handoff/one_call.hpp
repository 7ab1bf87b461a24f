// SPDX-License-Identifier: MIT
#pragma once

// One call and its answer in one place: a word, and storage that holds the request, then the answer. What call_slot and the slots of
// call_ring have in common; the waiting is wait/wait_on.hpp's.
//
// Who: one thread at a time acts as the caller, one as the server.
// Progress: ask is wait-free: one RMW (a store where Wait never parks), and a FUTEX_WAKE if the server sleeps. accept and finish are wait-free
//   for a call that cannot be withdrawn (no RMW; one, or a store), and lock-free for one that can: their CAS fails only because the caller went to sleep, woke or left.
// Memory: what the caller did before ask() is visible to the server after accept(); what the server did before finish(), to the caller that
//   sees the answer.
//
// State: one bit of the word says where the call is; `revocable` stands beside `request`. wait_on adds its `parked`.
//   0          nothing was asked yet, or it was withdrawn        the storage is empty
//   request    the caller asked and waits                        holds the request; with `revocable` the caller may take it back
//   taken      the server has accepted a revocable request       the server's
//   abandoned  ... and the caller has gone since                 the server's
//   answered   the server is done                                holds the answer; empty once the caller has taken it
//   failed     the server is done, and there is no answer        empty
// A call that cannot be withdrawn goes request -> answered -> request: each side changes the word once a call, and nobody needs to
// take anything. One that can be is withdrawn by a CAS request -> 0 and taken by a CAS request -> taken, of which one succeeds. After
// that it is left by a CAS taken -> abandoned and answered by a CAS taken -> answered: again one succeeds. What nobody waits for any
// more, the server destroys before it makes the word 0.
// The server sleeps while there is no request, the caller while there is one or it is being served, or while the server is busy
// with an abandoned one: never both, so one parked bit is enough. A side sleeps on a value that only the other side ends, and that comes
// back after the other side's wake only.
//
// Edges
//   post  wait_on.hpp replace: w.exchange, hand_over: w.store -> accept: w.CAS, finish: w.CAS -> wait_on.hpp look: w.load
//     the request is written before it is read, even one that was asked anew since the last look; the answer, before it is taken
//     dies: CallSlotModel.EveryOrderIsNeeded

#include <volley/status.hpp>
#include <volley/wait/patience.hpp>
#include <volley/wait/seat.hpp>
#include <volley/wait/wait_on.hpp>

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <utility>

namespace volley::detail {

/// What the storage of a call holds. Whoever constructs it says which, and destroys that member before the whole.
template <class Req, class Resp>
union request_or_answer {
  enum class asked : bool { tag };
  enum class answered : bool { tag };

  request_or_answer(asked, Req&& r) : request(std::move(r)) {}
  request_or_answer(answered, Resp&& r) : answer(std::move(r)) {}
  request_or_answer(const request_or_answer&) = delete;
  request_or_answer& operator=(const request_or_answer&) = delete;
  ~request_or_answer() {}  // NOLINT(modernize-use-equals-default): it would be deleted

  Req request;
  Resp answer;
};

/// A view of the word and the storage of one call.
template <class Req, class Resp, class Wait, class Scope, class Env>
class one_call {
  using enum std::memory_order;
  using waiting = wait_on<Env, Wait, Scope>;
  using content = request_or_answer<Req, Resp>;

 public:
  using bits = std::uint32_t;
  using word = typename Env::template atomic<bits>;
  using storage = typename Env::template cell<content>;
  static constexpr bits request = 1;
  static constexpr bits revocable = 2;
  static constexpr bits taken = 4;
  static constexpr bits abandoned = 8;
  static constexpr bits answered = 16;
  static constexpr bits failed = 32;
  static constexpr bits done = answered | failed;
  enum class accepted : std::uint8_t { nothing, for_good, revocable };

  one_call(word& w, storage& held) noexcept : w_(w), held_(held) {}

  bits look() const noexcept { return waiting::look(w_); }

  // ---- the caller ----

  /// Asks. kind: request, or request | revocable.
  void ask(Req&& r, bits kind) {
    held_.construct(content::asked::tag, std::move(r));
    waiting::hand_over(w_, kind);
  }
  /// Waits until one of these bits is there. ok, timeout or stopped.
  template <bits AnyOf, class Stop>
  status until(seat<Env>& mine, seat<Env>& peer, const patience<Env, Stop>& p) {
    return waiting::until(
        w_, [](bits seen) { return (seen & AnyOf) != 0; }, mine, peer, p);
  }
  /// Waits until the server is done with a call that was abandoned.
  template <class Stop>
  status until_idle(seat<Env>& mine, seat<Env>& peer, const patience<Env, Stop>& p) {
    return waiting::until(
        w_, [](bits seen) { return (seen & abandoned) == 0; }, mine, peer, p);
  }
  /// Takes the answer. Precondition: it is answered or failed.
  result<Resp> take() {
    if ((look() & failed) != 0) [[unlikely]]
      return result<Resp>(status::closed);
    const emptying<&content::answer> end{*this};
    return result<Resp>(std::move(held_.value().answer));
  }
  /// Withdraws or abandons a revocable call. False if the answer was faster.
  bool give_up() {
    for (;;) {
      bits seen = look();
      if ((seen & done) != 0) return false;
      const bool mine = (seen & request) != 0;
      // The parked bit is not there: this side sleeps no more, and the other not yet.
      // ~ own; ~ hint(post)
      if (!w_.compare_exchange_strong(seen, mine ? 0 : abandoned, relaxed, relaxed)) continue;
      if (mine) empty<&content::request>();
      return true;
    }
  }

  // ---- the server ----

  /// Makes the request the server's. nothing: there is none, or it was withdrawn just now.
  accepted accept() {
    for (;;) {
      bits seen = look();
      if ((seen & request) == 0) return accepted::nothing;
      if ((seen & revocable) == 0) return accepted::for_good;
      const bits next = taken | (seen & waiting::parked);
      const bool mine =
          w_.compare_exchange_strong(seen, next, acquire, relaxed);  // <- post: it may be read; ~ hint(post)
      if (mine) return accepted::revocable;
    }
  }
  /// Answers what was accepted. If that throws, the call has failed.
  template <class F>
  void answer(F& f, accepted how) {
    finishing end{*this, how};
    Resp a = asked(f);
    held_.construct(content::answered::tag, std::move(a));
    end.as = answered;
  }

  /// Destroys what was asked and never served, or answered and never taken. For the end of the object around it.
  void clear() noexcept {
    const bits seen = look();
    if ((seen & request) != 0) empty<&content::request>();
    if ((seen & answered) != 0) empty<&content::answer>();
  }

 private:
  template <auto Member>
  void empty() noexcept {
    std::destroy_at(std::addressof(held_.value().*Member));
    held_.destroy();
  }
  /// Destroys what the storage holds, when it ends itself.
  template <auto Member>
  struct emptying {
    one_call& call;

    ~emptying() { call.template empty<Member>(); }
  };

  /// Ends a call, however its service ends.
  struct finishing {
    one_call& call;
    accepted how;
    bits as = failed;

    ~finishing() { call.finish(as, how); }
  };

  template <class F>
  Resp asked(F& f) {
    const emptying<&content::request> end{*this};
    return std::invoke(f, std::move(held_.value().request));
  }

  /// Its last touch of the memory is the one that ends the call.
  void finish(bits as, accepted how) noexcept {
    if (how == accepted::for_good) return waiting::hand_over(w_, as);
    const word* const address = &w_;
    for (;;) {
      bits seen = look();
      if ((seen & abandoned) != 0) {
        if (as == answered) empty<&content::answer>();
        return waiting::hand_over(w_, 0);
      }
      const bool over =
          w_.compare_exchange_strong(seen, as, release, relaxed);  // -> post: it may be taken; ~ hint(post)
      if (over) return waiting::wake(address, seen);
    }
  }

  word& w_;
  storage& held_;
};

}  // namespace volley::detail
