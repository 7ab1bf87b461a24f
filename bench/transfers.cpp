// SPDX-License-Identifier: MIT
#include "transfers.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>

#include <fmt/format.h>

namespace volley::bench {
namespace {

constexpr double round_ns = 3e6;
constexpr double fewest = 4096;
constexpr double most = 4e6;

}  // namespace

std::vector<int> placement(const shape& s, const std::array<int, 2>& cpus) {
  const unsigned paired = std::min(s.producers, s.consumers);
  std::vector<int> where;
  for (unsigned i = 0; i != paired; ++i) {
    where.push_back(cpus[i % 2]);
    where.push_back(cpus[(i + 1) % 2]);
  }
  for (unsigned i = paired; i < s.producers; ++i) where.push_back(cpus[i % 2]);
  for (unsigned i = paired; i < s.consumers; ++i) where.push_back(cpus[(i + 1) % 2]);
  return where;
}

transfers::transfers(crew& threads, const contestant& c, unsigned batch, const shape& s, const conditions& under)
    : threads_(threads),
      queue_(c.make_transfer(under.capacity)),
      is_batched_(batch != 1),
      keeps_order_(c.keeps_order),
      shape_(s),
      patience_(under.patience_s),
      tallies_(s.threads()) {}

double transfers::round() {
  const double portions = std::ceil(std::clamp(round_ns / ns_, fewest, most) / double{work::portion});
  elements_ = static_cast<std::uint64_t>(portions) * work::portion;
  work w(elements_, steady::now() + std::chrono::seconds(patience_) / 2);
  std::fill(tallies_.begin(), tallies_.end(), tally{});
  const std::uint64_t ns = threads_.run(shape_.threads(), [&](unsigned me) { take_part(me, w); });
  check();
  ns_ = static_cast<double>(ns) / static_cast<double>(elements_);
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

void transfers::take_part(unsigned me, work& w) {
  tally mine;
  if (is_producer(me)) {
    is_batched_ ? queue_->push_batches(producer_number(me), w, mine) : queue_->push_all(producer_number(me), w, mine);
  } else {
    is_batched_ ? queue_->pop_batches(shape_.producers, w, mine) : queue_->pop_all(shape_.producers, w, mine);
  }
  tallies_[me] = mine;
}

void transfers::check() {
  const std::uint64_t n = elements_;
  tally pushed;
  tally popped;
  for (unsigned i = 0; i != shape_.threads(); ++i) {
    tally& of = is_producer(i) ? pushed : popped;
    of.elements += tallies_[i].elements;
    of.sum += tallies_[i].sum;
    of.torn += tallies_[i].torn;
    of.misplaced += tallies_[i].misplaced;
    of.gave_up = of.gave_up || tallies_[i].gave_up;
  }
  if (pushed.gave_up)
    throw fault(fmt::format("stuck: {} of {} pushed, {} popped", pushed.elements, n, popped.elements));
  if (popped.gave_up) throw fault(fmt::format("lost elements: {} pushed, {} popped", pushed.elements, popped.elements));
  if (popped.torn != 0) throw fault(fmt::format("{} of {} elements came damaged", popped.torn, n));
  if (popped.sum != pushed.sum) throw fault(fmt::format("what was popped is not what was pushed ({} elements)", n));
  misplaced_ += popped.misplaced;
  if (keeps_order_ && popped.misplaced != 0)
    throw fault(fmt::format("{} of {} elements out of order", popped.misplaced, n));
}

}  // namespace volley::bench
