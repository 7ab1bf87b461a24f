// SPDX-License-Identifier: MIT

// event_count in the model: every policy, by await and by hand, deadlines, stops, spurious wake-ups, its wrap, and ways to get it wrong.

#include "event_count_scenarios.hpp"
#include "in_turn_scenarios.hpp"

namespace {

using namespace model;
using volley::detail::everybody;

template <class Wait>
class EventCountModel : public testing::Test {};
using policies = testing::Types<volley::busy_spin, volley::spin_yield, volley::spin_park, volley::park>;
TYPED_TEST_SUITE(EventCountModel, policies);

// taskflow #518 and #560: it begins just before its wrap.
TYPED_TEST(EventCountModel, NobodySleepsThroughWhatHeWaitsFor) {
  using form = mutual<TypeParam>;
  EXPECT_TRUE((holds<one_by_one<form>>(search::random(30'000))));
  EXPECT_TRUE((holds<one_by_one<form>>(search::random_held(30'000))));
  EXPECT_TRUE((holds<one_by_one<form>>(search::bounded(2))));
  EXPECT_TRUE((holds<one_by_one<form, 1>>(search::full())));
  EXPECT_TRUE((holds<one_by_one<form, 2, of_one_cpu>>(search::random(10'000))));
  EXPECT_TRUE((holds<one_by_one<form, 2, spurious>>(search::random(20'000))));
  EXPECT_TRUE((holds<one_by_one<shared<TypeParam>>>(search::random(10'000))));
}

// poco #5213, PoissonRecon #6: notify_all before the waiter is there.
TYPED_TEST(EventCountModel, NorByHand) {
  EXPECT_TRUE((holds<by_hand<mutual<TypeParam>>>(search::random(20'000))));
  EXPECT_TRUE((holds<by_hand<mutual<TypeParam>>>(search::random_held(20'000))));
  EXPECT_TRUE((holds<by_hand<mutual<TypeParam>, spurious>>(search::bounded(3))));
  EXPECT_TRUE((holds<timeout_by_hand<mutual<TypeParam>>>(search::random(20'000))));
  EXPECT_TRUE((holds<stop_by_hand<mutual<TypeParam>>>(search::random(20'000))));
}

TYPED_TEST(EventCountModel, WhatWasDoneBeforeANotifyIsThereAfterTheWait) {
  EXPECT_TRUE((holds<plain_data<mutual<TypeParam>>>(search::random(20'000))));
  EXPECT_TRUE((holds<plain_data<mutual<TypeParam>>>(search::random_held(10'000))));
}

// GCC 12's semaphore, PR 104928: a notify that found a waiter who was just leaving.
TYPED_TEST(EventCountModel, EachOfTwoGetsItsPermit) {
  using form = mutual<TypeParam>;
  EXPECT_TRUE((holds<two_wait<form, false>>(search::random(20'000))));
  EXPECT_TRUE((holds<two_wait<form, true>>(search::random(20'000))));
  EXPECT_TRUE((holds<two_wait<form, false>>(search::bounded(1))));
  EXPECT_TRUE((holds<two_wait<form, false, spurious>>(search::random(10'000))));
  EXPECT_TRUE((holds<two_give<form>>(search::random(20'000))));
  EXPECT_TRUE((holds<two_give<form>>(search::bounded(1))));
  EXPECT_TRUE((holds<two_wait<shared<TypeParam>, false>>(search::random(10'000))));
  EXPECT_TRUE((holds<two_give<shared<TypeParam>>>(search::random(10'000))));
}

TYPED_TEST(EventCountModel, ATimeoutLosesNothing) {
  EXPECT_TRUE((holds<one_gives_up<mutual<TypeParam>>>(search::random(30'000))));
  EXPECT_TRUE((holds<one_gives_up<mutual<TypeParam>>>(search::random_held(10'000))));
}

TYPED_TEST(EventCountModel, AStopEndsTheWaitAndLosesNothing) {
  using form = mutual<TypeParam>;
  EXPECT_TRUE((holds<only_a_stop<form>>(search::random(10'000))));
  EXPECT_TRUE((holds<only_a_stop<form>>(search::bounded(2))));
  EXPECT_TRUE((holds<only_a_stop<form, spurious>>(search::random(10'000))));
  EXPECT_TRUE((holds<one_is_stopped<form, true>>(search::random(20'000))));
  EXPECT_TRUE((holds<one_is_stopped<form, false>>(search::random(20'000))));
}

TEST(EventCountModel, EveryOrderIsNeeded) {
  using volley::park;
  EXPECT_TRUE(every_order_is_needed(
      "volley/wait/epochs.hpp",
      {recipe_of<one_by_one<mutual<park>>>(), recipe_of<plain_data<mutual<park>>>(),
       recipe_of<plain_data<asymmetric<park>>>(), recipe_of<two_wait<mutual<park>, false>>(),
       recipe_of<only_a_stop<mutual<park>>>(), recipe_of<one_gives_up<mutual<park>>>(),
       recipe_of<one_polls<refused_env>>(), recipe_of<one_sleeps<usual_env>>(),
       recipe_of<one_in_turn<usual_env, comes::any_time>>(), recipe_of<one_in_turn<usual_env, comes::late>>()},
      {search::random(20'000), search::random_held(20'000)}));
}

// ---- wrong on purpose: the model must notice ----

enum class mistake { none, look_before_the_key, notify_before_the_change, keeps_told, told_later, one_bit_of_epochs };

/// The word of wait/epochs.hpp once more, in few lines, with a mistake in it or in its use.
template <mistake Mistake, int Threads = 2>
struct wrong : scenario {
  static constexpr int threads = Threads;
  static constexpr std::uint64_t told = 1;
  static constexpr std::uint64_t sleeper = 2;
  static constexpr std::uint64_t epoch = std::uint64_t{1} << 32;
  atomic<std::uint64_t> word{0};
  atomic<std::uint32_t> permits{0};

  static std::uint32_t epoch_of(std::uint64_t seen) {
    const auto whole = static_cast<std::uint32_t>(seen >> 32);
    return Mistake == mistake::one_bit_of_epochs ? whole & 1 : whole;
  }
  static bool must_wake(std::uint64_t seen) { return seen % epoch >= sleeper && (seen & told) == 0; }
  void notify() {
    std::uint64_t seen = word.fetch_add(epoch, acq_rel);
    if (!must_wake(seen)) return;
    if (Mistake == mistake::told_later) {
      seen += epoch;
      word.compare_exchange_strong(seen, seen | told, relaxed, relaxed);  // the same number, but perhaps of others
    } else {
      for (seen = word.load(acquire);
           must_wake(seen) && !word.compare_exchange_strong(seen, (seen + epoch) | told, release, acquire);) {
      }
      if (!must_wake(seen)) return;
    }
    modelled::os::wake(&word, everybody, volley::sharing::in_process);
  }
  void sleep(std::uint32_t key) {
    for (std::uint64_t seen = word.load(acquire);; seen = word.load(acquire)) {
      if (epoch_of(seen) != key) return;
      const auto next = Mistake == mistake::keeps_told ? seen + sleeper : (seen + sleeper) & ~told;
      if (word.compare_exchange_strong(seen, next, relaxed, relaxed)) break;
    }
    for (std::uint64_t seen = word.load(acquire); epoch_of(seen) == key; seen = word.load(acquire))
      (void)modelled::os::park(word, static_cast<std::uint32_t>(seen >> 32), volley::sharing::in_process,
                               modelled::os::never);
    word.fetch_sub(sleeper, relaxed);
  }
  bool take() {
    for (std::uint32_t seen = permits.load(relaxed); seen != 0;) {
      if (permits.compare_exchange_strong(seen, seen - 1, relaxed, relaxed)) return true;
    }
    return false;
  }
  void await() {
    for (;;) {
      std::uint32_t key = epoch_of(word.load(acquire));
      if (take()) return;
      if (Mistake == mistake::look_before_the_key) key = epoch_of(word.load(acquire));
      sleep(key);
    }
  }
  void give() {
    if (Mistake != mistake::notify_before_the_change) permits.fetch_add(1, relaxed);
    notify();
    if (Mistake == mistake::notify_before_the_change) permits.fetch_add(1, relaxed);
  }
  void thread(unsigned which) override {
    for (int i = 0; i != 2; ++i) {
      if (which == 0) give();
      if (which == 1) await();
    }
    if (which == 2) {
      give();
      await();
    }
  }
};

TEST(EventCountModelMustFail, WithoutAMistakeItHolds) {
  EXPECT_TRUE((holds<wrong<mistake::none>>(search::random(20'000))));
  EXPECT_TRUE((holds<wrong<mistake::none>>(search::bounded(2))));
  EXPECT_TRUE((holds<wrong<mistake::none, 3>>(search::random(50'000))));
}
// libstdc++ in 2025, LLVM #77659, #79265 and #46357: the epoch was read after the look.
TEST(EventCountModelMustFail, AnEpochSampledAfterTheLookSleepsThroughTheNotify) {
  EXPECT_TRUE((fails<wrong<mistake::look_before_the_key>>(search::random(10'000), rl::test_result_deadlock)));
}
TEST(EventCountModelMustFail, ANotifyBeforeTheChangeIsLost) {
  EXPECT_TRUE((fails<wrong<mistake::notify_before_the_change>>(search::random(10'000), rl::test_result_deadlock)));
}
TEST(EventCountModelMustFail, WhoEnrolsAsAlreadyToldIsNeverWoken) {
  EXPECT_TRUE((fails<wrong<mistake::keeps_told>>(search::random(20'000), rl::test_result_deadlock)));
}
TEST(EventCountModelMustFail, ToldInASecondStepMayFallOnAnotherSleeper) {
  EXPECT_TRUE((fails<wrong<mistake::told_later, 3>>(search::random(400'000), rl::test_result_deadlock)));
}
// taskflow #518 and #560, libc++'s timeout of 2 s: after exactly one lap of the epoch a notify looks like none.
TEST(EventCountModelMustFail, AnEpochThatComesBackIsNotSeenToBeOver) {
  EXPECT_TRUE((fails<wrong<mistake::one_bit_of_epochs>>(search::random(20'000), rl::test_result_deadlock)));
}

/// A kernel that wakes nobody; one that sleeps without comparing.
struct no_wake : modelled {
  struct os : modelled::os {
    template <class Word>
    static void wake(const Word*, int, volley::sharing) {}
  };
};
struct no_compare : modelled {
  struct os : modelled::os {
    template <class Word>
    static bool park(const Word& w, std::uint32_t expected, volley::sharing, time_point) {
      return futex::wait(w, expected, false, futex::compare::never, place::here());
    }
  };
};
template <class Env>
struct on_a_bad_kernel : mutual<volley::park> {
  using type = volley::event_count<volley::park, volley::in_process, Env>;
};

TEST(EventCountModelMustFail, ALostWakeUpIsADeadlock) {
  EXPECT_TRUE((fails<one_by_one<on_a_bad_kernel<no_wake>>>(search::random(10'000), rl::test_result_deadlock)));
  EXPECT_TRUE((fails<one_by_one<on_a_bad_kernel<no_compare>>>(search::random(10'000), rl::test_result_deadlock)));
}

// What is not promised: who was woken may not destroy it while the notify is still inside.
struct destroyed_by_the_waiter : scenario {
  static constexpr int threads = 2;
  std::optional<mutual<volley::park>::type> e{std::in_place};
  atomic<std::uint32_t> there{0};

  void thread(unsigned which) override {
    if (which == 0) {
      there.store(1, release);
      return e->notify_one();
    }
    e->await([this] { return there.load(acquire) == 1; });
    e.reset();
  }
};
TEST(EventCountModelMustFail, TheWaiterMayNotDestroyIt) {
  EXPECT_TRUE((fails<destroyed_by_the_waiter>(search::random(10'000), rl::test_result_user_assert_failed)));
}

}  // namespace
