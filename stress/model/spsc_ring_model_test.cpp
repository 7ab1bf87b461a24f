// SPDX-License-Identifier: MIT

// spsc_ring in the model: capacities 1 to 3 across many laps, what a third thread sees, bounded steps, a stopped peer, and wrong rings.

#include <volley/ring/spsc_ring.hpp>

#include "engine.hpp"
#include "one_sided_scenarios.hpp"

namespace {

using model::require;
using model::search;
using volley::modelled;

template <std::size_t Capacity>
using ring_of = volley::spsc_ring<int, Capacity, modelled>;

/// The same of elements so large that head_ alone says which slots are free.
template <std::size_t Capacity>
struct ring_of_large {
  struct element {
    int value;
    std::byte rest[volley::cache_line];
  };
  volley::spsc_ring<element, Capacity, modelled> ring;

  bool try_push(int v) { return ring.try_push(element{v, {}}); }
  bool try_pop(int& v) {
    const auto got = ring.try_pop();
    if (got) v = got->value;
    return got.has_value();
  }
  std::size_t size_approx() const { return ring.size_approx(); }
};

/// Everything goes through, in order; both sides try until they succeed.
template <std::size_t Capacity, int Items, class Ring = ring_of<Capacity>>
struct stream : model::scenario {
  static constexpr int threads = 2;
  Ring ring;

  void thread(unsigned which) override {
    for (int i = 1; i <= Items; ++i) {
      if (which == 0) {
        while (!ring.try_push(i)) modelled::relax();
      } else {
        int got = 0;
        while (!ring.try_pop(got)) modelled::relax();
        require(got == i, "in order, each once");
      }
    }
  }
};

/// Each side tries `Tries` times: what is popped is a prefix of what was pushed, the rest is inside.
template <std::size_t Capacity, int Tries>
struct tries : model::scenario {
  static constexpr int threads = 2;
  ring_of<Capacity> ring;
  model::plain<int> pushed{0};
  model::plain<int> popped{0};

  void thread(unsigned which) override {
    int done = 0;
    for (int i = 0; i != Tries; ++i) {
      if (which == 0) {
        const unsigned before = model::steps::taken();
        const bool pushed_one = ring.try_push(done + 1);
        require(model::steps::taken() - before <= 5, "a push: tail, seal, state (or perhaps head), tail, state");
        require(pushed_one || done >= static_cast<int>(Capacity), "no false full while there is room for sure");
        done += pushed_one ? 1 : 0;
      } else {
        const unsigned before = model::steps::taken();
        int got = 0;
        const bool popped_one = ring.try_pop(got);
        require(model::steps::taken() - before <= 5, "a pop: head, state, head again, head, state");
        if (popped_one) require(got == ++done, "in order, each once");
      }
    }
    (which == 0 ? pushed : popped).set(done);
  }
  void after() override {
    int expected = popped.get();
    int got = 0;
    require(ring.size_approx() == static_cast<std::size_t>(pushed.get() - popped.get()),
            "the size is exact when all is quiet");
    while (ring.try_pop(got)) require(got == ++expected, "what was not popped is still inside");
    require(expected == pushed.get(), "nothing is lost");
  }
};

/// Everything goes through in batches of up to three, pushed and popped.
template <std::size_t Capacity, std::size_t Items>
struct batches : model::scenario {
  static constexpr int threads = 2;
  ring_of<Capacity> ring;

  void thread(unsigned which) override {
    int values[Items];
    std::iota(std::begin(values), std::end(values), 1);
    for (std::size_t done = 0; done != Items;) {
      const std::size_t some = std::min<std::size_t>(3, Items - done);
      int got[3];
      const std::size_t n = which == 0 ? ring.try_push_n(std::span<const int>(values + done, some))
                                       : ring.try_pop_n(std::span<int>(got, some));
      require(n <= std::min(some, Capacity), "no more than asked for, no more than fit");
      if (which == 1) require(std::equal(got, got + n, values + done), "in order, each once");
      done += n;
      if (n == 0) modelled::relax();
    }
  }
};

/// A third thread asks for the size meanwhile.
struct watched : model::scenario {
  static constexpr int threads = 3;
  ring_of<2> ring;

  void thread(unsigned which) override {
    int got = 0;
    for (int i = 0; i != 3; ++i) {
      if (which == 0) (void)ring.try_push(i);
      if (which == 1) (void)ring.try_pop(got);
      if (which == 2) require(ring.size_approx() <= 2, "0 .. capacity, whatever is seen");
    }
  }
};

/// One element comes and goes: nobody may ever count two, not even whoever sees the consumer's step before the producer's.
struct counted : model::scenario {
  static constexpr int threads = 3;
  ring_of<2> ring;

  void thread(unsigned which) override {
    int got = 0;
    if (which == 0) require(ring.try_push(1), "there is room");
    if (which == 1) (void)ring.try_pop(got);
    if (which == 2) require(ring.size_approx() <= 1, "there never was more than one");
  }
};

/// Refilled while it is popped, then sealed: whoever sees the seal does not see it empty.
struct sealed_after_refill : model::scenario {
  static constexpr int threads = 3;
  ring_of<1> ring;

  void thread(unsigned which) override {
    int got = 0;
    if (which == 0) {
      require(ring.try_push(1), "there is room");
      while (!ring.try_push(2)) modelled::relax();
      ring.seal();
    }
    if (which == 1) {
      while (!ring.try_pop(got)) modelled::relax();
    }
    if (which == 2 && ring.is_sealed()) require(!ring.empty_approx(), "sealed, and one is inside for good");
  }
};

/// One side stops for ever somewhere; the other makes all the pushes that there is room for, or pops all that is there.
struct stopped_peer : model::scenario {
  static constexpr int threads = 2;
  ring_of<2> ring;
  model::plain<int> filled{0};

  void thread(unsigned which) override {
    int got = 0;
    if (which == 1) {
      for (int i = 0; i != 3; ++i) (void)ring.try_pop(got);
      return;
    }
    require(ring.try_push(1) && ring.try_push(2), "there is room for two, wherever the consumer stopped");
    filled.set(1);
    (void)ring.try_push(3);
  }
};

TEST(SpscRingModel, DeliversAllInOrder) {
  EXPECT_TRUE((model::holds<stream<1, 4>>(search::random(100'000))));
  EXPECT_TRUE((model::holds<stream<2, 6>>(search::random(100'000))));
  EXPECT_TRUE((model::holds<stream<3, 7>>(search::random(50'000))));
  EXPECT_TRUE((model::holds<stream<2, 6>>(search::random_held(50'000))));
  EXPECT_TRUE((model::holds<stream<2, 4>>(search::bounded(3), 1'000)));
  EXPECT_TRUE((model::holds<stream<2, 2>>(search::bounded(4), 1'000)));
}

TEST(SpscRingModel, DeliversLargeElementsInOrder) {
  EXPECT_TRUE((model::holds<stream<1, 4, ring_of_large<1>>>(search::random(50'000))));
  EXPECT_TRUE((model::holds<stream<2, 6, ring_of_large<2>>>(search::random_held(50'000))));
  EXPECT_TRUE((model::holds<stream<2, 4, ring_of_large<2>>>(search::bounded(3), 1'000)));
  EXPECT_TRUE((model::holds<stream<2, 2, ring_of_large<2>>>(search::full(), 1'000)));
}

TEST(SpscRingModel, BatchesDeliverAllInOrder) {
  EXPECT_TRUE((model::holds<batches<1, 4>>(search::random(50'000))));
  EXPECT_TRUE((model::holds<batches<2, 6>>(search::random(50'000))));
  EXPECT_TRUE((model::holds<batches<3, 7>>(search::random_held(50'000))));
  EXPECT_TRUE((model::holds<batches<2, 5>>(search::bounded(3), 1'000)));
}

TEST(SpscRingModel, TriesAreWaitFreeAndLoseNothing) {
  EXPECT_TRUE((model::holds<tries<1, 2>>(search::full(), 1'000)));
  EXPECT_TRUE((model::holds<tries<1, 3>>(search::bounded(4), 1'000)));
  EXPECT_TRUE((model::holds<tries<2, 2>>(search::full(), 1'000)));
  EXPECT_TRUE((model::holds<tries<2, 6>>(search::random(100'000))));
  EXPECT_TRUE((model::holds<tries<2, 6>>(search::random_held(50'000))));
  EXPECT_TRUE((model::holds<tries<2, 5>>(search::bounded(3), 1'000)));
}

TEST(SpscRingModel, TheSizeStaysWithinBounds) {
  EXPECT_TRUE(model::holds<watched>(search::random(100'000)));
  EXPECT_TRUE(model::holds<watched>(search::bounded(2), 1'000));
  EXPECT_TRUE(model::holds<counted>(search::random(50'000)));
  EXPECT_TRUE(model::holds<counted>(search::full(), 100));
  EXPECT_TRUE(model::holds<sealed_after_refill>(search::random(50'000)));
  EXPECT_TRUE(model::holds<sealed_after_refill>(search::bounded(3), 100));
}

TEST(SpscRingModel, AStoppedPeerDelaysNothing) {
  for (int victim : {0, 1}) {
    EXPECT_TRUE(model::others_go_on_without(victim, model::recipe_of<stopped_peer>(), search::random(3'000)));
    EXPECT_TRUE(model::others_go_on_without(victim, model::recipe_of<stopped_peer>(), search::bounded(2)));
  }
}

using model::stamped::another_one_seals;
using model::stamped::peek_and_leave;
using model::stamped::reserve_and_leave;
using model::stamped::the_producer_seals;

TEST(SpscRingModel, NoPushSucceedsAfterTheSeal) {
  EXPECT_TRUE((model::holds<another_one_seals<ring_of<2>>>(search::random(30'000))));
  EXPECT_TRUE((model::holds<another_one_seals<ring_of<2>>>(search::random_held(30'000))));
  EXPECT_TRUE((model::holds<the_producer_seals<ring_of<1>>>(search::random(30'000))));
  EXPECT_TRUE((model::holds<the_producer_seals<ring_of<2>>>(search::bounded(3), 1'000)));
}

TEST(SpscRingModel, GuardsGiveBackWhatTheyDidNotUse) {
  EXPECT_TRUE((model::holds<peek_and_leave<ring_of<2>>>(search::random(30'000))));
  EXPECT_TRUE((model::holds<peek_and_leave<ring_of<3>>>(search::bounded(2), 1'000)));
  EXPECT_TRUE((model::holds<reserve_and_leave<ring_of<2>>>(search::random_held(30'000))));
  EXPECT_TRUE((model::holds<reserve_and_leave<ring_of<3>>>(search::bounded(2), 1'000)));
}

TEST(SpscRingModel, EveryOrderIsNeeded) {
  EXPECT_TRUE((model::every_order_is_needed(
      "volley/ring/spsc_ring.hpp",
      {model::recipe_of<stream<1, 4>>(), model::recipe_of<stream<1, 4, ring_of_large<1>>>(),
       model::recipe_of<stream<2, 6>>(), model::recipe_of<batches<2, 6>>(), model::recipe_of<counted>(),
       model::recipe_of<another_one_seals<ring_of<2>>>(), model::recipe_of<reserve_and_leave<ring_of<2>>>()},
      {search::random(20'000), search::random_held(20'000), search::bounded(2)})));
}

// ---- wrong on purpose: the model must notice ----

enum class mistake { none, publish_before_write, room_never_looked_at_again, one_slot_too_many, vacate_before_read };

/// The same ring written small, right or with one classic mistake.
template <mistake Mistake, std::size_t N>
class small_ring {
  using enum std::memory_order;
  using at = volley::detail::laps<std::uint8_t>;

 public:
  bool try_push(int v) {
    const auto tail = tail_.load(relaxed);
    if (tail == room_ && Mistake != mistake::one_slot_too_many) {
      if (Mistake != mistake::room_never_looked_at_again || first_look_) room_ = at::lap_after(head_.load(acquire), N);
      first_look_ = false;
      if (tail == room_) return false;
    }
    auto& s = slots_[at::slot(tail, N)];
    if (Mistake == mistake::publish_before_write) s.phase.store(at::phase(tail, N), release);
    s.value.construct(v);
    s.phase.store(at::phase(tail, N), relaxed_if(Mistake == mistake::publish_before_write));
    tail_.store(at::next(tail, N), relaxed);
    return true;
  }
  bool try_pop(int& out) {
    const auto head = head_.load(relaxed);
    auto& s = slots_[at::slot(head, N)];
    if (s.phase.load(acquire) != at::phase(head, N)) return false;
    if (Mistake == mistake::vacate_before_read) head_.store(at::next(head, N), release);
    out = s.value.value();
    s.value.destroy();
    head_.store(at::next(head, N), relaxed_if(Mistake == mistake::vacate_before_read));
    return true;
  }

 private:
  static constexpr std::memory_order relaxed_if(bool r) { return r ? relaxed : release; }
  struct slot {
    model::atomic<std::uint8_t> phase{0};
    model::cell<int> value;
  };
  model::atomic<std::uint8_t> tail_{0};
  std::uint8_t room_ = N;
  bool first_look_ = true;
  model::atomic<std::uint8_t> head_{0};
  slot slots_[N];
};

template <mistake Mistake>
using wrong_stream = stream<2, 6, small_ring<Mistake, 2>>;

TEST(SpscRingModelMustFail, TheRightTwinPasses) {
  EXPECT_TRUE(model::holds<wrong_stream<mistake::none>>(search::random(20'000)));
  EXPECT_TRUE(model::holds<wrong_stream<mistake::none>>(search::bounded(2)));
}
TEST(SpscRingModelMustFail, PublishingBeforeWritingIsSeen) {
  EXPECT_FALSE(
      model::explore(model::recipe_of<wrong_stream<mistake::publish_before_write>>(), search::random(20'000)).passed);
}
TEST(SpscRingModelMustFail, ARoomThatIsNotLookedAtAgainIsALivelock) {
  EXPECT_TRUE(
      model::fails<wrong_stream<mistake::room_never_looked_at_again>>(search::random(1'000), rl::test_result_livelock));
}
TEST(SpscRingModelMustFail, OneSlotTooManyIsSeen) {
  EXPECT_FALSE(
      model::explore(model::recipe_of<wrong_stream<mistake::one_slot_too_many>>(), search::random(20'000)).passed);
}
TEST(SpscRingModelMustFail, VacatingBeforeReadingIsSeen) {
  EXPECT_FALSE(
      model::explore(model::recipe_of<wrong_stream<mistake::vacate_before_read>>(), search::random(20'000)).passed);
}

}  // namespace
