// SPDX-License-Identifier: MIT
#pragma once

// What an event count is for: a plain word that one side writes, and the other waits for through the count.

#include "two_ways.hpp"

#include <atomic>
#include <cstdint>

namespace volley::bench {

template <class Count>
class counted_word {
  using enum std::memory_order;

 public:
  void post() {
    word_.store(word_.load(relaxed) + 1, release);  // ~ own; -> word: the other side may go on
    count_.notify_one();
  }
  void await() {
    ++wanted_;
    count_.await([this] { return word_.load(acquire) == wanted_; });  // <- word: it is this side's turn
  }

 private:
  Count count_;
  std::atomic<std::uint32_t> word_{0};
  alignas(cache_line) std::uint32_t wanted_ = 0;  // the waiter's alone
};

struct counted_calls {
  static void post(auto& w) { w.post(); }
  static void await(auto& w) { w.await(); }
};

template <class Count>
struct notify_one_awake {
  Count count;
  void operator()() { count.notify_one(); }
};
template <class Count>
struct notify_all_awake {
  Count count;
  void operator()() { count.notify_all(); }
};

}  // namespace volley::bench
