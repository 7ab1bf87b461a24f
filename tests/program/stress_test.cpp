// SPDX-License-Identifier: MIT

// The driver of `volley stress`: rings that are wrong on purpose are caught, right ones are not accused, what hangs is dumped.

#include "program/bad_usage.hpp"
#include "program/cpus.hpp"
#include "stress/campaign.hpp"
#include "stress/command.hpp"
#include "stress/handoffs.hpp"
#include "stress/rings.hpp"

#include <volley/handoff/parker.hpp>
#include <volley/ring/spsc_ring.hpp>

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace volley::stress {
namespace {

using element = payload<6>;
using right_ring = spsc_ring<element, dynamic_capacity, weather, shown_allocator<element>>;

// Each hides a function of the right ring, and does something wrong about every 40th time.

class now_and_then {
 public:
  bool is_due() noexcept { return ++calls_ % 40 == 0; }

 private:
  std::uint64_t calls_ = 0;
};

struct loses : right_ring {
  using right_ring::right_ring;
  template <class... Args>
  bool try_emplace(Args&&... args) {
    return when_.is_due() ? !this->is_sealed() : right_ring::try_emplace(std::forward<Args>(args)...);
  }
  now_and_then when_;
};
struct doubles : right_ring {
  using right_ring::right_ring;
  using right_ring::try_pop;
  bool try_pop(element& out) {
    if (last_ && when_.is_due()) {
      out = *last_;
      return true;
    }
    if (!right_ring::try_pop(out)) return false;
    last_ = out;
    return true;
  }
  std::optional<element> last_;
  now_and_then when_;
};
struct reorders : right_ring {
  using right_ring::right_ring;
  std::size_t try_pop_n(std::span<element> to) {
    const std::size_t n = right_ring::try_pop_n(to);
    if (n > 1) std::swap(to[0], to[1]);
    return n;
  }
};
struct says_empty : right_ring {
  using right_ring::right_ring;
  std::optional<element> try_pop() { return when_.is_due() ? std::nullopt : right_ring::try_pop(); }
  bool try_pop(element& out) { return right_ring::try_pop(out); }
  now_and_then when_;
};
struct says_full : right_ring {
  using right_ring::right_ring;
  template <class... Args>
  bool try_emplace(Args&&... args) {
    return !when_.is_due() && right_ring::try_emplace(std::forward<Args>(args)...);
  }
  now_and_then when_;
};
struct holds_one_more : right_ring {
  holds_one_more(std::size_t capacity, const shown_allocator<element>& a) : right_ring(capacity + 1, a) {}
};
struct holds_one_less : right_ring {
  holds_one_less(std::size_t capacity, const shown_allocator<element>& a)
      : right_ring(capacity == 1 ? 1 : capacity - 1, a) {}
};
struct tears : right_ring {
  using right_ring::right_ring;
  using right_ring::try_pop;
  bool try_pop(element& out) {
    if (!right_ring::try_pop(out)) return false;
    if (when_.is_due()) out.words[3] ^= 1;
    return true;
  }
  now_and_then when_;
};
struct touches_what_it_refuses : right_ring {
  using right_ring::right_ring;
  bool try_push(element&& mine) {
    if (right_ring::try_push(std::move(mine))) return true;
    mine = element(12345);
    return false;
  }
};

template <class Ring, ring_kind Kind = ring_kind{false, false, false, false}>
structure of() {
  return {"a ring", [](setup& s) -> std::unique_ptr<trial> { return std::make_unique<ring_trial<Ring, Kind>>(s); }};
}

conditions usual(std::uint64_t seed) {
  conditions c;
  c.seed = seed;
  c.cpus = program::usable_cpus();
  c.size = 2'000;
  c.longest = 60'000'000'000;  // a busy machine still gets to where each ring is wrong
  return c;
}

/// Round after round until something is found; what.
std::set<std::string> caught(const structure& s) {
  std::set<std::string> names;
  for (std::uint64_t seed = 0; seed != 1'000 && names.empty(); ++seed) {
    for (const finding& f : run_round(s, usual(seed)).findings) names.insert(to_string(f.what));
  }
  return names;
}

TEST(Stress, ARightRingIsNotAccused) {
  for (std::uint64_t seed = 0; seed != 10; ++seed) {
    const outcome o = run_round(of<right_ring>(), usual(seed));
    EXPECT_TRUE(o.findings.empty()) << o.findings.front().text;
    EXPECT_EQ(o.histories, 1U);
    EXPECT_GT(o.operations, 0U);
    EXPECT_GE(o.recorded, o.operations);
  }
}

TEST(Stress, EachWrongRingIsCaught) {
  EXPECT_TRUE(caught(of<loses>()).contains("lost"));
  EXPECT_TRUE(caught(of<doubles>()).contains("doubled"));
  EXPECT_TRUE(caught(of<reorders>()).contains("reordered"));
  EXPECT_TRUE(caught(of<says_empty>()).contains("false empty"));
  EXPECT_TRUE(caught(of<says_full>()).contains("false full"));
  EXPECT_TRUE(caught(of<holds_one_less>()).contains("false full"));
  EXPECT_TRUE(caught(of<tears>()).contains("torn"));
  EXPECT_TRUE(caught(of<touches_what_it_refuses>()).contains("broken"));
  const auto more = caught(of<holds_one_more>());
  EXPECT_TRUE(more.contains("overfull") || more.contains("broken"));
}

// A mistake of who uses it, not of ours: only real threads that meet show it. In a process of its own, as the ring may also hang.
TEST(StressDeathTest, ARingForOneProducerUsedByTwoIsCaught) {
  constexpr ring_kind two_producers{
      .many_producers = true, .many_consumers = false, .pushes_hide = true, .pops_hold = false};
  const structure misused = of<right_ring, two_producers>();
  EXPECT_EXIT(std::_Exit(caught(misused).empty() ? 0 : 3), ::testing::ExitedWithCode(3), "");
}

TEST(Stress, TheSameSeedBeginsWithTheSameRound) {
  const outcome a = run_round(of<right_ring>(), usual(77));
  const outcome b = run_round(of<right_ring>(), usual(77));
  EXPECT_EQ(a.shape, b.shape);
  EXPECT_EQ(a.where, b.where);
  EXPECT_EQ(a.threads, b.threads);
}

TEST(Stress, EveryPlacementComesUp) {
  std::set<placement> seen;
  for (std::uint64_t seed = 0; seed != 100 && seen.size() != std::size(every_placement); ++seed) {
    conditions c = usual(seed);
    c.size = 10;
    seen.insert(run_round(of<right_ring>(), c).where);
  }
  EXPECT_EQ(seen.size(), std::size(every_placement));
}

TEST(Stress, AFailureTellsTheSeedThatBeginsWithIt) {
  campaign_plan plan;
  plan.structures = {of<loses>(), {"right", of<right_ring>().make}};
  plan.seconds = 0.01;
  plan.each = usual(0);
  while (true) {
    const campaign c = run_campaign(plan);
    EXPECT_EQ(c.tallies[1].verdict(), "ok");
    if (!c.failed()) {
      ++plan.seed;
      continue;
    }
    ASSERT_EQ(c.tallies[0].verdict(), "FAILED");
    const failure& f = c.tallies[0].failures.front();
    EXPECT_FALSE(run_round(of<loses>(), usual(f.seed)).findings.empty());
    break;
  }
}

/// Its consumer never comes back from its 10th pop.
struct spins_for_ever : right_ring {
  using right_ring::right_ring;
  bool try_pop(element& out) {
    while (++pops_ >= 10 && gate_.load(std::memory_order_relaxed) == 0) weather::relax();
    return right_ring::try_pop(out);
  }
  std::optional<element> try_pop() {
    element out;
    return try_pop(out) ? std::optional(out) : std::nullopt;
  }
  std::uint64_t pops_ = 0;
  weather::atomic<std::uint64_t> gate_{0};
};
/// Nobody unparks it.
class sleeps_for_ever final : public object_trial<parker<park, in_process, weather>> {
 public:
  explicit sleeps_for_ever(setup&) : object_trial(2) {}
  void work(worker& me) override {
    me.now_in("a park");
    me.number == 0 ? object().park() : me.did();
  }
};

void stress_alone(structure s) {
  options o;
  o.json = "-";  // what is for people goes to stderr
  o.patience = 1;
  o.seconds = 0.1;
  std::exit(run(o, {s}));
}

TEST(StressDeathTest, WhatHangsIsDumpedAndEndsTheProgram) {
  EXPECT_EXIT(
      stress_alone({"spins", of<spins_for_ever>().make}), ::testing::ExitedWithCode(1),
      "spins: seed 0x.*hung, 1 times: no operation has ended for 1 s.*thread 0: .*thread 1: in a pop; .* then a .*"
      "bytes, words that are not zero.*again: volley stress --only spins --seed 0x");
  EXPECT_EXIT(
      stress_alone({"sleeps", [](setup& s) -> std::unique_ptr<trial> { return std::make_unique<sleeps_for_ever>(s); }}),
      ::testing::ExitedWithCode(1),
      "thread 0: in a park; .* steps, 0 of them in the last 0.2 s, then a park.*thread 1: has ended");
}

TEST(Stress, ShardsTogetherAreAll) {
  for (const std::uint64_t count : {1U, 2U, 3U, 7U, 25U, 40U}) {
    std::set<std::size_t> all;
    std::set<std::uint64_t> seeds;
    for (std::uint64_t i = 0; i != count; ++i) {
      const auto mine = share_of({i, count}, 25);
      EXPECT_FALSE(mine.empty());
      all.insert(mine.begin(), mine.end());
      seeds.insert(seed_of({i, count}, 5));
    }
    EXPECT_EQ(all.size(), 25U);
    EXPECT_EQ(seeds.size(), count) << "each with dice of its own";
  }
  EXPECT_EQ(seed_of({0, 1}, 5), 5U) << "unless there is only one";
}

TEST(Stress, AShardIsTwoNumbers) {
  EXPECT_EQ(parse_shard("3/4").index, 3U);
  EXPECT_EQ(parse_shard("3/4").count, 4U);
  for (const char* const wrong :
       {"", "3", "/4", "3/", "4/4", "-1/4", "0/0", "1/2/3", "a/b", " 0/1", "0/1 ", "0/99999999999"}) {
    EXPECT_THROW((void)parse_shard(wrong), program::bad_usage) << wrong;
  }
}

}  // namespace
}  // namespace volley::stress
