// SPDX-License-Identifier: MIT

// The one producer, the one consumer or a reader of a ring is now this thread and now that one, by nothing but the user's synchronisation.
// S13, iceoryx #2160, iceoryx2 d4751a4ba: what the last holder of the role knew did not go with it. ring_race_test.cpp and
// overwrite_ring_race_test.cpp do this for the rings of theirs.

#include <volley/handoff/turn.hpp>

#include <gtest/gtest.h>

#include "each_ring.hpp"
#include "scale.hpp"

#include <cstddef>
#include <memory>
#include <optional>
#include <string>

namespace volley::testing {
namespace {

template <class Kind>
class RolesRace : public ::testing::Test {
 protected:
  watchdog watch_{100};
};

struct kind_names {
  template <class Kind>
  static std::string GetName(int i) {
    constexpr const char* names[] = {"mpsc", "spmc", "broadcast", "bytes", "mpsc_bytes"};
    return names[i];
  }
};
using kinds = ::testing::Types<ring_kind<mpsc_ring>, ring_kind<spmc_ring>, ring_kind<broadcast_for_some>,
                               record_kind<byte_ring>, record_kind<mpsc_byte_ring>>;
TYPED_TEST_SUITE(RolesRace, kinds, kind_names);

/// n numbers through a ring, with two threads in turns as the producer and two as the consumer.
template <class Ring>
void carry_in_turns(Ring& ring, std::size_t spells) {
  constexpr number spell = 5;
  turn<> producers;
  turn<> consumers;
  auto&& from = outlet(ring);
  std::size_t wrong[2] = {};
  const auto in_turns = [spells](turn<>& whose, unsigned which, const auto& act) {
    for (number s = which; s < 2 * spells; s += 2) {
      whose.side(which).await();
      for (number i = 0; i != spell; ++i) act(s * spell + i);
      whose.side(which).pass();
    }
  };
  const auto produce = [&](unsigned which) {
    in_turns(producers, which, [&](number n) { until([&] { return push(ring, n); }); });
  };
  const auto consume = [&](unsigned which) {
    in_turns(consumers, which, [&](number n) {
      std::optional<number> got;
      until([&] { return (got = pop(from)).has_value(); });
      wrong[which] += got == n ? 0U : 1U;
    });
  };
  together([&] { produce(0); }, [&] { produce(1); }, [&] { consume(0); }, [&] { consume(1); });
  EXPECT_EQ(wrong[0] + wrong[1], 0U);
  EXPECT_EQ(pop(from), std::nullopt);
}

TYPED_TEST(RolesRace, RolesGoFromThreadToThreadByTheUsersSynchronisation) {
  carry_in_turns(*std::make_unique<typename TypeParam::template in_place<2>>(), scaled(300));
  carry_in_turns(*std::make_unique<typename TypeParam::template in_place<7>>(), scaled(1'000));
}

}  // namespace
}  // namespace volley::testing
