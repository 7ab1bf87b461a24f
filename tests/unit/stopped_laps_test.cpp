// SPDX-License-Identifier: MIT

// A thread that stops before each of its steps in the middle of a push or a pop, while the others take the ring round for whole laps, and
// then goes on with what it had seen (S66b, lockfreequeues #17, libcds: duplicates; S65, boost.lockfree, iceoryx #2351: a tag that came again;
// S17, JCTools 5279f373: a shared index read once more after the claim). One thread plays both, so that no lap is left to chance.

#include <volley/env/hooked.hpp>
#include <volley/ring/lockfree_mpmc_ring.hpp>
#include <volley/ring/mpmc_ring.hpp>
#include <volley/ring/mpsc_ring.hpp>
#include <volley/ring/overwrite_ring.hpp>
#include <volley/ring/spmc_ring.hpp>
#include <volley/ring/spsc_ring.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace volley::testing {
namespace {

/// Lets the others run before the step of this number of whoever is at work, once.
struct stop_once {
  static inline unsigned steps_before = 0;
  static inline std::function<void()> others;

  static void step(volley::step) {
    if (others == nullptr || steps_before-- != 0) return;
    std::exchange(others, nullptr)();
  }
};
using stopping = hooked<stop_once>;

/// many: how many threads may have that side at a time.
template <template <class, std::size_t, class, class> class Ring, bool ManyPush, bool ManyPop>
struct shape {
  static constexpr bool many_push = ManyPush;
  static constexpr bool many_pop = ManyPop;
  template <std::size_t N>
  using ring = Ring<int, N, stopping, std::allocator<int>>;
};
using shapes = ::testing::Types<shape<spsc_ring, false, false>, shape<mpsc_ring, true, false>,
                                shape<spmc_ring, false, true>, shape<mpmc_ring, true, true>,
                                shape<lockfree_mpmc_ring, true, true>, shape<overwrite_ring, false, false>>;
struct shape_names {
  template <class Shape>
  static std::string GetName(int i) {
    constexpr const char* names[] = {"spsc", "mpsc", "spmc", "mpmc", "lockfree_mpmc", "overwrite"};
    return names[i];
  }
};

template <class Shape>
class StoppedForLaps : public ::testing::Test {
 protected:
  /// A ring and what went in and came out: 0, 1, 2 .. are pushed.
  template <std::size_t N>
  struct ledger {
    typename Shape::template ring<N> ring;
    int next = 0;
    std::vector<int> in;
    std::vector<int> out;

    void push() {
      const int mine = next++;
      if constexpr (requires { ring.try_push(mine); }) {
        if (ring.try_push(mine)) in.push_back(mine);
      } else {
        if (const auto evicted = ring.push(mine)) out.push_back(*evicted);
        in.push_back(mine);
      }
    }
    void pop() {
      if (const auto got = ring.try_pop()) out.push_back(*got);
    }
    /// What those do who may run beside one that is in the middle of a push, or of a pop, for n turns.
    void others(bool beside_a_push, std::size_t n) {
      for (std::size_t i = 0; i != n; ++i) {
        if (!beside_a_push || Shape::many_push) push();
        if (beside_a_push || Shape::many_pop) pop();
      }
    }
  };

  template <std::size_t N>
  static void stop_in_the_middle(bool of_a_push, std::size_t level, unsigned before, std::size_t turns) {
    ledger<N> book;
    for (std::size_t i = 0; i != N + 1; ++i) book.push(), book.pop();  // off the beginning
    for (std::size_t i = 0; i != level; ++i) book.push();
    stop_once::steps_before = before;
    stop_once::others = [&] { book.others(of_a_push, turns); };
    of_a_push ? book.push() : book.pop();
    stop_once::others = nullptr;
    for (std::size_t i = 0; i != N + 1; ++i) book.pop();
    EXPECT_EQ(book.ring.size_approx(), 0U);
    std::sort(book.in.begin(), book.in.end());
    std::sort(book.out.begin(), book.out.end());
    EXPECT_EQ(book.in, book.out) << "lost, or seen twice";
    for (std::size_t i = 0; i != N; ++i) book.push();
    EXPECT_EQ(book.ring.size_approx(), N) << "a slot was lost";
  }

  template <std::size_t N>
  static void stop_everywhere() {
    for (std::size_t laps = 0; laps != 4; ++laps) {
      for (const std::size_t more : {0U, 1U}) {
        for (std::size_t level = 0; level <= N; ++level) {
          for (unsigned before = 0; before != 10; ++before) {
            for (const bool of_a_push : {true, false}) {
              stop_in_the_middle<N>(of_a_push, level, before, laps * N + more);
              if (::testing::Test::HasFailure()) {
                FAIL() << (of_a_push ? "a push" : "a pop") << " stopped before step " << before << " with " << level
                       << " of " << N << " inside, for " << laps << " laps and " << more;
              }
            }
          }
        }
      }
    }
  }
};
TYPED_TEST_SUITE(StoppedForLaps, shapes, shape_names);

TYPED_TEST(StoppedForLaps, LosesNothingAndSeesNothingTwice) {
  this->template stop_everywhere<1>();
  this->template stop_everywhere<2>();
  this->template stop_everywhere<3>();
  this->template stop_everywhere<4>();
}

}  // namespace
}  // namespace volley::testing
