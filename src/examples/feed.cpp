// SPDX-License-Identifier: MIT

// A feed of quotes that falls back to the latest ones when who reads it is slow:  feed [QUOTES [PAUSE_US]]
//
// The producer must never wait: it stands for a network card. So the ring is an overwrite_ring, which is never full: it hands back the oldest
// quote instead, which is counted here as dropped. The reader sleeps on an event while nothing comes; events coalesce, so a thousand quotes
// for a reader that is busy cost one wake at most.

#include <volley/handoff/auto_reset_event.hpp>
#include <volley/ring/overwrite_ring.hpp>

#include <chrono>
#include <cstdio>
#include <thread>

#include "arguments.hpp"

namespace {

struct quote {
  int number;
  double price;
};

struct feed {
  volley::overwrite_ring<quote, 64> latest;
  volley::auto_reset_event<> news;
};

/// How many quotes were dropped.
int publish(feed& to, int quotes) {
  int dropped = 0;
  for (int i = 1; i <= quotes; ++i) {
    if (to.latest.push({i, 100.0 + i % 7})) ++dropped;
    to.news.set();
  }
  to.latest.seal();  // by the producer itself: so what is sealed and then empty is at its end
  to.news.set();
  return dropped;
}

struct reading {
  int seen = 0;
  quote last{0, 0.0};
};

reading read(feed& from, std::chrono::microseconds pause) {
  reading all;
  for (bool is_last = false; !is_last;) {
    from.news.wait();
    is_last = from.latest.is_sealed();  // asked before the look, or what came in between would be missed
    while (const auto next = from.latest.try_pop()) {
      if (next->number <= all.last.number) std::printf("out of order: %d after %d\n", next->number, all.last.number);
      all = {all.seen + 1, *next};
      std::this_thread::sleep_for(pause);  // the work
    }
  }
  return all;
}

}  // namespace

int main(int argc, char** argv) {
  const int quotes = examples::number(argc, argv, 1, 100'000);
  const std::chrono::microseconds pause(examples::number(argc, argv, 2, 100));
  feed all;
  int dropped = 0;
  std::thread producer([&] { dropped = publish(all, quotes); });
  const reading got = read(all, pause);
  producer.join();
  std::printf("published %d, seen %d, dropped %d, latest %d at %.2f\n", quotes, got.seen, dropped, got.last.number,
              got.last.price);
  return got.seen + dropped == quotes && got.last.number == quotes ? 0 : 1;
}
