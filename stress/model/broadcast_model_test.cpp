// SPDX-License-Identifier: MIT

// broadcast_ring in the model: readers that are there from the start, that come and that go in the middle, one seat for two, what the last
// reader destroys, peers that stop.

#include <volley/ring/broadcast_ring.hpp>

#include "broadcast_scenarios.hpp"

#include <optional>

namespace {

using namespace model::broadcast;
using model::require;
using model::search;

/// There is one seat. Thread 1 reads and goes; its seat is taken, and left without reading, perhaps before thread 1 has told that it went. Of
/// what thread 1 read the producer then knows only by way of the second reader. That one goes in another thread than it came in, because
/// Relacy, as C++11 but not C++20, counts a thread's store behind its own RMW to the release sequence that the RMW goes on with.
struct seat_passed_on : model::scenario {
  static constexpr int threads = 4;
  using one_seat_ring = ring_of<1, int, 1>;
  one_seat_ring ring;
  std::optional<reader_of<one_seat_ring>> first{ring.subscribe()};
  std::optional<reader_of<one_seat_ring>> second;
  model::atomic<int> is_taken{0};
  model::atomic<int> is_left{0};

  seat_passed_on() { require(ring.try_emplace(1), "there is room"); }
  void thread(unsigned which) override {
    if (which == 0) {
      while (is_left.load(std::memory_order_relaxed) == 0) modelled::relax();
      (void)ring.try_emplace(2);
    } else if (which == 1) {
      require(next(*first) == 1, "it is there");
      first.reset();
    } else if (which == 2) {
      while (!second.emplace(ring.subscribe())) modelled::relax();
      is_taken.store(1, std::memory_order_release);
    } else {
      while (is_taken.load(std::memory_order_acquire) == 0) modelled::relax();
      second.reset();
      is_left.store(1, std::memory_order_relaxed);
    }
  }
};

template <class Scenario>
void holds_at_random(unsigned long long executions) {
  EXPECT_TRUE(model::holds<Scenario>(search::random(executions)));
  EXPECT_TRUE(model::holds<Scenario>(search::random_held(executions / 2)));
}

TEST(BroadcastModel, EachReaderSeesAllInOrderAndTheLastDestroys) {
  holds_at_random<to_all<1, 1, 3>>(10'000);
  holds_at_random<to_all<2, 1, 3>>(10'000);
  holds_at_random<to_all<2, 2, 4>>(10'000);
  holds_at_random<to_all<2, 3, 5, int>>(10'000);
  EXPECT_TRUE((model::holds<to_all<1, 2, 3>>(search::bounded(2), 1'000)));
  EXPECT_TRUE((model::holds<to_all<2, 1, 2>>(search::bounded(1), 1'000)));
}

TEST(BroadcastModel, WhoComesLaterSeesAllThatIsPushedFromThenOn) {
  holds_at_random<comes_later<1>>(15'000);
  holds_at_random<comes_later<2>>(15'000);
  holds_at_random<is_heard>(10'000);
  EXPECT_TRUE(model::holds<is_heard>(search::bounded(3), 100));
  EXPECT_TRUE(model::holds<comes_later<1>>(search::bounded(1), 1'000));
}

TEST(BroadcastModel, WhoGoesHoldsNobodyBack) {
  holds_at_random<goes<1>>(15'000);
  holds_at_random<goes<2>>(15'000);
  holds_at_random<looks_and_goes>(10'000);
  EXPECT_TRUE(model::holds<goes<1>>(search::bounded(1), 1'000));
}

TEST(BroadcastModel, AnOlderLapIsNotTakenForThisOne) {
  holds_at_random<after_two_laps>(10'000);
  EXPECT_TRUE(model::holds<after_two_laps>(search::bounded(2), 100));
}

TEST(BroadcastModel, OneSeatGoesFromReaderToReader) {
  holds_at_random<one_seat<item>>(15'000);
  holds_at_random<one_seat<int>>(15'000);
  EXPECT_TRUE(model::holds<one_seat<item>>(search::bounded(1), 1'000));
  holds_at_random<seat_passed_on>(15'000);
  EXPECT_TRUE(model::holds<seat_passed_on>(search::bounded(1), 100));
}

TEST(BroadcastModel, TheSizeStaysWithinBounds) {
  holds_at_random<one_at_most>(10'000);
  EXPECT_TRUE(model::holds<one_at_most>(search::bounded(1), 100));
}

TEST(BroadcastModel, SealedAndThenNothingIsTheEnd) {
  holds_at_random<sealing>(10'000);
  EXPECT_TRUE(model::holds<sealing>(search::bounded(3), 100));
}

TEST(BroadcastModel, BatchesAreSeenInOrder) { holds_at_random<in_batches>(15'000); }
TEST(BroadcastModel, WhatIsReservedOrPeekedIsSeenByAll) { holds_at_random<in_place>(15'000); }

TEST(BroadcastModel, EveryOrderIsNeeded) {
  const std::vector<model::recipe> scenarios = {
      model::recipe_of<to_all<2, 1, 3>>(), model::recipe_of<is_heard>(),      model::recipe_of<one_seat<item>>(),
      model::recipe_of<after_two_laps>(),  model::recipe_of<one_at_most>(),   model::recipe_of<sealing>(),
      model::recipe_of<looks_and_goes>(),  model::recipe_of<seat_passed_on>()};
  const std::vector<search> searches = {search::random(10'000), search::random_held(10'000)};
  EXPECT_TRUE(model::every_order_is_needed("volley/ring/gates.hpp", scenarios, searches));
  EXPECT_TRUE(model::every_order_is_needed("volley/ring/shared_slot.hpp", scenarios, searches));
}

// ---- a peer that stops for ever ----

TEST(BroadcastModel, AStoppedReaderLetsALapThroughAndDelaysNoOtherReader) {
  EXPECT_TRUE(model::others_go_on_without(2, model::recipe_of<beside_a_reader>(), search::random(1'000)));
  EXPECT_TRUE(model::others_go_on_without(2, model::recipe_of<beside_a_reader>(), search::bounded(1)));
}
TEST(BroadcastModel, ASubscriberThatStopsAnywhereLetsALapThrough) {
  EXPECT_TRUE(model::others_go_on_without(2, model::recipe_of<beside_a_subscriber>(), search::random(1'000)));
  EXPECT_TRUE(model::others_go_on_without(2, model::recipe_of<beside_a_subscriber>(), search::bounded(1)));
}
TEST(BroadcastModel, AStoppedProducerDelaysNobody) {
  EXPECT_TRUE(model::others_go_on_without(0, model::recipe_of<beside_a_producer>(), search::random(1'000)));
  EXPECT_TRUE(model::others_go_on_without(0, model::recipe_of<beside_a_producer>(), search::bounded(1)));
}

}  // namespace
