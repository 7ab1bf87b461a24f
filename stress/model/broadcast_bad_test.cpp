// SPDX-License-Identifier: MIT

// broadcast_ring written small, right and with one classic mistake each: the model must notice every mistake, and accuse no right one.

#include "broadcast_scenarios.hpp"

#include <cstdio>

namespace {

using namespace model::broadcast;
using model::search;

enum class mistake {
  none,
  position_of_ones_own,  // who subscribes reads the tail and sits down there; the producer has not heard of it and runs past
  moves_on_before_read,   // the producer is told before the element was read
  leaves_in_two_steps,    // how many have yet to leave is read and written, not decremented: two last readers, or none
  who_went_still_counts,  // a reader that goes forgets to give its seat back
  first_one_destroys      // whoever reads it first
};

/// The same ring written small, for two readers.
template <mistake Mistake, int N>
class small_ring {
  using enum std::memory_order;
  static constexpr bool is(mistake m) { return Mistake == m; }
  static constexpr int free = -1;
  static constexpr int wanted = -2;

  struct slot {
    model::atomic<int> filled{0};
    model::atomic<int> left{0};
    model::cell<item> value;
  };

 public:
  bool try_emplace(int n) {
    const int tail = tail_.load(relaxed);
    int slowest = tail;
    int readers = 0;
    for (auto& s : seats_) {
      int at = s.at.load(acquire);
      if (at == wanted && s.at.compare_exchange_strong(at, tail, release, relaxed)) at = tail;
      if (at < 0) continue;
      ++readers;
      slowest = std::min(slowest, at);
    }
    if (tail - slowest >= N) return false;
    if (readers == 0) return true;
    slot& s = slots_[tail % N];
    if (s.left.load(relaxed) > 0) s.value.destroy();
    s.value.construct(n);
    s.left.store(readers, relaxed);
    tail_.store(tail + 1, release);
    s.filled.store(tail + 1, release);
    return true;
  }

  class reader {
   public:
    reader(small_ring& ring, int seat) : ring_(&ring), seat_(seat) {}
    reader(reader&& other) noexcept : ring_(std::exchange(other.ring_, nullptr)), seat_(other.seat_) {}
    ~reader() { unsubscribe(); }
    explicit operator bool() const { return ring_ != nullptr; }

    void unsubscribe() {
      if (ring_ != nullptr && !is(mistake::who_went_still_counts)) ring_->seats_[seat_].at.store(free, release);
      ring_ = nullptr;
    }
    template <class F>
    bool try_read(const F& f) {
      auto& seat = ring_->seats_[seat_].at;
      const int at = seat.load(acquire);
      if (at == wanted) return false;
      slot& s = ring_->slots_[at % N];
      if (s.filled.load(acquire) != at + 1) return false;
      if (is(mistake::moves_on_before_read)) seat.store(at + 1, release);
      f(std::as_const(s.value.value()));
      leave(s);
      if (!is(mistake::moves_on_before_read)) seat.store(at + 1, release);
      return true;
    }

   private:
    void leave(slot& s) {
      int before = 0;
      if (is(mistake::leaves_in_two_steps)) {
        before = s.left.load(acquire);
        s.left.store(before - 1, release);
      } else {
        before = s.left.fetch_sub(1, acq_rel);
      }
      const int last = is(mistake::first_one_destroys) ? 2 : 1;
      if (before == last) s.value.destroy();
    }

    small_ring* ring_;
    int seat_;
  };

  reader subscribe() {
    for (int i = 0; i != 2; ++i) {
      int seen = free;
      const int begin = is(mistake::position_of_ones_own) ? tail_.load(acquire) : wanted;
      if (seats_[i].at.compare_exchange_strong(seen, begin, relaxed, relaxed)) return {*this, i};
    }
    std::abort();
  }
  std::size_t size_approx() const { return 0; }

 private:
  struct seat {
    model::atomic<int> at{free};
  };
  model::atomic<int> tail_{0};
  seat seats_[2];
  slot slots_[static_cast<std::size_t>(N)];
};

template <mistake Mistake, int N>
using wrong_to_all = to_all<2, static_cast<std::size_t>(N), 3, item, small_ring<Mistake, N>>;
template <mistake Mistake>
using wrong_comes_later = comes_later<1, small_ring<Mistake, 1>>;
template <mistake Mistake>
using wrong_goes = goes<1, small_ring<Mistake, 1>>;

template <class Scenario>
testing::AssertionResult is_caught() {
  const auto e = model::explore(model::recipe_of<Scenario>(), search::random(50'000));
  if (e.passed) return testing::AssertionFailure() << "not caught in " << e.executions << " executions";
  std::printf("[  caught  ] at execution %llu: %s\n", e.executions, rl::test_result_str(e.why));
  return testing::AssertionSuccess();
}

TEST(BroadcastModelMustFail, TheRightTwinsPass) {
  EXPECT_TRUE((model::holds<wrong_to_all<mistake::none, 1>>(search::random(20'000))));
  EXPECT_TRUE((model::holds<wrong_to_all<mistake::none, 2>>(search::random(20'000))));
  EXPECT_TRUE((model::holds<wrong_comes_later<mistake::none>>(search::random(20'000))));
  EXPECT_TRUE((model::holds<wrong_goes<mistake::none>>(search::random(20'000))));
}
TEST(BroadcastModelMustFail, AReaderThatSitsDownWhereItSawTheTailIsRunOver) {
  EXPECT_TRUE(is_caught<wrong_comes_later<mistake::position_of_ones_own>>());
}
TEST(BroadcastModelMustFail, MovingOnBeforeReadingIsSeen) {
  EXPECT_TRUE((is_caught<wrong_to_all<mistake::moves_on_before_read, 1>>()));
}
TEST(BroadcastModelMustFail, LeavingInTwoStepsIsSeen) {
  EXPECT_TRUE((is_caught<wrong_to_all<mistake::leaves_in_two_steps, 2>>()));
}
TEST(BroadcastModelMustFail, AReaderThatGoesAndKeepsItsSeatStopsAll) {
  EXPECT_TRUE(is_caught<wrong_goes<mistake::who_went_still_counts>>());
}
TEST(BroadcastModelMustFail, DestroyingWhatAnotherReadsIsSeen) {
  EXPECT_TRUE((is_caught<wrong_to_all<mistake::first_one_destroys, 2>>()));
}

}  // namespace
