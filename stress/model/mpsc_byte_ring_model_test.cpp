// SPDX-License-Identifier: MIT

// mpsc_byte_ring in the model: one to three producers, rings of 1 to 5 grains across many laps, short commits, aborts, peeks, a seal, and
// what a peer that stops may do and may not.

#include "byte_ring_scenarios.hpp"

namespace {

using namespace model::byte_rings;
using model::require;
using model::search;

template <class Scenario>
void holds_at_random(unsigned long long executions = 20'000) {
  EXPECT_TRUE(model::holds<Scenario>(search::random(executions)));
  EXPECT_TRUE(model::holds<Scenario>(search::random_held(executions / 2)));
}

TEST(MpscByteRingModel, DeliversAllOnceAndInOrder) {
  holds_at_random<through<mpsc_byte_ring<1>, 1, 4>>();
  holds_at_random<through<mpsc_byte_ring<3>, 1, 6>>();
  holds_at_random<through<mpsc_byte_ring<1>, 2, 2>>();
  holds_at_random<through<mpsc_byte_ring<2>, 2, 3>>();
  holds_at_random<through<mpsc_byte_ring<3>, 2, 3>>();
  holds_at_random<through<mpsc_byte_ring<4>, 2, 3, way::whole, 2>>();
  holds_at_random<through<mpsc_byte_ring<5>, 3, 2, way::whole, 3>>();
}

TEST(MpscByteRingModel, DeliversAllUnderEveryScheduleOfFewPreemptions) {
  EXPECT_TRUE((model::holds<through<mpsc_byte_ring<1>, 1, 3>>(search::bounded(2), 1'000)));
  EXPECT_TRUE((model::holds<through<mpsc_byte_ring<3>, 1, 4>>(search::bounded(2), 1'000)));
  EXPECT_TRUE((model::holds<through<mpsc_byte_ring<3>, 2, 2>>(search::bounded(1), 1'000)));
}

TEST(MpscByteRingModel, WhatIsCommittedShortOrAbortedIsSkipped) {
  holds_at_random<through<mpsc_byte_ring<3>, 2, 2, way::fewer>>();
  holds_at_random<through<mpsc_byte_ring<5>, 2, 2, way::fewer, 2>>();
  holds_at_random<through<mpsc_byte_ring<3>, 2, 2, way::with_aborts>>();
  holds_at_random<through<mpsc_byte_ring<4>, 2, 2, way::with_aborts, 2>>();
  holds_at_random<through<mpsc_byte_ring<5>, 2, 3, way::with_aborts, 2>>();
  EXPECT_TRUE((model::holds<through<mpsc_byte_ring<3>, 1, 3, way::fewer>>(search::bounded(2), 1'000)));
  EXPECT_TRUE((model::holds<through<mpsc_byte_ring<3>, 1, 3, way::with_aborts>>(search::bounded(2), 1'000)));
}

/// Two claim and abort, the consumer looks meanwhile, and may seal: no record comes of it, and no room is lost.
template <std::size_t Grains, bool Seals>
struct aborted_by_all : model::scenario {
  static constexpr int threads = 3;
  mpsc_byte_ring<Grains> ring;

  void thread(unsigned which) override {
    for (unsigned i = 0; i != 2; ++i) {
      if (which == 2) {
        require(ring.read([](std::span<const std::byte>) {}) == 0, "nothing was committed");
        if (Seals) ring.seal();
      } else if (auto claim = ring.claim(i == 0 ? ring.max_record() : 3)) {
        model::write(claim.bytes(), shape::word(which, i));
      }
    }
  }
  void after() override {
    require(ring.read([](std::span<const std::byte>) {}) == 0, "nothing was committed");
    require(ring.empty_approx(), "all is free when the consumer has come by");
    const auto why = ring.claim(ring.max_record()).why();
    require(why == (Seals ? volley::claim_error::sealed : volley::claim_error::none), "drained");
  }
};

TEST(MpscByteRingModel, AbortsLeaveNoRecordAndLoseNoRoom) {
  holds_at_random<aborted_by_all<1, false>>();
  holds_at_random<aborted_by_all<3, false>>();
  holds_at_random<aborted_by_all<5, false>>();
  holds_at_random<aborted_by_all<5, true>>();
  EXPECT_TRUE((model::holds<aborted_by_all<3, false>>(search::bounded(2), 1'000)));
  EXPECT_TRUE((model::holds<aborted_by_all<5, true>>(search::bounded(2), 1'000)));
}

TEST(MpscByteRingModel, APeekThatIsNotReleasedTakesNothing) {
  holds_at_random<stream<mpsc_byte_ring<1>, 3, way::whole, 0>>();
  holds_at_random<stream<mpsc_byte_ring<3>, 5, way::with_aborts, 0>>();
}

TEST(MpscByteRingModel, TriesLoseNothing) {
  EXPECT_TRUE((model::holds<tries<mpsc_byte_ring<1>, 2, 20>>(search::full(), 100)));
  EXPECT_TRUE((model::holds<tries<mpsc_byte_ring<3>, 3, 20>>(search::bounded(2), 1'000)));
  holds_at_random<tries<mpsc_byte_ring<2>, 5, 20>>();
  holds_at_random<tries<mpsc_byte_ring<3>, 6, 20>>();
  holds_at_random<tries<mpsc_byte_ring<5>, 6, 20>>();
}

TEST(MpscByteRingModel, TheSizeStaysWithinBounds) { holds_at_random<watched<mpsc_byte_ring<3>>>(); }

/// Sealed and then found empty: nothing is left, and nothing will ever come.
struct drained : model::scenario {
  static constexpr int threads = 2;
  mpsc_byte_ring<3> ring;
  model::plain<bool> over{false};
  model::plain<bool> in{false};

  void thread(unsigned which) override {
    if (which == 0) return in.set(put(ring, 0, 0) == volley::claim_error::none);
    ring.seal();
    over.set(ring.empty_approx());
  }
  void after() override { require(!over.get() || !in.get(), "nothing comes after the end"); }
};

TEST(MpscByteRingModel, NoClaimSucceedsAfterTheSeal) {
  holds_at_random<sealing<mpsc_byte_ring<3>>>();
  holds_at_random<drained>();
  EXPECT_TRUE(model::holds<drained>(search::full(), 10));
}

TEST(MpscByteRingModel, EveryOrderIsNeeded) {
  const std::vector<model::recipe> scenarios = {
      model::recipe_of<through<mpsc_byte_ring<1>, 1, 4>>(), model::recipe_of<through<mpsc_byte_ring<3>, 1, 5>>(),
      model::recipe_of<through<mpsc_byte_ring<2>, 2, 3>>(), model::recipe_of<through<mpsc_byte_ring<3>, 2, 3>>()};
  const std::vector<search> searches = {search::random(15'000), search::random_held(15'000)};
  EXPECT_TRUE(model::every_order_is_needed("volley/ring/mpsc_byte_ring.hpp", scenarios, searches));
  EXPECT_TRUE(model::every_order_is_needed("volley/ring/record_claims.hpp", scenarios, searches));
}

// ---- a peer that stops for ever ----

/// The others try; nothing is asked of them but to come back within a bounded number of steps.
struct next_to_a_stopped_one : model::scenario {
  static constexpr int threads = 3;
  mpsc_byte_ring<3> ring;

  void thread(unsigned which) override {
    for (unsigned i = 0; i != 2; ++i) {
      const unsigned before = model::steps::taken();
      if (which != 2) {
        (void)put(ring, which, i);
      } else {
        (void)ring.read([](std::span<const std::byte>) {}, 2);
      }
      require(model::steps::taken() - before < 60, "no call waits for a peer");
    }
  }
};

TEST(MpscByteRingModel, NoCallWaitsForAStoppedPeer) {
  for (int victim : {0, 1, 2}) {
    EXPECT_TRUE(model::others_go_on_without(victim, model::recipe_of<next_to_a_stopped_one>(), search::random(1'000)));
  }
}

/// What a lock-free ring would do, and this one does not: one producer may stop anywhere, another still gets its record through.
struct next_to_a_stopped_producer : model::scenario {
  static constexpr int threads = 2;
  mpsc_byte_ring<5> ring;

  void thread(unsigned which) override {
    while (put(ring, which, 0) != volley::claim_error::none) volley::modelled::relax();
    if (which == 0) return;
    bool mine = false;
    while (!mine) {
      (void)ring.read([&](std::span<const std::byte> got) { mine = mine || shape{16}.is(got, 1, 0); });
      if (!mine) volley::modelled::relax();
    }
  }
};

TEST(MpscByteRingModelMustFail, AProducerThatStopsInTheMiddleHidesWhatIsBehindIt) {
  EXPECT_TRUE(model::holds<next_to_a_stopped_producer>(search::random(5'000)));
  EXPECT_TRUE(model::others_wait_for(0, model::recipe_of<next_to_a_stopped_producer>(), search::random(3'000)));
}

}  // namespace
