// SPDX-License-Identifier: MIT
#include "pair.hpp"

#include "../program/cpus.hpp"
#include "../program/ending.hpp"
#include "follower.hpp"
#include "no_signals.hpp"
#include "shared_memory.hpp"

#include <volley/env/native.hpp>

#include <unistd.h>

#include <cerrno>
#include <new>
#include <stdexcept>
#include <system_error>
#include <thread>
#include <utility>

namespace volley::pingpong {
namespace {

control& new_control() {
  void* const at = map_shared(sizeof(control));
  if (at == nullptr) throw std::bad_alloc();
  return *::new (at) control;
}

bool go_to(std::optional<int> cpu, const std::vector<int>& all) {
  return cpu ? program::run_on({&*cpu, 1}) : program::run_on(all);
}

/// The leader's side, the same whoever follows.
class led_pair : public pair {
 public:
  led_pair(catalogue mechanisms, std::vector<int> all)
      : mechanisms_(std::move(mechanisms)), all_(std::move(all)), control_(new_control()) {}

  const catalogue& mechanisms() const override { return mechanisms_; }

  void place(const cpus& where) override {
    const bool led = go_to(where.leader, all_);
    order({task::move, 0, where.follower.value_or(-1)});
    done();
    if (!led || !control_.is_there)
      throw std::runtime_error("the system refuses to run a thread on the CPU that it was given");
  }

  cost run(std::size_t mechanism, std::uint32_t trips) override {
    const auto& m = mechanisms_[mechanism];
    start(mechanism, trips);
    const usage before = usage::of_this_thread();
    const auto from = steady::now();
    m.lead(m.state, trips);
    const auto to = steady::now();
    const usage mine = usage::of_this_thread() - before;
    done();
    const usage both = mine + control_.used;
    return {ns_between(from, to), both.cpu_s, both.switches};
  }

  cost run_timed(std::size_t mechanism, const pace& p, histogram& into) override {
    const auto& m = mechanisms_[mechanism];
    start(mechanism, p.trips);
    const auto from = steady::now();
    m.lead_timed(m.state, p, into);
    const auto to = steady::now();
    done();
    return {ns_between(from, to), control_.used.cpu_s, control_.used.switches};
  }

 protected:
  void order(task what) {
    control_.order = what;
    control_.ordered.raise_to(++orders_);
  }
  void done() { control_.answered.await(2 * orders_); }
  control& channel() { return control_; }
  const std::vector<int>& all() const { return all_; }

 private:
  /// Until the follower is on the spot: about to wait for the first hop, or asleep if that is how it waits.
  void start(std::size_t mechanism, std::uint32_t trips) {
    order({static_cast<std::uint32_t>(mechanism), trips, -1});
    control_.answered.await(2 * orders_ - 1);
    if (mechanisms_[mechanism].waits != how::asleep) return;
    const auto asleep = steady::now() + std::chrono::microseconds(5);
    while (steady::now() < asleep) native::relax();
  }

  catalogue mechanisms_;
  std::vector<int> all_;
  control& control_;
  std::uint32_t orders_ = 0;
};

class thread_pair final : public led_pair {
 public:
  thread_pair(catalogue mechanisms, std::vector<int> all) : led_pair(std::move(mechanisms), std::move(all)) {
    const no_signals here;
    follower_ = std::thread([this] { follow_orders(channel(), this->mechanisms(), this->all()); });
  }
  ~thread_pair() override {
    order({});
    follower_.join();
  }

 private:
  std::thread follower_;
};

class process_pair final : public led_pair {
 public:
  process_pair(catalogue mechanisms, std::vector<int> all)
      : led_pair(std::move(mechanisms), std::move(all)),
        follower_(fork_follower(), program::ending::importance::vital) {}

 private:
  pid_t fork_follower() {
    const pid_t parent = getpid();
    const pid_t pid = fork();
    if (pid < 0) throw std::system_error(errno, std::generic_category(), "fork");
    if (pid > 0) return pid;
    program::ending::become_helper(parent);
    follow_orders(channel(), mechanisms(), all());
    _exit(0);
  }

  program::ending::child follower_;
};

}  // namespace

void follow_orders(control& c, const catalogue& mechanisms, const std::vector<int>& all_cpus) {
  for (std::uint32_t n = 1;; ++n) {
    c.ordered.await(n);
    const task order = c.order;
    if (order.what == task::end) return;
    if (order.what == task::move) {
      c.is_there = go_to(order.cpu < 0 ? std::nullopt : std::optional(order.cpu), all_cpus);
    } else {
      const auto& m = mechanisms[order.what];
      const usage before = usage::of_this_thread();
      c.answered.raise_to(2 * n - 1);
      m.follow(m.state, order.trips);
      c.used = usage::of_this_thread() - before;
    }
    c.answered.raise_to(2 * n);
  }
}

std::unique_ptr<pair> make_pair_of(parties who, catalogue mechanisms, std::vector<int> all_cpus) {
  if (who == parties::threads) return std::make_unique<thread_pair>(std::move(mechanisms), std::move(all_cpus));
  return std::make_unique<process_pair>(std::move(mechanisms), std::move(all_cpus));
}

std::unique_ptr<pair> make_pair_of(parties who, std::size_t ring_capacity, std::size_t payload_bytes,
                                   std::vector<int> all_cpus) {
  return make_pair_of(who,
                      who == parties::threads ? all_mechanisms<in_process>(ring_capacity, payload_bytes)
                                              : all_mechanisms<between_processes>(ring_capacity, payload_bytes),
                      std::move(all_cpus));
}

}  // namespace volley::pingpong
