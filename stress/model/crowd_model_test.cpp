// SPDX-License-Identifier: MIT

// wait/crowd.hpp in the model, as it is and as counting_semaphore has it: several sleepers, posts, deadlines, stops, destruction, ticks that
// wrap.

#include <volley/handoff/counting_semaphore.hpp>
#include <volley/handoff/spin_barrier.hpp>

#include "crowd_scenarios.hpp"
#include "wait_any_scenarios.hpp"

namespace {

using namespace model;  // NOLINT(google-build-using-namespace): its scenarios

template <class Wait>
using semaphore = volley::counting_semaphore<Wait, volley::in_process, modelled>;

/// The same with both permits at once, woken by one call.
template <class Permits>
struct one_post_of_two : model::scenario {
  static constexpr int threads = 3;
  Permits p;

  void thread(unsigned which) override {
    if (which != 0) return p.acquire();
    p.release(2);
    require(futex::wakes() <= 1, "in one call");
  }
  void after() override { p.require_at_rest(0); }
};

/// Two take turns through one permit, which each gives back: a release by one who also waits.
template <class Wait>
struct mutual_exclusion : model::scenario {
  static constexpr int threads = 2;
  semaphore<Wait> s{1};
  model::plain<int> inside{0};

  void thread(unsigned) override {
    for (int i = 0; i != 2; ++i) {
      s.acquire();
      inside.set(inside.get() + 1);
      s.release();
    }
  }
  void after() override { require(inside.get() == 4 && s.try_acquire() && !s.try_acquire(), "one at a time"); }
};

/// The only waiter destroys the semaphore as soon as it has its permit; the other thread may still be inside release(). glibc BZ 12674.
template <class Wait>
struct destroyed_by_the_waiter : model::scenario {
  static constexpr int threads = 2;
  std::optional<semaphore<Wait>> s{std::in_place};

  destroyed_by_the_waiter() { machine::spurious_left = 1; }
  void thread(unsigned which) override {
    if (which == 0) return s->release();
    s->acquire();
    s.reset();
  }
};

/// try_acquire does not fail because somebody else succeeds: two permits, two tries.
struct two_tries : model::scenario {
  static constexpr int threads = 2;
  semaphore<volley::park> s{2};

  void thread(unsigned) override { require(s.try_acquire(), "there was one for each"); }
};

/// release() in so many atomic steps at most, whatever the waiters do.
template <class Wait>
struct counted_release : model::scenario {
  static constexpr int threads = 3;
  semaphore<Wait> s;

  void thread(unsigned which) override {
    if (which != 0) return s.acquire();
    const unsigned before = model::steps::taken();
    s.release(2);
    require(model::steps::taken() - before <= 3, "release: the note of the CPU, and one RMW");
  }
};

/// Posts by replace(), and by swap(), of who takes and posts in one: a token that goes round.
template <class Wait, bool Swap>
struct replaced : model::scenario {
  static constexpr int threads = 2;
  using crowd = permits<Wait>;
  crowd p;
  model::plain<int> ball{0};

  void thread(unsigned which) override {
    using in = typename crowd::crowd;
    const auto next = [](typename crowd::bits seen) { return seen + in::one_value + in::one_tick; };
    if (which == 0) {
      ball.set(1);
      if constexpr (!Swap) return p.c.replace(next, 1);
      return p.c.wake(p.c.swap(next), 1);
    }
    p.acquire();
    require(ball.get() == 1, "what came before the post is there");
  }
};

/// Two set what is then set once, and a third takes it. Who found it set has not changed the word, and yet passes on what it did before: the
/// taker reads the word, and takes it at a later moment of the same value.
template <class Wait>
struct coalesced : model::scenario {
  static constexpr int threads = 3;
  enum : std::uint32_t { unknown, set_anew, found_set };
  permits<Wait> p;
  model::plain<int> payload[2]{model::plain<int>(0), model::plain<int>(0)};
  model::atomic<std::uint32_t> how[2]{model::atomic<std::uint32_t>(unknown), model::atomic<std::uint32_t>(unknown)};

  void thread(unsigned which) override {
    using in = typename permits<Wait>::crowd;
    using enum std::memory_order;
    if (which != 2) {
      bool was_set = false;
      payload[which].set(1);
      const auto next = [&was_set](typename in::bits seen) {
        was_set = in::value_of(seen) != 0;
        return was_set ? seen : seen + in::one_value + in::one_tick;
      };
      p.c.replace(next, 1);
      return how[which].store(was_set ? found_set : set_anew, relaxed);
    }
    p.acquire();
    bool both_before = false;
    for (auto& one : how) {
      std::uint32_t said = unknown;
      while ((said = one.load(relaxed)) == unknown) modelled::relax();
      both_before = both_before || said == found_set;
    }
    if (both_before) require(payload[0].get() + payload[1].get() == 2, "what came before either is there");
  }
};

/// A kernel whose wake reads what the sleeper wrote before it enrolled, as a post does that rings a bell (wait/bells.hpp).
struct nosy : modelled {
  inline static plain<int>* note = nullptr;
  struct os : modelled::os {
    template <class Word>
    static void wake(const Word* w, int n, volley::sharing scope, place p = place::here()) {
      require(note->get(p) == 1, "who sees a sleeper sees what that one did before", p);
      modelled::os::wake(w, n, scope, p);
    }
  };
};

/// A post that finds a sleeper.
template <class Wait, bool Replace>
struct enrolled : model::scenario {
  static constexpr int threads = 2;
  permits<Wait, nosy> p;
  plain<int> note{0};

  enrolled() { nosy::note = &note; }
  void thread(unsigned which) override {
    using in = typename permits<Wait, nosy>::crowd;
    if (which == 1) {
      note.set(1);
      return p.acquire();
    }
    if constexpr (!Replace) return p.release();
    p.c.replace([](typename in::bits seen) { return seen + in::one_value + in::one_tick; }, 1);
  }
};

/// A barrier is what takes and posts in one.
template <class Wait, int Tick = 0>
struct meet : model::scenario {
  static constexpr int threads = 2;
  volley::spin_barrier<Wait, volley::in_process, modelled> b{2};
  model::plain<int> mine[2]{model::plain<int>(0), model::plain<int>(0)};

  meet() { machine::ticks_left = Tick; }
  void thread(unsigned which) override {
    mine[which].set(1);
    if (which == 0 && Tick != 0) {
      if (b.arrive_and_wait(after_ticks(1)) != status::ok) b.arrive_and_wait();
    } else {
      b.arrive_and_wait();
    }
    require(mine[1 - which].get() == 1, "what the other did before it arrived is there");
  }
};

/// A release heard by who sleeps elsewhere: see wait/bells.hpp.
struct heard_by_bells : any_scenarios::process<any_scenarios::shipped<volley::park, true>> {
  static constexpr int threads = 2;
  semaphore a;

  void thread(unsigned which) override {
    if (which == 0) return a.release();
    (void)volley::wait_any(a);
  }
};

template <class Wait>
class CrowdModel : public testing::Test {};
using policies = testing::Types<volley::busy_spin, volley::spin_yield, volley::spin_park, volley::park>;
TYPED_TEST_SUITE(CrowdModel, policies);

TYPED_TEST(CrowdModel, EveryPermitReachesOneWaiter) {
  EXPECT_TRUE((model::holds<two_posts<permits<TypeParam>>>(search::random(30'000))));
  EXPECT_TRUE((model::holds<two_posts<permits<TypeParam>>>(search::random_held(10'000))));
  EXPECT_TRUE((model::holds<two_posts<permits<TypeParam>>>(search::bounded(2))));
  EXPECT_TRUE((model::holds<two_posts<permits<TypeParam>, 2>>(search::random(20'000))));
  EXPECT_TRUE((model::holds<one_post_of_two<permits<TypeParam>>>(search::random(20'000))));
  EXPECT_TRUE((model::holds<one_post_of_two<permits<TypeParam>>>(search::bounded(2))));
}

TYPED_TEST(CrowdModel, APostThatChangesNothingPassesOnWhatCameBefore) {
  EXPECT_TRUE((model::holds<coalesced<TypeParam>>(search::random(20'000))));
}

TYPED_TEST(CrowdModel, WhoSeesASleeperSeesWhatItDidBefore) {
  EXPECT_TRUE((model::holds<enrolled<TypeParam, false>>(search::random(20'000))));
  EXPECT_TRUE((model::holds<enrolled<TypeParam, true>>(search::random(20'000))));
}

TYPED_TEST(CrowdModel, OnePermitIsAMutex) {
  EXPECT_TRUE((model::holds<mutual_exclusion<TypeParam>>(search::random(30'000))));
  EXPECT_TRUE((model::holds<mutual_exclusion<TypeParam>>(search::bounded(2))));
}

// taskflow #518 and #560, libc++'s hedge of two seconds: an epoch at its end.
TYPED_TEST(CrowdModel, TicksThatFallOffTheTopMakeNoDifference) {
  EXPECT_TRUE((model::holds<two_posts<permits<TypeParam, modelled, 14, ~std::uint64_t{0}>>>(search::random(20'000))));
  EXPECT_TRUE((model::holds<two_posts<permits<TypeParam, modelled, 14, ~std::uint64_t{0}>>>(search::bounded(1))));
}

TYPED_TEST(CrowdModel, WhereNoMoreMaySleepTheyYield) {
  EXPECT_TRUE((model::holds<two_posts<permits<TypeParam, modelled, 1>>>(search::random(20'000))));
}

TYPED_TEST(CrowdModel, ATimeoutLosesNoPermitAndNoWake) {
  EXPECT_TRUE((model::holds<timeout_against_post<permits<TypeParam>>>(search::random(30'000))));
  EXPECT_TRUE((model::holds<timeout_against_post<permits<TypeParam>>>(search::random_held(10'000))));
  EXPECT_TRUE((model::holds<timeout_against_post<permits<TypeParam>>>(search::bounded(3))));
  EXPECT_TRUE((model::holds<interleaved_timeouts<permits<TypeParam>>>(search::random(30'000))));
  EXPECT_TRUE((model::holds<interleaved_timeouts<permits<TypeParam>, 1>>(search::random(20'000))));
  EXPECT_TRUE((model::holds<interleaved_timeouts<permits<TypeParam>>>(search::bounded(2))));
}

TYPED_TEST(CrowdModel, AStopLosesNoPermitAndNoWake) {
  EXPECT_TRUE((model::holds<only_a_stop<permits<TypeParam>>>(search::random(20'000))));
  EXPECT_TRUE((model::holds<stop_against_post<permits<TypeParam>, true>>(search::random(20'000))));
  EXPECT_TRUE((model::holds<stop_against_post<permits<TypeParam>, false>>(search::random(20'000))));
  EXPECT_TRUE((model::holds<stop_against_post<permits<TypeParam>, false>>(search::random_held(10'000))));
  if (std::is_same_v<TypeParam, volley::park>) {
    EXPECT_TRUE((model::holds<only_a_stop<permits<TypeParam>>>(search::bounded(2))));
    EXPECT_TRUE((model::holds<stop_against_post<permits<TypeParam>, true>>(search::bounded(1))));
  }
}

TYPED_TEST(CrowdModel, TheOnlyWaiterMayDestroyIt) {
  EXPECT_TRUE((model::holds<destroyed_by_the_waiter<TypeParam>>(search::random(20'000))));
  EXPECT_TRUE((model::holds<destroyed_by_the_waiter<TypeParam>>(search::random_held(10'000))));
  EXPECT_TRUE((model::holds<destroyed_by_the_waiter<TypeParam>>(search::full())));
}

TYPED_TEST(CrowdModel, ReleaseIsWaitFree) {
  EXPECT_TRUE((model::holds<counted_release<TypeParam>>(search::random(20'000))));
}

TEST(CrowdModel, NobodyFailsToTakeWhatIsThere) {
  EXPECT_TRUE(model::holds<two_tries>(search::full()));
  EXPECT_TRUE(model::holds<two_tries>(search::random(10'000)));
}

// One that stops for ever, wherever it is in its wait, keeps no permit from the others but the one that it took and the one that it was woken for.
TEST(CrowdModel, TheOthersGoOnWithoutAWaiterThatStops) {
  EXPECT_TRUE(
      model::others_go_on_without(1, model::recipe_of<two_posts<permits<volley::park>>>(), search::random(2'000)));
  EXPECT_TRUE(
      model::others_go_on_without(1, model::recipe_of<two_posts<permits<volley::spin_park>>>(), search::random(2'000)));
}

TEST(CrowdModel, EveryOrderIsNeeded) {
  EXPECT_TRUE(model::every_order_is_needed(
      "volley/wait/crowd.hpp",
      {model::recipe_of<two_posts<permits<volley::park>>>(),
       model::recipe_of<timeout_against_post<permits<volley::park>>>(),
       model::recipe_of<mutual_exclusion<volley::park>>(), model::recipe_of<only_a_stop<permits<volley::park>>>(),
       model::recipe_of<replaced<volley::park, false>>(), model::recipe_of<coalesced<volley::park>>(),
       model::recipe_of<replaced<volley::park, true>>(), model::recipe_of<enrolled<volley::park, false>>(),
       model::recipe_of<enrolled<volley::park, true>>(), model::recipe_of<meet<volley::park>>(),
       model::recipe_of<meet<volley::park, 1>>(), model::recipe_of<heard_by_bells>(),
       model::recipe_of<any_scenarios::one_comes<any_scenarios::shipped<volley::park, true>>>()},
      {search::random(20'000), search::random_held(20'000), search::bounded(2)}));
}

}  // namespace
