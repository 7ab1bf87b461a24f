// SPDX-License-Identifier: MIT

// Rings that overwrite, right and with one classic mistake each: the scenarios of overwrite_ring must notice.

#include "overwrite_scenarios.hpp"

namespace {

using model::search;
using namespace model::overwrite;

enum class mistake {
  none,
  evicts_before_it_pushes,   // so that a ring of one is empty in between, and the consumer takes what is not there yet
  evicts_without_a_contest,  // by store: the consumer may have taken the same
  always_takes_one,          // by fetch_add: also when the consumer made room
  no_spare_cell,             // fills the cell that the consumer has in hand
  forgets_to_say_which,      // gives the slot another cell, and does not tell the consumer
  done_too_early,            // before the element is read
  looks_at_the_tail_first,   // so that a head of later makes it look empty
};

/// overwrite_ring written small, with N + 2 cells.
template <mistake Mistake, std::size_t N>
class small_ring {
  using enum std::memory_order;
  static constexpr std::uint8_t lap = N + 1;
  static constexpr std::uint8_t nobody = 255;

 public:
  small_ring() {
    for (std::uint8_t i = 0; i != lap; ++i) where_[i].store(i, relaxed);
  }

  std::optional<int> push(int v) {
    const auto tail = tail_.load(relaxed);
    std::optional<int> out;
    if (Mistake == mistake::evicts_before_it_pushes) out = evict(tail);
    clear_the_slot(tail);
    cells_[where_[tail % lap].load(relaxed)].construct(v);
    tail_.store(static_cast<std::uint8_t>(tail + 1), release);
    if (Mistake != mistake::evicts_before_it_pushes) out = evict(tail);
    return out;
  }
  bool try_pop(int& out) {
    const auto tail = Mistake == mistake::looks_at_the_tail_first ? tail_.load(acquire) : nobody;
    const auto head = head_.load(acquire);
    if ((Mistake == mistake::looks_at_the_tail_first ? tail : tail_.load(acquire)) == head) return false;
    const auto mine = head_.fetch_add(1, acq_rel);
    auto where = where_[mine % lap].load(acquire);
    if (lent_.load(acquire) == mine && Mistake != mistake::forgets_to_say_which) where = spare_.load(relaxed);
    const auto end = static_cast<std::uint8_t>(mine + 1);
    if (Mistake == mistake::done_too_early) done_.store(end, release);
    out = cells_[where].value();
    cells_[where].destroy();
    done_.store(end, release);
    return true;
  }
  std::size_t size_approx() const { return static_cast<std::uint8_t>(tail_.load(relaxed) - head_.load(relaxed)); }

 private:
  void clear_the_slot(std::uint8_t tail) {
    if (tail < lap || tail == clear_ || done_.load(acquire) >= tail - N) return;
    if (Mistake == mistake::no_spare_cell) {
      cells_[where_[tail % lap].load(relaxed)].destroy();
      return;
    }
    const auto lent = where_[tail % lap].load(relaxed);
    const auto spare = spare_.load(relaxed);
    spare_.store(lent, relaxed);
    lent_.store(static_cast<std::uint8_t>(tail - lap), release);
    where_[tail % lap].store(spare, release);
  }
  std::optional<int> evict(std::uint8_t tail) {
    if (tail < N) return std::nullopt;
    auto oldest = static_cast<std::uint8_t>(tail - N);
    if (Mistake == mistake::always_takes_one) {
      if (head_.load(acquire) > oldest) return std::nullopt;
      oldest = head_.fetch_add(1, acq_rel);
    } else if (Mistake == mistake::evicts_without_a_contest) {
      if (head_.load(acquire) != oldest) return std::nullopt;
      head_.store(static_cast<std::uint8_t>(oldest + 1), release);
    } else {
      auto head = oldest;
      if (!head_.compare_exchange_strong(head, static_cast<std::uint8_t>(oldest + 1), release, acquire))
        return std::nullopt;
    }
    clear_ = static_cast<std::uint8_t>(oldest + lap);
    auto& cell = cells_[where_[oldest % lap].load(relaxed)];
    const int out = cell.value();
    cell.destroy();
    return out;
  }

  struct number : model::atomic<std::uint8_t> {
    number() : atomic(0) {}
  };
  model::atomic<std::uint8_t> tail_{0};
  std::uint8_t clear_ = 0;
  model::atomic<std::uint8_t> head_{0};
  model::atomic<std::uint8_t> done_{0};
  model::atomic<std::uint8_t> spare_{lap};
  model::atomic<std::uint8_t> lent_{nobody};
  number where_[lap];
  model::cell<int> cells_[N + 2];
};

template <mistake Mistake, std::size_t N>
using shared = shared_out<N, 8, 4, small_ring<Mistake, N>, 7>;

template <mistake Mistake, std::size_t N = 1>
bool is_caught() {
  const auto r = model::recipe_of<shared<Mistake, N>>();
  const auto precise = model::recipe_of<exact<N, 6, 4, small_ring<Mistake, N>>>();
  return !model::explore(r, search::random(60'000)).passed || !model::explore(precise, search::random(60'000)).passed;
}

TEST(OverwriteRingModelMustFail, TheRightTwinPasses) {
  EXPECT_TRUE((model::holds<shared<mistake::none, 1>>(search::random(50'000))));
  EXPECT_TRUE((model::holds<shared<mistake::none, 2>>(search::random(50'000))));
  EXPECT_TRUE((model::holds<exact<1, 6, 4, small_ring<mistake::none, 1>>>(search::random(30'000))));
}
TEST(OverwriteRingModelMustFail, EvictingBeforePushingIsSeen) {
  EXPECT_TRUE(is_caught<mistake::evicts_before_it_pushes>());
}
TEST(OverwriteRingModelMustFail, EvictingByAStoreIsSeen) {
  EXPECT_TRUE(is_caught<mistake::evicts_without_a_contest>());
}
TEST(OverwriteRingModelMustFail, EvictingWhereTheConsumerMadeRoomIsSeen) {
  EXPECT_TRUE(is_caught<mistake::always_takes_one>());
}
TEST(OverwriteRingModelMustFail, FillingTheCellInTheConsumersHandIsSeen) {
  EXPECT_TRUE(is_caught<mistake::no_spare_cell>());
}
TEST(OverwriteRingModelMustFail, NotSayingWhichCellIsLentIsSeen) {
  EXPECT_TRUE(is_caught<mistake::forgets_to_say_which>());
}
TEST(OverwriteRingModelMustFail, GivingACellBackBeforeItIsReadIsSeen) {
  EXPECT_TRUE(is_caught<mistake::done_too_early>());
}
TEST(OverwriteRingModelMustFail, LookingAtTheTailFirstIsSeen) {
  EXPECT_TRUE(is_caught<mistake::looks_at_the_tail_first>());
}

}  // namespace
