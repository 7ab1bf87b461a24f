// SPDX-License-Identifier: MIT

// Meetings with classic mistakes: the model must notice each.

#include "meeting_scenarios.hpp"

#include <cstdint>
#include <optional>
#include <type_traits>

namespace {

using model::recipe_of;
using model::search;
using namespace model::meeting;

enum class mistake {
  none,
  leaves_by_a_store,  // LifoSem's remove against its post, swoole #6160: who gives up does not ask whether it was taken
  says_timeout_anyway,  // ... or asks, and says timeout all the same: given, and still there
  gives_back_its_own,   // who gave makes room for the next one while its value is still being collected
  wakes_last,  // room is made before the wake, which then hits who has come in since, in the place of who was meant
  forgets_the_round,     // the taker cannot be told from one that withdrew: handoff row 4, an epoch that comes again
  joins_without_acquire  // handoff row 9, folly 4bd057b29
};

/// A rendezvous written small, right or with one mistake.
template <mistake Mistake, class Wait = volley::park>
class small_rendezvous {
  using enum std::memory_order;
  using bits = std::uint32_t;
  using waiting = volley::detail::wait_on<modelled, Wait, volley::in_process>;
  using door = volley::detail::crowd<modelled, Wait, volley::in_process, 18, 14>;
  static constexpr bits offer = 1;
  static constexpr bits wish = 2;
  static constexpr bits round = 4;
  static constexpr bool is(mistake m) { return Mistake == m; }

 public:
  void give(gift&& g) { (void)hand_over(g, forever(), volley::never_stopped{}); }
  status give(gift&& g, modelled::os::time_point deadline) { return hand_over(g, deadline, volley::never_stopped{}); }
  volley::result<gift> take() { return receive(forever(), volley::never_stopped{}); }
  volley::result<gift> take(modelled::os::time_point deadline) { return receive(deadline, volley::never_stopped{}); }

 private:
  static constexpr modelled::os::time_point forever() { return modelled::os::never; }
  static std::optional<std::uint64_t> enter(std::uint64_t seen) {
    return door::value_of(seen) == 1 ? std::optional(seen - 1) : std::nullopt;
  }

  template <class Stop>
  status hand_over(gift& g, modelled::os::time_point deadline, const Stop& stop) {
    const volley::detail::patience<modelled, Stop> p{deadline, stop};
    status s = givers_.wait(enter, p);
    if (s != status::ok) return s;
    cell_.construct(std::move(g));
    s = meet(offer, wish, p, is(mistake::gives_back_its_own) ? givers_ : takers_);
    if (s == status::ok) return s;
    g = std::move(cell_.value());
    cell_.destroy();
    givers_.post(1, 1);
    return s;
  }
  template <class Stop>
  volley::result<gift> receive(modelled::os::time_point deadline, const Stop& stop) {
    const volley::detail::patience<modelled, Stop> p{deadline, stop};
    status s = takers_.wait(enter, p);
    if (s == status::ok) s = meet(wish, offer, p, is(mistake::gives_back_its_own) ? takers_ : nobodys_);
    if (s != status::ok) {
      takers_.post(1, 1);
      return volley::result<gift>(s);
    }
    volley::result<gift> got(std::move(cell_.value()));
    cell_.destroy();
    if (!is(mistake::gives_back_its_own)) givers_.post(1, 1);
    return got;
  }

  template <class Stop>
  status meet(bits mine, bits theirs, const volley::detail::patience<modelled, Stop>& p, door& back) {
    for (;;) {
      bits seen = word_.load(relaxed);
      if ((seen & theirs) != 0) {
        const bits next = (seen & round) ^ (is(mistake::forgets_the_round) ? 0 : round);
        if (!word_.compare_exchange_strong(seen, next, is(mistake::joins_without_acquire) ? release : acq_rel, relaxed))
          continue;
        if (!is(mistake::wakes_last)) waiting::wake(&word_, seen);
        back.post(1, 1);
        if (is(mistake::wakes_last)) waiting::wake(&word_, seen);
        return status::ok;
      }
      const bits now = seen | mine;
      if (!word_.compare_exchange_strong(seen, now, release, relaxed)) continue;
      status s = waiting::until(
          word_,
          [now](bits v) { return is(mistake::forgets_the_round) ? (v & now & ~round) == 0 : ((v ^ now) & round) != 0; },
          seat_, seat_, p);
      if (s != status::ok && !leave(now)) s = is(mistake::says_timeout_anyway) ? s : status::ok;
      if (s == status::ok) back.post(1, 1);
      return s;
    }
  }
  bool leave(bits now) {
    if (is(mistake::leaves_by_a_store)) {
      word_.store(now & round, relaxed);
      return true;
    }
    return word_.compare_exchange_strong(now, now & round, relaxed, acquire);
  }

  door givers_{1};
  door takers_{1};
  door nobodys_{0};
  model::atomic<bits> word_{0};
  volley::detail::seat<modelled> seat_;
  model::cell<gift> cell_;
};

template <mistake Mistake>
using one_to_two = gives<volley::park, 1, 2, 2, two_cpus, modelled, small_rendezvous<Mistake>>;
template <mistake Mistake>
using two_each = gives<volley::park, 1, 1, 2, two_cpus, modelled, small_rendezvous<Mistake>>;
template <mistake Mistake>
using hasty = gives_in_two_tries<volley::park, by_deadline, true, true, two_cpus, small_rendezvous<Mistake>>;

TEST(MeetingModelMustFail, TheRightTwinPasses) {
  EXPECT_TRUE(model::holds<one_to_two<mistake::none>>(search::random(30'000)));
  EXPECT_TRUE(model::holds<two_each<mistake::none>>(search::random(30'000)));
  EXPECT_TRUE(model::holds<hasty<mistake::none>>(search::random(30'000)));
}
TEST(MeetingModelMustFail, WhoGivesUpWithoutAskingIsSeen) {
  EXPECT_FALSE(model::explore(recipe_of<hasty<mistake::leaves_by_a_store>>(), search::random(30'000)).passed);
}
TEST(MeetingModelMustFail, WhoSaysTimeoutWhenItsValueWasTakenIsSeen) {
  EXPECT_FALSE(model::explore(recipe_of<hasty<mistake::says_timeout_anyway>>(), search::random(30'000)).passed);
}
TEST(MeetingModelMustFail, WhoGivesBackItsOwnPlaceIsFoundInIt) {
  EXPECT_FALSE(model::explore(recipe_of<two_each<mistake::gives_back_its_own>>(), search::random(30'000)).passed);
}
TEST(MeetingModelMustFail, AWakeAfterThePlaceIsFreeWakesTheWrongOne) {
  EXPECT_TRUE(model::fails<one_to_two<mistake::wakes_last>>(search::random(30'000), rl::test_result_deadlock));
}
TEST(MeetingModelMustFail, AMeetingThatLooksLikeAWithdrawalIsADeadlock) {
  EXPECT_TRUE(model::fails<one_to_two<mistake::forgets_the_round>>(search::random(30'000), rl::test_result_deadlock));
}
TEST(MeetingModelMustFail, AJoinWithoutAcquireIsARace) {
  EXPECT_TRUE(
      model::fails<two_each<mistake::joins_without_acquire>>(search::random(30'000), rl::test_result_data_race));
}

// ---- not promised, and the headers say so: destruction as soon as one's own call has returned ----

template <class Object, class Mine, class Others>
struct destroyed_by_one : model::scenario {
  static constexpr int threads = 2;
  std::optional<Object> object{std::in_place};

  void thread(unsigned which) override {
    if (which == 0) return Others{}(*object);
    Mine{}(*object);
    object.reset();
  }
};
struct swap_it {
  void operator()(exchanger_of<volley::park>& x) const { (void)x.exchange(gift(1)); }
};
struct give_it {
  void operator()(rendezvous_of<volley::park>& r) const { r.give(gift(1)); }
};
struct take_it {
  void operator()(rendezvous_of<volley::park>& r) const { (void)r.take(); }
};

template <class Scenario>
bool touches_what_is_gone() {
  return !model::explore(recipe_of<Scenario>(), search::random(10'000)).passed;
}

TEST(MeetingModelMustFail, WhoDestroysWhatItsPartnerIsStillInIsSeen) {
  EXPECT_TRUE((touches_what_is_gone<destroyed_by_one<exchanger_of<volley::park>, swap_it, swap_it>>()));
  EXPECT_TRUE((touches_what_is_gone<destroyed_by_one<rendezvous_of<volley::park>, give_it, take_it>>()));
  EXPECT_TRUE((touches_what_is_gone<destroyed_by_one<rendezvous_of<volley::park>, take_it, give_it>>()));
}

/// A kernel that loses wakes.
struct no_wake : modelled {
  struct os : modelled::os {
    template <class Word>
    static void wake(const Word*, int, volley::sharing) {}
  };
};

/// A kernel that goes to sleep without looking at the word again.
struct no_compare : modelled {
  struct os : modelled::os {
    template <class Word>
    static bool park(const Word& w, std::uint32_t expected, volley::sharing, time_point) {
      return model::futex::wait(w, expected, false, model::futex::compare::never, model::place::here());
    }
  };
};

// Handoff row 1: the wake-up that is lost.
TEST(MeetingModelMustFail, ALostWakeUpIsADeadlock) {
  EXPECT_TRUE(
      (model::fails<swaps<volley::park, 2, 2, two_cpus, no_wake>>(search::random(10'000), rl::test_result_deadlock)));
  EXPECT_TRUE((model::fails<gives<volley::spin_park, 1, 1, 2, two_cpus, no_wake>>(search::random(10'000),
                                                                                  rl::test_result_deadlock)));
}
TEST(MeetingModelMustFail, SleepingWithoutComparingIsADeadlock) {
  EXPECT_TRUE((
      model::fails<swaps<volley::park, 2, 2, two_cpus, no_compare>>(search::random(10'000), rl::test_result_deadlock)));
  EXPECT_TRUE((model::fails<gives<volley::park, 1, 1, 2, two_cpus, no_compare>>(search::random(10'000),
                                                                                rl::test_result_deadlock)));
}

}  // namespace
