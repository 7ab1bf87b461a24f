// SPDX-License-Identifier: MIT

// spin_barrier in the model: two and three participants, phases, deadlines and stops that withdraw an arrival, more threads than participants;
// and ways to get it wrong.

#include <volley/handoff/spin_barrier.hpp>

#include "engine.hpp"
#include "stop.hpp"

#include <optional>

namespace {

using model::futex;
using model::machine;
using model::require;
using model::search;
using volley::modelled;
using volley::status;

template <class Wait, class Env = modelled>
using barrier_of = volley::spin_barrier<Wait, volley::in_process, Env>;

constexpr modelled::os::time_point after_ticks(int n) { return modelled::os::time_point(modelled::os::duration(n)); }

/// N threads meet Rounds times. Each sees what all did before they arrived, and none is a round ahead.
template <class Wait, int N = 2, int Rounds = 2, class Env = modelled, int Spurious = 0>
struct rounds : model::scenario {
  static constexpr int threads = N;
  barrier_of<Wait, Env> b{N};
  model::plain<int> at[2][3]{{model::plain<int>(0), model::plain<int>(0), model::plain<int>(0)},
                             {model::plain<int>(0), model::plain<int>(0), model::plain<int>(0)}};

  rounds() { machine::spurious_left = Spurious; }
  void thread(unsigned which) override {
    for (int round = 1; round <= Rounds; ++round) {
      auto& now = at[round % 2];
      now[which].set(round);
      b.arrive_and_wait();
      for (int i = 0; i != N; ++i)
        require(now[i].get() == round, "all have arrived, and nobody has gone two rounds on");
    }
  }
  void after() override {
    require(futex::wakes() <= Rounds, "one wake a phase at most");
    if (!Wait::parks) require(futex::wakes() + futex::parks() == 0, "a policy that does not park makes no futex call");
  }
};

/// Thread 0 may give up, at any moment, and then comes once more. Nobody else notices, not even who has arrived for the next phase by then.
template <class Wait, int N = 2, class Env = modelled, int MoreRounds = 0>
struct impatient : model::scenario {
  static constexpr int threads = N;
  barrier_of<Wait, Env> b{N};
  model::plain<int> came[3]{model::plain<int>(0), model::plain<int>(0), model::plain<int>(0)};

  impatient() { machine::ticks_left = 1; }
  void thread(unsigned which) override {
    came[which].set(1);
    if (which == 0) {
      const status s = b.arrive_and_wait(after_ticks(1));
      require(s == status::ok || (s == status::timeout && machine::clock >= 1), "ok, or a deadline that has passed");
      if (s != status::ok) b.arrive_and_wait();
    } else {
      b.arrive_and_wait();
    }
    for (int i = 0; i != N; ++i) require(came[i].get() == 1, "all have arrived");
    for (int i = 0; i != MoreRounds; ++i) b.arrive_and_wait();
  }
};

/// Both give up after one look. That the phase is over is true for both or for none.
template <class Wait>
struct both_impatient : model::scenario {
  static constexpr int threads = 2;
  barrier_of<Wait> b{2};
  status said[2]{};

  void thread(unsigned which) override { said[which] = b.arrive_and_wait(after_ticks(0)); }
  void after() override {
    require((said[0] == status::ok) == (said[1] == status::ok), "an arrival counts for both or for none");
    require(b.arrive_and_wait(after_ticks(0)) == status::timeout, "and leaves nothing behind");
  }
};

/// A third thread asks thread 0 to stop; it then comes once more.
template <class Wait, class Env = modelled>
struct stopped : model::scenario {
  static constexpr int threads = 3;
  barrier_of<Wait, Env> b{2};
  model::stop_source source;

  void thread(unsigned which) override {
    if (which == 2) return source.request_stop();
    if (which == 1) return b.arrive_and_wait();
    const status s = b.arrive_and_wait(model::stop_token(source));
    require(s == status::ok || (s == status::stopped && source.stop_requested()), "ok, or stopped if asked to");
    if (s != status::ok) b.arrive_and_wait();
  }
};

template <class Wait>
class SpinBarrierModel : public testing::Test {};
using policies = testing::Types<volley::busy_spin, volley::spin_yield, volley::spin_park, volley::park>;
TYPED_TEST_SUITE(SpinBarrierModel, policies);

TYPED_TEST(SpinBarrierModel, NobodyGoesOnBeforeAllHaveArrived) {
  EXPECT_TRUE((model::holds<rounds<TypeParam>>(search::random(30'000))));
  EXPECT_TRUE((model::holds<rounds<TypeParam>>(search::random_held(10'000))));
  EXPECT_TRUE((model::holds<rounds<TypeParam>>(search::bounded(2))));
  EXPECT_TRUE((model::holds<rounds<TypeParam, 2, 3, modelled, 2>>(search::random(20'000))));
  EXPECT_TRUE((model::holds<rounds<TypeParam, 3, 3>>(search::random(50'000))));
  if (std::is_same_v<TypeParam, volley::park>) {
    EXPECT_TRUE((model::holds<rounds<TypeParam, 3, 1>>(search::bounded(2))));
  }
}

TYPED_TEST(SpinBarrierModel, ATimeoutWithdrawsTheArrivalUnlessThePhaseWasFaster) {
  EXPECT_TRUE((model::holds<impatient<TypeParam>>(search::random(30'000))));
  EXPECT_TRUE((model::holds<impatient<TypeParam>>(search::random_held(10'000))));
  EXPECT_TRUE((model::holds<impatient<TypeParam>>(search::bounded(2))));
  EXPECT_TRUE((model::holds<impatient<TypeParam, 3>>(search::random(30'000))));
  EXPECT_TRUE((model::holds<impatient<TypeParam, 2, modelled, 1>>(search::random(30'000))));
  EXPECT_TRUE((model::holds<impatient<TypeParam, 2, modelled, 1>>(search::bounded(1))));
  EXPECT_TRUE((model::holds<both_impatient<TypeParam>>(search::random(30'000))));
  EXPECT_TRUE((model::holds<both_impatient<TypeParam>>(search::bounded(2))));
}

TYPED_TEST(SpinBarrierModel, AStopWithdrawsTheArrivalUnlessThePhaseWasFaster) {
  EXPECT_TRUE((model::holds<stopped<TypeParam>>(search::random(30'000))));
  EXPECT_TRUE((model::holds<stopped<TypeParam>>(search::random_held(10'000))));
}

// ---- wrong on purpose: the model must notice ----

enum class mistake {
  none,
  without_sense,  // the waiter waits for the count to be 0, not for another phase: who is fast has arrived again before it looks
  turned_first,    // the phase turns in one step and the count is set to 0 in the next: who is fast is not counted
  blind_withdraw,  // who gives up takes one arrival away, whether or not its phase has ended meanwhile
};

/// The central barrier as others had it: polls, and gives up after one look where it may.
template <mistake Mistake>
struct wrong_barrier {
  static constexpr std::uint32_t phase = 1U << 16;
  static constexpr auto seq_cst = std::memory_order::seq_cst;
  model::atomic<std::uint32_t> word{0};

  bool arrive_and_wait(bool patient) {
    const std::uint32_t before = word.fetch_add(1, seq_cst);
    if (before % phase == 1) {
      if (Mistake != mistake::turned_first) {
        word.fetch_add(phase - 2, seq_cst);
      } else {
        word.fetch_add(phase, seq_cst);
        word.store(word.load(seq_cst) / phase * phase, seq_cst);
      }
      return true;
    }
    for (std::uint32_t seen = word.load(seq_cst);; seen = word.load(seq_cst)) {
      if (Mistake == mistake::without_sense ? seen % phase == 0 : seen / phase != before / phase) return true;
      if (!patient && Mistake == mistake::blind_withdraw) return word.fetch_sub(1, seq_cst), false;
      if (!patient && seen % phase != 2 && word.compare_exchange_strong(seen, seen - 1, seq_cst, seq_cst)) return false;
      modelled::relax();
    }
  }
};

template <mistake Mistake>
struct patient_rounds : model::scenario {
  static constexpr int threads = 2;
  wrong_barrier<Mistake> b;

  void thread(unsigned) override {
    for (int round = 0; round != 2; ++round) (void)b.arrive_and_wait(true);
  }
};
template <mistake Mistake>
struct both_give_up : model::scenario {
  static constexpr int threads = 2;
  wrong_barrier<Mistake> b;
  bool said[2]{};

  void thread(unsigned which) override { said[which] = b.arrive_and_wait(false); }
  void after() override { require(said[0] == said[1], "an arrival counts for both or for none"); }
};

TEST(SpinBarrierModelMustFail, WithoutASenseSomebodyIsLeftBehind) {
  EXPECT_TRUE(model::holds<patient_rounds<mistake::none>>(search::random(10'000)));
  EXPECT_TRUE(model::fails<patient_rounds<mistake::without_sense>>(search::random(10'000), rl::test_result_livelock));
}
TEST(SpinBarrierModelMustFail, ACountThatIsResetAfterTheTurnForgetsWhoWasFast) {
  EXPECT_TRUE(model::fails<patient_rounds<mistake::turned_first>>(search::random(10'000), rl::test_result_livelock));
}
TEST(SpinBarrierModelMustFail, WithdrawingWithoutALookTakesBackWhatCounted) {
  EXPECT_TRUE(model::holds<both_give_up<mistake::none>>(search::random(10'000)));
  EXPECT_TRUE(
      model::fails<both_give_up<mistake::blind_withdraw>>(search::random(10'000), rl::test_result_user_assert_failed));
}

/// A kernel that loses wakes.
struct no_wake : modelled {
  struct os : modelled::os {
    template <class Word>
    static void wake(const Word*, int, volley::sharing) {}
  };
};
TEST(SpinBarrierModelMustFail, ALostWakeUpIsADeadlock) {
  EXPECT_TRUE((model::fails<rounds<volley::park, 2, 2, no_wake>>(search::random(10'000), rl::test_result_deadlock)));
}

/// Where the right to destroy ends: who is through may have been the last to come, and those that it let through still look.
template <class Wait, bool Destroys>
struct destroyed_by_one : model::scenario {
  static constexpr int threads = 2;
  std::optional<barrier_of<Wait>> b{std::in_place, 2U};

  void thread(unsigned which) override {
    const status s = b->arrive_and_wait(modelled::os::never);
    require(s == status::ok, "there is no end to its patience");
    if (Destroys && which == 1) b.reset();
  }
};
TEST(SpinBarrierModelMustFail, WhoIsThroughMayNotDestroyIt) {
  constexpr auto seen = rl::test_result_user_assert_failed;
  EXPECT_TRUE((model::holds<destroyed_by_one<volley::park, false>>(search::random(10'000))));
  EXPECT_TRUE((model::fails<destroyed_by_one<volley::park, true>>(search::random(10'000), seen)));
  EXPECT_TRUE((model::fails<destroyed_by_one<volley::busy_spin, true>>(search::random(10'000), seen)));
}

}  // namespace
