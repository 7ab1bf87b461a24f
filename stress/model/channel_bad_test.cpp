// SPDX-License-Identifier: MIT

// Channels wrong on purpose: the model must notice. Of the ends, with the headers as they are on a machine that lacks a fence or a wake; of the
// rest, written small, right and with one mistake each.

#include "channel_gap_scenarios.hpp"

#include <string_view>

namespace {

using namespace model;
using namespace model::channels;
using enum std::memory_order;
constexpr auto deadlock = rl::test_result_deadlock;
constexpr auto seen = rl::test_result_user_assert_failed;

// ---- the headers, on a machine that lacks something ----

enum class lack { nothing, light_fence_of_the_producer, heavy_fence_of_close, fences_of_the_events, wakes };

template <lack Lack>
struct lacking : near_wrap {
  struct os : near_wrap::os {
    static bool is_at_the_end(place p) { return std::string_view(p.file).ends_with("admission.hpp"); }

    static void light_fence(place p = place::here()) {
      if (Lack == lack::light_fence_of_the_producer && is_at_the_end(p)) return;
      if (Lack == lack::fences_of_the_events && !is_at_the_end(p)) return;
      near_wrap::os::light_fence(p);
    }
    static bool heavy_fence(place p = place::here()) {
      if (Lack == lack::heavy_fence_of_close && is_at_the_end(p)) return true;
      if (Lack == lack::fences_of_the_events && !is_at_the_end(p)) return true;
      return near_wrap::os::heavy_fence(p);
    }
    template <class Word>
    static void wake(const Word* w, int n, volley::sharing s, place p = place::here()) {
      if (Lack != lack::wakes) near_wrap::os::wake(w, n, s, p);
    }
  };
};
template <lack Lack, class Kind, std::size_t Capacity>
using on_a_machine_without = form<typename Kind::template ring<Capacity, lacking<Lack>>>;

template <class Form>
using end_of_a_pair = mix<Form, closes, tries_to_push<2>, tries_to_pop<3>>;
template <class Form>
using sleepy_pair = mix<Form, pushes<2>, pops<2>>;

TEST(ChannelModelMustFail, OnAMachineThatLacksNothingItHolds) {
  EXPECT_TRUE((holds<end_of_a_pair<on_a_machine_without<lack::nothing, spsc, 1>>>(search::random(50'000))));
  EXPECT_TRUE((holds<sleepy_pair<on_a_machine_without<lack::nothing, spsc, 1>>>(search::random(20'000))));
}
TEST(ChannelModelMustFail, WithoutEitherFenceOfItsEndClosedIsSaidWithAnElementToCome) {
  using no_light = on_a_machine_without<lack::light_fence_of_the_producer, spsc, 1>;
  using no_heavy = on_a_machine_without<lack::heavy_fence_of_close, spsc, 1>;
  EXPECT_TRUE((fails<end_of_a_pair<no_light>>(search::random(50'000), seen)));
  EXPECT_TRUE((fails<end_of_a_pair<no_heavy>>(search::random(50'000), seen)));
}
TEST(ChannelModelMustFail, WithoutTheFencesOfItsEventsAWakeIsLost) {
  EXPECT_TRUE((
      fails<sleepy_pair<on_a_machine_without<lack::fences_of_the_events, spsc, 1>>>(search::random(50'000), deadlock)));
}
TEST(ChannelModelMustFail, WithoutWakesSomebodyStaysAsleep) {
  EXPECT_TRUE((fails<sleepy_pair<on_a_machine_without<lack::wakes, spsc, 1>>>(search::random(10'000), deadlock)));
  EXPECT_TRUE(
      (fails<mix<on_a_machine_without<lack::wakes, mpmc, 1>, closes, drains>>(search::random(10'000), deadlock)));
}

// ---- written small ----

enum class mistake {
  none,
  nobody_passes_on,        // who takes does not look for others who wait
  a_look_keeps_the_wake,   // wait_ready takes nothing, and wakes nobody for it
  no_wake_after_a_push,    // of who pops
  no_wake_after_a_pop,     // of who pushes
  close_wakes_one,         // and the others sleep on
  wakes_before_it_closes,  // close() notifies, and then closes
  no_second_attempt,       // closed, because an attempt failed before the end was seen
  the_last_wakes_nobody,   // the last element is taken, and who waits for the end is not told
  closing_before_inside,   // the producer looks whether somebody closes before it says that it is inside
  inside_is_stored,        // where close() has no fence but an RMW
  leaves_without_a_look,   // a push that failed leaves, and a pop that found it inside sleeps
  closed_before_closing,   // close() says so before it asks the producer to stay out
};

/// What both small channels are: waits by event counts of the other form, whose own proof is elsewhere.
template <mistake Mistake, class Ring, class End>
class small_channel {
  using event = volley::event_count<volley::park, volley::in_process, modelled>;
  using value = typename Ring::value_type;
  static constexpr bool is(mistake m) { return Mistake == m; }

 public:
  bool is_closed() { return end_.is_closed(ring_); }
  bool is_drained() { return end_.is_final(ring_) && ring_.empty_approx(); }
  std::size_t capacity() { return ring_.capacity(); }

  void close() {
    if (is(mistake::wakes_before_it_closes)) wake_all();
    end_.close(ring_);
    if (is(mistake::close_wakes_one)) return items_.notify_one(), room_.notify_one();
    if (!is(mistake::wakes_before_it_closes)) wake_all();
  }
  status try_push(const value& v) {
    const status s = end_.admit(ring_, v, [this] { items_.notify_all(); });
    if (s == status::ok) {
      if (!is(mistake::no_wake_after_a_push)) items_.notify_one();
      pass_on(room_, [this] { return ring_.size_approx() < ring_.capacity(); });
    }
    return s;
  }
  status try_pop(value& out) {
    const status s = find([this, &out] { return ring_.try_pop(out); });
    if (s == status::ok && !is(mistake::no_wake_after_a_pop)) room_.notify_one();
    if (s != status::empty) pass_on(items_, [this] { return !ring_.empty_approx(); });
    return s;
  }
  status push(const value& v) {
    return until(room_, status::full, [this, &v] { return try_push(v); });
  }
  status pop(value& out) {
    return until(items_, status::empty, [this, &out] { return try_pop(out); });
  }
  status wait_ready() {
    const status s = until(items_, status::empty, [this] { return find([this] { return ring_.front_is_ready(); }); });
    if (!is(mistake::a_look_keeps_the_wake)) pass_on(items_, [this] { return !ring_.empty_approx(); });
    return s;
  }

 private:
  void wake_all() {
    items_.notify_all();
    room_.notify_all();
  }
  template <class Attempt>
  status find(const Attempt& attempt) {
    if (attempt()) return status::ok;
    if (!end_.is_final(ring_)) return status::empty;
    if (!is(mistake::no_second_attempt) && attempt()) return status::ok;
    return is(mistake::no_second_attempt) || ring_.empty_approx() ? status::closed : status::empty;
  }
  template <class Try>
  status until(event& on, status not_yet, const Try& one_try) {
    status s = not_yet;
    on.await([&] { return (s = one_try()) != not_yet; });
    return s;
  }
  template <class More>
  void pass_on(event& to, const More& more) {
    if (is(mistake::nobody_passes_on) || !to.is_awaited()) return;
    if (is_closed() && !is(mistake::the_last_wakes_nobody)) return to.notify_all();
    if (more()) to.notify_one();
  }

  event items_;
  event room_;
  End end_;
  Ring ring_;
};

template <class Ring>
struct small_sealed_end {
  template <class InVain>
  status admit(Ring& ring, const typename Ring::value_type& v, const InVain&) {
    if (ring.try_push(v)) return status::ok;
    return ring.is_sealed() ? status::closed : status::full;
  }
  void close(Ring& ring) { ring.seal(); }
  bool is_closed(Ring& ring) { return ring.is_sealed(); }
  bool is_final(Ring& ring) { return ring.is_sealed(); }
};

/// With RMWs, as between processes.
template <mistake Mistake, class Ring>
class small_guarded_end {
  static constexpr bool is(mistake m) { return Mistake == m; }

 public:
  template <class InVain>
  status admit(Ring& ring, const typename Ring::value_type& v, const InVain& in_vain) {
    bool closing = is(mistake::closing_before_inside) && is_closing();
    be_inside(1);
    if (!is(mistake::closing_before_inside)) closing = is_closing();
    const status s = closing ? status::closed : ring.try_push(v) ? status::ok : status::full;
    be_inside(0);
    if (s != status::ok && !is(mistake::leaves_without_a_look) && is_closing()) in_vain();
    return s;
  }
  void close(Ring&) {
    if (is(mistake::closed_before_closing)) closed_.store(1, release);
    closing_.store(1, release);
    inside_.fetch_add(0, acq_rel);
    if (!is(mistake::closed_before_closing)) closed_.store(1, release);
  }
  bool is_closed(Ring&) { return closed_.load(acquire) != 0; }
  bool is_final(Ring& ring) { return is_closed(ring) && inside_.load(acquire) == 0; }

 private:
  void be_inside(std::uint32_t n) {
    if (!is(mistake::inside_is_stored)) return (void)inside_.exchange(n, acq_rel);
    inside_.store(n, release);
    inside_.fetch_add(0, acq_rel);
  }
  bool is_closing() { return closing_.load(acquire) != 0; }

  model::atomic<std::uint32_t> closing_{0};
  model::atomic<std::uint32_t> closed_{0};
  model::atomic<std::uint32_t> inside_{0};
};

template <mistake Mistake, std::size_t Capacity>
struct small_crowd {
  using ring = mpmc::ring<Capacity>;
  using channel = small_channel<Mistake, ring, small_sealed_end<ring>>;
  static constexpr bool refused = true;
};
template <mistake Mistake, std::size_t Capacity>
struct small_pair {
  using ring = spsc::ring<Capacity>;
  using channel = small_channel<Mistake, ring, small_guarded_end<Mistake, ring>>;
  static constexpr bool refused = true;
};
template <mistake Mistake, std::size_t Capacity>
struct small_one_pushes {
  using ring = spmc::ring<Capacity>;
  using channel = small_channel<Mistake, ring, small_guarded_end<Mistake, ring>>;
  static constexpr bool refused = true;
};

/// Pops until it is told closed, and does not ask whether that is so still: the small end takes it back while a push is refused.
struct believes {
  template <class World>
  static void run(World& w, unsigned me) {
    auto last = nothing_yet;
    int out = 0;
    for (;;) {
      const status s = w.ch.pop(out);
      if (s == status::closed) return w.told_closed[me].set(1);
      w.popped(out, s, last, me);
    }
  }
};

template <mistake Mistake>
struct small_crowd_of_late {
  using ring = volley::mpmc_ring<late, 2, near_wrap>;
  using channel = small_channel<Mistake, ring, small_sealed_end<ring>>;
  static constexpr bool refused = true;
};
template <mistake Mistake>
using crowd_behind_a_gap = behind_a_gap<small_crowd_of_late<Mistake>>;
template <mistake Mistake>
using crowd_with_room_behind_a_gap = room_behind_a_gap<small_crowd_of_late<Mistake>>;
template <mistake Mistake>
using two_wait_for_room = mix<small_crowd<Mistake, 1>, closes_late<2>, pushes<2>, pushes<2>>;
template <mistake Mistake>
using one_looks = mix<small_crowd<Mistake, 1>, pushes<1>, waits_and_leaves, and_closes<pops<1>>>;
template <mistake Mistake>
using two_wait_for_the_end = mix<small_crowd<Mistake, 1>, closes, believes, believes>;
template <mistake Mistake>
using one_pushes_two_wait = mix<small_one_pushes<Mistake, 1>, closes, pushes<2>, believes, believes>;
template <mistake Mistake>
using pair_to_the_end = mix<small_pair<Mistake, 1>, closes, tries_to_push<2>, believes>;
template <mistake Mistake>
using crowd_to_the_end = mix<small_crowd<Mistake, 1>, closes, pushes<2>, believes>;

TEST(ChannelModelMustFail, TheRightTwinsPass) {
  EXPECT_TRUE((holds<crowd_behind_a_gap<mistake::none>>(search::random(50'000))));
  EXPECT_TRUE((holds<crowd_with_room_behind_a_gap<mistake::none>>(search::random(50'000))));
  EXPECT_TRUE((holds<two_wait_for_room<mistake::none>>(search::random(20'000))));
  EXPECT_TRUE((holds<one_looks<mistake::none>>(search::random(50'000))));
  EXPECT_TRUE((holds<two_wait_for_the_end<mistake::none>>(search::random(20'000))));
  EXPECT_TRUE((holds<one_pushes_two_wait<mistake::none>>(search::random(50'000))));
  EXPECT_TRUE((holds<pair_to_the_end<mistake::none>>(search::random(50'000))));
  EXPECT_TRUE((holds<pair_to_the_end<mistake::none>>(search::random_held(50'000))));
  EXPECT_TRUE((holds<crowd_to_the_end<mistake::none>>(search::random(50'000))));
}
TEST(ChannelModelMustFail, AWakeThatIsNotPassedOnIsLost) {
  EXPECT_TRUE((fails<crowd_behind_a_gap<mistake::nobody_passes_on>>(search::random(50'000), deadlock)));
  EXPECT_TRUE((fails<crowd_with_room_behind_a_gap<mistake::nobody_passes_on>>(search::random(50'000), deadlock)));
  EXPECT_TRUE((fails<one_looks<mistake::a_look_keeps_the_wake>>(search::random(50'000), deadlock)));
}
TEST(ChannelModelMustFail, ANotifyThatIsLeftOutIsMissed) {
  EXPECT_TRUE(
      (fails<crowd_to_the_end<mistake::no_wake_after_a_pop>>(search::random(20'000), deadlock)) ||
      (fails<mix<small_crowd<mistake::no_wake_after_a_pop, 1>, pushes<2>, pops<2>>>(search::random(20'000), deadlock)));
  EXPECT_TRUE((
      fails<mix<small_crowd<mistake::no_wake_after_a_push, 1>, pushes<2>, pops<2>>>(search::random(20'000), deadlock)));
}
TEST(ChannelModelMustFail, ACloseThatWakesOneOrTooEarlyLeavesSomebodyAsleep) {
  EXPECT_TRUE((fails<two_wait_for_room<mistake::close_wakes_one>>(search::random(20'000), deadlock)));
  EXPECT_TRUE((fails<two_wait_for_the_end<mistake::wakes_before_it_closes>>(search::random(20'000), deadlock)));
}
TEST(ChannelModelMustFail, ClosedAfterOneAttemptOnlyLosesTheLastElement) {
  EXPECT_TRUE((fails<pair_to_the_end<mistake::no_second_attempt>>(search::random(50'000), seen)));
  EXPECT_TRUE((fails<crowd_to_the_end<mistake::no_second_attempt>>(search::random(50'000), seen)));
}
TEST(ChannelModelMustFail, WhoTakesTheLastOfAClosedOneTellsTheOthers) {
  EXPECT_TRUE((fails<one_pushes_two_wait<mistake::the_last_wakes_nobody>>(search::random(400'000), deadlock)));
}
TEST(ChannelModelMustFail, AnEndThatIsNotAPairOfFlagsLosesAnElement) {
  EXPECT_TRUE((fails<pair_to_the_end<mistake::closing_before_inside>>(search::random(50'000), seen)));
  EXPECT_TRUE((fails<pair_to_the_end<mistake::closed_before_closing>>(search::random(50'000), seen)));
}
// As it was here at first.
TEST(ChannelModelMustFail, AStoreBeforeTheRmwEndsTheReleaseSequence) {
  EXPECT_FALSE((holds<pair_to_the_end<mistake::inside_is_stored>>(
      search::random(50'000))));  // an element lost, or a thread asleep
}
TEST(ChannelModelMustFail, APushThatLeavesInVainWakesWhoFoundItInside) {
  EXPECT_TRUE((fails<pair_to_the_end<mistake::leaves_without_a_look>>(search::random(50'000), deadlock)));
}

}  // namespace
