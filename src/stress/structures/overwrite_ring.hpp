// SPDX-License-Identifier: MIT
#pragma once

#include "../rings.hpp"

#include <volley/ring/overwrite_ring.hpp>

namespace volley::stress {

/// To the history an eviction is a pop by the producer, and says at the same time that the ring was full.
template <class Element>
class overwrite_trial final : public trial {
 public:
  explicit overwrite_trial(setup& s) : capacity_(some_capacity(s.luck)), each_(1 + s.size), logs_(2) {
    Element::begin();
    ring_ = std::make_unique<ring>(capacity_, shown_allocator<Element>(block_));
  }

  unsigned threads() const override { return 2; }
  std::string shape() const override { return "capacity " + std::to_string(capacity_); }
  std::vector<memory> state() const override { return {memory_of(*ring_), block_}; }

  void work(worker& me) override { me.number == 0 ? produce(me) : consume(me); }

  void judge(verdict& to) override {
    while (pop(logs_[1], 0) != 0) {
    }
    to.check(logs_, {.capacity = capacity_});
    to.expect(ring_->empty_approx(), "it was drained, and is not empty");
    ring_.reset();
    to.expect_none(static_cast<std::uint64_t>(Element::torn.load()) + torn_, crime::torn,
                   "elements were not what was pushed");
    to.expect(Element::alive == 0, "elements were never destroyed, or twice");
  }

 private:
  using ring = overwrite_ring<Element, dynamic_capacity, weather, shown_allocator<Element>>;

  void produce(worker& me) {
    me.now_in("a push");
    for (std::uint64_t i = 0; i != each_ && !me.is_over(); ++i, me.did()) {
      thread_log& log = logs_[0];
      const tick call = now();
      const auto evicted = me.luck.one_in(2) ? ring_->push(Element(i)) : ring_->emplace(i);
      const tick ret = now();
      log.push_back({deed::pushed, i, call, ret});
      if (!evicted) {
        if (me.luck.one_in(3)) me.idle();
        continue;
      }
      if (!evicted->is_whole()) ++torn_;
      log.push_back({deed::popped, evicted->id(), call, ret});
      log.push_back({deed::full, no_element, call, ret});
    }
    ring_->seal();
  }
  void consume(worker& me) {
    me.now_in("a pop");
    for (;;) {
      const bool is_last = ring_->is_sealed();
      const std::size_t n = pop(logs_[1], me.luck.roll());
      if (n == 0 && is_last) return;
      n == 0 ? me.idle() : me.did(n);
    }
  }
  std::size_t pop(thread_log& log, std::uint64_t way) {
    call_record call(log);
    const auto see = [&](const Element& e) {
      if (!e.is_whole()) ++torn_;
      call.add(deed::popped, e.id());
    };
    std::size_t n = 0;
    if (way % 3 == 0) {
      n = ring_->consume_all(see);
    } else if (const auto out = ring_->try_pop(); out) {
      see(*out);
      n = 1;
    }
    call.end(deed::empty);
    return n;
  }

  std::size_t capacity_;
  std::uint64_t each_;
  std::vector<thread_log> logs_;
  memory block_;
  std::unique_ptr<ring> ring_;
  std::atomic<std::uint64_t> torn_{0};
};

inline structure overwrite_ring_structure() {
  return {"overwrite_ring", [](setup& s) -> std::unique_ptr<trial> {
            if (s.luck.one_in(2)) return std::make_unique<overwrite_trial<payload<1>>>(s);
            return std::make_unique<overwrite_trial<payload<6>>>(s);
          }};
}

}  // namespace volley::stress
