// SPDX-License-Identifier: MIT
#pragma once

// A trial of a ring of records of different sizes. Every byte of a record follows from its id.

#include "rings.hpp"

#include <volley/ring/records.hpp>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace volley::stress {

inline void write_record(std::span<std::byte> to, std::uint64_t id) {
  std::memcpy(to.data(), &id, sizeof id);
  for (std::size_t i = sizeof id; i < to.size(); ++i) to[i] = static_cast<std::byte>(mix(id + i));
}
/// no_element for what is no record of ours.
inline std::uint64_t id_in(std::span<const std::byte> record) {
  std::uint64_t id = 0;
  if (record.size() < sizeof id) return no_element;
  std::memcpy(&id, record.data(), sizeof id);
  std::vector<std::byte> expected(record.size());
  write_record(expected, id);
  return std::equal(record.begin(), record.end(), expected.begin()) ? id : no_element;
}

inline std::size_t some_bytes(dice& luck) {
  return std::size_t{8} * std::size_t{3 + luck.below(luck.one_in(2) ? 10 : 500)};
}

/// "Full" is false for sure only where nothing at all was inside: a record needs its room in one piece. As of a queue with room for one, but without
/// the look for more than fit.
inline finding false_fulls(std::span<const thread_log> logs) {
  for (finding& f : check_fifo(logs, {.capacity = 1})) {
    if (f.what == crime::false_full) return std::move(f);
  }
  return {crime::false_full, 0, ""};
}

template <class Ring, bool ManyProducers>
class record_trial final : public trial {
 public:
  explicit record_trial(setup& s)
      : capacity_(some_bytes(s.luck)),
        aborts_(s.luck.one_in(2)),
        producers_(ManyProducers ? 1 + static_cast<unsigned>(s.luck.below(s.most_threads - 1)) : 1),
        each_(1 + s.size / producers_ / 2),
        logs_(threads()),
        ring_(std::make_unique<Ring>(capacity_, shown_allocator<std::byte>(block_))) {
    producing_ = producers_;
  }

  unsigned threads() const override { return producers_ + 1; }
  std::string shape() const override {
    return std::to_string(capacity_) + " bytes, " + std::to_string(producers_) + " producers";
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
    while (read(logs_.back(), 2) != 0) {
    }
    to.check(logs_, {.capacity = 1, .checks_full = false, .pushes_hide = ManyProducers});
    if (!ManyProducers || !aborts_) to.add(false_fulls(logs_));
    to.expect(ring_->empty_approx(), "it was drained, and is not empty");
    to.expect_none(torn_, crime::torn, "records were not what was pushed");
  }

 private:
  void produce(worker& me) {
    thread_log& log = logs_[me.number];
    me.now_in("a push");
    for (std::uint64_t i = 0; i != each_ && !me.is_over();) {
      if (aborts_ && me.luck.one_in(8)) {
        call_record call(log);
        ring_->claim(some_size(me.luck)).abort();
        call.add(deed::given_back, no_element);
        call.end(deed::given_back);
      }
      call_record call(log);
      const bool in = push(id_of(me.number, i), me.luck);
      if (in) call.add(deed::pushed, id_of(me.number, i++));
      call.end(deed::full);
      in ? me.did() : me.idle();
    }
  }
  std::size_t some_size(dice& luck) const { return 8 + luck.below(ring_->max_record() - 7); }

  bool push(std::uint64_t id, dice& luck) {
    const std::size_t size = some_size(luck);
    if (luck.one_in(2)) {
      std::vector<std::byte> record(size);
      write_record(record, id);
      return ring_->try_push(record) == claim_error::none;
    }
    auto mine = ring_->claim(luck.one_in(4) ? ring_->max_record() : size);
    if (!mine) return false;
    write_record(mine.bytes().first(size), id);
    mine.commit(size);
    return true;
  }

  void consume(worker& me) {
    me.now_in("a read");
    for (;;) {
      const bool is_last = producing_ == 0;
      const std::size_t n = read(logs_.back(), 1 + me.luck.below(7));
      if (n == 0 && is_last) return;
      n == 0 ? me.idle() : me.did(n);
      if (ring_->size_approx() > ring_->capacity()) ++torn_;
    }
  }
  std::size_t read(thread_log& log, std::size_t most) {
    call_record call(log);
    const auto see = [&](std::span<const std::byte> record) {
      const std::uint64_t id = id_in(record);
      id == no_element ? static_cast<void>(++torn_) : call.add(deed::popped, id);
    };
    std::size_t n = 0;
    if (most == 3) {
      if (auto front = ring_->try_peek(); front) {
        see(front.bytes());
        front.release();
        n = 1;
      }
    } else {
      n = ring_->read(see, most);
    }
    call.end(deed::empty);
    return n;
  }

  std::size_t capacity_;
  bool aborts_;
  unsigned producers_;
  std::uint64_t each_;
  std::vector<thread_log> logs_;
  memory block_;
  std::unique_ptr<Ring> ring_;
  std::atomic<unsigned> producing_{0};
  std::atomic<std::uint64_t> torn_{0};
};

}  // namespace volley::stress
