// SPDX-License-Identifier: MIT

// mpsc_ring and spmc_ring under real threads, as mpmc_ring_race_test.cpp does it.

#include <volley/env/chaos.hpp>
#include <volley/ring/mpsc_ring.hpp>
#include <volley/ring/spmc_ring.hpp>

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
class OneSidedRingRace : public ::testing::Test {
 protected:
  watchdog watch_{240};
};
TYPED_TEST_SUITE(OneSidedRingRace, payloads, payload_names);

TYPED_TEST(OneSidedRingRace, EachElementArrivesOnceAndWholeAndInTheOrderOfItsProducer) {
  const auto at = []<std::size_t N>() {
    SCOPED_TRACE("capacity " + std::to_string(N));
    const std::size_t n = scaled(N < 10 ? 3'000 : 20'000);
    carry(*std::make_unique<mpsc_ring<TypeParam, N>>(), 3, 1, n);
    carry(*spmc_ring<TypeParam>::make(N), 1, 3, n);
  };
  at.template operator()<1>();
  at.template operator()<3>();
  at.template operator()<1000>();
}

// The same, with every step of the ring dawdling, yielding or sleeping at random: also between claim and publish.
TYPED_TEST(OneSidedRingRace, NothingDependsOnHowFastAThreadIs) {
  const auto at = []<std::size_t N>() {
    SCOPED_TRACE("capacity " + std::to_string(N));
    carry(*std::make_unique<mpsc_ring<TypeParam, N, chaos>>(), 2, 1, scaled(1'000));
    carry(*std::make_unique<spmc_ring<TypeParam, N, chaos>>(), 1, 2, scaled(1'000));
  };
  at.template operator()<1>();
  at.template operator()<2>();
  at.template operator()<7>();
}

TYPED_TEST(OneSidedRingRace, SealedAndEmptyMeansThatNothingIsLeft) {
  for (std::size_t round = 0; round != scaled(100); ++round) {
    seal_while_used(*mpsc_ring<TypeParam>::make(round % 7 + 1), 2, 1);
  }
}

}  // namespace
}  // namespace volley::testing
