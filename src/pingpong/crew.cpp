// SPDX-License-Identifier: MIT
#include "crew.hpp"

#include "../program/cpus.hpp"
#include "no_signals.hpp"

#include <sched.h>

#include <algorithm>
#include <chrono>
#include <set>
#include <stdexcept>

namespace volley::pingpong {
namespace {

std::uint64_t now_ns() {
  const auto since = std::chrono::steady_clock::now().time_since_epoch();
  return static_cast<std::uint64_t>(std::chrono::nanoseconds(since).count());
}

void go_to(int cpu) {
  if (cpu != crew::any_cpu && !program::run_on({&cpu, 1}))
    throw std::runtime_error("the system refuses to run a thread on the CPU it was given");
}

}  // namespace

crew::crew(std::vector<int> cpus)
    : posts_(new post[cpus.size()]), cpus_(static_cast<unsigned>(std::set(cpus.begin(), cpus.end()).size())) {
  go_to(cpus[0]);
  const no_signals here;
  for (unsigned i = 1; i < cpus.size(); ++i) others_.emplace_back([this, i, cpu = cpus[i]] { follow_orders(i, cpu); });
}

crew::~crew() {
  each_ = nullptr;
  for (unsigned i = 1; i <= others_.size(); ++i) {
    posts_[i].orders.fetch_add(1, release);  // -> order: there is nothing to do any more
    posts_[i].orders.notify_one();
  }
  for (std::thread& t : others_) t.join();
}

std::uint64_t crew::run(unsigned n, const std::function<void(unsigned)>& each) {
  each_ = &each;
  wanted_ = n;
  is_crowded_ = n > cpus_;
  gathered_.store(0, relaxed);  // ~ init
  done_.store(0, relaxed);      // ~ init
  for (unsigned i = 1; i < n; ++i) {
    posts_[i].orders.fetch_add(1, release);  // -> order: what is to be done
    posts_[i].orders.notify_one();
  }
  take_part(0);
  while (done_.load(acquire) != n) sched_yield();  // <- done: what it did
  std::uint64_t from = posts_[0].from_ns;
  std::uint64_t to = posts_[0].to_ns;
  for (unsigned i = 1; i < n; ++i) {
    from = std::min(from, posts_[i].from_ns);
    to = std::max(to, posts_[i].to_ns);
  }
  return std::max<std::uint64_t>(to - from, 1);
}

void crew::take_part(unsigned me) {
  gathered_.fetch_add(1, relaxed);              // ~ count
  while (gathered_.load(relaxed) != wanted_) {  // ~ count
    if (is_crowded_) sched_yield();
  }
  posts_[me].from_ns = now_ns();
  (*each_)(me);
  posts_[me].to_ns = now_ns();
  done_.fetch_add(1, release);  // -> done: what this one did
}

void crew::follow_orders(unsigned me, int cpu) {
  go_to(cpu);
  for (std::uint32_t n = 0;; ++n) {
    while (posts_[me].orders.load(acquire) == n) posts_[me].orders.wait(n, relaxed);  // <- order: what is to be done
    if (each_ == nullptr) return;
    take_part(me);
  }
}

}  // namespace volley::pingpong
