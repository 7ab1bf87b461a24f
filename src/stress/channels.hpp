// SPDX-License-Identifier: MIT
#pragma once

// A trial of any channel: its threads push and pop in every way that there is, are told to stop at any moment, and it is closed at the end, in the
// middle, or not before all have left. What an adapter brings is Goods, what goes in, and Ways, how. A structure's Ways have
//   pusher(channel, faults).push(caller, id, most) -> push_end      pops and pushes of one thread, which makes it and has it alone
//   popper(channel, faults).pop(caller, see) -> status              see(id) for each element that came out, no_element for a torn one
// and its Goods, for ends that are looked at when all is over,
//   begin(), try_push(channel, id, faults), try_pop(channel, see), check(logs, capacity, verdict), judge(verdict).

#include "channel_calls.hpp"
#include "rings.hpp"

#include <volley/status.hpp>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <span>
#include <string>
#include <thread>
#include <vector>

namespace volley::stress {

enum class ending : std::uint8_t {
  drained,    ///< closed by the last producer, when all is in
  cut_short,  ///< closed in the middle
  stopped,    ///< not closed: all are stopped, and leave
};

/// Each thread goes one of the Ways.
template <class Channel, class Goods, class... Ways>
class channel_trial final : public trial {
  static constexpr bool many_producers = !Channel::ring_type::one_producer;
  static constexpr bool many_consumers = !Channel::ring_type::one_consumer;
  static constexpr tick never = std::numeric_limits<tick>::max();

 public:
  channel_trial(setup& s, const auto& make)
      : how_(s.most_threads < 3 ? ending(s.luck.below(2)) : ending(s.luck.below(3))),
        meddles_(how_ == ending::stopped || (s.most_threads > 2 && s.luck.one_in(3))),
        producers_(many_producers ? 1 + static_cast<unsigned>(s.luck.below(workers_of(s) - 1)) : 1),
        consumers_(many_consumers ? 1 + static_cast<unsigned>(s.luck.below(workers_of(s) - producers_)) : 1),
        each_(1 + s.size / producers_ / 2),
        end_at_(s.luck.below(each_ * producers_)),
        popper_closes_(s.luck.one_in(2)),
        closing_(s.luck.one_in(4)),
        stops_(threads()),
        logs_(threads()),
        closed_(threads(), never) {
    Goods::begin();
    ch_ = make(s, block_);
    producing_ = producers_;
    working_ = producers_ + consumers_;
  }

  unsigned threads() const override { return producers_ + consumers_ + (meddles_ ? 1 : 0); }
  std::string shape() const override {
    static constexpr std::array ends{"drained", "closed in the middle", "all stopped"};
    return "capacity " + std::to_string(ch_->capacity()) + ", " + std::to_string(producers_) + " producers, " +
           std::to_string(consumers_) + " consumers, " + ends[static_cast<std::size_t>(how_)] +
           (meddles_ ? ", stopped at times" : "");
  }
  std::vector<memory> state() const override { return {memory_of(*ch_), block_}; }

  void work(worker& me) override {
    if (me.number == producers_ + consumers_) return meddle(me);
    std::uint64_t way = me.luck.below(sizeof...(Ways));
    const bool produces = me.number < producers_;
    (void)((way-- == 0 && (produces ? produce<Ways>(me) : consume<Ways>(me), true)) || ...);
    if (produces && --producing_ == 0 && how_ != ending::stopped) closing_.close(*ch_);
    --working_;
  }

  void judge(verdict& to) override {
    if (how_ == ending::stopped) closing_.close(*ch_);
    thread_log last;
    while (pop_one(last) == status::ok) {
    }
    faults_.unless(pop_one(last) == status::closed, "it was drained, and a pop does not say closed");
    faults_.unless(Goods::try_push(*ch_, 0, faults_) == status::closed, "it was closed, and a push does not say so");
    faults_.unless(ch_->is_closed() && ch_->is_drained() && ch_->empty_approx(), "it was drained, and is not empty");
    logs_.push_back(std::move(last));
    Goods::check(logs_, ch_->capacity(), to);
    judge_end(to);
    faults_.judge(to);
    to.expect_none(torn_, crime::torn, "elements were not what was pushed");
    ch_.reset();
    Goods::judge(to);
  }

 private:
  unsigned workers_of(const setup& s) const { return s.most_threads - (meddles_ ? 1 : 0); }

  caller call_of(worker& me) { return {me, stops_.token(me.number), how_ == ending::stopped}; }

  template <class Way>
  void produce(worker& me) {
    typename Way::pusher to(*ch_, faults_);
    for (std::uint64_t i = 0; i < each_ && !me.is_over() && !leaving_;) {
      me.now_in("a push");
      const bool was_closed = me.luck.one_in(4) && ch_->is_closed();
      caller who = call_of(me);
      call_record call(logs_[me.number]);
      const push_end done = to.push(who, id_of(me.number, i), each_ - i);
      for (std::uint64_t end = i + done.in; i != end; ++i) call.add(deed::pushed, id_of(me.number, i));
      if (done.gave_back) call.add(deed::given_back, no_element);
      if (done.why != status::ok && done.why != status::closed) call.add(deed::full, no_element);
      call.end();
      faults_.unless(!was_closed || (done.in == 0 && done.why == status::closed), "it was closed, and a push went on");
      if (has_ended(who, done.why)) return;
      if (done.in == 0 && leaves(me, 0)) return;
      done.in == 0 ? me.idle() : me.did(done.in);
      pushed_ += done.in;
      if (!popper_closes_) cut_short();
    }
  }

  template <class Way>
  void consume(worker& me) {
    typename Way::popper from(*ch_, faults_);
    while (!leaving_) {
      me.now_in("a pop");
      const bool was_drained = me.luck.one_in(4) && ch_->is_drained();
      caller who = call_of(me);
      call_record call(logs_[me.number]);
      std::size_t n = 0;
      const status s = from.pop(who, [&](std::uint64_t id) { see(call, id), ++n; });
      if (s != status::ok) call.add(deed::empty, no_element);
      call.end();
      faults_.unless((n != 0) == (s == status::ok),
                     "a pop said ok and took nothing, or another thing and took something");
      faults_.unless(!was_drained || s == status::closed, "it was drained, and a pop does not say closed");
      if (has_ended(who, s)) {
        closed_[me.number] = logs_[me.number].back().ret;
        return;
      }
      if (n == 0 && leaves(me, producers_)) return;
      n == 0 ? me.idle() : me.did(n);
      if (popper_closes_) cut_short();
    }
  }
  void cut_short() {
    if (how_ == ending::cut_short && pushed_ > end_at_) closing_.close(*ch_);
  }
  /// For good, with what it may have been told. One of each side stays.
  static bool leaves(worker& me, unsigned stays) { return me.number != stays && me.luck.one_in(32); }
  void see(call_record& call, std::uint64_t id) {
    id == no_element ? static_cast<void>(++torn_) : call.add(deed::popped, id);
  }
  status pop_one(thread_log& log) {
    call_record call(log);
    const status s = Goods::try_pop(*ch_, [&](std::uint64_t id) { see(call, id); });
    call.end();
    return s;
  }

  /// Whether that was the last call of who.
  bool has_ended(const caller& who, status s) {
    faults_.unless(who.may_say(s), "a call timed out before its deadline, or was stopped and nobody had");
    if (s == status::stopped) stops_.renew(who.me.number);
    if (s != status::closed) return false;
    faults_.unless(closing_.may_be_told(), "a call said closed, and what came before close() cannot be seen");
    return true;
  }

  /// Stops the others at times, in the end for good if nobody closes.
  void meddle(worker& me) {
    me.now_in("a stop");
    while (working_ != 0) {
      if (how_ == ending::stopped && (me.is_over() || producing_ == 0 || pushed_ >= end_at_)) leaving_ = true;
      stops_.stop(me.luck.below(producers_ + consumers_));
      std::this_thread::sleep_for(std::chrono::microseconds(me.luck.below(200)));
    }
  }

  /// After close() no push goes in, and none says anything but closed; after a pop has said closed, none takes anything, or says empty.
  void judge_end(verdict& to) const {
    const tick closed = *std::min_element(closed_.begin(), closed_.end());
    const auto is_after = [](const operation& o, tick t) { return t != never && o.call > t + usual_slack; };
    std::uint64_t pushes = 0;
    std::uint64_t pops = 0;
    for (std::size_t i = 0; i != logs_.size(); ++i) {                         // the last of them is what was left
      const std::size_t told = i < threads() && closed_[i] != never ? 1 : 0;  // the last one said closed
      for (const operation& o : std::span(logs_[i]).first(logs_[i].size() - told)) {
        const bool is_push = o.did == deed::pushed || o.did == deed::full;
        if (is_push) pushes += is_after(o, closing_.at()) ? 1U : 0U;
        if (!is_push && o.did != deed::given_back) pops += is_after(o, closed) ? 1U : 0U;
      }
    }
    to.expect_none(pushes, crime::broken, "a push began after close() and did not say closed");
    to.expect_none(pops, crime::broken, "a pop began after another had said closed, and did not say so");
  }

  ending how_;
  bool meddles_;
  unsigned producers_;
  unsigned consumers_;
  std::uint64_t each_;
  std::uint64_t end_at_;  // so many pushes
  bool popper_closes_;
  closing closing_;
  stops stops_;
  std::vector<thread_log> logs_;
  std::vector<tick> closed_;  // when each was told so
  memory block_;
  std::unique_ptr<Channel> ch_;
  faults faults_;
  std::atomic<unsigned> producing_{0};
  std::atomic<unsigned> working_{0};
  std::atomic<bool> leaving_{false};
  std::atomic<std::uint64_t> pushed_{0};
  std::atomic<std::uint64_t> torn_{0};
};

}  // namespace volley::stress
