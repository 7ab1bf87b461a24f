// SPDX-License-Identifier: MIT

// call_ring in the model: every policy, one and two calls in flight, laps, deadlines, stops, spurious wake-ups, what is left in it at
// its end, and destruction straight after the last answer. Its atomic operations are those of handoff/one_call.hpp, whose orders
// CallSlotModel.EveryOrderIsNeeded weakens.

#include <volley/handoff/call_ring.hpp>

#include "call_scenarios.hpp"
#include "engine.hpp"
#include "stop.hpp"

namespace {

using namespace model::calls;
using model::futex;
using model::machine;
using model::require;
using model::search;
using volley::modelled;
using volley::status;

template <class Wait, std::size_t N, class Env = modelled>
using ring_of = volley::call_ring<parcel, parcel, N, Wait, volley::in_process, Env>;

/// Calls through a ring of N, as many in flight as go in.
template <class Wait, std::size_t N, int Calls, class Machine = two_cpus, class Env = modelled>
struct talk : model::scenario {
  static constexpr int threads = 2;
  parcels all;
  ring_of<Wait, N, Env> r;

  talk() { Machine::set(); }
  void thread(unsigned which) override {
    if (which == 1) {
      for (int i = 1; i <= Calls; ++i) {
        r.serve([i](parcel&& p) {
          require(p.number() == i, "served in order");
          return twice(std::move(p));
        });
      }
      return;
    }
    for (int posted = 0, collected = 0; collected != Calls;) {
      while (posted != Calls && r.post(parcel(posted + 1)) == status::ok) ++posted;
      require(static_cast<int>(r.in_flight()) == std::min(Calls - collected, static_cast<int>(N)),
              "full only when full");
      const auto answer = r.collect();
      require(answer.has_value() && answer->number() == 2 * ++collected, "collected in order");
    }
    require(r.collect().why() == status::empty, "and no more than that");
  }
  void after() override {
    require(futex::wakes() <= futex::parks(), "no wake without a sleeper");
    if (!Wait::parks) require(futex::wakes() + futex::parks() == 0, "a policy that does not park makes no futex call");
  }
};

/// Waits of both sides that may end by the deadline: nothing is lost, nothing taken twice.
template <class Wait, class Machine = two_cpus>
struct impatient : model::scenario {
  static constexpr int threads = 2;
  parcels all;
  ring_of<Wait, 2> r;

  impatient() {
    Machine::set();
    machine::ticks_left = 2;
  }
  void thread(unsigned which) override {
    if (which == 1) {
      for (int i = 0; i != 2; ++i) {
        if (r.serve(twice, after_ticks(1)) != status::ok) r.serve(twice);
      }
      return;
    }
    for (int i = 1; i <= 2; ++i) require(r.post(parcel(i)) == status::ok, "there is room");
    for (int i = 1; i <= 2; ++i) {
      auto answer = r.collect(after_ticks(2));
      require(answer.has_value() || answer.why() == status::timeout, "an answer or timeout, nothing else");
      require((answer.has_value() ? answer->number() : r.collect()->number()) == 2 * i, "a timeout loses nothing");
    }
  }
};

/// A third thread stops one of the sides, at any moment.
template <class Wait, unsigned Which>
struct stopped : model::scenario {
  static constexpr int threads = 3;
  parcels all;
  ring_of<Wait, 1> r;
  model::stop_source source;

  void thread(unsigned which) override {
    if (which == 2) return source.request_stop();
    const model::stop_token token(source);
    if (which == 1) {
      if (Which == 0 || r.serve(twice, token) != status::ok) r.serve(twice);
      return;
    }
    require(r.post(parcel(1)) == status::ok, "there is room");
    auto answer = Which == 0 ? r.collect(token) : r.collect();
    require(answer.has_value() || answer.why() == status::stopped, "an answer or stopped, nothing else");
    require((answer.has_value() ? answer->number() : r.collect()->number()) == 2, "a stop loses nothing");
  }
};

/// Three calls: one collected, one answered or not, one never served. What is left goes with the ring.
template <class Wait>
struct left_over : model::scenario {
  static constexpr int threads = 2;
  parcels all;
  ring_of<Wait, 3> r;

  void thread(unsigned which) override {
    if (which == 1) {
      r.serve(twice);
      (void)r.try_serve(twice);
      return;
    }
    for (int i = 1; i <= 3; ++i) require(r.post(parcel(i)) == status::ok, "there is room");
    require(r.collect()->number() == 2, "the first");
    const auto second = r.try_collect();
    require(second.has_value() ? second->number() == 4 : second.why() == status::empty, "the second, or none");
  }
};

/// The caller that has collected all destroys the ring; the server may still be inside serve().
template <class Wait>
struct destroyed_by_the_caller : model::scenario {
  static constexpr int threads = 2;
  parcels all;
  std::optional<ring_of<Wait, 2>> r{std::in_place};

  destroyed_by_the_caller() { machine::spurious_left = 1; }
  void thread(unsigned which) override {
    if (which == 1) return r->serve(twice);
    require(r->post(parcel(1)) == status::ok, "there is room");
    require(r->collect()->number() == 2, "its answer");
    r.reset();
  }
};

template <class Wait>
class CallRingModel : public testing::Test {};
using policies = testing::Types<volley::busy_spin, volley::spin_yield, volley::spin_park, volley::park>;
TYPED_TEST_SUITE(CallRingModel, policies);

TYPED_TEST(CallRingModel, CallsAreAnsweredInOrder) {
  EXPECT_TRUE((model::holds<talk<TypeParam, 1, 2>>(search::random(30'000))));
  EXPECT_TRUE((model::holds<talk<TypeParam, 2, 3>>(search::random(50'000))));
  EXPECT_TRUE((model::holds<talk<TypeParam, 2, 3>>(search::random_held(20'000))));
  EXPECT_TRUE((model::holds<talk<TypeParam, 2, 3>>(search::bounded(2))));
  EXPECT_TRUE((model::holds<talk<TypeParam, 2, 3, one_cpu>>(search::random(20'000))));
  EXPECT_TRUE((model::holds<talk<TypeParam, 2, 3, spurious>>(search::random(20'000))));
}

TYPED_TEST(CallRingModel, ATimeoutLosesNothing) {
  EXPECT_TRUE((model::holds<impatient<TypeParam>>(search::random(50'000))));
  EXPECT_TRUE((model::holds<impatient<TypeParam>>(search::random_held(20'000))));
  EXPECT_TRUE((model::holds<impatient<TypeParam, spurious>>(search::random(20'000))));
  EXPECT_TRUE((model::holds<impatient<TypeParam>>(search::bounded(1))));
}

TYPED_TEST(CallRingModel, AStopLosesNothing) {
  EXPECT_TRUE((model::holds<stopped<TypeParam, 0>>(search::random(30'000))));
  EXPECT_TRUE((model::holds<stopped<TypeParam, 0>>(search::bounded(1))));
  EXPECT_TRUE((model::holds<stopped<TypeParam, 1>>(search::random(30'000))));
  EXPECT_TRUE((model::holds<stopped<TypeParam, 1>>(search::bounded(1))));
}

TYPED_TEST(CallRingModel, WhatIsLeftGoesWithTheRing) {
  EXPECT_TRUE((model::holds<left_over<TypeParam>>(search::random(30'000))));
  EXPECT_TRUE((model::holds<left_over<TypeParam>>(search::bounded(2))));
}

TYPED_TEST(CallRingModel, TheCallerMayDestroyIt) {
  EXPECT_TRUE((model::holds<destroyed_by_the_caller<TypeParam>>(search::random(30'000))));
  EXPECT_TRUE((model::holds<destroyed_by_the_caller<TypeParam>>(search::random_held(20'000))));
  EXPECT_TRUE((model::holds<destroyed_by_the_caller<TypeParam>>(search::bounded(3))));
}

// ---- wrong on purpose: the model must notice ----

struct no_wake : modelled {
  struct os : modelled::os {
    template <class Word>
    static void wake(const Word*, int, volley::sharing) {}
  };
};

TEST(CallRingModelMustFail, ALostWakeUpIsADeadlock) {
  EXPECT_TRUE(
      (model::fails<talk<volley::park, 2, 3, two_cpus, no_wake>>(search::random(10'000), rl::test_result_deadlock)));
}

using one_call = volley::detail::one_call<parcel, parcel, volley::park, volley::in_process, modelled>;
struct state {
  one_call::word word{0};
  volley::detail::seat<modelled> seats[2];
  model::atomic<std::uint32_t> to_serve{0};
  one_call::storage held;
};

/// The server steps on to the next place after it has answered, not before.
struct late_step : model::scenario {
  static constexpr int threads = 2;
  parcels all;
  std::optional<state> s{std::in_place};

  void thread(unsigned which) override {
    one_call c(s->word, s->held);
    const volley::never_stopped none;
    const volley::detail::patience<modelled, volley::never_stopped> forever{modelled::os::never, none};
    if (which == 1) {
      (void)c.template until<one_call::request>(s->seats[1], s->seats[0], forever);
      c.answer(twice, one_call::accepted::for_good);
      s->to_serve.store(1, std::memory_order::relaxed);
      return;
    }
    c.ask(parcel(1), one_call::request);
    (void)c.template until<one_call::done>(s->seats[0], s->seats[1], forever);
    (void)c.take();
    s.reset();
  }
};

TEST(CallRingModelMustFail, AServerThatStepsOnAfterItsAnswerMayFindTheRingDestroyed) {
  EXPECT_TRUE(model::fails<late_step>(search::random(10'000), rl::test_result_user_assert_failed));
}

}  // namespace
