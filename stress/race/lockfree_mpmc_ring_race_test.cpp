// SPDX-License-Identifier: MIT

// lockfree_mpmc_ring under real threads: each element once, whole, those of one producer in their order for every consumer, and no data race
// that a sanitizer can see. Built plain and for ThreadSanitizer.

#include <volley/env/chaos.hpp>
#include <volley/ring/lockfree_mpmc_ring.hpp>

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
class LockfreeMpmcRingRace : public ::testing::Test {
 protected:
  watchdog watch_{240};
};
TYPED_TEST_SUITE(LockfreeMpmcRingRace, payloads, payload_names);

TYPED_TEST(LockfreeMpmcRingRace, EachElementArrivesOnceAndWholeAndInTheOrderOfItsProducer) {
  const auto at = []<std::size_t N>() {
    SCOPED_TRACE("capacity " + std::to_string(N));
    const std::size_t n = scaled(N < 10 ? 2'000 : 8'000);
    carry(*std::make_unique<lockfree_mpmc_ring<TypeParam, N>>(), 2, 2, n);
    carry(*lockfree_mpmc_ring<TypeParam>::make(N), 3, 1, n);
    carry(*lockfree_mpmc_ring<TypeParam>::make(N), 1, 3, n);
  };
  at.template operator()<1>();
  at.template operator()<2>();
  at.template operator()<3>();
  at.template operator()<1000>();
}

TYPED_TEST(LockfreeMpmcRingRace, ManyThreadsOnFewCpus) {
  lockfree_mpmc_ring<TypeParam, 64> ring;
  carry(ring, 8, 8, scaled(1'000));
}

// The same, with every step of the ring dawdling, yielding or sleeping at random: also between claim and publish.
TYPED_TEST(LockfreeMpmcRingRace, NothingDependsOnHowFastAThreadIs) {
  const auto at = []<std::size_t N>() {
    SCOPED_TRACE("capacity " + std::to_string(N));
    lockfree_mpmc_ring<TypeParam, N, chaos> ring;
    carry(ring, 2, 2, scaled(1'000));
  };
  at.template operator()<1>();
  at.template operator()<2>();
  at.template operator()<7>();
}

TYPED_TEST(LockfreeMpmcRingRace, SealedAndEmptyMeansThatNothingIsLeft) {
  for (std::size_t round = 0; round != scaled(80); ++round) {
    seal_while_used(*lockfree_mpmc_ring<TypeParam>::make(round % 7 + 1), 2, 2);
  }
}

}  // namespace
}  // namespace volley::testing
