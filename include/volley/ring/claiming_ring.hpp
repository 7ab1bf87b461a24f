// SPDX-License-Identifier: MIT
#pragma once

// The face of a ring whose threads claim slots first and then work in them: pushes, pops, batches and guards, written once over what
// claims. Who may call what, progress and memory are the claims' own: see the header that names the ring.
//
// Claims is the algorithm. Positions of slots are of type index; a run { first, size } is slots one behind the other.
//   claim_free(n) -> run    the next slots to fill, at most n      publish(s, p)   slot s of position p holds its element from now on
//   claim_full(n) -> run    the oldest elements, at most n         vacate(s, p)    slot s, whose element was destroyed, is free
//   give_back(run)          claimed to fill, but will not be       after(p, n)     n positions on, at most a lap
//   at(p) -> slot&          its cell is `value`                    seal(), is_sealed(), size(), capacity(), max_capacity()
//   one_producer, one_consumer   true: one thread at a time has that role      taken(run, n)   one consumer: its claim ends here, with n taken
//   run.where, slot_after(slot*)   only where the first slot of a run is found once, at the claim
//   is_ready()              a claim_full(1) would find something, if only a hole
//   all_at_once             only where one claim takes all that is ready
//   memory                  the array of slots, made here for a storage that is dynamic
//   most_in_guard           only where slots are claimed one at a time, from anywhere: runs are of size 0 or 1, and there is no after()
// All of them noexcept. Who claimed a slot owns it until it publishes, vacates or gives it back, so that nothing here is atomic.

#include <volley/env/role.hpp>
#include <volley/ring/claimed.hpp>
#include <volley/ring/guards.hpp>
#include <volley/ring/storage.hpp>

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <memory>
#include <new>
#include <optional>
#include <span>
#include <type_traits>
#include <utility>

namespace volley::detail {

template <class Claims>
class claiming_ring {
  using index = held_slots<Claims>;  // what a guard begins with
  using run = typename Claims::run;
  using memory = typename Claims::memory;

 public:
  using value_type = typename Claims::value_type;
  using env = typename Claims::env;
  /// Its capacity is chosen at run time; one thread at a time pushes; one pops.
  static constexpr bool is_dynamic = Claims::is_dynamic;
  static constexpr bool one_producer = Claims::one_producer;
  static constexpr bool one_consumer = Claims::one_consumer;
  static_assert(std::is_nothrow_destructible_v<value_type>, "an element's destructor must not throw");
  using allocator_type = typename memory::allocator_type;

  claiming_ring() requires(!Claims::is_dynamic) = default;

  /// capacity: elements, 1 .. max_capacity().
  explicit claiming_ring(std::size_t capacity, const allocator_type& a = {}) requires(Claims::is_dynamic)
      : claiming_ring(memory(checked_capacity(capacity, max_capacity()), a)) {}

  claiming_ring(const claiming_ring&) = delete;
  claiming_ring& operator=(const claiming_ring&) = delete;
  ~claiming_ring() {
    if constexpr (!std::is_trivially_destructible_v<value_type>) {
      while (take([](value_type&) {})) {
      }
    }
  }

  /// The way in without exceptions: null where the constructor would throw.
  static std::unique_ptr<claiming_ring> make(std::size_t capacity, const allocator_type& a = {}) noexcept
      requires(Claims::is_dynamic) {
    auto from = try_memory(capacity, a);
    return from ? std::unique_ptr<claiming_ring>(new (std::nothrow) claiming_ring(std::move(*from))) : nullptr;
  }

  /// Producer. True, and the element is in; false when full or sealed, and nothing was touched.
  bool try_push(const value_type& value) requires(std::is_copy_constructible_v<value_type>) {
    return try_emplace(value);
  }
  bool try_push(value_type&& value) { return try_emplace(std::move(value)); }

  template <class... Args>
  bool try_emplace(Args&&... args) {
    [[maybe_unused]] const auto acting = act_as_producer();
    run mine = claims_.claim_free(1);
    if (mine.size == 0) return false;
    mine.size = 1;  // as the compiler need not work out
    filling<Claims>{claims_, mine}.construct(std::forward<Args>(args)...);
    return true;
  }

  /// Producer. The first of these elements, as many as there is room for, side by side where slots are claimed in runs; returns how many. If one throws,
  /// those before it are in.
  std::size_t try_push_n(std::span<const value_type> from) requires(std::is_copy_constructible_v<value_type>) {
    return try_push_n(from.begin(), from.size());
  }
  template <std::input_iterator Iterator>
  std::size_t try_push_n(Iterator first, std::size_t count) {
    [[maybe_unused]] const auto acting = act_as_producer();
    std::size_t in = 0;
    do {
      filling<Claims> mine{claims_, claims_.claim_free(count - in)};
      if (mine.left.size == 0) break;
      for (; mine.left.size != 0; ++in) {
        if (in != 0) ++first;  // not past the last: an input iterator would lose what it reads ahead
        mine.construct(*first);
      }
    } while (claims_singly<Claims> && in != count);
    return in;
  }

  /// Producer. Up to n slots to construct in; what others push behind them comes out after them.
  reservation<claiming_ring> try_reserve(std::size_t n) noexcept {
    [[maybe_unused]] const auto acting = act_as_producer();
    index mine;
    const std::size_t size = mine.claim(n, [this](std::size_t most) noexcept { return claims_.claim_free(most); });
    if (size != 0) roles_.producer.open();
    return {*this, mine, size};
  }

  /// Any thread. No push and no try_reserve that begins after it succeeds; pops go on. A reservation that is open may still be committed.
  /// When it is sealed and then found empty_approx(), nothing is left and nothing will ever come. That of a ring with one producer says so only
  /// if the producer sealed it, or knows of the seal: see the ring's header.
  void seal() noexcept { claims_.seal(); }
  /// Any thread. True also says that what was done before the seal() that it saw can be seen here.
  bool is_sealed() const noexcept { return claims_.is_sealed(); }

  /// Consumer. True, and out holds the oldest element; false when empty, and out is untouched.
  bool try_pop(value_type& out) {
    return take([&out](value_type& value) { out = std::move(value); });
  }

  /// Consumer. The oldest element, or nothing when empty.
  std::optional<value_type> try_pop() {
    std::optional<value_type> out;
    take([&out](value_type& value) { out.emplace(std::move(value)); });
    return out;
  }

  /// Consumer. The oldest elements, as many as there are, at most these and at most capacity(); returns how many. Where slots are claimed
  /// in runs they are claimed together, unless several may pop and the assignment may throw: then one by one, so that only the element that
  /// threw is lost.
  std::size_t try_pop_n(std::span<value_type> to) { return try_pop_n(to.begin(), to.size()); }
  template <class Iterator>
  std::size_t try_pop_n(Iterator to, std::size_t count) {
    return drain((std::min)(count, capacity()),
                 [&to](value_type& value) noexcept(noexcept(*to++ = std::move(value))) { *to++ = std::move(value); });
  }

  /// Consumer. f(T&&) for the elements that are there, in order, at most capacity(); returns how many. As with try_pop_n, they are
  /// claimed together if f is noexcept.
  template <class F>
  std::size_t consume_all(F&& f) {
    constexpr bool safe = noexcept(f(std::declval<value_type>()));
    return drain(capacity(), [&f](value_type& value) noexcept(safe) { static_cast<void>(f(std::move(value))); });
  }

  /// Consumer. Up to n of the oldest elements in place, this thread's alone from now on. When the guard ends all are gone; with one
  /// consumer only those that were released, and it must not pop in any other way before.
  peeked<claiming_ring> try_peek(std::size_t n) noexcept {
    [[maybe_unused]] const auto acting = act_as_consumer();
    index mine;
    const std::size_t size = mine.claim(n, [this](std::size_t most) noexcept { return claims_.claim_full(most); });
    if (size != 0) roles_.consumer.open();
    return {*this, mine, size};
  }

  /// Consumer. A look that takes nothing: whether a pop is worth a try. True and then "empty" happens where a slot was claimed in vain, or
  /// another consumer was faster.
  [[nodiscard]] bool front_is_ready() const noexcept { return claims_.is_ready(); }

  /// How many slots a guard spans at most.
  static constexpr std::size_t most_in_guard = held_slots<Claims>::most;

  /// Any thread. Elements that fit: exactly what was asked for.
  std::size_t capacity() const noexcept { return claims_.capacity(); }
  static constexpr std::size_t max_capacity() noexcept { return Claims::max_capacity(); }

  /// Any thread. Elements inside, and holes that no consumer has passed, 0 .. capacity(): exact when nobody is pushing or popping, a guess
  /// otherwise.
  std::size_t size_approx() const noexcept { return claims_.size(); }
  bool empty_approx() const noexcept { return size_approx() == 0; }

 private:
  friend slot_range<claiming_ring>;
  friend ring_maker;
  static constexpr bool peek_claims = !Claims::one_consumer;

  explicit claiming_ring(memory&& from) noexcept requires(Claims::is_dynamic) : claims_(std::move(from)) {}
  static std::optional<memory> try_memory(std::size_t capacity, const allocator_type& a) noexcept {
    if (capacity == 0 || capacity > max_capacity()) return std::nullopt;
    auto from = memory::try_make(capacity, a);
    return from ? std::optional<memory>(std::move(from)) : std::nullopt;
  }

  /// f(T&) for the oldest element; false when empty.
  template <class F>
  bool take(const F& f) {
    [[maybe_unused]] const auto acting = act_as_consumer();
    const run mine = claims_.claim_full(1);
    if (mine.size == 0) return false;
    taking<Claims>{claims_, mine}.one(f);
    return true;
  }
  /// f(T&) for the oldest elements, at most `most`. Where nothing can be given back, only what f takes without throwing is claimed in runs.
  template <class F>
  std::size_t drain(std::size_t most, const F& f) {
    std::size_t taken = 0;
    if constexpr (Claims::one_consumer || std::is_nothrow_invocable_v<const F&, value_type&>) {
      [[maybe_unused]] const auto acting = act_as_consumer();
      for (run mine; (mine = claims_.claim_full(most - taken)).size != 0;) {
        taken += mine.size;
        for (taking<Claims> all{claims_, mine}; all.left.size != 0;) all.one(f);
        if constexpr (claims_all_at_once<Claims>) break;
      }
    } else {
      while (taken != most && take(f)) ++taken;
    }
    return taken;
  }

  auto& guarded(const index& mine, std::size_t i) noexcept { return claims_.at(mine(claims_, i)).value; }
  void end_reserve(const index& mine, std::size_t size, std::size_t made, std::size_t kept) noexcept {
    for (std::size_t i = 0; i != kept; ++i) claims_.publish(claims_.at(mine(claims_, i)), mine(claims_, i));
    for (std::size_t i = kept; i < made; ++i) guarded(mine, i).destroy();
    mine.give_back(claims_, kept, size);
    roles_.producer.close();
  }
  void end_peek(const index& mine, std::size_t, std::size_t taken) noexcept {
    for (std::size_t i = 0; i != taken; ++i)
      taking<Claims>{claims_, run_at(claims_, mine(claims_, i), 1)}.one([](value_type&) noexcept {});
    roles_.consumer.close();
  }

  auto act_as_producer() noexcept { return act_in<Claims::one_producer>(roles_.producer); }
  auto act_as_consumer() noexcept { return act_in<Claims::one_consumer>(roles_.consumer); }

  Claims claims_;
  [[no_unique_address]] two_roles<typename Claims::env::role> roles_{Claims::name};
};

}  // namespace volley::detail
