// SPDX-License-Identifier: MIT
#include "transfers.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>

#include <fmt/format.h>

namespace volley::bench {
namespace {

constexpr double fewest = 4096;
constexpr double fastest_ns = 0.75;

}  // namespace

std::vector<int> placement(const shape& s, const std::array<int, 2>& cpus) {
  const unsigned paired = std::min(s.producers, s.consumers);
  std::vector<int> where;
  for (unsigned queue = 0; queue != s.queues; ++queue) {
    const auto cpu = [&](unsigned i) { return cpus[(queue + i) % 2]; };
    for (unsigned i = 0; i != paired; ++i) {
      where.push_back(cpu(i));
      where.push_back(cpu(i + 1));
    }
    for (unsigned i = paired; i < s.producers; ++i) where.push_back(cpu(i));
    for (unsigned i = paired; i < s.consumers; ++i) where.push_back(cpu(i + 1));
  }
  return where;
}

transfers::transfers(pingpong::crew& threads, const contestant& c, unsigned batch, const shape& s,
                     const conditions& under)
    : threads_(threads),
      is_batched_(batch != 1),
      keeps_order_(c.promises.keeps != order::none),
      shape_(s),
      round_ns_(under.transfer_ns),
      patience_(under.patience_s) {
  for (unsigned i = 0; i != s.queues; ++i) lanes_.push_back({c.make_transfer(under.capacity), nullptr, {}});
}

double transfers::round() {
  const double wanted = std::max(round_ns_ / std::max(ns_, fastest_ns), fewest) / static_cast<double>(lanes_.size());
  elements_ = static_cast<std::uint64_t>(std::ceil(wanted / double{work::portion})) * work::portion;
  for (lane& l : lanes_) {
    l.left = std::make_unique<work>(elements_, steady::now() + std::chrono::seconds(patience_) / 2);
    l.tallies.assign(shape_.threads_each(), tally{});
  }
  const unsigned each = shape_.threads_each();
  const std::uint64_t ns =
      threads_.run(shape_.threads(), [&](unsigned me) { take_part(me % each, lanes_[me / each]); });
  for (const lane& l : lanes_) check(l);
  ns_ = static_cast<double>(ns) / static_cast<double>(elements());
  return ns_;
}

/// As placement() has it: in turn as long as there are both.
bool transfers::is_producer(unsigned me) const {
  const unsigned paired = 2 * std::min(shape_.producers, shape_.consumers);
  return me < paired ? me % 2 == 0 : shape_.producers > shape_.consumers;
}

unsigned transfers::producer_number(unsigned me) const {
  return me < 2 * shape_.consumers ? me / 2 : me - shape_.consumers;
}

void transfers::take_part(unsigned me, lane& in) {
  transfer& queue = *in.queue;
  work& w = *in.left;
  tally mine;
  if (is_producer(me)) {
    is_batched_ ? queue.push_batches(producer_number(me), w, mine) : queue.push_all(producer_number(me), w, mine);
  } else {
    is_batched_ ? queue.pop_batches(shape_.producers, w, mine) : queue.pop_all(shape_.producers, w, mine);
  }
  in.tallies[me] = mine;
}

void transfers::check(const lane& l) {
  const std::uint64_t n = elements_;
  tally pushed;
  tally popped;
  for (unsigned i = 0; i != shape_.threads_each(); ++i) {
    tally& of = is_producer(i) ? pushed : popped;
    of.elements += l.tallies[i].elements;
    of.sum += l.tallies[i].sum;
    of.torn += l.tallies[i].torn;
    of.misplaced += l.tallies[i].misplaced;
    of.gave_up = of.gave_up || l.tallies[i].gave_up;
  }
  if (pushed.gave_up)
    throw fault(fmt::format("stuck: {} of {} pushed, {} popped", pushed.elements, n, popped.elements));
  if (popped.gave_up) {
    const bool is_all_there = popped.elements + l.queue->drain() == pushed.elements;
    throw fault(fmt::format("{}: {} pushed, {} popped", is_all_there ? "too slow" : "lost elements", pushed.elements,
                            popped.elements));
  }
  if (popped.torn != 0) throw fault(fmt::format("{} of {} elements came damaged", popped.torn, n));
  if (popped.sum != pushed.sum) throw fault(fmt::format("what was popped is not what was pushed ({} elements)", n));
  misplaced_ += popped.misplaced;
  if (keeps_order_ && popped.misplaced != 0)
    throw fault(fmt::format("{} of {} elements out of order", popped.misplaced, n));
}

}  // namespace volley::bench
