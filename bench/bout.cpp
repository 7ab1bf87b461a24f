// SPDX-License-Identifier: MIT
#include "bout.hpp"

#include "cadence.hpp"
#include "pingpong/crew.hpp"
#include "pingpong/mechanisms/floors.hpp"
#include "pingpong/rounds.hpp"
#include "transfers.hpp"

#include <algorithm>
#include <cstdint>
#include <memory>

namespace volley::bench {
namespace {

/// Rounds of a millisecond or 3000 trips, whichever is less.
class trips : public measured {
 public:
  double round() override {
    const auto n = static_cast<std::uint32_t>(pingpong::trips_for(ns_));
    ns_ = static_cast<double>(run(n)) / n;
    return ns_;
  }

 private:
  virtual std::uint64_t run(std::uint32_t n) = 0;

  double ns_ = 1e5;
};

class floor_trips final : public trips {
 public:
  explicit floor_trips(pingpong::crew& threads) : threads_(threads) {}

 private:
  std::uint64_t run(std::uint32_t n) override {
    return threads_.run(2, [this, n](unsigned me) { me == 0 ? lead(n) : follow(n); });
  }

  void lead(std::uint32_t n) {
    for (; n != 0; --n) {
      lines_.post<0>();
      lines_.await<0>();
    }
  }
  void follow(std::uint32_t n) {
    for (; n != 0; --n) {
      lines_.await<1>();
      lines_.post<1>();
    }
  }

  pingpong::crew& threads_;
  pingpong::two_lines lines_;
};

class ring_trips final : public trips {
 public:
  ring_trips(pingpong::crew& threads, const contestant& c, const conditions& under)
      : threads_(threads), pair_(c.make_round_trip(under.capacity)), patience_(under.patience_s) {}

 private:
  std::uint64_t run(std::uint32_t n) override {
    const auto give_up = steady::now() + std::chrono::seconds(patience_) / 2;
    bool is_right = false;
    const std::uint64_t ns = threads_.run(2, [&](unsigned me) {
      if (me == 0) {
        is_right = pair_->lead(n, give_up);
      } else {
        pair_->follow(n, give_up);
      }
    });
    if (!is_right) throw fault("the element that came back was another one, or none");
    return ns;
  }

  pingpong::crew& threads_;
  std::unique_ptr<round_trip> pair_;
  int patience_;
};

beats& known_right(beats& b) {
  if (!b.is_right()) throw fault("what came over was not what was sent");
  return b;
}

class latencies final : public measured {
 public:
  latencies(pingpong::crew& threads, const contestant& c, std::chrono::nanoseconds gap)
      : beats_(c.make_beats()), rounds_(threads, pace_of(gap, poster::polls_the_clock)) {}

  double round() override {
    const beat_figures f = rounds_.round(*beats_);
    known_right(*beats_);
    cpu_ns_ = f.cpu_ns;
    return f.median_ns;
  }
  double cpu_ns() const override { return cpu_ns_; }

 private:
  std::unique_ptr<beats> beats_;
  cadence rounds_;
  double cpu_ns_ = 0;
};

/// What a consumer that waits for one element uses of a CPU until that comes.
class idleness final : public measured {
 public:
  idleness(pingpong::crew& threads, const contestant& c, std::chrono::nanoseconds gap)
      : beats_(c.make_beats()), rounds_(threads, {gap, 1, poster::sleeps}) {}

  double round() override {
    rounds_.round(*beats_);
    return 1e9 * known_right(*beats_).waiter_cpu_s();
  }

 private:
  std::unique_ptr<beats> beats_;
  cadence rounds_;
};

struct entrant {
  const contestant& who;
  unsigned batch;
  shape threads;
};

std::unique_ptr<measured> make(const row_spec& r, const entrant& e, pingpong::crew& threads, const conditions& under) {
  switch (r.what) {
    case task::rtt:
      return std::make_unique<ring_trips>(threads, e.who, under);
    case task::cadence:
      return std::make_unique<latencies>(threads, e.who, r.gap);
    case task::idle:
      return std::make_unique<idleness>(threads, e.who, r.gap);
    case task::throughput:
      break;
  }
  return std::make_unique<transfers>(threads, e.who, e.batch, e.threads, under);
}

}  // namespace

void fight(const row_spec& r, const conditions& under, ledger& into) {
  const auto now = [&into](ending if_it_stops) { into.enter(static_cast<std::uint32_t>(if_it_stops)); };
  now(ending::not_run);
  const entrant us{*r.ours, r.our_batch, r.threads};
  const entrant them{*r.rival, r.rival_batch, r.rival_threads.value_or(r.threads)};
  const bool is_more = them.threads.threads() > us.threads.threads();
  pingpong::crew threads(placement(is_more ? them.threads : us.threads, under.cpus));
  floor_trips floor(threads);
  now(ending::ours_failed);
  const auto ours = make(r, us, threads, under);
  now(ending::rival_failed);
  const auto rival = make(r, them, threads, under);
  const std::size_t warm_up = r.what == task::idle ? 0 : under.warm_up;
  for (std::size_t i = 0; i != warm_up + under.rounds; ++i) {
    if (into.done >= under.fewest && steady::now() >= under.until) break;
    round got{};
    now(ending::not_run);
    got.floor = floor.round();
    for (const bool is_ours : {i % 2 == 0, i % 2 != 0}) {
      now(is_ours ? ending::ours_failed : ending::rival_failed);
      measured& one = *(is_ours ? ours : rival);
      (is_ours ? got.ours : got.rival) = one.round();
      (is_ours ? got.our_cpu : got.rival_cpu) = one.cpu_ns();
    }
    if (i >= warm_up) into.rounds[into.done++] = got;
  }
  into.misplaced = rival->misplaced();
  now(ending::fair);
}

}  // namespace volley::bench
