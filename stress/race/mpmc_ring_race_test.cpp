// SPDX-License-Identifier: MIT

// mpmc_ring under real threads: each element once, whole, those of one producer in their order for every consumer, and no data race
// that a sanitizer can see. Built plain and for ThreadSanitizer.

#include <volley/env/chaos.hpp>
#include <volley/ring/mpmc_ring.hpp>

#include <gtest/gtest.h>

#include "crowd.hpp"
#include "payloads.hpp"
#include "scale.hpp"

#include <cstddef>
#include <memory>
#include <string>

namespace volley::testing {
namespace {

template <class T>
class MpmcRingRace : public ::testing::Test {
 protected:
  watchdog watch_{240};
};
TYPED_TEST_SUITE(MpmcRingRace, payloads, payload_names);

TYPED_TEST(MpmcRingRace, EachElementArrivesOnceAndWholeAndInTheOrderOfItsProducer) {
  const auto at = []<std::size_t N>() {
    SCOPED_TRACE("capacity " + std::to_string(N));
    const std::size_t n = scaled(N < 10 ? 2'500 : 20'000);
    carry(*std::make_unique<mpmc_ring<TypeParam, N>>(), 2, 2, n);
    carry(*mpmc_ring<TypeParam>::make(N), 3, 1, n);
    carry(*mpmc_ring<TypeParam>::make(N), 1, 3, n);
  };
  at.template operator()<1>();
  at.template operator()<2>();
  at.template operator()<3>();
  at.template operator()<1000>();
}

TYPED_TEST(MpmcRingRace, ManyThreadsOnFewCpus) {
  mpmc_ring<TypeParam, 64> ring;
  carry(ring, 8, 8, scaled(3'000));
}

// The same, with every step of the ring dawdling, yielding or sleeping at random: also between claim and publish.
TYPED_TEST(MpmcRingRace, NothingDependsOnHowFastAThreadIs) {
  const auto at = []<std::size_t N>() {
    SCOPED_TRACE("capacity " + std::to_string(N));
    mpmc_ring<TypeParam, N, chaos> ring;
    carry(ring, 2, 2, scaled(2'000));
  };
  at.template operator()<1>();
  at.template operator()<2>();
  at.template operator()<7>();
}

TYPED_TEST(MpmcRingRace, SealedAndEmptyMeansThatNothingIsLeft) {
  for (std::size_t round = 0; round != scaled(100); ++round) {
    seal_while_used(*mpmc_ring<TypeParam>::make(round % 7 + 1), 2, 2);
  }
}

}  // namespace
}  // namespace volley::testing
