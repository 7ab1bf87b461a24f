// SPDX-License-Identifier: MIT
#pragma once

// One thread's calls of a ring beside the same on a std::deque: pushes, pops, batches, guards, the seal, elements that throw.

#include "element.hpp"
#include "input.hpp"

#include <volley/env/native.hpp>
#include <volley/ring/storage.hpp>

#include <algorithm>
#include <cstddef>
#include <deque>
#include <iterator>
#include <limits>
#include <memory>
#include <new>
#include <numeric>
#include <optional>
#include <type_traits>
#include <vector>

namespace volley::fuzz {

/// Narrow positions, so that they wrap within one input. Wide enough for the stamps of those rings that count laps.
struct narrow_env : native {
  using index = std::uint16_t;
  static constexpr index first_index = 65'000;
};

template <template <class, std::size_t, class, class> class Ring>
class ring_beside_deque {
  using ring = Ring<element, dynamic_capacity, narrow_env, failing_allocator<element>>;

 public:
  explicit ring_beside_deque(input& in) : in_(in), capacity_(1 + in.below(9)) {
    const bool fails = in.below(4) == 0;
    allocation_fails_in = fails ? 1 : 0;
    if (in.below(2) == 0) {
      ring_ = ring::make(capacity_);
    } else {
      try {
        ring_ = std::make_unique<ring>(capacity_);
      } catch (const std::bad_alloc&) {
      }
    }
    allocation_fails_in = 0;
    check((ring_ == nullptr) == fails, "there is a ring where there was memory");
  }

  void play() {
    while (ring_ && !in_.is_over()) {
      throwing([this] { step(); });
      check(ring_->size_approx() == inside_.size(), "size_approx is exact where nobody else is");
      check(ring_->empty_approx() == inside_.empty(), "so is empty_approx");
      check(ring_->is_sealed() == is_sealed_, "is_sealed");
    }
    ring_.reset();
    check(element::alive.empty(), "what was left was destroyed with the ring");
  }

 private:
  /// One call in which one operation of an element may throw, and the deque follows by what the ring did before.
  template <class F>
  void throwing(const F& call) {
    element::throws_in = in_.below(4) == 0 ? 1 + in_.below(6) : 0;
    try {
      call();
    } catch (const boom&) {
    }
    element::throws_in = 0;
  }

  void step() {
    switch (in_.below(12)) {
      case 0:
        return emplace();
      case 1:
        return push();
      case 2:
        return push_batch();
      case 3:
        return reserve();
      case 4:
        return pop_into();
      case 5:
        return pop();
      case 6:
        return pop_batch();
      case 7:
        return consume();
      case 8:
        return peek();
      case 9:
        return in_.below(16) == 0 ? seal() : emplace();
      default:
        return in_.below(2) == 0 ? pop() : push_batch();
    }
  }

  std::size_t room() const { return is_sealed_ ? 0 : capacity_ - inside_.size(); }

  void emplace() {
    const bool in = ring_->try_emplace(next_);
    check(in == (room() != 0), "an emplace succeeds where there is room");
    if (in) inside_.push_back(next_++);
  }
  void push() {
    std::optional<element> mine;
    quietly([&] { mine.emplace(next_); });
    const bool in = in_.below(2) == 0 ? ring_->try_push(*mine) : ring_->try_push(std::move(*mine));
    check(in == (room() != 0), "a push succeeds where there is room");
    if (in) inside_.push_back(next_++);
    if (!in) check(mine->value() == next_, "refused, so untouched");
  }

  void push_batch() {
    const std::size_t n = in_.below(12);
    const std::size_t expected = std::min(n, room());
    const std::size_t before = ring_->size_approx();
    std::vector<int> some(n);
    std::iota(some.begin(), some.end(), next_);
    std::size_t in = 0;
    bool threw = false;
    try {
      in = ring_->try_push_n(some.begin(), n);
    } catch (const boom&) {
      threw = true;
      in = ring_->size_approx() - before;
    }
    check(threw ? in < expected : in == expected, "of a batch goes in what fits, or what came before one that threw");
    for (; in != 0; --in) inside_.push_back(next_++);
    if (threw) throw boom{};
  }
  void reserve() {
    const std::size_t n = in_.below(12);
    auto mine = ring_->try_reserve(n);
    const std::size_t most = std::min(n, std::min(room(), most_in_guard()));
    check(mine.size() == most, "a reservation has what there is room for");
    const std::size_t made = most == 0 ? 0 : in_.below(most + 1);
    for (std::size_t i = 0; i != made; ++i) mine.construct(next_ + static_cast<int>(i));
    if (in_.below(4) == 0) return;  // it ends without a commit: nothing is in
    const std::size_t kept = made == 0 ? 0 : in_.below(made + 1);
    mine.commit(kept);
    for (std::size_t i = 0; i != kept; ++i) inside_.push_back(next_++);
  }
  static constexpr std::size_t most_in_guard() {
    return std::min<std::size_t>(ring::most_in_guard, std::numeric_limits<std::size_t>::max());
  }

  void expect_next(int got) {
    check(!inside_.empty() && got == inside_.front(), "the oldest comes out");
    inside_.pop_front();
  }
  /// A pop that throws has lost its element, which is the oldest.
  template <class F>
  void popping(const F& call) {
    try {
      call();
    } catch (const boom&) {
      check(!inside_.empty(), "nothing to pop, and it threw");
      inside_.pop_front();
      throw;
    }
  }
  void pop_into() {
    std::optional<element> out;
    quietly([&] { out.emplace(-7); });
    popping([&] {
      const bool any = ring_->try_pop(*out);
      check(any == !inside_.empty(), "a pop succeeds where something is inside");
      any ? expect_next(out->value()) : check(out->value() == -7, "nothing popped, so untouched");
    });
  }
  void pop() {
    popping([&] {
      const auto out = ring_->try_pop();
      check(out.has_value() == !inside_.empty(), "a pop succeeds where something is inside");
      if (out) expect_next(out->value());
    });
  }
  void pop_batch() {
    const std::size_t n = in_.below(12);
    std::vector<element> out;
    quietly([&] { out.reserve(12); });
    const std::size_t expected = std::min({n, inside_.size(), capacity_});
    try {
      check(ring_->try_pop_n(std::back_inserter(out), n) == expected, "a batch takes what there is");
      check(out.size() == expected, "and gives it");
    } catch (const boom&) {
      for (const element& e : out) expect_next(e.value());
      inside_.pop_front();
      throw;
    }
    for (const element& e : out) expect_next(e.value());
  }
  void consume() {
    const std::size_t expected = inside_.size();
    const std::size_t stops_at = in_.below(12);
    std::size_t n = 0;
    try {
      const std::size_t taken = ring_->consume_all([&](element&& e) {
        expect_next(e.value());
        if (++n == stops_at) throw boom{};
      });
      check(taken == expected && n == expected, "all were consumed");
    } catch (const boom&) {
      check(n == stops_at, "f threw, and so it went on");
    }
  }
  void peek() {
    const std::size_t n = in_.below(12);
    auto front = ring_->try_peek(n);
    check(front.size() == std::min({n, inside_.size(), most_in_guard()}), "a peek shows what there is");
    for (std::size_t i = 0; i != front.size(); ++i) check(front[i].value() == inside_[i], "in order");
    std::size_t gone = front.size();
    if constexpr (requires { front.release(gone); }) {
      gone = in_.below(front.size() + 1);
      front.release(gone);
    }
    inside_.erase(inside_.begin(), inside_.begin() + static_cast<std::ptrdiff_t>(gone));
  }
  void seal() {
    ring_->seal();
    is_sealed_ = true;
  }

  /// What is not the ring's does not throw.
  template <class F>
  static void quietly(const F& f) {
    const std::size_t later = std::exchange(element::throws_in, 0);
    f();
    element::throws_in = later;
  }

  input& in_;
  std::size_t capacity_;
  std::unique_ptr<ring> ring_;
  std::deque<int> inside_;
  int next_ = 0;
  bool is_sealed_ = false;
};

}  // namespace volley::fuzz
