// SPDX-License-Identifier: MIT

// lossy_broadcast_ring in the model, near the wrap of its positions: no torn element, no miscounted loss, nothing there that is not found;
// words, which it stands on; peers that stop; and wrong rings.

#include <volley/ring/broadcast_ring.hpp>

#include "engine.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>

namespace {

using model::require;
using model::search;
using volley::modelled;

/// A few steps before positions of eight bits wrap.
using late = volley::basic_model<248>;

/// Two words that belong together.
struct two_words {
  std::uint64_t number = 0;
  std::uint64_t echo = ~std::uint64_t{0};

  explicit two_words(unsigned n = 0) : number(n), echo(~number) {}
};

template <std::size_t Capacity, class Env = late>
using ring_of = volley::lossy_broadcast_ring<two_words, Capacity, Env>;

/// What a reader has had: each element whole, and after as many as it was told that it missed.
struct witness {
  std::uint64_t popped = 0;
  std::uint64_t missed = 0;

  std::uint64_t position() const { return popped + missed; }

  template <class Reader>
  bool look(Reader& reader, std::size_t capacity) {
    two_words got;
    const bool any = reader.try_pop(got);
    const std::uint64_t lost = reader.missed();
    missed += lost;
    require(any || lost == 0 || capacity == 1, "behind what is lost there is something");
    if (!any) return false;
    require(got.echo == ~got.number, "whole");
    require(got.number == ++popped + missed, "in order, and what is missed is counted");
    return true;
  }
};

/// The producer overtakes its readers.
template <std::size_t Capacity, int Pushes, int Readers = 1, class Ring = ring_of<Capacity>>
struct overtaken : model::scenario {
  static constexpr int threads = 1 + Readers;
  Ring ring;
  witness seen[static_cast<std::size_t>(Readers)];
  decltype(ring.subscribe()) readers[2] = {ring.subscribe(), ring.subscribe()};

  void thread(unsigned which) override {
    if (which == 0) {
      for (int i = 1; i <= Pushes; ++i) {
        const unsigned before = model::steps::taken();
        require(ring.try_emplace(static_cast<unsigned>(i)), "there is always room");
        require(model::steps::taken() - before <= 9, "seal, tail, seal, stamp, two words, stamp, tail");
      }
    } else {
      for (int tries = 0; tries != 3; ++tries) (void)seen[which - 1].look(readers[which - 1], Capacity);
    }
  }
  void after() override {
    for (unsigned i = 0; i != static_cast<unsigned>(Readers); ++i) {
      require(readers[i].size_approx() == std::min<std::size_t>(Capacity, Pushes - seen[i].position()),
              "how many wait");
      while (seen[i].look(readers[i], Capacity)) {
      }
      require(seen[i].position() == Pushes, "popped + missed = pushed");
    }
  }
};

/// Two readers come in between; the one from the oldest element on, the other from the next. And the end is the end.
template <std::size_t Capacity>
struct comes_late : model::scenario {
  static constexpr int threads = 2;
  static constexpr unsigned pushes = 4;
  ring_of<Capacity> ring;

  void thread(unsigned which) override {
    if (which == 0) {
      for (unsigned i = 1; i <= pushes; ++i) require(ring.try_emplace(i), "there is always room");
      ring.seal();
      require(!ring.try_emplace(9U) && ring.is_sealed(), "sealed");
      return;
    }
    auto from_oldest = ring.subscribe_from_oldest();
    auto from_now = ring.subscribe();
    read(from_oldest);
    read(from_now);
  }
  void read(decltype(ring.subscribe())& reader) {
    std::uint64_t last = 0;
    for (int tries = 0; tries != 2; ++tries) {
      const bool sealed = ring.is_sealed();
      two_words got;
      const bool any = reader.try_pop(got);
      const std::uint64_t lost = reader.missed();
      if (any) {
        require(got.echo == ~got.number, "whole");
        require(last == 0 || got.number == last + lost + 1, "in order, and what is missed is counted");
        last = got.number;
      }
      require(!sealed || any || last == 0 || last == pushes, "sealed and then nothing: it was the last");
    }
  }
};

template <class Scenario>
void holds_at_random(unsigned long long executions) {
  EXPECT_TRUE(model::holds<Scenario>(search::random(executions)));
  EXPECT_TRUE(model::holds<Scenario>(search::random_held(executions)));
}

TEST(LossyBroadcastModel, NothingIsTornAndWhatIsMissedIsCounted) {
  holds_at_random<overtaken<1, 3>>(30'000);
  holds_at_random<overtaken<2, 5>>(30'000);
  holds_at_random<overtaken<3, 8>>(20'000);
  holds_at_random<overtaken<1, 3, 2>>(20'000);
  holds_at_random<overtaken<2, 4, 2>>(20'000);
  EXPECT_TRUE((model::holds<overtaken<1, 3>>(search::bounded(3), 1'000)));
  EXPECT_TRUE((model::holds<overtaken<2, 5>>(search::bounded(2), 1'000)));
  EXPECT_TRUE((model::holds<overtaken<1, 1>>(search::full(), 100)));
}

TEST(LossyBroadcastModel, WhoComesLaterSeesWhatIsStillThere) {
  holds_at_random<comes_late<1>>(20'000);
  holds_at_random<comes_late<2>>(20'000);
  EXPECT_TRUE(model::holds<comes_late<2>>(search::bounded(2), 1'000));
}

const std::vector<search> searches = {search::random(20'000), search::random_held(20'000)};

TEST(LossyBroadcastModel, EveryOrderIsNeeded) {
  const std::vector<model::recipe> scenarios = {model::recipe_of<overtaken<2, 5>>(),
                                                model::recipe_of<overtaken<1, 3>>(), model::recipe_of<comes_late<2>>()};
  EXPECT_TRUE(model::every_order_is_needed("volley/env/stamped_words.hpp", scenarios, searches));
  EXPECT_TRUE(model::every_order_is_needed("volley/ring/lossy_broadcast_ring.hpp", scenarios, searches));
}

TEST(WordsModel, EveryOrderIsNeeded) {
  EXPECT_TRUE((model::every_order_is_needed(
      "volley/env/words.hpp", {model::recipe_of<overtaken<1, 3>>(), model::recipe_of<overtaken<2, 5>>()}, searches)));
}

// ---- a peer that stops for ever ----

TEST(LossyBroadcastModel, AStoppedReaderDelaysNobody) {
  EXPECT_TRUE((model::others_go_on_without(1, model::recipe_of<overtaken<1, 3>>(), search::random(1'000))));
  EXPECT_TRUE((model::others_go_on_without(2, model::recipe_of<overtaken<2, 4, 2>>(), search::random(500))));
}

/// A reader's call ends within a bounded number of steps wherever the producer stopped.
struct beside_a_producer : model::scenario {
  static constexpr int threads = 2;
  ring_of<2> ring;
  decltype(ring.subscribe()) reader = ring.subscribe();

  void thread(unsigned which) override {
    if (which == 0) {
      for (unsigned i = 1; i <= 4; ++i) require(ring.try_emplace(i), "there is always room");
      return;
    }
    witness seen;
    for (int tries = 0; tries != 3; ++tries) {
      const unsigned before = model::steps::taken();
      (void)seen.look(reader, 2);
      require(model::steps::taken() - before <= 16, "one look, and one more for each lap that it is behind");
    }
  }
};

TEST(LossyBroadcastModel, AStoppedProducerDelaysNobody) {
  EXPECT_TRUE(model::others_go_on_without(0, model::recipe_of<beside_a_producer>(), search::random(1'000)));
  EXPECT_TRUE(model::others_go_on_without(0, model::recipe_of<beside_a_producer>(), search::bounded(2)));
}

// ---- wrong on purpose: the model must notice ----

enum class mistake {
  none,
  not_said_before,  // the stamp does not say that the words are being overwritten (iceoryx2 547fdbac8, AtomicRing #4)
  looked_at_once,   // the stamp is not looked at again
  plain_words,      // the words are no atomics (xenium 8152339)
  one_lap_is_not_gone  // S81, hale #247: a reader exactly a lap behind is not told
};

/// The same ring of one slot written small, right or with one classic mistake.
template <mistake Mistake>
class small_ring {
  using enum std::memory_order;
  static constexpr bool is(mistake m) { return Mistake == m; }

 public:
  bool try_emplace(unsigned n) {
    if (!is(mistake::not_said_before)) stamp_.store(2 * n - 1, release);
    put(0, n);
    put(1, ~std::uint64_t{n});
    stamp_.store(2 * n, release);
    return true;
  }

  struct reader {
    small_ring* ring;
    unsigned at = 1;
    std::uint64_t lost = 0;

    bool try_pop(two_words& out) {
      for (;;) {
        unsigned seen = ring->stamp_.load(acquire);
        if (seen < 2 * at) return false;
        if (seen <= 2 * at + (is(mistake::one_lap_is_not_gone) ? 2 : 0)) {
          two_words got;
          got.number = ring->get(0);
          got.echo = ring->get(1);
          const unsigned again = ring->stamp_.load(acquire);
          if (is(mistake::looked_at_once) || again == seen) {
            ++at;
            out = got;
            return true;
          }
          seen = again;
        }
        lost += (seen + 1) / 2 - at;
        at = (seen + 1) / 2;
      }
    }
    std::uint64_t missed() { return std::exchange(lost, 0); }
    std::size_t size_approx() const { return ring->stamp_.load(relaxed) / 2 >= at ? 1 : 0; }
  };
  reader subscribe() { return {this}; }

 private:
  void put(int i, std::uint64_t bits) {
    if (is(mistake::plain_words)) {
      plain_[i].set(bits);
    } else {
      words_[i].bits.store(bits, release);
    }
  }
  std::uint64_t get(int i) const { return is(mistake::plain_words) ? plain_[i].get() : words_[i].bits.load(acquire); }

  struct word {
    model::atomic<std::uint64_t> bits{0};
  };
  struct plain_word : model::plain<std::uint64_t> {
    plain_word() : plain(0) {}
  };
  model::atomic<unsigned> stamp_{0};
  word words_[2];
  plain_word plain_[2];
};

template <mistake Mistake>
using wrong = overtaken<1, 3, 1, small_ring<Mistake>>;

template <mistake Mistake>
bool is_caught() {
  return !model::explore(model::recipe_of<wrong<Mistake>>(), search::random(20'000)).passed;
}

TEST(LossyBroadcastModelMustFail, TheRightTwinPasses) {
  EXPECT_TRUE(model::holds<wrong<mistake::none>>(search::random(20'000)));
  EXPECT_TRUE(model::holds<wrong<mistake::none>>(search::bounded(2)));
}
TEST(LossyBroadcastModelMustFail, WordsThatAreOverwrittenUnderAnOldStampAreTorn) {
  EXPECT_TRUE(is_caught<mistake::not_said_before>());
}
TEST(LossyBroadcastModelMustFail, AStampThatIsNotLookedAtAgainIsSeen) {
  EXPECT_TRUE(is_caught<mistake::looked_at_once>());
}
TEST(LossyBroadcastModelMustFail, PlainWordsAreARace) {
  EXPECT_TRUE(model::fails<wrong<mistake::plain_words>>(search::random(20'000), rl::test_result_data_race));
}
TEST(LossyBroadcastModelMustFail, AReaderExactlyALapBehindThatIsNotToldIsSeen) {
  EXPECT_TRUE(is_caught<mistake::one_lap_is_not_gone>());
}

}  // namespace
