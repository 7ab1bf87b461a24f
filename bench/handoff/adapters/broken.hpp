// SPDX-License-Identifier: MIT
#pragma once

// Mechanisms that do each thing wrong that one can do: for the test that it is seen and told, and that the rest goes on.

#include "pingpong/mechanisms/floors.hpp"
#include "two_ways.hpp"

#include <atomic>
#include <cstdint>
#include <cstdlib>

namespace volley::bench {

/// Right for so long, then what Wrong does in the place of waiting.
template <void (*Wrong)(), std::uint32_t After>
class goes_wrong {
 public:
  template <unsigned Side>
  void post() {
    line_.post<Side>();
  }
  template <unsigned Side>
  void await() {
    if (Side == 0 && ++waits_ > After) Wrong();
    line_.await<Side>();
  }

 private:
  pingpong::yield_turns line_;
  alignas(cache_line) std::uint32_t waits_ = 0;
};

inline void hang() {
  for (;;) sched_yield();
}
inline void crash() { std::abort(); }

/// Lets side 0 go on before its turn, now and then.
class lets_go_early {
  using enum std::memory_order;

 public:
  template <unsigned Side>
  void post() {
    post_as(Side);
  }
  template <unsigned Side>
  void await() {
    await_as(Side);
  }

 private:
  void post_as(unsigned side) {
    posts_[side].fetch_add(1, release);  // -> hop: the other side may go on
  }
  void await_as(unsigned side) {
    const std::uint32_t mine = posts_[side].load(relaxed);  // ~ own
    if (side == 0 && mine % 8 == 0) return;
    while (posts_[1 - side].load(acquire) < mine + side) sched_yield();  // <- hop: it is this side's turn
  }

  std::atomic<std::uint32_t> posts_[2]{0, 0};
};

/// A call whose answer is another's.
struct answers_wrong {
  void lead(std::uint32_t trips) {
    for (; trips != 0; --trips) {
      line.post<0>();
      line.await<0>();
    }
  }
  void follow(std::uint32_t trips) {
    for (; trips != 0; --trips) {
      line.await<1>();
      line.post<1>();
    }
  }
  bool is_right() const { return false; }

  pingpong::yield_turns line;
};

inline void enrol_broken() {
  constexpr auto signal = use::signal;
  enrol<goes_wrong<hang, 300>>({"hangs", signal, lines::one, "wrong on purpose"});
  enrol<goes_wrong<crash, 300>>({"crashes", signal, lines::one, "wrong on purpose"});
  enrol<lets_go_early>({"early", signal, lines::one, "wrong on purpose"});
  enrol<answers_wrong>({"answers_wrong", use::call, lines::one, "wrong on purpose"});
  for (const auto wait : {"busy_spin", "spin_park", "park"})
    enrol<goes_wrong<crash, 300>>({"our_crash", signal, lines::one, "wrong on purpose"}, side::ours, wait);
}

}  // namespace volley::bench
