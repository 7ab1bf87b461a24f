// SPDX-License-Identifier: MIT

// Crowds of waiters gone wrong: a kernel that does less than it should, and mistakes of others, each of which the scenarios of
// crowd_scenarios.hpp must catch.

#include "crowd_scenarios.hpp"

namespace {

using namespace model;  // NOLINT(google-build-using-namespace): its scenarios

template <class Scenario>
testing::AssertionResult is_deadlock(const search& s = search::random(50'000)) {
  return fails<Scenario>(s, rl::test_result_deadlock);
}
template <class Scenario>
testing::AssertionResult is_noticed(const search& s = search::random(50'000)) {
  return fails<Scenario>(s, rl::test_result_user_assert_failed);
}

// ---- the crowd that ships, on a kernel that does too little ----

struct no_wake : modelled {
  struct os : modelled::os {
    template <class Word>
    static void wake(const Word*, int, volley::sharing) {}
  };
};
struct one_for_all : modelled {
  struct os : modelled::os {
    template <class Word>
    static void wake(const Word* w, int, volley::sharing scope) {
      modelled::os::wake(w, 1, scope);
    }
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
using on = permits<volley::park, Env>;

TEST(CrowdModelMustFail, AWakeThatIsDroppedIsADeadlock) {
  EXPECT_TRUE(is_deadlock<two_posts<on<no_wake>>>());
  EXPECT_TRUE(is_deadlock<two_posts<on<no_wake>>>(search::bounded(2)));
  EXPECT_TRUE((is_deadlock<two_posts<permits<volley::spin_park, no_wake>>>()));
}

TEST(CrowdModelMustFail, SleepingWithoutComparingIsADeadlock) {
  EXPECT_TRUE(is_deadlock<two_posts<on<no_compare>>>());
  EXPECT_TRUE(is_deadlock<two_posts<on<no_compare>>>(search::bounded(2)));
}

// Which of them it is for cannot be said to the kernel.
TEST(CrowdModelMustFail, AStopThatWakesOneMayWakeAnother) {
  EXPECT_TRUE(is_deadlock<only_a_stop<on<one_for_all>>>());
  EXPECT_TRUE(is_deadlock<only_a_stop<on<one_for_all>>>(search::bounded(2)));
}

/// A gate of two stages: thread 0 opens the first, thread 1 waits for that and opens the second, thread 2 waits for both. Counted: that many
/// are woken as were asleep when the gate opened; thread 2 may then be asleep again, for the second stage, and be woken in the place of thread 1.
template <bool Counted>
struct two_stages : scenario {
  static constexpr int threads = 3;
  using crowd = volley::detail::crowd<modelled, volley::park, volley::in_process, 22, 14>;
  crowd c{0};

  void open() {
    const auto before = c.swap([](auto seen) { return seen + crowd::one_value + crowd::one_tick; });
    c.wake(before, Counted ? static_cast<int>(crowd::sleepers_in(before)) : volley::detail::everybody);
  }
  void wait_for(std::uint64_t stage) {
    const auto is_open = [stage](auto seen) {
      return crowd::value_of(seen) >= stage ? std::optional(seen) : std::nullopt;
    };
    const volley::never_stopped none;
    (void)c.wait(is_open, volley::detail::patience<modelled, volley::never_stopped>{modelled::os::never, none});
  }
  void thread(unsigned which) override {
    if (which != 0) wait_for(1);
    if (which != 2) return open();
    wait_for(2);
  }
};

TEST(CrowdModelMustFail, AWakeOfAllThatIsCountedMissesOne) {
  EXPECT_TRUE(is_deadlock<two_stages<true>>());
  EXPECT_TRUE(holds<two_stages<false>>(search::random(50'000)));
  EXPECT_TRUE(holds<two_stages<false>>(search::bounded(2)));
}

// ---- crowds of others ----

enum class mistake {
  enrol_by_store,     // load, then store: a post in between is overwritten
  leave_at_once,      // moodycamel, swoole #6160: out of patience, it takes itself off without a last look
  leave_with_permit,  // it was woken for a permit, and leaves it there, for nobody
  quiet_stop,         // a stop that only wakes
  quiet_post,         // a post that only adds
  sampled_late,       // LLVM 77659 and 79265, libstdc++ 2025: what is slept on is read after the permits were looked at
  two_words,  // glibc BZ 12674: the sleepers are counted in a word of their own, which the poster reads after its post
};

/// A semaphore as crowd.hpp has it, short, and with one mistake.
template <mistake Mistake>
class wrong {
  static constexpr auto seq_cst = std::memory_order::seq_cst;  // their mistakes are not in the orders
  static constexpr std::uint64_t one_sleeper = std::uint64_t{1} << 22;
  static constexpr std::uint64_t one_tick = std::uint64_t{1} << 36;
  static constexpr std::uint64_t value_of(std::uint64_t seen) { return seen % one_sleeper; }

 public:
  static constexpr bool parks = true;

  void release(int n = 1) {
    const auto* const address = &word_;
    const std::uint64_t told = Mistake == mistake::quiet_post ? 0 : one_tick;
    std::uint64_t before = word_.fetch_add(told + static_cast<std::uint64_t>(n), seq_cst);
    if (Mistake == mistake::two_words) before = sleepers_.load(seq_cst) * one_sleeper;
    if (before % one_tick / one_sleeper != 0) modelled::os::wake(address, n, volley::sharing::in_process);
  }
  void acquire() { (void)acquire(modelled::os::never); }
  template <class Stop = volley::never_stopped>
  status acquire(modelled::os::time_point deadline, const Stop& stop = {}) {
    const volley::detail::patience<modelled, Stop> p{deadline, stop};
    [[maybe_unused]] const auto registered = volley::detail::on_stop<modelled::os>(stop, tick{word_});
    bool enrolled = false;
    for (;;) {
      if (Mistake == mistake::leave_with_permit && enrolled && p.is_over()) {
        word_.fetch_sub(in_word, seq_cst);
        return p.why();
      }
      std::uint64_t seen = word_.load(seq_cst);
      if (value_of(seen) != 0) {
        if (change(seen, seen - 1 - (enrolled ? in_word : 0))) return left(enrolled, status::ok);
      } else if (p.is_over()) {
        if (!enrolled || leave(seen)) return left(enrolled, p.why());
      } else if (enrolled) {
        if (Mistake == mistake::sampled_late) seen = word_.load(seq_cst);
        (void)modelled::os::park(word_, static_cast<std::uint32_t>(seen >> 32), volley::sharing::in_process, deadline);
      } else if (Mistake == mistake::enrol_by_store) {
        word_.store(seen + one_sleeper, seq_cst);
        enrolled = true;
      } else if (Mistake == mistake::two_words) {
        sleepers_.fetch_add(1, seq_cst);
        enrolled = true;
      } else {
        enrolled = change(seen, seen + one_sleeper);
      }
    }
  }
  void require_at_rest(int value) const {
    require(word_.load(seq_cst) % one_tick == static_cast<std::uint64_t>(value), "a permit was lost or doubled");
  }

 private:
  static constexpr std::uint64_t in_word = Mistake == mistake::two_words ? 0 : one_sleeper;

  struct tick {
    atomic<std::uint64_t>& w;
    void operator()() const {
      if (Mistake != mistake::quiet_stop) w.fetch_add(one_tick, seq_cst);
      modelled::os::wake(&w, volley::detail::everybody, volley::sharing::in_process);
    }
  };

  bool change(std::uint64_t seen, std::uint64_t next) {
    return word_.compare_exchange_strong(seen, next, seq_cst, seq_cst);
  }
  bool leave(std::uint64_t seen) {
    if (Mistake == mistake::leave_at_once) {
      word_.store(seen - in_word, seq_cst);
      return true;
    }
    return change(seen, seen - in_word);
  }
  status left(bool enrolled, status s) {
    if (Mistake == mistake::two_words && enrolled) sleepers_.fetch_sub(1, seq_cst);
    return s;
  }

  atomic<std::uint64_t> word_{0};
  atomic<std::uint64_t> sleepers_{0};
};

/// The only waiter destroys what it waited on.
template <class Permits>
struct destroyed : scenario {
  static constexpr int threads = 2;
  std::optional<Permits> p{std::in_place};

  void thread(unsigned which) override {
    if (which == 0) return p->release();
    p->acquire();
    p.reset();
  }
};

TEST(CrowdModelMustFail, EnrollingByAStoreOverwritesAPost) {
  EXPECT_TRUE(is_deadlock<two_posts<wrong<mistake::enrol_by_store>>>());
}
TEST(CrowdModelMustFail, LeavingWithoutALastLookOverwritesAPost) {
  EXPECT_TRUE(is_noticed<timeout_against_post<wrong<mistake::leave_at_once>>>());
}
TEST(CrowdModelMustFail, LeavingWithAPermitThereLosesItsWake) {
  EXPECT_TRUE(is_deadlock<interleaved_timeouts<wrong<mistake::leave_with_permit>>>());
}
TEST(CrowdModelMustFail, AStopThatDoesNotTickIsSleptThrough) {
  EXPECT_TRUE(is_deadlock<only_a_stop<wrong<mistake::quiet_stop>>>());
}
TEST(CrowdModelMustFail, APostThatDoesNotTickIsSleptThrough) {
  EXPECT_TRUE(is_deadlock<two_posts<wrong<mistake::quiet_post>>>());
}
TEST(CrowdModelMustFail, SleepingOnWhatWasReadAfterTheLookMissesAPost) {
  EXPECT_TRUE(is_deadlock<two_posts<wrong<mistake::sampled_late>>>());
}
TEST(CrowdModelMustFail, APosterThatLooksForSleepersAfterItsPostTouchesWhatIsGone) {
  EXPECT_TRUE(is_noticed<destroyed<wrong<mistake::two_words>>>());
  EXPECT_TRUE(holds<two_posts<wrong<mistake::two_words>>>(search::random(20'000))) << "but for that it works";
}

}  // namespace
