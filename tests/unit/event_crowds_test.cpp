// SPDX-License-Identifier: MIT

// What parker, auto_reset_event and manual_reset_event do each in its own way: whom a set lets through, and what becomes of several.

#include <gtest/gtest.h>

#include "events.hpp"
#include "scale.hpp"

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <stop_token>
#include <thread>

namespace volley::testing {
namespace {

using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;

template <class Wait>
class Crowd : public ::testing::Test {
 protected:
  watchdog watch_{60};
};
template <class Wait>
using AutoResetEvent = Crowd<Wait>;
template <class Wait>
using ManualResetEvent = Crowd<Wait>;
template <class Wait>
using Parker = Crowd<Wait>;
TYPED_TEST_SUITE(AutoResetEvent, policies, policy_names);
TYPED_TEST_SUITE(ManualResetEvent, policies, policy_names);
TYPED_TEST_SUITE(Parker, policies, policy_names);

TEST(AutoResetEventOfOneThread, BeginsAsItWasAskedTo) {
  auto_reset_event<> a(true);
  EXPECT_TRUE(a.try_wait());
  EXPECT_FALSE(a.try_wait());
  EXPECT_FALSE(auto_reset_event<>(false).try_wait());
  const manual_reset_event<> m(true);
  EXPECT_TRUE(m.is_set() && m.try_wait());
  EXPECT_FALSE(manual_reset_event<>().is_set());
}

/// Waits until so many sleep on it; of a policy that does not park, for a while.
template <class Wait, class Event>
void until_they_wait(const Event& e, unsigned n) {
  if constexpr (Wait::parks) {
    until([&] { return sleepers_on(e) == n; });
  } else {
    std::this_thread::sleep_for(2ms);
  }
}

// One set, one waiter, whoever that is; and the others wait on.
TYPED_TEST(AutoResetEvent, EachSetLetsOneWaiterThrough) {
  auto_reset_event<TypeParam> e;
  std::atomic<unsigned> through{0};
  const auto waiter = [&] {
    e.wait();
    ++through;
  };
  std::array threads{std::thread(waiter), std::thread(waiter), std::thread(waiter)};
  for (unsigned i = 0; i != 3; ++i) {
    until_they_wait<TypeParam>(e, 3 - i);
    EXPECT_EQ(through, i);
    e.set();
    until([&] { return through != i; });
  }
  for (auto& t : threads) t.join();
  EXPECT_FALSE(e.try_wait()) << "three sets, three waiters";
}

// "Edge rows 5 and 19": a wake meant for one who has left, by his deadline or stopped, is not lost for the other.
TYPED_TEST(AutoResetEvent, ASetIsNotLostWithAWaiterThatLeaves) {
  const std::size_t rounds = scaled(hops<TypeParam>(4'000));
  auto_reset_event<TypeParam> e;
  std::atomic<std::size_t> taken{0};
  std::atomic<bool> last{false};
  const auto impatient = [&] {
    for (unsigned i = 0; !last; ++i) {
      if (e.wait(clock::now() + std::chrono::microseconds(i % 64)) == status::ok) ++taken;
    }
  };
  const auto patient = [&] {
    while (!last) {
      e.wait();
      ++taken;
    }
  };
  together(impatient, patient, [&] {
    for (std::size_t i = 0; i != rounds; ++i) {
      e.set();
      until([&] { return taken == i + 1; });  // else it is lost, and the watchdog says so
    }
    last = true;
    e.set();
    until([&] { return taken == rounds + 1; });
    e.set();  // for the patient one, if the impatient one had that
  });
  EXPECT_EQ(sleepers_on(e), 0U);
}

// Each setter's data reaches the consumer, also where its set was one with another's (handoff without an RMW on a set event loses it).
template <class Event>
void many_setters_one_consumer(std::size_t n) {
  Event e;
  std::array<std::atomic<std::size_t>, 2> posted{};
  std::size_t seen[2] = {};
  const auto setter = [&](unsigned which) {
    for (std::size_t i = 1; i <= n; ++i) {
      posted[which].store(i, std::memory_order::relaxed);
      set(e);
    }
  };
  together([&] { setter(0); }, [&] { setter(1); },
           [&] {
             while (seen[0] != n || seen[1] != n) {
               wait(e);
               reset(e);
               for (const unsigned which : {0U, 1U}) seen[which] = posted[which].load(std::memory_order::relaxed);
             }
           });
}
TYPED_TEST(AutoResetEvent, SetsThatAreOneBringTheDataOfEach) {
  many_setters_one_consumer<auto_reset_event<TypeParam>>(scaled(hops<TypeParam>(20'000)));
}
TYPED_TEST(ManualResetEvent, SetsThatAResetUndoesBringTheDataOfEach) {
  many_setters_one_consumer<manual_reset_event<TypeParam>>(scaled(hops<TypeParam>(20'000)));
}
TYPED_TEST(Parker, UnparksThatAreOneBringTheDataOfEach) {
  many_setters_one_consumer<parker<TypeParam>>(scaled(hops<TypeParam>(20'000)));
}

TYPED_TEST(ManualResetEvent, ItStaysSetUntilItIsReset) {
  manual_reset_event<TypeParam> e;
  const std::stop_token none;
  e.reset();
  EXPECT_FALSE(e.is_set());
  e.set();
  for (int i = 0; i != 3; ++i) {
    EXPECT_TRUE(e.is_set() && e.try_wait());
    e.wait();
    EXPECT_EQ(e.wait(clock::time_point{}), status::ok);
    EXPECT_EQ(e.wait(none), status::ok);
    e.set();
  }
  e.reset();
  e.reset();
  EXPECT_FALSE(e.is_set() || e.try_wait());
  EXPECT_EQ(e.wait(clock::now() + 1ms), status::timeout);
}

TYPED_TEST(ManualResetEvent, ASetLetsAllThrough) {
  for (std::size_t i = 0; i != scaled(50); ++i) {
    manual_reset_event<TypeParam> e;
    std::atomic<unsigned> through{0};
    const auto waiter = [&] {
      e.wait();
      ++through;
    };
    together(waiter, waiter, waiter, [&] {
      until_they_wait<TypeParam>(e, 3);
      EXPECT_EQ(through, 0U);
      e.set();
    });
    EXPECT_EQ(through, 3U);
    EXPECT_EQ(sleepers_on(e), 0U);
  }
}

// What PulseEvent is known for: a reset straight after the set shut out those who had been waiting.
TYPED_TEST(ManualResetEvent, WhoWaitedIsLetThroughAlsoWhenAResetFollowsAtOnce) {
  // Whether somebody waits can only be seen where he sleeps. For the others: EventStepByStep.ASetThatAResetFollowsAtOnceIsFoundByWhoHasLooked
  if (!TypeParam::parks) return;
  for (std::size_t i = 0; i != scaled(500); ++i) {
    manual_reset_event<TypeParam> e;
    const auto waiter = [&] { EXPECT_EQ(e.wait(clock::now() + 50s), status::ok); };
    together(waiter, waiter, [&] {
      until_they_wait<TypeParam>(e, 2);
      e.set();
      e.reset();
    });
    EXPECT_FALSE(e.is_set());
    EXPECT_EQ(e.wait(clock::time_point{}), status::timeout) << "who comes after the reset waits";
    EXPECT_EQ(sleepers_on(e), 0U);
  }
}

/// Makes of an event one that has been set, and reset, so many times more: as its header says, 25 bits of count above the open bit,
/// then 13 of sleepers, then 25 of ticks.
template <class Event>
void as_if_set_and_reset(Event& e, std::uint64_t times) {
  static_assert(std::is_standard_layout_v<Event>);
  const std::uint64_t word = word_of(e);
  const std::uint64_t count = (word / 2 + times) % (1U << 25);
  const std::uint64_t sleepers = word >> 26 & 0x1fff;
  const std::uint64_t ticks = (word >> 39) + times;
  __atomic_store_n(reinterpret_cast<std::uint64_t*>(&e), ticks << 39 | sleepers << 26 | count << 1, __ATOMIC_RELAXED);
}

TYPED_TEST(ManualResetEvent, TheCountOfSetsWrapsAndTouchesNothingElse) {
  manual_reset_event<TypeParam> e;
  manual_reset_event<TypeParam> counted;
  for (unsigned i = 0; i != 3; ++i) {
    counted.set();
    counted.reset();
  }
  as_if_set_and_reset(e, 3);
  EXPECT_EQ(word_of(e), word_of(counted)) << "this test knows the layout";
  as_if_set_and_reset(e, (1U << 25) - 4);  // the next set wraps both the count and the ticks
  std::atomic<int> waiting{2};
  unsigned sets = 0;
  const auto waiter = [&] {
    e.wait();
    --waiting;
  };
  together(waiter, waiter, [&] {
    until_they_wait<TypeParam>(e, 2);
    EXPECT_FALSE(e.is_set());
    do {  // again for who had not begun to look: where they do not sleep, nothing tells
      e.set();
      EXPECT_TRUE(e.is_set());
      e.reset();
      ++sets;
      std::this_thread::yield();
    } while (waiting != 0 && !TypeParam::parks);
  });
  manual_reset_event<TypeParam> as_new;
  as_if_set_and_reset(as_new, sets - 1);
  EXPECT_EQ(word_of(e), word_of(as_new)) << "after exactly a lap it is as new";
}

// taskflow #518 and #560, the epochs of event counts: after an exact lap the count is what it was. The header says after how many.
TYPED_TEST(ManualResetEvent, OnlyAnExactLapOfSetsIsMissedByWhoSleptThroughIt) {
  // Whether somebody waits can only be seen where he sleeps.
  if (!TypeParam::parks) return;
  for (const bool exact : {false, true}) {
    manual_reset_event<TypeParam> e;
    std::stop_source give_up;
    together([&] { EXPECT_EQ(e.wait(give_up.get_token()), exact ? status::stopped : status::ok); },
             [&] {
               until_they_wait<TypeParam>(e, 1);
               as_if_set_and_reset(e, (1U << 25) - (exact ? 0U : 2U));
               if (exact) {
                 give_up.request_stop();
               } else {
                 e.set();
                 e.reset();
               }
             });
  }
}

TYPED_TEST(Parker, OneParkTakesOnePermitAndTheThreadMayUnparkItself) {
  parker<TypeParam> p;
  for (int i = 0; i != 10; ++i) {
    p.unpark();
    p.unpark();
    p.park();
    EXPECT_FALSE(p.try_park());
  }
}

}  // namespace
}  // namespace volley::testing
