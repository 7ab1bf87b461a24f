// SPDX-License-Identifier: MIT
#pragma once

// A trial of any ring with the face of ring/claiming_ring.hpp: every way to push and to pop by turns, the seal, recorded histories.

#include "../../stress/ways.hpp"
#include "payload.hpp"

#include <volley/ring/storage.hpp>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace volley::stress {

/// Who may use a ring at a time, and what its header lets "empty" and "full" mean.
struct ring_kind {
  bool many_producers;
  bool many_consumers;
  bool pushes_hide;  ///< see fifo_rules
  bool pops_hold;
};

/// Most capacities are tiny: there all happens at the edges.
inline std::size_t some_capacity(dice& luck) {
  constexpr std::size_t usual[] = {1, 2, 3, 4, 7, 64, 1000};
  return usual[luck.below(std::size(usual))];
}

/// What a thread did in one call, as operations of one history.
class call_record {
 public:
  explicit call_record(thread_log& to) : log_(to), first_(to.size()), call_(now()) {}

  void add(deed did, std::uint64_t id) { log_.push_back({did, id, call_, 0}); }
  /// The call has returned. If it did nothing, that is what it found.
  void end(deed otherwise) {
    if (log_.size() == first_) add(otherwise, no_element);
    end();
  }
  /// The same where it need not have done anything.
  void end() {
    const tick ret = now();
    for (std::size_t i = first_; i != log_.size(); ++i) log_[i].ret = ret;
  }

 private:
  thread_log& log_;
  std::size_t first_;
  tick call_;
};

template <class Ring, ring_kind Kind>
class ring_trial final : public trial {
  using element = typename Ring::value_type;

 public:
  explicit ring_trial(setup& s)
      : capacity_(some_capacity(s.luck)),
        holes_(Kind.many_producers && s.luck.one_in(4) ? reservations::short_at_times : reservations::whole),
        producers_(Kind.many_producers ? 1 + static_cast<unsigned>(s.luck.below(s.most_threads - 1)) : 1),
        consumers_(Kind.many_consumers ? 1 + static_cast<unsigned>(s.luck.below(s.most_threads - producers_)) : 1),
        each_(1 + s.size / producers_),
        seal_at_(s.luck.one_in(3) ? s.luck.below(each_) : each_),
        logs_(threads()) {
    element::begin();
    ring_ = std::make_unique<Ring>(capacity_, shown_allocator<element>(block_));
    producing_ = producers_;
  }

  unsigned threads() const override { return producers_ + consumers_; }
  std::string shape() const override {
    return "capacity " + std::to_string(capacity_) + ", " + std::to_string(producers_) + " producers, " +
           std::to_string(consumers_) + " consumers";
  }
  std::vector<memory> state() const override { return {memory_of(*ring_), block_}; }

  void work(worker& me) override {
    if (me.number < producers_) {
      produce(me);
      --producing_;
    } else {
      consume(me);
    }
  }

  void judge(verdict& to) override {
    thread_log last;
    while (pop(last, 1)) {
    }
    logs_.push_back(std::move(last));
    to.check(logs_, {capacity_, holes_ == reservations::whole, Kind.pushes_hide, Kind.pops_hold});
    to.expect(ring_->empty_approx(), "it was drained, and is not empty");
    to.expect_none(out_of_bounds_, crime::broken, "size_approx() was more than the capacity");
    to.expect_none(touched_, crime::broken, "an element that was refused is not what it was");
    ring_.reset();
    const auto torn = static_cast<std::uint64_t>(element::torn.load());
    to.expect_none(torn + torn_, crime::torn, "elements were not what was pushed, when popped or destroyed");
    to.expect(element::alive == 0, "elements were never destroyed, or twice");
  }

 private:
  void produce(worker& me) {
    thread_log& log = logs_[me.number];
    for (std::uint64_t i = 0; i < each_ && !me.is_over();) {
      me.now_in("a push");
      if (me.number == 0 && i >= seal_at_) ring_->seal();
      call_record call(log);
      const pushed done = push_some(*ring_, id_of(me.number, i), each_ - i, me.luck.roll(), holes_);
      if (done.is_touched) ++touched_;
      if (done.in == 0 && ring_->is_sealed()) return;
      for (std::uint64_t end = i + done.in; i != end; ++i) call.add(deed::pushed, id_of(me.number, i));
      call.end(deed::full);
      done.in == 0 ? rest(me) : me.did(done.in);
    }
  }

  void consume(worker& me) {
    thread_log& log = logs_[me.number];
    for (;;) {
      me.now_in("a pop");
      const bool is_last = producing_ == 0;
      if (const std::size_t n = pop(log, me.luck.roll()); n != 0) {
        me.did(n);
      } else if (is_last) {
        return;
      } else {
        rest(me);
      }
    }
  }

  std::size_t pop(thread_log& log, std::uint64_t way) {
    call_record call(log);
    const std::size_t n = pop_some(*ring_, way, [&](const element& e) noexcept {
      if (!e.is_whole()) ++torn_;
      call.add(deed::popped, e.id());
    });
    call.end(deed::empty);
    return n;
  }

  void rest(worker& me) {
    if (ring_->size_approx() > capacity_) ++out_of_bounds_;
    me.idle();
  }

  std::size_t capacity_;
  reservations holes_;
  unsigned producers_;
  unsigned consumers_;
  std::uint64_t each_;
  std::uint64_t seal_at_;  // of producer 0
  std::vector<thread_log> logs_;
  memory block_;
  std::unique_ptr<Ring> ring_;
  std::atomic<unsigned> producing_{0};
  std::atomic<std::uint64_t> torn_{0};
  std::atomic<std::uint64_t> touched_{0};
  std::atomic<std::uint64_t> out_of_bounds_{0};
};

/// Elements of 8 bytes or of 48: some rings treat them differently.
template <template <class, std::size_t, class, class> class Ring, ring_kind Kind>
std::unique_ptr<trial> make_ring_trial(setup& s) {
  using small = payload<1>;
  using large = payload<6>;
  if (s.luck.one_in(2)) {
    return std::make_unique<ring_trial<Ring<small, dynamic_capacity, weather, shown_allocator<small>>, Kind>>(s);
  }
  return std::make_unique<ring_trial<Ring<large, dynamic_capacity, weather, shown_allocator<large>>, Kind>>(s);
}

}  // namespace volley::stress
