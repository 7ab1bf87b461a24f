// SPDX-License-Identifier: MIT

// wait_any gone wrong: a kernel that does less than it should, and mistakes, each of which the scenarios of wait_any_scenarios.hpp must catch.

#include "wait_any_scenarios.hpp"

namespace {

using namespace any_scenarios;  // NOLINT(google-build-using-namespace): its scenarios
using model::search;

template <class Scenario>
testing::AssertionResult is_deadlock(const search& s = search::random(50'000)) {
  return model::fails<Scenario>(s, rl::test_result_deadlock);
}

// ---- the wait_any that ships, on a kernel that does too little ----

struct no_compare : modelled {
  struct os : modelled::os {
    template <class Entry>
    static bool park_on_any(std::size_t n, const Entry& entry, time_point) {
      if (machine::refuses_waitv) return false;
      (void)futex::wait_for_any(n, entry, false, futex::compare::never, model::place::here());
      return true;
    }
  };
};
struct first_word_only : modelled {
  struct os : modelled::os {
    template <class Entry>
    static bool park_on_any(std::size_t, const Entry& entry, time_point deadline) {
      return modelled::os::park_on_any(1, entry, deadline);
    }
  };
};
struct no_wake : modelled {
  struct os : modelled::os {
    template <class Word>
    static void wake(const Word*, int, volley::sharing) {}
  };
};
/// Every thread sees bells of its own: as in a program whose shared objects do not share them.
struct deaf : modelled {
  struct os : modelled::os {
    template <class Thing>
    static Thing* one_per_process() {
      return rl::ctx().current_thread() == 1 ? modelled::os::one_per_process<Thing>() : nullptr;
    }
  };
};

TEST(WaitAnyModelMustFail, SleepingWithoutComparingIsADeadlock) {
  EXPECT_TRUE((is_deadlock<one_comes<shipped<volley::park, false, no_compare>>>()));
}
TEST(WaitAnyModelMustFail, SleepingOnOneOfTheWordsIsADeadlock) {
  EXPECT_TRUE((is_deadlock<one_comes<shipped<volley::park, false, first_word_only>>>()));
}
TEST(WaitAnyModelMustFail, AWakeThatIsDroppedIsADeadlock) {
  EXPECT_TRUE((is_deadlock<one_comes<shipped<volley::park, false, no_wake>>>()));
  EXPECT_TRUE((is_deadlock<one_comes<shipped<volley::park, true, no_wake>>>()));
}
TEST(WaitAnyModelMustFail, APosterThatDoesNotLookForBellsIsNotHeard) {
  EXPECT_TRUE((is_deadlock<one_comes<shipped<volley::park, true, deaf>>>()));
}

// ---- what others do ----

enum class mistake {
  none,
  keeps_the_wake,   // row 19: it was woken for one object, takes another one, and goes
  no_last_look,     // out of patience, it leaves without what has come
  hung_late,        // the bells are hung after it has enrolled
  rings_read_late,  // row 3: what is slept on is read after the looks
  ring_of_one,      // a ring wakes one of those who sleep on the rings
};

/// wait_any for two, short, from the same steps, and with one mistake.
template <mistake Mistake, bool Refused>
struct wrong {
  struct Env : modelled {
    struct os : modelled::os {
      template <class Word>
      static void wake(const Word* w, int n, volley::sharing scope) {
        const bool is_ring = sizeof(*w) == sizeof(model::atomic<std::uint32_t>);
        modelled::os::wake(w, Mistake == mistake::ring_of_one && is_ring ? 1 : n, scope);
      }
    };
  };
  using policy = volley::park;
  static constexpr bool refused = Refused;

  template <class A, class B>
  static std::size_t wait(A& a, B& b) {
    return *until(Env::os::never, a, b);
  }
  template <class>
  static volley::result<std::size_t> wait_until(Env::os::time_point deadline, auto& a, auto& b) {
    return until(deadline, a, b);
  }

 private:
  struct standing {
    bool enrolled = false;
    std::uint64_t seen = 0;
  };
  static constexpr auto nothing = [](std::uint64_t) { return std::optional<std::uint64_t>(); };
  template <class Object>
  static constexpr auto taking = [](std::uint64_t seen) {
    return volley::detail::several_access::of<Object, volley::detail::crowd_of<Object>>::taking(0)(seen);
  };

  template <class A, class B>
  static volley::result<std::size_t> until(Env::os::time_point deadline, A& a, B& b) {
    auto& one = volley::detail::several_access::crowd_in(a);
    auto& two = volley::detail::several_access::crowd_in(b);
    auto& bells = *volley::detail::bells<Env>::here();
    const auto hang = [&] { bells.hang(&one.sleeps_on()), bells.hang(&two.sleeps_on()); };
    const volley::never_stopped none;
    const volley::detail::patience<Env, volley::never_stopped> p{deadline, none};
    standing mine[2];
    if (Refused && Mistake != mistake::hung_late) hang();
    for (bool first = true;; first = false) {
      std::uint32_t rings = bells.rings();
      if (one.take_or_enrol(taking<A>, mine[0].enrolled, mine[0].seen)) return left(two, taking<B>, mine[1], 0);
      if (two.take_or_enrol(taking<B>, mine[1].enrolled, mine[1].seen)) return left(one, taking<A>, mine[0], 1);
      if (Refused && Mistake == mistake::hung_late && first) hang();
      if (p.is_over()) {
        const bool looks = Mistake != mistake::no_last_look;
        if (looks ? one.leave(taking<A>, true) : one.leave(nothing, false)) return left(two, taking<B>, mine[1], 0);
        if (looks ? two.leave(taking<B>, true) : two.leave(nothing, false)) return volley::result<std::size_t>(1);
        return volley::result<std::size_t>(p.why());
      }
      if (Mistake == mistake::rings_read_late) rings = bells.rings();
      const auto entry = [&](std::size_t i) {
        return std::pair(i == 0 ? &one.sleeps_on() : &two.sleeps_on(), static_cast<std::uint32_t>(mine[i].seen >> 32));
      };
      if (!Env::os::park_on_any(2, entry, deadline)) bells.sleep(rings, deadline);
    }
  }
  template <class Crowd, class Take>
  static volley::result<std::size_t> left(Crowd& other, const Take& take, const standing& s, std::size_t taken) {
    if (s.enrolled && Mistake == mistake::keeps_the_wake) (void)other.leave(nothing, false);
    if (s.enrolled && Mistake != mistake::keeps_the_wake) (void)other.leave(take, false);
    return volley::result<std::size_t>(taken);
  }
};

TEST(WaitAnyModelMustFail, TheSameStepsWithoutAMistakeHold) {
  EXPECT_TRUE((model::holds<wake_of_another<wrong<mistake::none, false>>>(search::random(20'000))));
  EXPECT_TRUE((model::holds<gives_up<wrong<mistake::none, false>>>(search::random(20'000))));
  EXPECT_TRUE((model::holds<one_comes<wrong<mistake::none, true>>>(search::random(20'000))));
  EXPECT_TRUE((model::holds<crosswise<wrong<mistake::none, true>>>(search::random(20'000))));
}

// One in wait_any(a, b), one in a.wait(), both are set: the wake of a comes to the one that takes b.
TEST(WaitAnyModelMustFail, AWakeThatIsKeptByWhoTakesAnotherObjectIsLost) {
  EXPECT_TRUE((is_deadlock<wake_of_another<wrong<mistake::keeps_the_wake, false>>>()));
  EXPECT_TRUE((is_deadlock<permit_of_another<wrong<mistake::keeps_the_wake, false>>>()));
  EXPECT_TRUE((is_deadlock<crosswise<wrong<mistake::keeps_the_wake, false>>>()));
}
TEST(WaitAnyModelMustFail, LeavingWithoutALastLookLosesAWake) {
  EXPECT_TRUE((is_deadlock<gives_up<wrong<mistake::no_last_look, false>>>()));
}
TEST(WaitAnyModelMustFail, ABellHungAfterEnrollingIsNotSeen) {
  EXPECT_TRUE((is_deadlock<one_comes<wrong<mistake::hung_late, true>>>()));
}
TEST(WaitAnyModelMustFail, RingsReadAfterTheLooksMissAPost) {
  EXPECT_TRUE((is_deadlock<one_comes<wrong<mistake::rings_read_late, true>>>()));
}
TEST(WaitAnyModelMustFail, ARingThatWakesOneMayWakeAnother) {
  EXPECT_TRUE((is_deadlock<two_calls<wrong<mistake::ring_of_one, true>>>()));
}

}  // namespace
