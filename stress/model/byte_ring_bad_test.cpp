// SPDX-License-Identifier: MIT

// byte_ring and mpsc_byte_ring with claims written small, right and with one classic mistake each: the model must notice every mistake,
// and accuse no right one.

#include "byte_ring_scenarios.hpp"

#include <volley/ring/record_ring.hpp>

#include <cstdio>

namespace {

using namespace model::byte_rings;
using model::search;
using volley::claim_error;
using volley::detail::record_word;

enum class mistake {
  none,
  publish_before_write,
  next_header_not_blank,  // Agrona 9a6090cf (S75): the reader takes what lies behind the last record for a header
  header_not_cleared,     // in a full ring the header behind the last record is the one of a lap ago
  record_behind_padding,  // the padding is published first, the record behind it later, its header is not blank
  overwrite_when_full,    // Aeron #2015 (S73): room that is not there
  room_never_looked_at,   // Agrona #43 (S74): full for ever, though the consumer has gone on
  free_before_read,       // the room is given back, then the bytes are read
  claim_in_two_steps,     // the tail is read and written, not compared and swapped
  clear_one_grain,        // of what the consumer leaves only the header is cleared
  free_before_clear,      // the room is given back, then it is cleared
  blank_instead_of_clear,  // whoever claims makes the header behind its claim blank, and the consumer only that which it leaves
  abort_forgotten,    // cloudtoid #56, S78: an aborted claim is never committed as padding
  abort_not_cleared,  // its room is given back with the user's bytes in it
  abort_unordered,    // it is given back clear, but who claims it next need not see that
  abort_clears_all,   // the header at its beginning too, which the consumer may be looking at
  abort_over_others,  // the tail goes back, whoever has claimed behind it
};

/// What both have: the grains and the two ends.
template <std::size_t N>
class small_ends {
 protected:
  using enum std::memory_order;
  using grains = volley::detail::record_grains<volley::inline_slots<N>, near_wrap>;

 public:
  using env = near_wrap;
  using index = near_wrap::index;
  using memory = typename grains::memory;
  using place = volley::detail::claimed_place<index>;
  static constexpr bool is_dynamic = false;

  std::size_t size() const { return N; }
  static constexpr std::size_t most() { return grains::most(); }
  std::size_t used() const { return grains_.between(head_.load(relaxed), tail_.load(relaxed)); }
  index after(index p, std::size_t n) const { return grains_.after(p, n); }
  std::span<std::byte> payload(const place& p, std::size_t n) { return grains_.payload(grains_.record_of(p), n); }
  std::span<std::byte> payload(index p, std::size_t n) { return grains_.payload(p, n); }
  index head() const { return head_.load(relaxed); }
  void seal() {}
  bool is_sealed() const { return false; }
  volley::unwatched_role& producer() { return role_; }
  volley::unwatched_role& consumer() { return role_; }

 protected:
  std::size_t room(index tail) { return N - grains_.between(head_.load(acquire), tail); }
  void publish(const place& p, record_word word) {
    if (p.padding != 0) {
      grains_.place(grains_.record_of(p), word);
      word = record_word::padding(p.padding);
    }
    grains_.header(p.first).store(word.bits(), release);
  }

  grains grains_;
  model::atomic<index> tail_{grains_.first()};
  model::atomic<index> head_{grains_.first()};
  volley::unwatched_role role_{"", ""};
};

/// One producer: it makes the next header blank.
template <mistake Mistake, std::size_t N>
class small_byte_claims : public small_ends<N> {
  using ends = small_ends<N>;
  using ends::acquire, ends::release, ends::relaxed;
  using ends::grains_, ends::head_, ends::tail_;
  static constexpr bool is(mistake m) { return Mistake == m; }

 public:
  using ends::after;
  using typename ends::index;
  using typename ends::place;
  static constexpr bool one_producer = true;
  static constexpr bool padding_may_be_last = false;

  small_byte_claims() { grains_.blank(grains_.first(), 1); }

  place claim(std::size_t n) {
    place mine = grains_.place_at(tail_.load(relaxed), n);
    const std::size_t needed = mine.padding + n;
    if (room_ < needed && !is(mistake::room_never_looked_at)) room_ = this->room(mine.first);
    if (is(mistake::overwrite_when_full)) room_ = std::max(room_, needed);
    if (room_ < needed) {
      mine.why = claim_error::full;
    } else if (is(mistake::publish_before_write)) {
      put_in(mine, n, (n - 1) * 8);
    }
    return mine;
  }
  void finish(const place& p, std::size_t n) {
    if (!is(mistake::publish_before_write)) put_in(p, volley::detail::grains_of(n), n);
  }
  void drop(const place&) {}

  record_word look(index p) {
    const record_word seen(grains_.header(p).load(acquire));
    if (is(mistake::free_before_read) && seen.is_there()) head_.store(after(p, seen.grains()), release);
    return seen;
  }
  void leave(index p, std::size_t n) {
    if (!is(mistake::header_not_cleared)) grains_.blank(p, n);
  }
  void free_to(index p) { head_.store(p, release); }

 private:
  void put_in(const place& p, std::size_t n, std::size_t bytes) {
    const index record = grains_.record_of(p);
    room_ -= p.padding + n;
    const index end = after(record, n);
    if (room_ != 0 && !is(mistake::next_header_not_blank)) grains_.blank(end, 1);
    tail_.store(end, relaxed);
    const record_word word = record_word::record(bytes);
    if (is(mistake::record_behind_padding) && p.padding != 0) {
      grains_.header(p.first).store(record_word::padding(p.padding).bits(), release);
      grains_.place(record, word);
    } else {
      this->publish(p, word);
    }
  }

  std::size_t room_ = N;
};

/// Many producers: the consumer clears.
template <mistake Mistake, std::size_t N>
class small_mpsc_byte_claims : public small_ends<N> {
  using ends = small_ends<N>;
  using ends::acquire, ends::release, ends::relaxed;
  using ends::grains_, ends::head_, ends::tail_;
  static constexpr bool is(mistake m) { return Mistake == m; }

 public:
  using ends::after;
  using typename ends::index;
  using typename ends::place;
  static constexpr bool one_producer = false;
  static constexpr bool padding_may_be_last = true;

  small_mpsc_byte_claims() { grains_.blank(grains_.first(), N); }

  place claim(std::size_t n) {
    for (;;) {
      index tail = tail_.load(relaxed);
      place mine = grains_.place_at(tail, n);
      const std::size_t room = this->room(tail);
      if (room < mine.padding + n) mine.why = claim_error::full;
      if (mine.why == claim_error::none && !moved(tail, after(tail, mine.padding + n))) continue;
      if (is(mistake::blank_instead_of_clear) && mine.why == claim_error::none && room != mine.padding + n) {
        grains_.blank(after(tail, mine.padding + n), 1);
      }
      return mine;
    }
  }
  void finish(const place& p, std::size_t n) { this->publish(p, record_word::record(n)); }
  void drop(const place& p) {
    const index record = grains_.record_of(p);
    if (is(mistake::abort_forgotten)) return;
    if (is(mistake::abort_clears_all)) grains_.blank(record, 1);
    if (!is(mistake::abort_not_cleared)) grains_.blank(after(record, 1), p.grains - 1);
    if (!given_back(p.first, after(record, p.grains))) this->publish(p, record_word::padding(p.grains));
  }

  record_word look(index p) { return record_word(grains_.header(p).load(acquire)); }
  void leave(index p, std::size_t n) {
    if (is(mistake::free_before_clear)) head_.store(after(p, n), release);
    grains_.blank(p, is(mistake::clear_one_grain) || is(mistake::blank_instead_of_clear) ? 1 : n);
  }
  void free_to(index p) { head_.store(p, release); }

 private:
  bool moved(index& from, index to) {
    if (!is(mistake::claim_in_two_steps)) return tail_.compare_exchange_strong(from, to, acquire, relaxed);
    const bool same = tail_.load(relaxed) == from;
    if (same) tail_.store(to, relaxed);
    return same;
  }
  bool given_back(index to, index from) {
    if (is(mistake::abort_unordered)) return tail_.compare_exchange_strong(from, to, relaxed, relaxed);
    if (!is(mistake::abort_over_others)) return tail_.compare_exchange_strong(from, to, release, relaxed);
    tail_.store(to, release);
    return true;
  }
};

template <mistake Mistake, std::size_t N>
using small_byte_ring = volley::detail::record_ring<small_byte_claims<Mistake, N>>;
template <mistake Mistake, std::size_t N>
using small_mpsc_byte_ring = volley::detail::record_ring<small_mpsc_byte_claims<Mistake, N>>;

template <mistake Mistake, std::size_t N = 3>
using wrong_stream = stream<small_byte_ring<Mistake, N>, 6>;
template <mistake Mistake, unsigned Producers = 2, way Way = way::whole>
using wrong_through = through<small_mpsc_byte_ring<Mistake, 3>, Producers, 3, Way>;

template <class Scenario>
testing::AssertionResult is_caught() {
  const auto e = model::explore(model::recipe_of<Scenario>(), search::random(30'000));
  if (e.passed) return testing::AssertionFailure() << "not caught in " << e.executions << " executions";
  std::printf("[  caught  ] at execution %llu: %s\n", e.executions, rl::test_result_str(e.why));
  return testing::AssertionSuccess();
}

TEST(ByteRingModelMustFail, TheRightTwinsPass) {
  EXPECT_TRUE((model::holds<wrong_stream<mistake::none, 1>>(search::random(10'000))));
  EXPECT_TRUE((model::holds<wrong_stream<mistake::none, 3>>(search::random(10'000))));
  EXPECT_TRUE((model::holds<wrong_stream<mistake::none, 5>>(search::random(10'000))));
  EXPECT_TRUE((model::holds<wrong_through<mistake::none, 1>>(search::random(10'000))));
  EXPECT_TRUE((model::holds<wrong_through<mistake::none, 2, way::with_aborts>>(search::random(10'000))));
  EXPECT_TRUE(
      (model::holds<through<small_mpsc_byte_ring<mistake::none, 5>, 1, 4, way::with_aborts>>(search::random(10'000))));
}
TEST(ByteRingModelMustFail, PublishingBeforeWritingIsSeen) {
  EXPECT_TRUE((is_caught<wrong_stream<mistake::publish_before_write>>()));
}
TEST(ByteRingModelMustFail, AHeaderThatWasNotMadeBlankIsSeen) {
  EXPECT_TRUE((is_caught<stream<small_byte_ring<mistake::next_header_not_blank, 5>, 6, way::with_aborts>>()));
}
TEST(ByteRingModelMustFail, AHeaderThatIsNotClearedIsSeen) {
  EXPECT_TRUE((is_caught<wrong_stream<mistake::header_not_cleared>>()));
}
TEST(ByteRingModelMustFail, PaddingBeforeTheRecordBehindItIsSeen) {
  EXPECT_TRUE((is_caught<wrong_stream<mistake::record_behind_padding>>()));
}
TEST(ByteRingModelMustFail, RoomThatIsNotThereIsSeen) {
  EXPECT_TRUE((is_caught<wrong_stream<mistake::overwrite_when_full>>()));
}
TEST(ByteRingModelMustFail, ARoomThatIsNotLookedAtAgainIsALivelock) {
  EXPECT_TRUE(
      (model::fails<wrong_stream<mistake::room_never_looked_at>>(search::random(1'000), rl::test_result_livelock)));
}
TEST(ByteRingModelMustFail, FreeingBeforeReadingIsSeen) {
  EXPECT_TRUE((is_caught<wrong_stream<mistake::free_before_read>>()));
}
TEST(MpscByteRingModelMustFail, AClaimInTwoStepsIsSeen) {
  EXPECT_TRUE((is_caught<wrong_through<mistake::claim_in_two_steps>>()));
}
TEST(MpscByteRingModelMustFail, BytesThatAreNotClearedAreSeen) {
  EXPECT_TRUE((is_caught<wrong_through<mistake::clear_one_grain>>()));
}
TEST(MpscByteRingModelMustFail, FreeingBeforeClearingIsSeen) {
  EXPECT_TRUE((is_caught<wrong_through<mistake::free_before_clear>>()));
}
TEST(MpscByteRingModelMustFail, AHeaderThatTheClaimMakesBlankDoesNotStandInForClearing) {
  EXPECT_TRUE((is_caught<wrong_through<mistake::blank_instead_of_clear>>()));
}
TEST(MpscByteRingModelMustFail, AnAbortThatIsForgottenIsALivelock) {
  EXPECT_TRUE((is_caught<wrong_through<mistake::abort_forgotten, 1, way::with_aborts>>()));
}
TEST(MpscByteRingModelMustFail, AnAbortThatLeavesItsBytesBehindIsSeen) {
  EXPECT_TRUE((is_caught<through<small_mpsc_byte_ring<mistake::abort_not_cleared, 5>, 1, 4, way::with_aborts>>()));
}
TEST(MpscByteRingModelMustFail, AnAbortThatTheNextClaimNeedNotSeeIsSeen) {
  EXPECT_TRUE((is_caught<wrong_through<mistake::abort_unordered, 2, way::with_aborts>>()));
}
TEST(MpscByteRingModelMustFail, AnAbortThatClearsTheHeaderUnderTheConsumerIsSeen) {
  EXPECT_TRUE((is_caught<wrong_through<mistake::abort_clears_all, 1, way::with_aborts>>()));
}
TEST(MpscByteRingModelMustFail, AnAbortThatGivesBackWhatOthersClaimedIsSeen) {
  EXPECT_TRUE((is_caught<wrong_through<mistake::abort_over_others, 2, way::with_aborts>>()));
}

}  // namespace
