// SPDX-License-Identifier: MIT

// Whose await() has returned may destroy the turn at once. glibc BZ 12674, brpc #54, stdexec #2051, folly #2093: the poster still
// touched the object when its waiter had freed it.

#include <volley/handoff/turn.hpp>

#include <gtest/gtest.h>

#include <sys/mman.h>

#include "policies.hpp"
#include "scale.hpp"

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <new>
#include <string>
#include <type_traits>

namespace volley::testing {
namespace {

using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;

using turns = ::testing::Types<turn<spin_yield>, turn<spin_park>, turn<park>, turn<park, between_processes>>;
struct turn_names {
  template <class Turn>
  static std::string GetName(int i) {
    return std::array{"spin_yield", "spin_park", "park", "park_between_processes"}[static_cast<unsigned>(i)];
  }
};
template <class Turn>
constexpr bool parks = !std::is_same_v<Turn, turn<spin_yield>>;

template <class Turn>
class Destruction : public ::testing::Test {
 protected:
  /// n turns, each made by one thread, awaited and unmade by another as soon as await has returned. In one of four rounds
  /// the pass comes when the waiter sleeps.
  template <class Make, class Unmake>
  void give_and_unmake(std::size_t n, const Make& make, const Unmake& unmake) {
    std::atomic<Turn*> given{nullptr};
    together(
        [&] {
          for (std::size_t i = 0; i != n; ++i) {
            Turn* const t = make();
            given = t;
            if (parks<Turn> && i % 4 == 0) until([&] { return is_parked(*t); });
            t->side(0).pass();
            until([&] { return given == nullptr; });
          }
        },
        [&] {
          for (std::size_t i = 0; i != n; ++i) {
            Turn* t = nullptr;
            until([&] { return (t = given) != nullptr; });
            t->side(1).await();
            unmake(t);
            given = nullptr;
          }
        });
  }

  watchdog watch_{60};
};
TYPED_TEST_SUITE(Destruction, turns, turn_names);

TYPED_TEST(Destruction, TheWaiterMayFreeTheTurn) {
  this->give_and_unmake(
      scaled(100'000), [] { return new TypeParam; }, [](TypeParam* t) { delete t; });
}

// Memory that is not there at all any more: a touch would be a crash, in any build.
TYPED_TEST(Destruction, TheWaiterMayUnmapTheTurn) {
  constexpr std::size_t page = 4096;
  this->give_and_unmake(
      scaled(20'000),
      [] {
        void* const memory = ::mmap(nullptr, page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        return ::new (memory) TypeParam;
      },
      [](TypeParam* t) {
        t->~TypeParam();
        ::munmap(t, page);
      });
}

// A new turn lies where the old one was, and somebody sleeps on it, when the old one's wake arrives: it means nothing there.
TYPED_TEST(Destruction, ANewTurnInTheSamePlaceIsNotTakenInByTheOldOnesWake) {
  alignas(TypeParam) static unsigned char place[sizeof(TypeParam)];
  std::size_t fooled = 0;
  this->give_and_unmake(
      scaled(4'000), [] { return ::new (place) TypeParam; },
      [&](TypeParam* t) {
        t->~TypeParam();
        TypeParam* const next = ::new (place) TypeParam;
        if (next->side(1).await(clock::now() + 20us) != status::timeout) ++fooled;
        next->~TypeParam();
      });
  EXPECT_EQ(fooled, 0U);
}

}  // namespace
}  // namespace volley::testing
