// SPDX-License-Identifier: MIT
#pragma once

// A trial of a ring whose readers each see every element, or miss some and know it. Each reader's history is one of a queue of its own, that is
// pushed by the producer and popped by this reader; what a reader missed was never in it.

#include "rings.hpp"

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace volley::stress {

/// Ring has try_emplace, try_push_n, subscribe and seal.
template <class Ring, bool IsLossy>
class broadcast_trial final : public trial {
  using element = typename Ring::value_type;
  using reader = decltype(std::declval<Ring&>().subscribe());

 public:
  explicit broadcast_trial(setup& s)
      : capacity_(some_capacity(s.luck)),
        has_visitor_(s.most_threads > 2 && s.luck.one_in(2)),
        each_(1 + s.size / 2),
        ring_(std::make_unique<Ring>(capacity_, shown_allocator<element>(block_))) {
    const std::size_t readers = 1 + s.luck.below(std::min(8U, s.most_threads - (has_visitor_ ? 2 : 1)));
    for (std::size_t r = 0; r != readers; ++r) readers_.push_back(ring_->subscribe());
    reads_.resize(readers);
    missed_.resize(readers);
  }

  unsigned threads() const override { return static_cast<unsigned>(1 + readers_.size() + (has_visitor_ ? 1 : 0)); }
  std::string shape() const override {
    return "capacity " + std::to_string(capacity_) + ", " + std::to_string(readers_.size()) + " readers" +
           (has_visitor_ ? " and a visitor" : "");
  }
  std::vector<memory> state() const override { return {memory_of(*ring_), block_}; }

  void work(worker& me) override {
    if (me.number == 0) {
      produce(me);
    } else if (me.number <= readers_.size()) {
      read(me, me.number - 1);
    } else {
      visit(me);
    }
  }

  void judge(verdict& to) override {
    std::uint64_t n = 0;
    for (const operation& o : pushes_) n += o.did == deed::pushed ? 1 : 0;
    for (std::size_t r = 0; r != readers_.size(); ++r) judge_reader(r, n, to);
    if constexpr (!IsLossy) {
      if (!has_visitor_) judge_full(to);
      readers_.clear();
      to.expect(ring_->empty_approx(), "all readers have ended, and it is not empty");
    }
    to.expect_none(torn_, crime::torn, "elements were not what was pushed");
    to.expect_none(gaps_, crime::lost, "a reader missed elements, and was not told how many");
  }

 private:
  void produce(worker& me) {
    me.now_in("a push");
    for (std::uint64_t i = 0; i < each_ && !me.is_over();) {
      call_record call(pushes_);
      std::uint64_t in = 0;
      if (me.luck.one_in(3)) {
        std::vector<element> some;
        for (std::uint64_t k = 0; k != std::min<std::uint64_t>(each_ - i, 3); ++k) some.emplace_back(i + k);
        in = ring_->try_push_n(std::span<const element>(some));
      } else {
        in = ring_->try_emplace(i) ? 1 : 0;
      }
      for (const std::uint64_t end = i + in; i != end; ++i) call.add(deed::pushed, i);
      call.end(deed::full);
      in == 0 ? me.idle() : me.did(in);
      if (IsLossy && me.luck.one_in(2)) me.idle();
    }
    ring_->seal();
  }

  /// At which element a reader is, as far as it was told.
  struct position {
    std::uint64_t next = 0;
    bool is_known = true;
  };
  /// One call; false when nothing was there.
  bool read_once(reader& from, position& at, thread_log& log, std::vector<std::uint64_t>* missed, std::uint64_t way) {
    call_record call(log);
    const auto see = [&](const element& e) {
      if (!e.is_whole()) ++torn_;
      call.add(deed::popped, e.id());
    };
    const std::size_t before = log.size();
    if (way % 3 == 0) {
      from.consume_all(see);
    } else if (const auto out = from.try_pop(); out) {
      see(*out);
    }
    const std::size_t end = log.size();
    call.end(deed::empty);
    std::uint64_t late = 0;
    if constexpr (IsLossy) late = from.missed();
    follow(at, std::span(log).subspan(before, end - before), late, missed);
    return end != before;
  }
  /// Each element follows the one before, but for those that were missed: all that were, in all.
  void follow(position& at, std::span<const operation> got, std::uint64_t late, std::vector<std::uint64_t>* missed) {
    const bool was_known = at.is_known;
    std::uint64_t skipped = 0;
    for (const operation& o : got) {
      if (!at.is_known) at = {o.id, true};
      if (o.id < at.next) ++gaps_;
      for (; at.next < o.id; ++at.next, ++skipped) {
        if (missed != nullptr) missed->push_back(at.next);
      }
      ++at.next;
    }
    if (!was_known) return;
    for (; skipped < late; ++at.next, ++skipped) {  // missed at the end of the call
      if (missed != nullptr) missed->push_back(at.next);
    }
    if (skipped != late) ++gaps_;
  }

  void read(worker& me, std::size_t r) {
    me.now_in("a read");
    position at;
    for (;;) {
      const bool is_last = ring_->is_sealed();
      if (read_once(readers_[r], at, reads_[r], &missed_[r], me.luck.roll())) {
        me.did();
      } else if (is_last) {
        return;
      } else {
        me.idle();
      }
      if (IsLossy && me.luck.one_in(8)) std::this_thread::yield();
    }
  }

  /// Comes and goes, and sees whole elements in order.
  void visit(worker& me) {
    me.now_in("a visit");
    while (!ring_->is_sealed()) {
      auto mine = ring_->subscribe();
      position at{0, false};
      thread_log unused;
      for (std::uint64_t n = me.luck.below(9); n != 0; --n) {
        if (!read_once(mine, at, unused, nullptr, me.luck.roll())) me.idle();
      }
    }
  }

  void judge_reader(std::size_t r, std::uint64_t n, verdict& to) {
    std::vector<bool> is_missed(n, false);
    for (const std::uint64_t i : missed_[r]) {
      if (i < n) is_missed[i] = true;
    }
    std::vector<thread_log> history(2);
    for (const operation& o : pushes_) {
      if (o.did == deed::pushed && !is_missed[o.id]) history[0].push_back(o);
    }
    history[1] = reads_[r];
    to.check(history, {.capacity = capacity_, .checks_full = false, .pushes_hide = IsLossy});
  }

  /// An element is inside until its last reader has passed it.
  void judge_full(verdict& to) const {
    std::vector<thread_log> history{pushes_, {}};
    for (const thread_log& reads : reads_) {
      std::size_t i = 0;
      for (const operation& o : reads) {
        if (o.did != deed::popped) continue;
        if (i == history[1].size()) {
          history[1].push_back(o);
        } else {
          history[1][i].call = std::max(history[1][i].call, o.call);
          history[1][i].ret = std::max(history[1][i].ret, o.ret);
        }
        ++i;
      }
    }
    to.check(history, {.capacity = capacity_});
  }

  std::size_t capacity_;
  bool has_visitor_;
  std::uint64_t each_;
  memory block_;
  std::unique_ptr<Ring> ring_;
  std::vector<reader> readers_;
  thread_log pushes_;
  std::vector<thread_log> reads_;                   // one of each reader
  std::vector<std::vector<std::uint64_t>> missed_;  // the same
  std::atomic<std::uint64_t> torn_{0};
  std::atomic<std::uint64_t> gaps_{0};
};

}  // namespace volley::stress
