// SPDX-License-Identifier: MIT
#pragma once

// What a thread does that lost a compare-and-swap to another one: it leaves the word alone for a while, twice as long after each loss.
// The winner goes on in its own cache meanwhile, and the losers come back one by one. Without it, CPUs that push to one ring spend
// their time sending its line to each other: two producers and two consumers on two CPUs made 20 M/s where they then made 200, on a
// machine whose lines moved fast; the gain is less where they move slowly. The
// price is paid by the few who lose often: under full load one push in ten thousand takes some 20 us instead of one.
//
// Progress: wait-free, at most Env::most_pauses / 2 pauses (2 to 6 us) a loss; nobody is waited for.
// Memory: none is touched.

namespace volley::detail {

template <class Env>
class back_off {
 public:
  back_off() = default;
  /// For who seldom loses: see ring/index_queue.hpp.
  static back_off for_long() noexcept { return back_off((most + 1) / 2); }

  void operator()() noexcept {
    for (unsigned i = 0; i != pauses_; ++i) Env::relax();
    if (pauses_ < most) pauses_ *= 2;
  }

 private:
  static constexpr unsigned most = (Env::most_pauses + 1) / 2;
  explicit back_off(unsigned pauses) noexcept : pauses_(pauses) {}

  unsigned pauses_ = 1;
};

}  // namespace volley::detail
