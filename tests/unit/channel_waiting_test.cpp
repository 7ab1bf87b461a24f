// SPDX-License-Identifier: MIT

// channel: who waits, who wakes them, and that nobody stays asleep.

#include "channels.hpp"
#include "policies.hpp"

#include <gtest/gtest.h>

#include <pthread.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <cstddef>
#include <thread>
#include <vector>

namespace volley::testing {
namespace {

using namespace std::chrono_literals;

template <class Kind>
class ChannelWaits : public ::testing::Test {
 protected:
  template <class Channel>
  static void fill(Channel& ch) {
    while (ch.try_push(0) == status::ok) {
    }
  }
  /// That many of these at once; when all sleep, `then` happens.
  template <class F, class Then>
  static void asleep_until(unsigned n, const F& f, const Then& then) {
    const sleepers asleep;
    std::vector<std::thread> threads;
    for (unsigned i = 0; i != n; ++i) threads.emplace_back(f);
    asleep.await(n);
    then();
    for (std::thread& each : threads) each.join();
  }
  watchdog watch_{60};
};
TYPED_TEST_SUITE(ChannelWaits, each_channel, channel_names);

TYPED_TEST(ChannelWaits, APopForAPush) {
  const auto ch = TypeParam::template make<int, 2>();
  for (int i = 0; i != 20; ++i) {
    this->asleep_until(
        1, [&] { EXPECT_EQ(*ch->pop(), i); }, [&] { EXPECT_EQ(ch->push(i), status::ok); });
    this->asleep_until(
        1, [&] { EXPECT_EQ(*ch->pop_for(1h), i); }, [&] { EXPECT_EQ(ch->try_push(i), status::ok); });
    this->asleep_until(
        1, [&] { EXPECT_EQ(ch->wait_ready(), status::ok); }, [&] { EXPECT_EQ(ch->push(i), status::ok); });
    EXPECT_EQ(*ch->try_pop(), i);
  }
}

TYPED_TEST(ChannelWaits, APushForAPop) {
  const auto ch = TypeParam::template make<int, 2>();
  this->fill(*ch);
  for (int i = 0; i != 20; ++i) {
    this->asleep_until(
        1, [&] { EXPECT_EQ(ch->push(i), status::ok); }, [&] { EXPECT_TRUE(ch->pop()); });
    this->asleep_until(
        1, [&] { EXPECT_EQ(ch->push_for(i, 1h), status::ok); }, [&] { EXPECT_TRUE(ch->try_pop()); });
  }
}

TYPED_TEST(ChannelWaits, EndsWithTheClose) {
  const auto waits_until_closed = [](auto&& wait, bool full) {
    const auto ch = TypeParam::template make<int, 2>();
    if (full) TestFixture::fill(*ch);
    TestFixture::asleep_until(
        1, [&] { EXPECT_EQ(wait(*ch), status::closed); }, [&] { ch->close(); });
    EXPECT_EQ(ch->size_approx(), full ? 2U : 0U);
  };
  int out = 0;
  waits_until_closed([&](auto& ch) { return ch.pop(out); }, false);
  waits_until_closed([&](auto& ch) { return ch.pop_for(1h).why(); }, false);
  waits_until_closed([&](auto& ch) { return ch.wait_ready(); }, false);
  waits_until_closed([&](auto& ch) { return ch.push(1); }, true);
  waits_until_closed([&](auto& ch) { return ch.push_for(1, 1h); }, true);
}

// S23, S35: what was given up is not waited for any more, and takes nothing from who comes next.
TYPED_TEST(ChannelWaits, ThatTimedOutLeaveNothingBehind) {
  const auto ch = TypeParam::template make<int, 1>();
  for (int i = 0; i != 20; ++i) {
    EXPECT_EQ(ch->pop_for(300us).why(), status::timeout);
    EXPECT_EQ(ch->wait_ready_for(300us), status::timeout);
    EXPECT_EQ(ch->push(i), status::ok);
    EXPECT_EQ(ch->push_for(7, 300us), status::timeout);
    EXPECT_EQ(*ch->pop(), i);
  }
}

TYPED_TEST(ChannelWaits, CarriesAllThroughOneSlotInOrder) {
  const auto ch = TypeParam::template make<std::size_t, 1>();
  const std::size_t n = scaled(2'000);
  together(
      [&] {
        for (std::size_t i = 0; i != n; ++i) EXPECT_EQ(i % 2 == 0 ? ch->push(i) : ch->push_for(i, 1h), status::ok);
        ch->close();
      },
      [&] {
        std::size_t next = 0;
        for (const std::size_t got : *ch) ASSERT_EQ(got, next++);
        EXPECT_EQ(next, n);
      });
}

// S27, concurrentqueue d40e4e7, 07e22ec, #98, #173: EINTR was taken for success, or looped on.
TYPED_TEST(ChannelWaits, NoSignalEnds) {
  struct sigaction interrupt {};
  struct sigaction before {};
  static std::atomic<unsigned> handled;
  handled = 0;
  interrupt.sa_handler = [](int) { ++handled; };  // and no SA_RESTART
  ::sigaction(SIGUSR1, &interrupt, &before);
  const auto ch = TypeParam::template make<int, 1>();
  constexpr unsigned signals = 50;
  const sleepers asleep;
  std::thread waiter([&] {
    EXPECT_EQ(*ch->pop(), 5);
    EXPECT_EQ(ch->pop_for(1h).why(), status::closed);
  });
  asleep.await(1);
  for (unsigned i = 0; i != signals; ++i) {
    ::pthread_kill(waiter.native_handle(), SIGUSR1);
    until([&] { return handled == i + 1; });
  }
  EXPECT_LE(asleep.so_far(), signals + 1) << "one sleep more for each, and no spinning";
  EXPECT_EQ(ch->push(5), status::ok);
  ch->close();
  waiter.join();
  ::sigaction(SIGUSR1, &before, nullptr);
}

// ---- several ----

template <class Kind>
class ChannelOfManyConsumers : public ChannelWaits<Kind> {};
TYPED_TEST_SUITE(ChannelOfManyConsumers, channels_of_many_consumers, channel_names);

// S22: libc++ #46357, libstdc++ PR 98033: several wakes became one.
TYPED_TEST(ChannelOfManyConsumers, EachSleeperGetsOneOfAsManyPushes) {
  for (int round = 0; round != 20; ++round) {
    const auto ch = TypeParam::template make<int, 4>();
    std::atomic<int> sum{0};
    this->asleep_until(
        3, [&] { sum += *ch->pop(); },
        [&] {
          for (const int i : {1, 10, 100}) EXPECT_EQ(ch->push(i), status::ok);
        });
    EXPECT_EQ(sum, 111);
  }
}

TYPED_TEST(ChannelOfManyConsumers, ABatchWakesAsManyAsItHasElementsFor) {
  for (int round = 0; round != 20; ++round) {
    const auto ch = TypeParam::template make<int, 4>();
    const std::vector<int> all{1, 10, 100};
    std::atomic<int> sum{0};
    this->asleep_until(
        3, [&] { sum += *ch->pop(); }, [&] { EXPECT_EQ(ch->push_n(all).count, 3U); });
    EXPECT_EQ(sum, 111);
  }
}

// S40: after the close each waiter returns, also those who sleep when the last element is taken.
TYPED_TEST(ChannelOfManyConsumers, ACloseEndsAllThatWait) {
  for (int round = 0; round != 20; ++round) {
    const auto ch = TypeParam::template make<int, 4>();
    std::atomic<int> got{0};
    std::atomic<int> closed{0};
    this->asleep_until(
        4,
        [&] {
          int out = 0;
          while (ch->pop(out) == status::ok) ++got;
          ++closed;
        },
        [&] {
          EXPECT_EQ(ch->push(1), status::ok);
          EXPECT_EQ(ch->push(1), status::ok);
          ch->close();
        });
    EXPECT_EQ(got, 2);
    EXPECT_EQ(closed, 4);
  }
}

// S23: one is told and gives up at that time; the other must have what it was told of.
TYPED_TEST(ChannelOfManyConsumers, WhatOneWasToldOfWhoTimesOutGoesToAnother) {
  const auto ch = TypeParam::template make<int, 4>();
  for (std::size_t round = 0; round != scaled(100); ++round) {
    const auto in_time = std::chrono::microseconds(100 + round % 10 * 20);
    bool is_late = false;
    int out = 0;
    const sleepers asleep;
    std::atomic<bool> is_back{false};
    together(
        [&] {
          is_late = ch->pop_for(in_time).why() == status::timeout;
          is_back = true;
        },
        [&] { EXPECT_EQ(ch->pop(out), status::ok); },
        [&] {
          until([&] { return is_back || asleep.so_far() >= 2; });
          EXPECT_EQ(ch->push(1), status::ok);
          EXPECT_EQ(ch->push(1), status::ok);
        });
    ASSERT_EQ(out, 1);
    ASSERT_EQ(all_in(*ch).size(), is_late ? 1U : 0U) << "round " << round;
  }
}

// A look takes nothing, but has taken the wake: it goes on to one who takes.
TYPED_TEST(ChannelOfManyConsumers, WhoOnlyLooksPassesTheWakeOn) {
  for (int round = 0; round != 20; ++round) {
    const auto ch = TypeParam::template make<int, 4>();
    const sleepers asleep;
    together([&] { EXPECT_EQ(ch->wait_ready(), status::ok); },
             [&] {
               asleep.await(1);
               int out = 0;
               (void)ch->pop(out);
               EXPECT_EQ(ch->push(out), status::ok) << "for who looks";
             },
             [&] {
               asleep.await(2);
               EXPECT_EQ(ch->push(1), status::ok);
             });
    EXPECT_EQ(*ch->pop(), 1);
  }
}

template <class Kind>
class ChannelOfManyProducers : public ChannelWaits<Kind> {};
TYPED_TEST_SUITE(ChannelOfManyProducers, channels_of_many_producers, channel_names);

TYPED_TEST(ChannelOfManyProducers, EachSleeperGetsOneOfAsManyPlaces) {
  for (int round = 0; round != 20; ++round) {
    const auto ch = TypeParam::template make<int, 3>();
    this->fill(*ch);
    std::atomic<int> in{0};
    this->asleep_until(
        3, [&] { in += ch->push(1) == status::ok ? 1 : 0; },
        [&] {
          for (int i = 0; i != 3; ++i) EXPECT_EQ(*ch->pop(), 0);
        });
    EXPECT_EQ(in, 3);
    EXPECT_EQ(all_in(*ch), (std::vector{1, 1, 1}));
  }
}

TYPED_TEST(ChannelOfManyProducers, ABatchThatIsTakenWakesAllThatItMadeRoomFor) {
  for (int round = 0; round != 20; ++round) {
    const auto ch = TypeParam::template make<int, 3>();
    this->fill(*ch);
    std::vector<int> out(3);
    this->asleep_until(
        3, [&] { EXPECT_EQ(ch->push(1), status::ok); }, [&] { EXPECT_EQ(ch->pop_n(out).count, 3U); });
    EXPECT_EQ(all_in(*ch), (std::vector{1, 1, 1}));
  }
}

// S41, S43: whatever the close meets, a push that said ok is delivered, and one that said closed is not.
TYPED_TEST(ChannelOfManyProducers, ACloseFromAnyThreadAgreesWithWhatIsDelivered) {
  for (std::size_t round = 0; round != scaled(200); ++round) {
    const auto ch = TypeParam::template make<int, 2>();
    std::atomic<int> in{0};
    std::atomic<int> out{0};
    const auto produce = [&] {
      while (ch->push(1) == status::ok) ++in;
    };
    together(
        produce, produce,
        [&] {
          for (const int one : *ch) out += one;
          EXPECT_TRUE(ch->is_drained());
        },
        [&] {
          until([&] { return ch->is_closed() || out.load() > static_cast<int>(round % 7); });
          ch->close();
        },
        [&] {
          until([&] { return ch->is_closed() || out.load() > static_cast<int>(round % 5); });
          ch->close();
        });
    ASSERT_EQ(in, out) << "round " << round;
  }
}

// ---- where the kernel refuses ----

/// A sandbox that refuses membarrier(2): from the beginning, or later.
struct sandboxed : drowsy {
  static inline bool refuses = false;

  struct os : drowsy::os {
    static bool fences_work() noexcept { return !refuses && drowsy::os::fences_work(); }
    static bool heavy_fence() noexcept { return !refuses && drowsy::os::heavy_fence(); }
  };
};

template <class Ring>
void carry_all_in_a_sandbox(bool from_the_beginning) {
  const watchdog watch(60);
  sandboxed::refuses = from_the_beginning;
  channel<Ring> ch;
  sandboxed::refuses = true;
  EXPECT_TRUE(!from_the_beginning || !ch.is_asymmetric());
  const int n = static_cast<int>(scaled(300));
  together(
      [&] {
        for (int i = 0; i != n; ++i) EXPECT_EQ(ch.push(i), status::ok);
        ch.close();
      },
      [&] {
        int next = 0;
        for (const int got : ch) ASSERT_EQ(got, next++);
        EXPECT_EQ(next, n);
      });
  sandboxed::refuses = false;
}

TEST(ChannelInASandbox, ThatIsThereFromTheBeginningCarriesAllAndEnds) {
  carry_all_in_a_sandbox<spsc_ring<int, 1, sandboxed>>(true);
  carry_all_in_a_sandbox<mpmc_ring<int, 1, sandboxed>>(true);
}
TEST(ChannelInASandbox, ThatIsEnteredLaterCarriesAllAndEnds) {
  carry_all_in_a_sandbox<spsc_ring<int, 1, sandboxed>>(false);
  carry_all_in_a_sandbox<mpmc_ring<int, 1, sandboxed>>(false);
}

// ---- each way to wait ----

template <class Wait>
class ChannelByPolicy : public ::testing::Test {
 protected:
  watchdog watch_{120};
};
TYPED_TEST_SUITE(ChannelByPolicy, policies, policy_names);

TYPED_TEST(ChannelByPolicy, CarriesAllAndEnds) {
  channel<spsc_ring<std::size_t, 4>, TypeParam> ch;
  const std::size_t n = hops<TypeParam>(scaled(4'000));
  together(
      [&] {
        for (std::size_t i = 0; i != n; ++i) EXPECT_EQ(ch.push(i), status::ok);
        ch.close();
      },
      [&] {
        std::size_t next = 0;
        for (const std::size_t got : ch) ASSERT_EQ(got, next++);
        EXPECT_EQ(next, n);
      });
}

}  // namespace
}  // namespace volley::testing
